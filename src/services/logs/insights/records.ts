import { decodeChunk } from '../chunk.ts';
import type { LogStore, Scope } from '../log-store.ts';
import { parsePosition } from '../position.ts';
import type { StoredEvent } from '../read-events.ts';
import { flat, LAMBDA_FIELD_NAMES, Row } from './row.ts';

/** All fields of the event that a `@ptr` names; undefined if there is none in this account and region. */
export function recordOf(store: LogStore, scope: Scope, pointer: string): Record<string, string> | undefined {
  const position = parsePosition(Buffer.from(pointer, 'base64').toString());
  const chunk = position && store.chunk(position.chunk);
  const place = chunk && store.placeOf(chunk.groupId);
  if (!position || !chunk || place?.account !== scope.account || place.region !== scope.region) return undefined;
  const message = decodeChunk(chunk.events).messages[position.index];
  if (message === undefined) return undefined;
  const { timestampMs } = position;
  const event = {
    timestampMs,
    ingestedMs: chunk.ingestedMs,
    message,
    stream: chunk.stream,
    log: `${place.account}:${place.group}`,
    pointer,
  };
  const row = new Row(event);
  const names = [
    '@timestamp',
    '@ingestionTime',
    '@message',
    '@logStream',
    '@log',
    '@ptr',
    ...LAMBDA_FIELD_NAMES,
    ...flat(message).keys(),
  ];
  const values = names.map((name) => [name, row.get(name)] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(values.map(([name, value]) => [name, String(value)]));
}

/** In how many of a hundred events each field is, most common first. */
export function fieldShares(events: readonly StoredEvent[]): { name: string; percent: number }[] {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { message, timestampMs, ingestedMs, stream } of events) {
    const row = new Row({ message, timestampMs, ingestedMs, stream, log: '', pointer: '' });
    for (const name of ['@ingestionTime', '@log', '@logStream', '@message', '@timestamp']) count(name);
    for (const name of LAMBDA_FIELD_NAMES) if (row.get(name) !== undefined) count(name);
    for (const name of flat(message).keys()) count(name);
  }
  const shares = [...counts].map(([name, found]) => ({ name, percent: Math.floor((found / events.length) * 100) }));
  return shares.sort((a, b) => b.percent - a.percent || (a.name < b.name ? -1 : 1));
}
