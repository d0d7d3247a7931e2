import type { Settings } from '../mapping.ts';
import type { Batch } from './batch-reader.ts';
import type { EventMetric } from './event-metric.ts';

/** Who works on the messages of a queue: the function of a mapping, or a pipe. */
export interface QueueConsumer {
  /** What the log tells of it: `{ mapping: id }`. */
  readonly name: Readonly<Record<string, string>>;
  readonly queueArn: string;
  readonly settings: ReadingSettings;
  /** Why nothing can be done however often it is tried, in a sentence; undefined: it can. Looked at before each receive. */
  hindrance(): string | undefined;
  count(metric: EventMetric, events: number): void;
  /** Works on a batch once. The signal aborts when the server does not wait for it any more. */
  work(batch: Batch, signal: AbortSignal): Promise<Worked>;
}

/** How a queue is read for its consumer, and how many batches are worked on at once. */
export type ReadingSettings = Pick<Settings, 'batchSize' | 'batchWindowMs' | 'filters' | 'concurrencyMax' | 'pollers'>;

/** What became of a batch. `problem`, for people, is what went wrong, as far as something did. */
export type Worked =
  /** It is done but for the messages with these ids. */
  | { readonly kind: 'done'; readonly undone: ReadonlySet<string> | 'all'; readonly problem?: string | undefined }
  /** Nothing of it is done, and it may be tried again as long as its messages are hidden from others. */
  | { readonly kind: 'not-yet'; readonly problem: string }
  /** Nothing of it is done, however often it is tried: the queue's dead-letter queue gets it in the end. */
  | { readonly kind: 'given-up'; readonly problem: string }
  /** There is nobody who could do it now; the messages are shown to others at once. */
  | { readonly kind: 'not-begun' };
