import type { Message } from '../../delivery/message.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import type { Item } from './item.ts';
import { failed, idsOf, outcomeOf, outcomeOfCall, type Passed } from './outcome.ts';
import { type PipeTarget, pipeArn, senderOf, TARGET_BATCH_MAX } from './pipe.ts';
import type { BatchOutcome } from './ports.ts';
import type { Execution } from './run-batch.ts';
import { dynamic, listOf, NO_JSON, transformed } from './transform.ts';

/** Hands all items to the target. */
export async function toTarget(execution: Execution, items: readonly Item[]): Promise<BatchOutcome> {
  const { target } = execution.pipe.settings;
  const max = TARGET_BATCH_MAX[target.kind];
  // "If the array is larger than the batch size supported by the target, the pipe won't invoke the target" (user guide).
  if (max !== undefined && items.length > max) {
    return failed(`The enrichment answered ${items.length} items, and the target takes ${max} at most.`);
  }
  return target.kind === 'function'
    ? await toFunction(execution, items, target)
    : await toEach(execution, items, target);
}

/** All in one event, a list, even of one ("Batching behavior", user guide). */
async function toFunction(
  { pipe, batch, call, deliver, clock, signal }: Execution,
  items: readonly Item[],
  { arn, template, invocation }: Extract<PipeTarget, { kind: 'function' }>,
): Promise<BatchOutcome> {
  const made = items.map((item) => ({ item, text: transformed(item, template, pipe, clock.nowMs()) }));
  const texts = made.flatMap(({ text }) => text ?? []);
  const undone = idsOf(made.flatMap(({ item, text }) => (text === undefined ? item : [])));
  if (undone === 'all' || texts.length === 0) return failed(NO_JSON);
  const [payload, { traceHeader }, from] = [listOf(texts), batch, senderOf(pipe)];
  const problem = undone.size > 0 ? NO_JSON : undefined;
  if (invocation !== 'handed-over') {
    const answer = await call({ arn, payload, traceHeader, from }, signal);
    return answer.kind === 'answer'
      ? { kind: 'answered', payload: answer.payload, undone, problem }
      : outcomeOfCall(answer);
  }
  try {
    await deliver(arn, { body: payload, traceHeader }, from, signal);
    return { kind: 'done', undone, problem };
  } catch (error) {
    signal.throwIfAborted();
    return outcomeOf(items.map((item) => ({ item, error })));
  }
}

/** One message or event for each item: in their order where they have one, and then none behind one of its group that failed. */
async function toEach(
  execution: Execution,
  items: readonly Item[],
  target: Exclude<PipeTarget, { kind: 'function' }>,
): Promise<BatchOutcome> {
  if (!execution.batch.isOrdered) {
    return outcomeOf(await Promise.all(items.map((item) => deliverItem(execution, item, target))));
  }
  const passed: Passed[] = [];
  const stopped = new Set<string>();
  for (const item of items) {
    const isSkipped = stopped.has(ANY) || stopped.has(item.group ?? ANY);
    const one = isSkipped ? { item, isSkipped } : await deliverItem(execution, item, target);
    passed.push(one);
    // An item of which nobody knows the group may belong to any.
    if (one.error !== undefined) stopped.add(item.group ?? ANY);
  }
  return outcomeOf(passed);
}

/** No group of a queue: those have a character at least. */
const ANY = '';

async function deliverItem(
  { pipe, batch, deliver, clock, signal }: Execution,
  item: Item,
  target: Exclude<PipeTarget, { kind: 'function' }>,
): Promise<Passed> {
  try {
    const text = transformed(item, target.template, pipe, clock.nowMs());
    if (text === undefined) throw new Undeliverable('refused', NO_JSON);
    const message = {
      ...factsOf(item, target, pipe.key.name),
      body: Buffer.from(text),
      traceHeader: batch.traceHeader,
      once: nameOf(item, pipe),
    };
    await deliver(target.arn, message, senderOf(pipe), signal);
    return { item };
  } catch (error) {
    signal.throwIfAborted();
    return { item, error };
  }
}

/**
 * A message that was delivered, and not deleted when the server died, is not delivered again. An enrichment may make several of
 * one message, and others the next time.
 */
function nameOf({ id }: Item, { key, settings }: Execution['pipe']): string | undefined {
  return id === undefined || settings.enrichment !== undefined ? undefined : `${pipeArn(key)} ${id}`;
}

/** What the target's parameters say of a message. */
function factsOf(item: Item, target: Exclude<PipeTarget, { kind: 'function' }>, pipeName: string): Partial<Message> {
  switch (target.kind) {
    case 'queue':
      return { groupId: dynamic(target.groupId, item), deduplicationId: dynamic(target.deduplicationId, item) };
    case 'topic':
      return {};
    case 'bus': {
      const timeMs = Date.parse(dynamic(target.time, item) ?? '');
      return {
        event: {
          // What stands there where nothing else is asked for, as events on AWS show it.
          source: dynamic(target.source, item) ?? `Pipe ${pipeName}`,
          detailType: dynamic(target.detailType, item) ?? 'Event from aws:sqs',
          resources: (target.resources ?? []).flatMap((one) => dynamic(one, item) ?? []),
          timeMs: Number.isNaN(timeMs) ? undefined : timeMs,
        },
      };
    }
  }
}
