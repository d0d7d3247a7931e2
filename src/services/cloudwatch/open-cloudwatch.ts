import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { CloudWatch } from './cloudwatch.ts';

export interface OpenCloudWatchOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** In the data directory. */
export const CLOUDWATCH_FILE = 'metrics.db';

export interface OpenCloudWatch extends AsyncDisposable {
  /** Opens the file, or makes it, when first called. Throws when it cannot be read. */
  core(): CloudWatch;
}

const require = createRequire(import.meta.url);

/** Costs nothing before somebody uses it: neither file nor code is loaded. */
export function openCloudWatch({ dataDir, clock, log }: OpenCloudWatchOptions): OpenCloudWatch {
  let cloudWatch: CloudWatch | undefined;
  let isClosed = false;
  return {
    core() {
      if (isClosed) throw new Error('the metrics are closed');
      cloudWatch ??= new (load().CloudWatch)({ path: join(dataDir, CLOUDWATCH_FILE), clock, log });
      return cloudWatch;
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      await cloudWatch?.[Symbol.asyncDispose]();
    },
  };
}

const load = () => require('./cloudwatch.ts') as typeof import('./cloudwatch.ts');
