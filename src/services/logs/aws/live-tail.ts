import type { StartLiveTailRequest, StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { TailUpdate } from '../live-tail.ts';
import type { Logs } from '../logs.ts';
import { invalidParameter } from './constraints.ts';
import { assertStandard } from './filters.ts';
import { groupNameOf, scopeOf } from './names.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');
type Updates = ReturnType<Logs['tails']['watch']>;

export function liveTailHandlers(logs: Logs): Handlers<Client> {
  return {
    StartLiveTail(input, context) {
      const { logGroupIdentifiers = [], logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
      if (logStreamNames && logStreamNamePrefixes) {
        throw invalidParameter('logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.');
      }
      if (logGroupIdentifiers.length > 1 && (logStreamNames ?? logStreamNamePrefixes)) {
        throw invalidParameter('Log streams can be specified for a single log group only.');
      }
      const scope = scopeOf(context);
      const groups = logGroupIdentifiers.map((identifier) => {
        const group = logs.group(scope, groupNameOf({ logGroupIdentifier: identifier }, scope));
        assertStandard(group);
        return group;
      });
      const updates = logs.tails.watch(
        scope.account,
        {
          // Seen on AWS: `111122223333:/aws/lambda/greet`.
          groups: new Map(groups.map(({ id, name }) => [id, `${scope.account}:${name}`])),
          ...{ streams: logStreamNames, streamPrefixes: logStreamNamePrefixes },
          pattern: logEventFilterPattern ?? '',
        },
        context.signal,
      );
      return { responseStream: session(input, context.requestId, updates) };
    },
  };
}

async function* session(
  input: StartLiveTailRequest,
  id: string,
  updates: Updates,
): AsyncGenerator<StartLiveTailResponseStream, void, void> {
  const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
  // What comes from now on is told: the session begins before its start is read.
  let next = updates.next();
  yield {
    sessionStart: {
      ...{ requestId: id, sessionId: id, logGroupIdentifiers, logEventFilterPattern: logEventFilterPattern ?? '' },
      ...{ logStreamNames: logStreamNames ?? [], logStreamNamePrefixes: logStreamNamePrefixes ?? [] },
    },
  };
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) {
        if (value === 'time-is-up') throw new AwsError('SessionTimeoutException', 'Your session has timed out.');
        return;
      }
      yield { sessionUpdate: updateOf(value) };
      next = updates.next();
    }
  } finally {
    await updates.return('left');
  }
}

function updateOf({ events, isSampled }: TailUpdate) {
  return {
    sessionMetadata: { sampled: isSampled },
    sessionResults: events.map(({ group, stream, message, timestampMs, ingestedMs }) => ({
      ...{ logStreamName: stream, logGroupIdentifier: group, message },
      ...{ timestamp: timestampMs, ingestionTime: ingestedMs },
    })),
  };
}
