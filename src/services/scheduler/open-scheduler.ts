import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Delivery } from '../../delivery/delivery.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Scope } from './schedule.ts';
import type { Scheduler } from './scheduler.ts';

/** What CloudWatch is told of fires, by AWS's names; `Invocation` is what we call a fire. */
export type FireCount =
  /** An attempt, whatever comes of it. */
  | 'InvocationAttemptCount'
  /** The target refused it, or was not there. */
  | 'TargetErrorCount'
  /** It was given up. */
  | 'InvocationDroppedCount'
  | 'InvocationsSentToDeadLetterCount'
  | 'InvocationsFailedToBeSentToDeadLetterCount';

/** One more of this, of a group of schedules. */
export type CountFires = (name: FireCount, of: Scope & { readonly group: string }) => void;

export interface SchedulerOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly deliver: Delivery['deliver'];
  readonly count: CountFires;
}

/** In the data directory. */
export const SCHEDULER_FILE = 'scheduler.db';

export interface OpenScheduler extends AsyncDisposable {
  /** Opens the file, or makes it, when first called. Throws when it cannot be read. */
  core(): Scheduler;
  /** Begins with what is due, if there are schedules. */
  resume(): void;
  /** Fires nothing more. */
  drain(): Promise<void>;
}

const require = createRequire(import.meta.url);

/** Costs nothing before somebody makes a schedule: neither file nor code is loaded. */
export function openScheduler(options: SchedulerOptions): OpenScheduler {
  let scheduler: Scheduler | undefined;
  let isClosed = false;
  const core = () => {
    if (isClosed) throw new Error('the scheduler is closed');
    scheduler ??= (require('./scheduler.ts') as typeof import('./scheduler.ts')).openSchedules(options);
    return scheduler;
  };
  return {
    core,
    resume: () => {
      if (!isClosed && existsSync(join(options.dataDir, SCHEDULER_FILE))) core();
    },
    drain: async () => {
      await scheduler?.drain();
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      await scheduler?.[Symbol.asyncDispose]();
    },
  };
}
