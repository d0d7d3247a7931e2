import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Outbox } from '../../delivery/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Alarms } from './alarms.ts';
import type { CloudWatch } from './cloudwatch.ts';
import { Recorder } from './recorder.ts';

export interface OpenCloudWatchOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly uuid: () => string;
  readonly post: Outbox['post'];
}

/** In the data directory. Alarms have a file of their own, so that the start has only that one to open, where it is. */
export const METRICS_FILE = 'metrics.db';
export const ALARMS_FILE = 'alarms.db';

export interface OpenCloudWatch extends AsyncDisposable {
  /** Opens the file, or makes it, when first called. Throws when it cannot be read. */
  core(): CloudWatch;
  /** As `core`. */
  alarms(): Alarms;
  /** Evaluates no alarms any more. */
  stop(): void;
  /** Takes what is counted in memory. */
  readonly recorder: Recorder;
}

const require = createRequire(import.meta.url);

/** Costs nothing before somebody uses it: neither files nor code are loaded. Alarms that are there are evaluated from the start. */
export function openCloudWatch({ dataDir, clock, log, uuid, post }: OpenCloudWatchOptions): OpenCloudWatch {
  let cloudWatch: CloudWatch | undefined;
  let alarms: Alarms | undefined;
  let isClosed = false;
  const assertOpen = () => {
    if (isClosed) throw new Error('the metrics are closed');
  };
  // Without the look at whether it is closed: alarms are evaluated to their end while it closes.
  const metrics = () => {
    cloudWatch ??= new (metricsCode().CloudWatch)({
      ...{ path: join(dataDir, METRICS_FILE), clock, log },
      flush: () => recorder.flush(),
    });
    return cloudWatch;
  };
  const recorder = new Recorder({ clock, log, store: () => metrics().store });
  const alarmsPath = join(dataDir, ALARMS_FILE);
  const openAlarms = () => {
    assertOpen();
    alarms ??= new (alarmsCode().Alarms)({ path: alarmsPath, metrics, post, uuid, clock, log });
    return alarms;
  };
  if (existsSync(alarmsPath)) {
    setImmediate(() => {
      if (isClosed) return;
      try {
        openAlarms();
      } catch (error) {
        log.error({ err: error }, 'alarms are not evaluated');
      }
    });
  }
  return {
    recorder,
    core() {
      assertOpen();
      return metrics();
    },
    alarms: openAlarms,
    stop: () => alarms?.stop(),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      // Alarms read metrics.
      await alarms?.[Symbol.asyncDispose]();
      await recorder.stop();
      await cloudWatch?.[Symbol.asyncDispose]();
    },
  };
}

const metricsCode = () => require('./cloudwatch.ts') as typeof import('./cloudwatch.ts');
const alarmsCode = () => require('./alarms.ts') as typeof import('./alarms.ts');
