import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Posted } from '../../delivery/outbox.ts';
import { openLog } from '../../lib/log.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { pass, until } from '../../lib/testing/turns.ts';
import { openEvents } from './open-events.ts';

const BUS = { account: '123456789012', region: 'us-east-1', bus: 'default' };
const RULE = { ...BUS, rule: 'often' };

test('a time that came while the disk refused is handed on at the next start, once', async (t) => {
  const { open, clock } = await bench(t);
  const posted: Posted[] = [];
  const refused: Posted[] = [];
  const first = open(async (one) => {
    refused.push(one);
    throw new Error('the disk refuses');
  });
  await putRule(first);
  await pass(clock, 60_000);
  await first[Symbol.asyncDispose]();
  const second = open(async (one) => void posted.push(one));
  second.resume();
  await until(() => posted.length === 1);
  assert.equal(JSON.parse(posted[0]?.message.body.toString() ?? '').time, '2026-11-21T10:01:00Z');
  // By its name whoever has taken it knows it.
  assert.ok(posted[0]?.message.once);
  assert.equal(posted[0].message.once, refused[0]?.message.once);
  await second[Symbol.asyncDispose]();
  const third = open(async (one) => void posted.push(one));
  third.resume();
  await pass(clock, 59_000);
  assert.equal(posted.length, 1);
  await pass(clock, 1_000);
  await until(() => posted.length === 2);
});

test('of the times that passed while nothing ran, the latest gets its event', async (t) => {
  const { open, clock } = await bench(t);
  const first = open(async () => {});
  await putRule(first);
  await first[Symbol.asyncDispose]();
  clock.advance(10 * 60_000 + 30_000);
  const posted: Posted[] = [];
  const second = open(async (one) => void posted.push(one));
  second.resume();
  await pass(clock, 0);
  await until(() => posted.length > 0);
  assert.equal(posted.length, 1);
  const { time } = JSON.parse(posted[0]?.message.body.toString() ?? '');
  assert.match(time, /^2026-11-21T10:(?:09|10):00Z$/);
});

async function putRule({ core }: ReturnType<typeof openEvents>) {
  const { buses } = core();
  await buses.putRule(RULE, { schedule: 'rate(1 minute)', state: 'ENABLED' }, { tags: {}, createdBy: BUS.account });
  await buses.putTargets(RULE, [{ id: 'one', arn: 'arn:aws:sqs:us-east-1:123456789012:q', retries: {} }]);
}

async function bench(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-rules-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const clock = manualClock(Date.parse('2026-11-21T10:00:00Z'));
  const open = (post: (posted: Posted) => Promise<void>) => {
    const log = openLog('silent');
    const events = openEvents({ dataDir, clock, log, random: () => 0, uuid: randomUUID, post });
    t.after(() => events[Symbol.asyncDispose]());
    return events;
  };
  return { open, clock };
}
