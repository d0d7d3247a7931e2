import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { placeOfArn } from '../queue.ts';
import type { Move } from '../queue-store.ts';
import type { Queues } from '../queues.ts';
import { SqsRefused } from '../refusal.ts';
import { checkRange, given, invalidParameter } from './errors.ts';
import { allowedQueue } from './queue-url.ts';

type Client = typeof import('@aws-sdk/client-sqs');

export function moveHandlers(queues: () => Queues): Handlers<Client> {
  return {
    async StartMessageMoveTask({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond }, context) {
      checkRange(MaxNumberOfMessagesPerSecond, 'MaxNumberOfMessagesPerSecond', {
        min: 1,
        max: 500,
        reason: 'Must be between 1 and 500, if provided.',
      });
      const source = ownArn(context, SourceArn, 'SourceArn', 'StartMessageMoveTask');
      const destinationArn =
        DestinationArn === undefined
          ? undefined
          : ownArn(context, DestinationArn, 'DestinationArn', 'StartMessageMoveTask');
      const options = { destinationArn, perSecondMax: MaxNumberOfMessagesPerSecond };
      const id = await queues().moves.start(source, options);
      return { TaskHandle: taskHandle(id, source) };
    },

    async CancelMessageMoveTask({ TaskHandle }, context) {
      const task = parseTaskHandle(given(TaskHandle, 'TaskHandle'));
      if (task === undefined) throw invalidParameter('Value for parameter TaskHandle is invalid.');
      const place = placeOfArn(task.sourceArn);
      if (place === undefined) throw new SqsRefused({ kind: 'no-such-source' });
      allowedQueue({ ...context, mayReach: () => false }, place, 'CancelMessageMoveTask');
      return { ApproximateNumberOfMessagesMoved: await queues().moves.cancel(task.taskId, task.sourceArn) };
    },

    ListMessageMoveTasks({ SourceArn, MaxResults = 1 }, context) {
      checkRange(MaxResults, 'MaxResults', { min: 1, max: 10, reason: 'Must be between 1 and 10, if provided.' });
      const source = ownArn(context, SourceArn, 'SourceArn', 'ListMessageMoveTasks');
      return { Results: queues().moves.list(source, MaxResults).map(describeMove) };
    },
  };
}

function ownArn(context: RequestContext, arn: string | undefined, parameter: string, operation: string): string {
  const named = given(arn, parameter);
  const place = placeOfArn(named);
  if (place === undefined) {
    throw invalidParameter(
      `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
    );
  }
  allowedQueue({ ...context, mayReach: () => false }, place, operation);
  return named;
}

function describeMove(move: Move) {
  return {
    // "Only populated for tasks that are in RUNNING state" (ListMessageMoveTasks, SQS API reference).
    TaskHandle: move.state === 'running' ? taskHandle(move.id, move.sourceArn) : undefined,
    Status: move.state.toUpperCase(),
    SourceArn: move.sourceArn,
    DestinationArn: move.destinationArn,
    MaxNumberOfMessagesPerSecond: move.perSecondMax,
    ApproximateNumberOfMessagesMoved: move.moved,
    ApproximateNumberOfMessagesToMove: move.toMove,
    FailureReason: move.failure,
    StartedTimestamp: move.startedMs,
  };
}

function taskHandle(taskId: string, sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');
}

function parseTaskHandle(handle: string): { taskId: string; sourceArn: string } | undefined {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(handle, 'base64').toString());
    return typeof taskId === 'string' && typeof sourceArn === 'string' ? { taskId, sourceArn } : undefined;
  } catch {
    return undefined; // Harmless: the caller refuses it like any other handle that is not ours.
  }
}
