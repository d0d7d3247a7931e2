import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { BatchOutcome, PipeSources, Reading, SourceBatch } from '../services/pipes/ports.ts';
import { batchAnswer } from '../sources/batch-answer.ts';
import type { Batch } from '../sources/sqs/batch-reader.ts';
import { traceOf } from '../sources/sqs/function-consumer.ts';
import type { QueueConsumer, Worked } from '../sources/sqs/queue-consumer.ts';
import { QueuePoller } from '../sources/sqs/queue-poller.ts';
import { groupOf, isFifo, type MayRead, type SourceQueues } from '../sources/sqs/source-queues.ts';

interface Ports {
  readonly queues: SourceQueues;
  readonly mayRead: MayRead;
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly log: Logger;
}

/** Queues as sources of pipes: they are read by the pollers of mappings. */
export function pipeSources(ports: Ports): PipeSources {
  const { queues, mayRead } = ports;
  return {
    async flawOf({ arn, roleArn }) {
      // Before it is looked for: whether there is such a queue is not for everybody to know.
      if (!mayRead(roleArn, SESSION, arn)) return NOT_READABLE;
      return (await queues.find(arn)) === undefined ? NO_SUCH_QUEUE : undefined;
    },
    newReader() {
      const poller = new QueuePoller(ports);
      return {
        get problem() {
          return poller.problem;
        },
        run: (reading) => poller.run(pipeConsumer(reading, ports)),
        pause: () => poller.pause(),
        idle: () => poller.idle(),
        [Symbol.asyncDispose]: () => poller[Symbol.asyncDispose](),
      };
    },
  };
}

/** The name of a role's session, which policies of queues may tell from others. */
const SESSION = 'pipes';
const NOT_READABLE = 'The provided customer role does not have permissions to call ReceiveMessage on SQS';
const NO_SUCH_QUEUE = 'The specified queue does not exist.';

function pipeConsumer(reading: Reading, { mayRead, clock, uuid, log }: Ports): QueueConsumer {
  const { pipeArn, sourceArn, roleArn, batchSize, batchWindowMs, filters } = reading;
  return {
    name: { pipe: pipeArn },
    queueArn: sourceArn,
    settings: { batchSize, batchWindowMs, filters },
    hindrance: () => (mayRead(roleArn, SESSION, sourceArn) ? undefined : NOT_READABLE),
    // Pipes have no such metrics.
    count: () => {},
    async work(batch, signal) {
      const traceHeader = traceOf(batch, clock.nowMs(), uuid());
      const outcome = await reading.work(sourceBatch(batch, isFifo(sourceArn), traceHeader), signal);
      return outcome.kind === 'answered' ? answered(outcome, batch, log, pipeArn) : outcome;
    },
  };
}

function sourceBatch({ messages, records }: Batch, isOrdered: boolean, traceHeader: string): SourceBatch {
  return {
    records: messages.map((message, at) => ({ id: message.id, group: groupOf(message), json: records[at] ?? '' })),
    isOrdered,
    traceHeader,
  };
}

/** Functions answer what they like; only an object may say that something was not done. */
function answered(
  { payload, undone, problem }: Extract<BatchOutcome, { kind: 'answered' }>,
  { messages }: Batch,
  log: Logger,
  pipe: string,
): Worked {
  if (!/^\s*\{/.test(payload.toString())) return { kind: 'done', undone, problem };
  const answer = batchAnswer(payload, new Set(messages.map(({ id }) => id)));
  if (answer.kind === 'done') {
    const told = answer.failed.size > 0 ? 'The target could not do some messages.' : undefined;
    return { kind: 'done', undone: undone.union(answer.failed), problem: problem ?? told };
  }
  log.warn({ pipe }, `a whole batch counts as failed: ${answer.reason}`);
  return { kind: 'done', undone: 'all', problem: `The target's answer cannot be believed: ${answer.reason}.` };
}
