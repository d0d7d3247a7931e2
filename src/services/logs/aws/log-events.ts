import type { Handlers } from '../../../wire/service.ts';
import type { Logs } from '../logs.ts';
import { type Position, parsePosition, positionText } from '../position.ts';
import { type Direction, gapAfter, type StoredEvent } from '../read-events.ts';
import { invalidParameter } from './constraints.ts';
import { groupNameOf, scopeOf } from './names.ts';
import { decodeToken, encodeToken } from './page-token.ts';
import { sequenceToken } from './sequence-token.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

/** FilterLogEvents reads newest first only from here on: AWS's API reference. */
const BACKWARD_START_MS_MIN = Date.UTC(2024, 0, 1);

export function eventHandlers(logs: Logs): Handlers<Client> {
  return {
    async PutLogEvents({ logGroupName = '', logStreamName = '', logEvents = [] }, context) {
      const scope = scopeOf(context);
      const events = logEvents.map(({ timestamp = 0, message = '' }) => ({ timestampMs: timestamp, message }));
      const { from, until, tooOldUntil, expiredUntil } = await logs.put(scope, logGroupName, logStreamName, events);
      const stream = logs.stream(scope, logGroupName, logStreamName);
      const isAnyRejected = from > 0 || until < events.length;
      return {
        nextSequenceToken: sequenceToken(stream.id, stream.lastIngestionMs ?? stream.createdMs),
        rejectedLogEventsInfo: isAnyRejected
          ? {
              tooNewLogEventStartIndex: until < events.length ? until : undefined,
              tooOldLogEventEndIndex: tooOldUntil > 0 ? tooOldUntil : undefined,
              expiredLogEventEndIndex: expiredUntil > 0 ? expiredUntil : undefined,
            }
          : undefined,
      };
    },

    GetLogEvents(input, context) {
      const { logStreamName = '', startTime, endTime, nextToken, limit, startFromHead = false } = input;
      const token = parseStreamToken(nextToken);
      const direction = token?.direction ?? (startFromHead ? 'forward' : 'backward');
      const scope = scopeOf(context);
      const page = logs.read(scope, groupNameOf(input, scope), logStreamName, {
        direction,
        fromMs: startTime,
        untilMs: endTime,
        start: token?.position,
        countMax: limit,
      });
      const events = direction === 'forward' ? page.events : page.events.toReversed();
      const { before, after } = gapsAround(events, token?.position, startTime);
      return {
        events: events.map(({ timestampMs, message, ingestedMs }) => ({
          timestamp: timestampMs,
          message,
          ingestionTime: ingestedMs,
        })),
        nextForwardToken: `f/${positionText(after)}`,
        nextBackwardToken: `b/${positionText(before)}`,
      };
    },

    async FilterLogEvents(input, context) {
      const { logStreamNames, logStreamNamePrefix, startTime, endTime, filterPattern, nextToken, limit } = input;
      if (logStreamNames && logStreamNamePrefix !== undefined) {
        throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
      }
      const { startFromHead = true } = input;
      if (!startFromHead && startTime !== undefined && startTime < BACKWARD_START_MS_MIN) {
        throw invalidParameter(
          'startFromHead can be false only when startTime is on or after Jan 1, 2024 00:00:00 UTC.',
        );
      }
      const token = decodeToken(nextToken, parseSearchToken);
      const direction = token?.direction ?? (startFromHead ? 'forward' : 'backward');
      const scope = scopeOf(context);
      const search = {
        direction,
        fromMs: startTime,
        // Here the end is part of the range: "Events with a timestamp later than this time are not returned."
        untilMs: endTime === undefined ? undefined : endTime + 1,
        start: token?.position,
        countMax: limit,
        pattern: filterPattern,
        streams: logStreamNames,
        streamPrefix: logStreamNamePrefix,
      };
      const { events, next } = await logs.search(scope, groupNameOf(input, scope), search, context.signal);
      return {
        events: events.map(({ stream, timestampMs, message, ingestedMs, position }) => ({
          logStreamName: stream,
          timestamp: timestampMs,
          message,
          ingestionTime: ingestedMs,
          eventId: positionText(position),
        })),
        searchedLogStreams: [], // AWS has answered an empty list since 2020.
        nextToken: next && encodeToken([direction, positionText(next)]),
      };
    },
  };
}

/** The gaps before and after a page; of an empty page both are where it was looked for. */
function gapsAround(
  events: readonly StoredEvent[],
  start: Position | undefined,
  startTime: number | undefined,
): { before: Position; after: Position } {
  const [first, last] = [events[0], events[events.length - 1]];
  const empty = start ?? { timestampMs: startTime ?? 0, chunk: 0, index: 0 };
  return { before: first?.position ?? empty, after: last ? gapAfter(last.position) : empty };
}

interface Token {
  readonly direction: Direction;
  readonly position: Position;
}

/** `f/` and `b/` with 56 digits, as AWS's tokens of GetLogEvents. */
function parseStreamToken(token: string | undefined): Token | undefined {
  if (token === undefined) return undefined;
  const position = /^[fb]\//.test(token) ? parsePosition(token.slice(2)) : undefined;
  if (!position) throw invalidParameter('The specified nextToken is invalid.');
  return { direction: token.startsWith('f') ? 'forward' : 'backward', position };
}

function parseSearchToken(value: unknown): Token | undefined {
  if (!Array.isArray(value)) return undefined;
  const [direction, text]: unknown[] = value;
  const position = typeof text === 'string' ? parsePosition(text) : undefined;
  return position && (direction === 'forward' || direction === 'backward') ? { direction, position } : undefined;
}
