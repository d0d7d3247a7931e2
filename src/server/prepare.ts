import type { Environments } from '../environments/environments.ts';
import { INVALID_RUNTIME } from '../functions/activation.ts';
import type { Runnable } from '../functions/runnable.ts';
import type { Runtimes } from '../runtimes/runtime.ts';

export type Prepared = { ok: true } | { ok: false; reasonCode: string; reason: string };

type Architecture = Runnable['architecture'];

/** As AWS names the processor of this machine. */
export function machineArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64';
}

/**
 * Makes sure that a function can run on this machine, before it becomes active: it is built for it,
 * its runtime is here, and with SnapStart its init and the hooks before a snapshot run.
 */
export function prepare(parts: {
  runtimes: Pick<Runtimes, 'status'>;
  environments: Pick<Environments, 'expect' | 'rehearse'>;
  /** Of this machine. */
  architecture: Architecture;
}): (runnable: Runnable) => Promise<Prepared> {
  return async (runnable) => {
    if (runnable.architecture !== parts.architecture) {
      // Interpreted code might run all the same, but what it brings along in machine code, often deep in a dependency,
      // would not: better told when it is deployed than at an invocation.
      return {
        ok: false,
        reasonCode: 'InvalidConfiguration',
        reason: `The function is for ${runnable.architecture}, and this machine is ${parts.architecture}. Build it for ${parts.architecture} and update its code with Architectures ["${parts.architecture}"].`,
      };
    }
    const status = parts.runtimes.status(runnable.runtime);
    if (status?.kind === 'missing') {
      return {
        ok: false,
        reasonCode: INVALID_RUNTIME,
        reason: `The runtime ${runnable.runtime} is not installed on this machine. Type: ${status.command}`,
      };
    }
    if (status?.kind !== 'ready') {
      return {
        ok: false,
        reasonCode: INVALID_RUNTIME,
        reason: `Lambent does not run the runtime ${runnable.runtime} yet. "lambent runtime list" shows those it runs.`,
      };
    }
    parts.environments.expect(runnable);
    return runnable.snapStart ? parts.environments.rehearse(runnable) : { ok: true };
  };
}
