import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../lib/clock.ts';
import { manualClock } from '../lib/testing/manual-clock.ts';
import { generator } from '../lib/testing/random.ts';
import { pass } from '../lib/testing/turns.ts';
import { SqliteFile } from '../store/sqlite/sqlite-file.ts';
import { EPOCH_MS, FIRES_TABLE, SINGLE, STEADY } from './testing/fired.ts';
import { type Fire, type Plan, TIMETABLE_TABLE, Timetable } from './timetable.ts';

const FORM = { what: 'the fires', formats: [`${TIMETABLE_TABLE}; ${FIRES_TABLE}`] } as const;
const MINUTE_MS = 60_000;
const plan: Plan = {
  ...{ expression: 'cron(* * * * ? *)', dialect: 'rules', zone: 'UTC' },
  ...{ anchorMs: EPOCH_MS, windowMs: 0 },
};

async function timetableOf(t: TestContext, onFire: (fire: Fire) => void = () => {}) {
  const file = new SqliteFile(join(await directory(t), 'fires.db'), FORM);
  const clock = manualClock(EPOCH_MS);
  const fires: Fire[] = [];
  const errors: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => errors.push(line) });
  const fire = (one: Fire) => {
    onFire(one);
    fires.push(one);
  };
  const timetable = new Timetable({ file, clock, log, random: () => 0, fire, onFired: () => {} });
  t.after(async () => {
    await timetable.stop();
    file.close();
  });
  const set = (key: string, what: Partial<Plan> = {}) =>
    file.write(() => timetable.set(key, { ...plan, ...what }, clock.nowMs()));
  return { file, clock, fires, timetable, set, errors };
}

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-timetable-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('says when a schedule is due next, and that the last fire is the last', async (t) => {
  const { clock, fires, timetable, set } = await timetableOf(t);
  assert.equal(await set('steady', { untilMs: EPOCH_MS + 2 * MINUTE_MS }), EPOCH_MS + MINUTE_MS);
  assert.equal(timetable.next('steady'), EPOCH_MS + MINUTE_MS);
  await pass(clock, MINUTE_MS);
  assert.equal(timetable.next('steady'), EPOCH_MS + 2 * MINUTE_MS);
  await pass(clock, MINUTE_MS);
  assert.equal(timetable.next('steady'), undefined);
  assert.deepEqual(
    fires.map(({ isLast }) => isLast),
    [false, true],
  );
  assert.equal(await set('never', { expression: 'cron(0 0 1 1 ? 2020)' }), undefined);
});

test('a schedule that was set anew fires by its new plan alone, one that was removed no more', async (t) => {
  const { clock, fires, file, timetable, set } = await timetableOf(t);
  await set('changed');
  await set('removed');
  await set('changed', { expression: 'cron(0/2 * * * ? *)' });
  await file.write(() => timetable.remove('removed'));
  for (let minute = 0; minute < 4; minute += 1) await pass(clock, MINUTE_MS);
  assert.deepEqual(
    fires.map(({ key, scheduledMs }) => [key, (scheduledMs - EPOCH_MS) / MINUTE_MS]),
    [
      ['changed', 2],
      ['changed', 4],
    ],
  );
});

test('a time decades away is waited for, and one timer is enough for a thousand schedules', async (t) => {
  const { clock, fires, set } = await timetableOf(t);
  await set('far', { expression: 'cron(0 0 1 1 ? 2056)' });
  await Promise.all(Array.from({ length: 1_000 }, (_, at) => set(`s-${at}`, { expression: 'rate(1 day)' })));
  await pass(clock, 3_600_000);
  assert.equal(fires.length, 0);
  await pass(clock, Date.parse('2056-01-01T00:00:00Z') - clock.nowMs());
  assert.ok(fires.some(({ key }) => key === 'far'));
});

test('what the disk refuses fires once it takes it', async (t) => {
  let isRefusing = true;
  const { file, clock, fires, set, errors } = await timetableOf(t, () => {
    // An error of SQLite, as a full disk's is.
    if (isRefusing) file.sql('INSERT INTO fires VALUES (NULL, 0, 0)').run();
  });
  await set('one', { expression: 'rate(1 minute)' });
  await pass(clock, MINUTE_MS);
  assert.equal(fires.length, 0);
  assert.equal(errors.length, 1);
  isRefusing = false;
  await pass(clock, 2_000);
  assert.deepEqual(
    fires.map(({ scheduledMs }) => scheduledMs),
    [EPOCH_MS + MINUTE_MS],
  );
});

const seed = Number(process.env.SEED ?? 20_261_122);

test(`killed at any moment it neither loses a fire nor makes one twice (SEED=${seed})`, async (t) => {
  const path = join(await directory(t), 'fires.db');
  const random = generator(seed);
  const began = String(Date.now());
  for (let kill = 0; kill < 4; kill += 1) {
    // After some of its fires, not after some time: the machine may be slow.
    let seen = 0;
    await killed(t, [path, began], () => ++seen > 2 + kill * 3, random() * 60);
  }
  // Until nothing is left but the schedules of every minute.
  await killed(t, [path, began], (text) => /^0 left$/m.test(text), 0);
  const file = new SqliteFile(path, FORM);
  t.after(() => file.close());

  const fires = file.sql('SELECT * FROM fires ORDER BY key, scheduled_ms').all() as unknown as {
    key: string;
    scheduled_ms: number;
    at_ms: number;
  }[];
  const singles = fires.filter(({ key }) => key.startsWith('single'));
  assert.equal(singles.length, SINGLE, 'each single time fires once');
  assert.equal(new Set(singles.map(({ key }) => key)).size, SINGLE);
  for (let at = 0; at < STEADY; at += 1) {
    const key = `steady-${at}`;
    let lastMs = EPOCH_MS;
    for (const { scheduled_ms: scheduledMs, at_ms: atMs } of fires.filter((fire) => fire.key === key)) {
      assert.ok(scheduledMs > lastMs, `${key} fires twice for ${new Date(scheduledMs).toISOString()}`);
      // Times are passed over only where the one that fires was more than a minute late.
      const isPassedOver = scheduledMs > lastMs + MINUTE_MS;
      assert.ok(!isPassedOver || atMs - scheduledMs >= MINUTE_MS, `${key} loses what lies before ${scheduledMs}`);
      lastMs = scheduledMs;
    }
    const next = file.sql('SELECT scheduled_ms FROM timetable WHERE key = ?').get(key)?.scheduled_ms;
    assert.equal(next, lastMs + MINUTE_MS, `${key} goes on where it fired last`);
  }
});

/** Runs the schedules, and kills them `afterMs` after what they print is enough. */
async function killed(
  t: TestContext,
  args: readonly string[],
  isEnough: (text: string) => boolean,
  afterMs: number,
): Promise<void> {
  const script = join(import.meta.dirname, 'testing', 'fire-until-killed.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const enough = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      if (isEnough(String(chunk))) resolve();
    });
  });
  const first = await Promise.race([enough, ended.then(([code]) => `it ended by itself: ${code}`)]);
  assert.equal(first, undefined);
  await systemClock.sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}
