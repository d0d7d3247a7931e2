import type { Runnable } from './runnable.ts';

/** The data plane's part of provisioned concurrency: environments of a version that are made ahead and kept. */
export interface Provisioner {
  /**
   * Keeps `count` environments of this version ready; 0: none any more. Idempotent, and at once: the environments are made
   * behind it, one by one. An id that is retired has none any more, too.
   */
  provision(runnable: Runnable, count: number): void;
  /**
   * How far that is: environments that have been begun, and those whose init has run (also while they are invoked).
   * `failure`: why there are none, in AWS's words (`FUNCTION_ERROR_INIT_FAILURE`).
   */
  provisioned(runnableId: string): {
    readonly allocated: number;
    readonly available: number;
    readonly failure: string | undefined;
  };
}
