import type { Environments } from '../environments/environments.ts';
import type { Runnable } from '../functions/runnable.ts';
import type { Runtimes } from '../runtimes/runtime.ts';

export type Prepared = { ok: true } | { ok: false; reasonCode: string; reason: string };

/** Makes sure that a function can run on this machine, before it becomes active: its runtime is here. */
export function prepare(parts: {
  runtimes: Runtimes;
  environments: Environments;
}): (runnable: Runnable) => Promise<Prepared> {
  return async (runnable) => {
    const status = parts.runtimes.status(runnable.runtime);
    if (status?.kind === 'missing') {
      return {
        ok: false,
        reasonCode: 'InvalidRuntime',
        reason: `The runtime ${runnable.runtime} is not installed on this machine. Type: ${status.command}`,
      };
    }
    if (status?.kind !== 'ready') {
      return {
        ok: false,
        reasonCode: 'InvalidRuntime',
        reason: `Lambent does not run the runtime ${runnable.runtime} yet. "lambent runtime list" shows those it runs.`,
      };
    }
    parts.environments.expect(runnable);
    return { ok: true };
  };
}
