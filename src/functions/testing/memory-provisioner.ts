import type { Provisioner } from '../provisioner.ts';

/** A data plane whose environments are ready, or fail, when the test says so. */
export function memoryProvisioner() {
  const states = new Map<string, { allocated: number; available: number; failure: string | undefined }>();
  const asked: { version: string; count: number }[] = [];
  const provisioner: Provisioner = {
    provision({ id, version }, count) {
      asked.push({ version, count });
      if (count === 0) states.delete(id);
      else states.set(id, { allocated: count, available: 0, failure: undefined });
    },
    provisioned: (id) => states.get(id) ?? { allocated: 0, available: 0, failure: undefined },
  };
  return {
    provisioner,
    /** What was asked for, oldest first. */
    asked,
    makeReady: () => {
      for (const state of states.values()) state.available = state.allocated;
    },
    fail: (failure: string) => {
      for (const state of states.values()) state.failure = failure;
    },
  };
}
