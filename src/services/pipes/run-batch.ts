import type { Delivery } from '../../delivery/delivery.ts';
import { raceAbort } from '../../lib/abort.ts';
import type { Clock } from '../../lib/clock.ts';
import { enrichedItems, sourceItem } from './item.ts';
import { failed, outcomeOfCall } from './outcome.ts';
import { type Pipe, senderOf } from './pipe.ts';
import type { BatchOutcome, CallFunction, SourceBatch } from './ports.ts';
import { toTarget } from './to-target.ts';
import { listOf, NO_JSON, transformed } from './transform.ts';

export interface BatchPorts {
  readonly call: CallFunction;
  readonly deliver: Delivery['deliver'];
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
}

/** One execution: a pipe as it was when the batch was read, and what it does its work with. */
export interface Execution extends BatchPorts {
  readonly pipe: Pick<Pipe, 'key' | 'settings'>;
  readonly batch: SourceBatch;
  readonly signal: AbortSignal;
}

/** "Pipe executions are limited to a maximum of 5 minutes including the enrichment and target processing" (user guide). */
const EXECUTION_MS_MAX = 300_000;

/**
 * A batch through the enrichment to the target. What the target has taken is durable there. Rejects with the signal's reason
 * alone.
 */
export async function runBatch(execution: Execution): Promise<BatchOutcome> {
  const limit = new AbortController();
  // Not AbortSignal.timeout: the timers of batches that were done long ago would add up for five minutes.
  using _ = execution.clock.after(EXECUTION_MS_MAX, () => limit.abort(new Error('the execution took too long')));
  try {
    const signal = AbortSignal.any([execution.signal, limit.signal]);
    return await raceAbort(enriched({ ...execution, signal }), signal);
  } catch (error) {
    if (execution.signal.aborted || !limit.signal.aborted) throw error;
    return failed('The execution of the pipe took longer than five minutes.');
  }
}

async function enriched(execution: Execution): Promise<BatchOutcome> {
  const { pipe, batch, call, clock, signal } = execution;
  const items = batch.records.map(sourceItem);
  const { enrichment } = pipe.settings;
  if (enrichment === undefined) return await toTarget(execution, items);
  const texts = items.map((item) => transformed(item, enrichment.template, pipe, clock.nowMs()));
  // "Partial batch failure handling of the enrichment is not supported" on AWS either.
  if (!texts.every((text) => text !== undefined)) return failed(NO_JSON);
  const { arn } = enrichment;
  const { traceHeader } = batch;
  const answer = await call({ arn, payload: listOf(texts), traceHeader, from: senderOf(pipe) }, signal);
  if (answer.kind !== 'answer') return outcomeOfCall(answer);
  const made = enrichedItems(answer.payload, batch);
  return made.length === 0 ? { kind: 'done', undone: new Set() } : await toTarget(execution, made);
}
