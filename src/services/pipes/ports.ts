import type { Sender } from '../../delivery/sender.ts';

/** Where pipes read: `server` hands it in, as the pollers are another room's. */
export interface PipeSources {
  /** Why this queue cannot be read by this role, in AWS's words; undefined: it can. */
  flawOf(source: { readonly arn: string; readonly roleArn: string }): Promise<string | undefined>;
  /** Reads nothing before `run`. */
  newReader(): SourceReader;
}

/**
 * Reads one source for one pipe, hands on batches, as many at once as is good for it, and deletes what is done. What is not
 * done is left to the source, which shows it again, or gives it to its dead-letter queue.
 */
export interface SourceReader extends AsyncDisposable {
  /** What went wrong last, for people; undefined: nothing. */
  readonly problem: string | undefined;
  /** Reads by these settings from now on. */
  run(reading: Reading): void;
  /** Resolves when nothing more is read. Batches under way go on. */
  pause(): Promise<void>;
  /** Resolves when no batch is under way. */
  idle(): Promise<void>;
}

export interface Reading {
  readonly pipeArn: string;
  readonly sourceArn: string;
  readonly roleArn: string;
  readonly batchSize: number;
  readonly batchWindowMs: number;
  readonly filters: readonly string[];
  work(batch: SourceBatch, signal: AbortSignal): Promise<BatchOutcome>;
}

export interface SourceBatch {
  readonly records: readonly SourceRecord[];
  /** Those of one group must come in their order; it is a FIFO queue's. */
  readonly isOrdered: boolean;
  /** Goes on with what the pipe does: loops are found by it. */
  readonly traceHeader: string;
}

export interface SourceRecord {
  readonly id: string;
  readonly group: string | undefined;
  /** The record as the pipe carries it. */
  readonly json: string;
}

/** `problem`, for people: what went wrong, as far as something did. */
export type BatchOutcome =
  /** It is done but for the messages with these ids. */
  | { readonly kind: 'done'; readonly undone: ReadonlySet<string> | 'all'; readonly problem?: string | undefined }
  /** The target answers which messages it could not do (`batchItemFailures`); `undone` were not even handed to it. */
  | {
      readonly kind: 'answered';
      readonly payload: Buffer;
      readonly undone: ReadonlySet<string>;
      readonly problem?: string | undefined;
    }
  /** Nothing of it is done, and it may be tried again as long as its messages are hidden from others. */
  | { readonly kind: 'not-yet'; readonly problem: string };

/** Runs a function and waits for its answer, if its policy lets the pipe's role. Never rejects but with the signal's reason. */
export type CallFunction = (
  call: { readonly arn: string; readonly payload: Buffer; readonly traceHeader: string; readonly from: Sender },
  signal: AbortSignal,
) => Promise<FunctionAnswer>;

export type FunctionAnswer =
  | { readonly kind: 'answer'; readonly payload: Buffer }
  /** It ran and failed, or cannot be invoked whenever it is tried. */
  | { readonly kind: 'failed'; readonly problem: string }
  /** It cannot be invoked now. */
  | { readonly kind: 'unavailable'; readonly problem: string };
