import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Logger } from '../../../lib/log.ts';
import type { Logs, Scope } from '../logs.ts';
import type { StoredEvent } from '../read-events.ts';

export const HERE: Scope = { account: '111122223333', region: 'eu-central-1' };
export const GROUP = '/aws/lambda/greet';
export const STREAM = '2026/03/01/[$LATEST]0123456789abcdef0123456789abcdef';
export const NOON = Date.UTC(2026, 2, 1, 12);

export function temporaryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'lambent-logs-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A log that keeps the texts of its lines. */
export function recordingLog(): { log: Logger; texts: string[] } {
  const texts: string[] = [];
  const log = pino({ base: undefined }, { write: (line: string) => texts.push(JSON.parse(line).msg) });
  return { log, texts };
}

/** Every event of a stream, oldest first. */
export function everything(logs: Logs, group: string = GROUP, stream: string = STREAM): readonly StoredEvent[] {
  const events: StoredEvent[] = [];
  let start: StoredEvent['position'] | undefined;
  do {
    const page = logs.read(HERE, group, stream, { direction: 'forward', start });
    events.push(...page.events);
    start = page.next;
  } while (start);
  return events;
}

export const texts = (events: readonly StoredEvent[]) => events.map(({ message }) => message);
