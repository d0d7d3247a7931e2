import type { Handlers } from '../../../wire/service.ts';
import type { LogStreamInfo, Scope, StreamTime } from '../log-store.ts';
import type { Logs } from '../logs.ts';
import { invalidParameter } from './constraints.ts';
import { groupNameOf, scopeOf, streamArn } from './names.ts';
import { decodeToken, encodeToken } from './page-token.ts';
import { sequenceToken } from './sequence-token.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const LIST_DEFAULT = 50;

export function streamHandlers(logs: Logs): Handlers<Client> {
  return {
    CreateLogStream({ logGroupName = '', logStreamName = '' }, context) {
      logs.createStream(scopeOf(context), logGroupName, logStreamName);
      return {};
    },

    DeleteLogStream({ logGroupName = '', logStreamName = '' }, context) {
      logs.deleteStream(scopeOf(context), logGroupName, logStreamName);
      return {};
    },

    DescribeLogStreams(input, context) {
      const scope = scopeOf(context);
      const { logStreamNamePrefix: prefix, orderBy, descending = false, limit = LIST_DEFAULT, nextToken } = input;
      const group = groupNameOf(input, scope);
      const byTime = orderBy === 'LastEventTime';
      if (byTime && prefix !== undefined) {
        throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
      }
      // One more than asked for tells whether there is a further page.
      const countMax = limit + 1;
      const found = byTime
        ? logs.streamsByTime(scope, group, { after: decodeToken(nextToken, parseTime), countMax, descending })
        : logs.streamsByName(scope, group, { prefix, after: decodeToken(nextToken, parseName), countMax, descending });
      const page = found.slice(0, limit);
      const last = page[page.length - 1];
      return {
        logStreams: page.map((stream) => describeStream(scope, group, stream)),
        nextToken: last && found.length > limit ? encodeToken(byTime ? timeOf(last) : last.name) : undefined,
      };
    },
  };
}

function describeStream(scope: Scope, group: string, stream: LogStreamInfo) {
  const { name, createdMs, firstEventMs, lastEventMs, lastIngestionMs } = stream;
  return {
    logStreamName: name,
    creationTime: createdMs,
    firstEventTimestamp: firstEventMs,
    lastEventTimestamp: lastEventMs,
    lastIngestionTime: lastIngestionMs,
    uploadSequenceToken: sequenceToken(stream.id, lastIngestionMs ?? createdMs),
    arn: streamArn(scope, group, name),
    storedBytes: 0, // AWS has answered 0 for streams since 2019.
  };
}

function timeOf({ id, lastEventMs = -1 }: LogStreamInfo): StreamTime {
  return { lastEventMs, id };
}

function parseName(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parseTime(value: unknown): StreamTime | undefined {
  const { lastEventMs, id } = (value ?? {}) as Partial<Record<keyof StreamTime, unknown>>; // SAFE: checked right below.
  return typeof lastEventMs === 'number' && typeof id === 'number' ? { lastEventMs, id } : undefined;
}
