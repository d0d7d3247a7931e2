import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Clock } from '../../../lib/clock.ts';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { openSqs } from '../open-sqs.ts';
import type { QueuePlace } from '../queue.ts';

export const HERE = { account: '123456789012', region: 'eu-west-1' };
export const QUEUE: QueuePlace = { ...HERE, name: 'orders' };
export const FIFO: QueuePlace = { ...HERE, name: 'steps.fifo' };
export const DEAD: QueuePlace = { ...HERE, name: 'dead' };
export const NOON = Date.UTC(2026, 0, 1, 12);

/** The queue service over a directory of its own, on a clock that stands still until it is moved. */
export function openForTest(
  t: Pick<TestContext, 'after'>,
  options: { dataDir?: string; clock?: Clock; inFlightMax?: number } = {},
) {
  const dataDir = options.dataDir ?? temporaryDirectory(t);
  const manual = manualClock(NOON);
  const sqs = openSqs({
    dataDir,
    clock: options.clock ?? manual,
    log: pino({ level: 'silent' }),
    inFlightMax: options.inFlightMax,
  });
  t.after(() => sqs[Symbol.asyncDispose]());
  return { core: sqs.core, queues: sqs.core(), clock: manual, dataDir };
}

export function temporaryDirectory(t: Pick<TestContext, 'after'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'lambent-sqs-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
