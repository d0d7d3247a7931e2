import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Posted } from '../../delivery/outbox.ts';
import { openLog } from '../../lib/log.ts';
import { type ManualClock, manualClock } from '../../lib/testing/manual-clock.ts';
import { pass, until } from '../../lib/testing/turns.ts';
import { newEvent } from './event.ts';
import { openEvents } from './open-events.ts';

const SCOPE = { account: '123456789012', region: 'us-east-1' };
const BUS = { ...SCOPE, bus: 'default' };
const ARCHIVE = { ...SCOPE, archive: 'all' };
const RULE = { ...BUS, rule: 'all' };
const DAY_MS = 86_400_000;
const COUNT = 120;

test('a replay that a stop has interrupted goes on where it was, with nobody asking', async (t) => {
  const { open, clock } = await bench(t);
  const told: string[] = [];
  let isBroken = false;
  const note = async ({ message }: Posted) => {
    if (isBroken) throw new Error('the disk refuses');
    told.push(JSON.parse(message.body.toString()).id);
    // The rest of the second page has to wait.
    if (told.length === 70) isBroken = true;
  };
  const first = open(note);
  const { buses, archives } = first.core();
  const { id } = await archives.createArchive(ARCHIVE, 'default', { retentionDays: 0 });
  for (let at = 0; at < COUNT; at += 1) await buses.publish(BUS, event(at, clock), 'put');
  await buses.putRule(RULE, { pattern: '{"source":["shop"]}', state: 'ENABLED' }, { tags: {}, createdBy: '' });
  await buses.putTargets(RULE, [{ id: 'one', arn: 'arn:aws:sqs:us-east-1:123456789012:q', retries: {} }]);
  const window = { fromMs: 0, toMs: clock.nowMs() + DAY_MS };
  await archives.startReplay(
    { ...SCOPE, replay: 'again' },
    { archive: 'all', archiveId: id, bus: 'default', ...window },
  );
  await until(() => isBroken);
  await first[Symbol.asyncDispose]();
  isBroken = false;
  const again = told.splice(0);

  const second = open(async ({ message }) => void again.push(JSON.parse(message.body.toString()).id));
  second.resume();
  await until(() => new Set(again).size === COUNT);
  await until(() => second.core().archives.replay({ ...SCOPE, replay: 'again' }).state === 'COMPLETED');
  // Of the page that was under way, no more than what had been told comes twice.
  assert.ok(again.length <= COUNT + 20 + 1, `${again.length} were told`);
});

test('events go when they are older than the archive keeps them, and with the archive', async (t) => {
  const { open, clock } = await bench(t);
  const events = open(async () => {});
  const { buses, archives } = events.core();
  await archives.createArchive(ARCHIVE, 'default', { retentionDays: 2 });
  await buses.publish(BUS, event(1, clock), 'put');
  clock.advance(DAY_MS);
  await buses.publish(BUS, event(2, clock), 'put');
  assert.equal(archives.archive(ARCHIVE).count, 2);
  await pass(clock, DAY_MS + 1_000);
  await until(async () => {
    await pass(clock, 600_000);
    return archives.archive(ARCHIVE).count === 1;
  });
  const { bytes, id } = archives.archive(ARCHIVE);
  assert.ok(bytes > 100);
  await archives.changeArchive(ARCHIVE, { retentionDays: 0 });
  await pass(clock, 30 * DAY_MS);
  assert.equal(archives.archive(ARCHIVE).count, 1);
  await archives.deleteArchive(ARCHIVE);
  const left = await archives.createArchive(ARCHIVE, 'default', { retentionDays: 0 });
  assert.notEqual(left.id, id);
  assert.equal(left.count, 0);
});

function event(at: number, clock: ManualClock) {
  const made = newEvent({
    ...{ ...SCOPE, id: `event-${at}`, source: 'shop', detailType: 'order', timeMs: clock.nowMs() },
    ...{ resources: [], detail: '{}' },
  });
  assert.ok(made);
  return made;
}

async function bench(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-archives-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const clock = manualClock(Date.parse('2026-11-21T10:00:00Z'));
  const open = (post: (posted: Posted) => Promise<void>) => {
    const events = openEvents({ dataDir, clock, log: openLog('silent'), random: () => 0, uuid: randomUUID, post });
    t.after(() => events[Symbol.asyncDispose]());
    return events;
  };
  return { open, clock };
}
