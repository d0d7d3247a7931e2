import { createRequire } from 'node:module';
import type { Outbox } from '../../delivery/outbox.ts';
import type { EventSettings } from '../../functions/event-settings.ts';
import type { FunctionKey } from '../../functions/function.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { openLate } from '../../store/open-late.ts';
import type { InvokeRequest, InvokeResult } from '../frontend.ts';
import type { RetryDelays } from './event-fate.ts';

const require = createRequire(import.meta.url);
const worker = () => require('./event-worker.ts') as typeof import('./event-worker.ts');

export interface EventQueue extends AsyncDisposable {
  /** Resolves once the event is durable. */
  accept(request: InvokeRequest, invokedArn: string): Promise<void>;
  /** Takes up what a former process has left. Opens nothing if there never was anything. */
  resume(): Promise<void>;
  /** Begins no more events; what waits stays for the next start. */
  stop(): void;
}

export interface EventQueueOptions {
  /** Of its SQLite file, which is opened when it is first needed. */
  readonly path: string;
  /** The synchronous path. */
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly settings: (key: FunctionKey, qualifier: string | undefined) => EventSettings | undefined;
  readonly outbox: Pick<Outbox, 'post'>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly log: Logger;
  readonly delays: RetryDelays;
}

/** The queue of asynchronous invocations. Its code is loaded, too, when the first event comes. */
export function openEventQueue(options: EventQueueOptions): EventQueue {
  const late = openLate(options.path, async () => worker().openEventWorker(options));
  return {
    accept: async (request, invokedArn) => (await late.get()).accept(request, invokedArn),
    resume: late.resume,
    stop: late.stop,
    [Symbol.asyncDispose]: () => late[Symbol.asyncDispose](),
  };
}
