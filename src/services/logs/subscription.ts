import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Pattern } from './filter-pattern.ts';
import type { FollowedEvent } from './followed-events.ts';
import type { Follower } from './follower-table.ts';
import type { StreamPlace } from './line-buffer.ts';

/** What a subscription filter is set to. */
export interface Subscription {
  readonly pattern: string;
  readonly destinationArn: string;
  readonly distribution: string;
}

export function subscriptionOf({ settings }: Follower): Subscription {
  return JSON.parse(settings) as Subscription; // SAFE: only `LogFilters` writes the settings of this kind.
}

/**
 * Texts of events in one message, in UTF-16 units. The event of a function has 1 MiB at most, and what gzip cannot make smaller
 * grows by a third in base64; a single larger event is a message by itself.
 */
const MESSAGE_UNITS_MAX = 512 * 1024;

/** Cuts what one stream has for one filter into messages. */
export function inMessages(events: readonly FollowedEvent[]): FollowedEvent[][] {
  const messages: FollowedEvent[][] = [];
  let units = MESSAGE_UNITS_MAX;
  for (const event of events) {
    units += event.message.length;
    if (units > MESSAGE_UNITS_MAX) {
      messages.push([]);
      units = event.message.length;
    }
    messages.at(-1)?.push(event);
  }
  return messages;
}

/** The event of a function: `{"awslogs": {"data": …}}` with AWS's message in it, as gzip in base64. */
export async function awslogsEvent(
  place: StreamPlace,
  filter: { readonly name: string; readonly pattern: Pattern },
  events: readonly FollowedEvent[],
): Promise<Buffer> {
  const message = {
    messageType: 'DATA_MESSAGE',
    owner: place.account,
    logGroup: place.group,
    logStream: place.stream,
    subscriptionFilters: [filter.name],
    logEvents: events.map(({ id, timestampMs, message }) => ({
      id,
      timestamp: timestampMs,
      message,
      // Of patterns of fields AWS sends the fields, too.
      ...(filter.pattern.kind === 'fields' ? { extractedFields: withoutSign(filter.pattern.values(message)) } : {}),
    })),
  };
  const data = await promisify(gzip)(JSON.stringify(message));
  return Buffer.from(JSON.stringify({ awslogs: { data: data.toString('base64') } }));
}

function withoutSign(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name.slice(1), value]));
}
