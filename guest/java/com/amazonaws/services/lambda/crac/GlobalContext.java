package com.amazonaws.services.lambda.crac;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/** Hooks run one after the other: before a checkpoint those registered last first, after a restore the other way round. */
final class GlobalContext extends Context<Resource> {
    private interface Hook {
        void run(Resource resource) throws Exception;
    }

    private final WeakHashMap<Resource, Integer> orders = new WeakHashMap<>();
    private int registered;

    @Override
    public synchronized void register(Resource resource) {
        orders.put(resource, registered++);
    }

    @Override
    public synchronized void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException {
        List<Resource> resources = inOrder();
        Collections.reverse(resources);
        CheckpointException failed = new CheckpointException();
        runAll(resources, (resource) -> resource.beforeCheckpoint(this), failed);
        if (failed.getSuppressed().length > 0) throw failed;
        System.gc();
    }

    @Override
    public synchronized void afterRestore(Context<? extends Resource> context) throws RestoreException {
        RestoreException failed = new RestoreException();
        runAll(inOrder(), (resource) -> resource.afterRestore(this), failed);
        if (failed.getSuppressed().length > 0) throw failed;
    }

    private List<Resource> inOrder() {
        List<Map.Entry<Resource, Integer>> entries = new ArrayList<>(orders.entrySet());
        entries.sort(Map.Entry.comparingByValue());
        List<Resource> resources = new ArrayList<>();
        for (Map.Entry<Resource, Integer> entry : entries) resources.add(entry.getKey());
        return resources;
    }

    /** All of them, whatever some throw. */
    private static void runAll(List<Resource> resources, Hook hook, Exception failed) {
        for (Resource resource : resources) {
            try {
                hook.run(resource);
            } catch (CheckpointException | RestoreException thrown) {
                for (Throwable inner : thrown.getSuppressed()) failed.addSuppressed(inner); // A context within the context.
            } catch (Exception thrown) {
                failed.addSuppressed(thrown);
            }
        }
    }
}
