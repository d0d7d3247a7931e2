import { writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { directoriesOf, openCgroups, planCgroups } from '../cgroups/cgroups.ts';
import { memoryCapBytes } from '../cgroups/memory-cap.ts';
import type { BubblewrapTools } from '../inspect-host.ts';
import { ownMountsMissing } from '../own-mounts.ts';
import type { Sandbox, Sandboxes } from '../sandbox.ts';
import { type BubblewrapHost, startBubblewrapSandbox } from './bubblewrap-sandbox.ts';
import { openSandboxNetworks } from './network.ts';
import { resourceLimitOptions } from './resource-limits.ts';
import {
  makeRunDirectory,
  processName,
  removeRunDirectory,
  runBase,
  STAGE,
  sweepDeadServers,
} from './run-directory.ts';
import { MACHINES, seccompFilter } from './seccomp-filter.ts';
import { layOutSkeleton } from './skeleton.ts';
import { openStaging } from './staging.ts';
import { hasEveryUser, userNumbers } from './user-numbers.ts';

/**
 * Sandboxes by `bwrap`: own user, mount, pid, network, ipc, uts and cgroup namespaces, our own control groups, a
 * filter of system calls. Cleans up behind servers that have died. Throws, and says what to do, where it cannot work.
 */
export async function openBubblewrapSandboxes(options: {
  tools: BubblewrapTools;
  log: Logger;
  clock: Clock;
}): Promise<Sandboxes> {
  const { tools, log, clock } = options;
  const reason = ownMountsMissing();
  if (reason !== undefined) throw new Error(reason);
  const machine = MACHINES.find((name) => name === process.arch);
  if (machine === undefined) throw new Error(`there is no filter of system calls for ${process.arch} machines`);

  const ownsEveryUser = hasEveryUser();
  const base = runBase(ownsEveryUser);
  const left = await sweepDeadServers(base, clock);
  if (left.length > 0) log.warn({ left }, 'control groups of a dead server are still in use');

  await using undo = new AsyncDisposableStack();
  const name = processName();
  const plan = planCgroups(name);
  const memoryMax = memoryCapBytes({ totalBytes: totalmem(), boundBytes: process.constrainedMemory() });
  const dir = undo.adopt(makeRunDirectory(base, name, directoriesOf(plan)), removeRunDirectory);
  const staging = undo.use(openStaging(`${dir}/${STAGE}`));
  const skeleton = layOutSkeleton(staging.dir);
  const seccompPath = `${staging.dir}/seccomp`;
  writeFileSync(seccompPath, seccompFilter(machine));
  const cgroups = undo.use(openCgroups(plan, memoryMax));
  const networks = undo.use(openSandboxNetworks());
  const host: BubblewrapHost = {
    ...{ tools, staging, skeleton, seccompPath, cgroups, networks, clock, log },
    users: ownsEveryUser ? userNumbers(process.pid) : undefined,
    resourceLimits: resourceLimitOptions({ countProcesses: ownsEveryUser }),
  };

  const resources = undo.move();
  const closing = new AbortController();
  const starting = new Set<Promise<Sandbox>>();
  const alive = new Set<Sandbox>();
  let numbered = 0;
  return {
    kind: 'bubblewrap',
    can: { isolate: true, limitTmp: true, ...cgroups.can },
    tmp: (bytes) => staging.volume(bytes),
    start: async (spec, signal) => {
      numbered += 1;
      const start = startBubblewrapSandbox(host, {
        id: String(numbered),
        spec,
        signal: AbortSignal.any([signal, closing.signal]),
        onFreed: (sandbox) => void alive.delete(sandbox),
      });
      starting.add(start);
      try {
        const sandbox = await start;
        alive.add(sandbox);
        return sandbox;
      } finally {
        starting.delete(start);
      }
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error('no sandbox is started any more: the server stops'));
      await Promise.allSettled(starting);
      await Promise.all([...alive].map((sandbox) => sandbox[Symbol.asyncDispose]()));
      await resources.disposeAsync();
    },
  };
}
