import { newTraceId } from '../../invoke/aws/trace-id.ts';
import type { InvokeRequest, InvokeResult } from '../../invoke/frontend.ts';
import { joined } from '../../invoke/lineage.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { batchAnswer } from '../batch-answer.ts';
import { type Mapping, sourceArn } from '../mapping.ts';
import type { Batch } from './batch-reader.ts';
import type { QueueConsumer, Worked } from './queue-consumer.ts';

export interface FunctionConsumerPorts {
  readonly invoke: (request: InvokeRequest) => Promise<InvokeResult>;
  readonly hindrance: (mapping: Mapping) => string | undefined;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly uuid: () => string;
  readonly log: Logger;
}

/** The function of a mapping: it is invoked with each batch, and may answer which messages it could not do. */
export function functionConsumer(mapping: Mapping, ports: FunctionConsumerPorts): QueueConsumer {
  const { id, place, settings } = mapping;
  return {
    name: { mapping: id },
    queueArn: sourceArn(mapping.source) ?? '',
    settings,
    hindrance: () => ports.hindrance(mapping),
    count(metric, events) {
      // Only for mappings that ask for it, as on AWS.
      if (settings.metrics?.includes('EventCount') !== true) return;
      ports.metrics.count(metric, { ...place, mapping: id }, events);
    },
    async work(batch) {
      const result = await ports.invoke(requestOf(mapping, batch, ports));
      if (result.kind !== 'ran') return refused(result.kind === 'refused' ? result.refusal.kind : result.kind);
      const { outcome } = result;
      const undone = outcome.kind === 'function-error' ? 'all' : undoneOf(mapping, batch, outcome.payload, ports.log);
      return { kind: 'done', undone, problem: undone === 'all' ? 'Function call failed' : undefined };
    },
  };
}

function refused(reason: string): Worked {
  if (reason === 'no-such-function') return { kind: 'not-begun' };
  if (reason === 'recursive') return { kind: 'given-up', problem: 'Function call failed' };
  return { kind: 'not-yet', problem: `Function call ${reason === 'throttled' ? 'throttled' : 'failed'}` };
}

/** Ids of the messages that the function could not do. */
function undoneOf(mapping: Mapping, { messages }: Batch, payload: Buffer, log: Logger): ReadonlySet<string> | 'all' {
  if (mapping.settings.partialFailures !== true) return new Set();
  const answer = batchAnswer(payload, new Set(messages.map((message) => message.id)));
  if (answer.kind === 'done') return answer.failed;
  log.warn({ mapping: mapping.id }, `a whole batch counts as failed: ${answer.reason}`);
  return 'all';
}

function requestOf({ target }: Mapping, batch: Batch, { clock, uuid }: FunctionConsumerPorts): InvokeRequest {
  return {
    account: target.key.account,
    region: target.key.region,
    name: target.key.name,
    qualifier: target.qualifier,
    type: 'RequestResponse',
    payload: Buffer.from(`{"Records":[${batch.records.join(',')}]}`),
    requestId: uuid(),
    traceId: traceOf(batch, clock.nowMs(), uuid()),
    clientContext: undefined,
    cognitoIdentity: undefined,
    wantsTail: false,
  };
}

/** A trace goes on where it is one message's alone; of several, only what they have come through. */
export function traceOf({ messages }: Batch, nowMs: number, uuid: string): string {
  const received = messages.map(({ system }) => system.AWSTraceHeader);
  const traceId = newTraceId(received.length === 1 ? received[0] : undefined, nowMs, uuid);
  return received.length === 1 ? traceId : joined(traceId, received);
}
