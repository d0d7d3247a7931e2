import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { raceAbort } from '../../../lib/abort.ts';
import type { StoredChunk } from '../log-store.ts';
import type { ResultRow } from './pipeline.ts';

export interface QueryOrder {
  readonly query: string;
  readonly countMax: number;
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
}

/** A chunk with the group that it is of: `account:group`. */
export type QueriedChunk = Pick<StoredChunk, 'id' | 'stream' | 'ingestedMs' | 'events'> & { readonly log: string };

export type QueryWork =
  | { readonly kind: 'chunks'; readonly chunks: readonly QueriedChunk[] }
  | { readonly kind: 'end' };

export type QueryAnswer = { readonly kind: 'more' } | ({ readonly kind: 'results' } & QueryResult);

export interface QueryResult {
  readonly rows: readonly ResultRow[];
  readonly matched: number;
  readonly scanned: number;
  readonly bytes: number;
}

/** Chunks that are on their way to the thread at once. */
const CHUNK_UNITS = 1024 * 1024;
/** For each of these batches; an expression that takes longer is one that never ends. */
const BATCH_MS_MAX = 20_000;
const THREAD_MEGABYTES = 256;

/** Runs a query over chunks, newest first. Rejects when the signal aborts, and when it takes too much time or memory. */
export async function runQuery(
  order: QueryOrder,
  chunks: Iterable<QueriedChunk>,
  signal: AbortSignal,
): Promise<QueryResult> {
  const thread = new Worker(new URL('./query-thread.ts', import.meta.url), {
    workerData: order,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEGABYTES },
  });
  // SAFE: whoever waits for an answer is told of the error; what fails after that fails nobody.
  thread.on('error', () => {});
  const ask = async (work: QueryWork): Promise<QueryAnswer> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(BATCH_MS_MAX)]);
    thread.postMessage(work);
    // An error of the thread rejects this, too.
    const [answer] = await once(thread, 'message', { signal: limit });
    return answer as QueryAnswer; // SAFE: query-thread.ts answers nothing else.
  };
  try {
    await raceAbort(once(thread, 'online'), signal);
    for (const batch of inBatches(chunks)) {
      await ask({ kind: 'chunks', chunks: batch });
    }
    const answer = await ask({ kind: 'end' });
    if (answer.kind !== 'results') throw new Error('a query ended without its results');
    return answer;
  } finally {
    await thread.terminate();
  }
}

function* inBatches(chunks: Iterable<QueriedChunk>): Generator<QueriedChunk[]> {
  let batch: QueriedChunk[] = [];
  let units = 0;
  for (const chunk of chunks) {
    batch.push(chunk);
    units += chunk.events.length;
    if (units < CHUNK_UNITS) continue;
    yield batch;
    batch = [];
    units = 0;
  }
  if (batch.length > 0) yield batch;
}
