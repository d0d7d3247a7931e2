import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { openLogs } from './logs.ts';
import { LINE_BYTES_MAX } from './split-message.ts';
import { everything, GROUP, HERE, NOON, recordingLog, STREAM, temporaryDirectory, texts } from './testing/fixture.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

test('the first line makes the group and the stream, and opening alone makes neither', (t) => {
  const { core, stream } = open(t);
  assert.deepEqual(core.groups(HERE, { countMax: 50 }), []);
  stream.write('hello\n', NOON);
  assert.deepEqual(texts(everything(core)), ['hello\n']);
  assert.equal(core.group(HERE, GROUP).storedBytes, 'hello\n'.length + 26);
});

test('lines of one stream keep their order, within a millisecond and over many flushes', (t) => {
  const { core, clock, stream } = open(t);
  const expected = Array.from({ length: 1_000 }, (_, line) => `line ${line}\n`);
  expected.forEach((line, index) => {
    stream.write(line, NOON + Math.floor(index / 100));
    if (index % 7 === 0) clock.advance(25);
  });
  assert.deepEqual(texts(everything(core)), expected);
});

test('a line that bears an earlier time than the one before it stands before it', (t) => {
  const { core, stream } = open(t);
  stream.write('late', NOON + 60_000);
  stream.write('early', NOON);
  assert.deepEqual(texts(everything(core)), ['early', 'late']);
});

test('every character comes back, even those that are none', (t) => {
  const { core, stream } = open(t);
  const line = 'Grüße 你好 👋 \u0000 \ud800 \u2028 "quoted" \\ \r\t\u00a0\n';
  stream.write(line, NOON);
  assert.deepEqual(texts(everything(core)), [line]);
});

test('a line of 256 KB less its overhead stays one event, a longer one is split between characters', (t) => {
  const { core, stream } = open(t);
  stream.write('x'.repeat(LINE_BYTES_MAX), NOON);
  stream.write(`y${'€'.repeat(LINE_BYTES_MAX / 2)}`, NOON + 1);
  const [whole, ...parts] = texts(everything(core));
  assert.equal(whole?.length, LINE_BYTES_MAX);
  assert.equal(parts.join(''), `y${'€'.repeat(LINE_BYTES_MAX / 2)}`);
  assert.equal(parts.length, 2);
  for (const part of parts) assert.ok(Buffer.byteLength(part) <= LINE_BYTES_MAX);
});

test('lines are stored a little later without anybody reading', (t) => {
  const { dataDir, clock, stream } = open(t);
  stream.write('hello', NOON);
  clock.advance(25);
  const other = new DatabaseSync(join(dataDir, 'logs.db'), { readOnly: true });
  t.after(() => other.close());
  assert.equal(other.prepare('SELECT count(*) AS count FROM chunks').get()?.count, 1);
});

test('what was written is there after the store was closed and opened again', async (t) => {
  const dataDir = temporaryDirectory(t);
  const { log } = recordingLog();
  {
    await using logs = openLogs({ dataDir, clock: systemClock, log });
    logs.sink.open({ ...HERE, group: GROUP, stream: STREAM }).write('hello', NOON);
  }
  await using logs = openLogs({ dataDir, clock: systemClock, log });
  assert.deepEqual(texts(everything(logs.core)), ['hello']);
});

test('a group that is deleted while its function runs comes back empty with the next line', (t) => {
  const { core, clock, stream } = open(t);
  stream.write('before', NOON);
  core.deleteGroup(HERE, GROUP);
  assert.deepEqual(core.groups(HERE, { countMax: 50 }), []);
  stream.write('after', NOON + 1);
  clock.advance(DAY_MS);
  assert.deepEqual(texts(everything(core)), ['after']);
});

test('the same group name is another group in another account or region', (t) => {
  const { core, stream } = open(t);
  stream.write('mine', NOON);
  assert.deepEqual(core.groups({ ...HERE, account: '444455556666' }, { countMax: 50 }), []);
  assert.deepEqual(core.groups({ ...HERE, region: 'us-east-1' }, { countMax: 50 }), []);
});

test('what is deleted gives its place on the disk back', (t) => {
  const { dataDir, core, clock, stream } = open(t);
  for (let line = 0; line < 500; line += 1) stream.write('x'.repeat(10_000), NOON + line);
  core.deleteGroup(HERE, GROUP);
  clock.advance(DAY_MS);
  core.close();
  const file = new DatabaseSync(join(dataDir, 'logs.db'), { readOnly: true });
  t.after(() => file.close());
  assert.equal(file.prepare('SELECT count(*) AS count FROM chunks').get()?.count, 0);
  assert.equal(file.prepare('SELECT count(*) AS count FROM removedStreams').get()?.count, 0);
  assert.ok(Number(file.prepare('PRAGMA page_count').get()?.page_count) < 100);
});

test('events older than the retention go, those within it stay', (t) => {
  const { core, clock, stream } = open(t);
  stream.write('old', NOON);
  stream.write('young', NOON + 20 * MINUTE_MS);
  core.setRetention(HERE, GROUP, 1);
  clock.advance(DAY_MS - MINUTE_MS);
  assert.deepEqual(texts(everything(core)), ['old', 'young']);
  clock.advance(12 * MINUTE_MS);
  assert.deepEqual(texts(everything(core)), ['young']);
  assert.equal(core.group(HERE, GROUP).storedBytes, 'young'.length + 26);
  core.setRetention(HERE, GROUP, undefined);
  clock.advance(10 * DAY_MS);
  assert.deepEqual(texts(everything(core)), ['young']);
});

test('a disk that does not take lines costs bounded memory, and the log says how many were dropped', (t) => {
  const { dataDir, core, clock, stream, said } = open(t, 100_000);
  stream.write('before', NOON);
  core.flush();
  const other = new DatabaseSync(join(dataDir, 'logs.db'));
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  for (let line = 0; line < 100; line += 1) stream.write('x'.repeat(1_968), NOON + 1);
  clock.advance(10_000);
  assert.equal(said.length, 1, 'one sentence, however often it is tried');
  assert.match(said[0] ?? '', /the log store cannot be written/);
  assert.deepEqual(texts(everything(core)), ['before'], 'what is stored can be read meanwhile');
  other.exec('ROLLBACK');
  stream.write('after the outage', NOON + 2);
  clock.advance(1_000);
  stream.write('later', NOON + 3);
  const kept = texts(everything(core));
  assert.equal(kept.filter((text) => text.startsWith('xxx')).length, 50);
  assert.deepEqual(kept.slice(51), ['[lambent] 51 events dropped: the log store could not keep up\n', 'later']);
  assert.equal(said[1], 'the log store can be written again');
});

test('a put that the disk does not take is refused, and not stored later', async (t) => {
  const { dataDir, core, clock } = open(t);
  core.createGroup(HERE, { name: GROUP, class: 'STANDARD', tags: {} });
  core.createStream(HERE, GROUP, STREAM);
  const other = new DatabaseSync(join(dataDir, 'logs.db'));
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const put = core.put(HERE, GROUP, STREAM, [{ timestampMs: NOON, message: 'lost' }]);
  await assert.rejects(put, { refusal: { kind: 'not-stored' } });
  other.exec('ROLLBACK');
  clock.advance(DAY_MS);
  assert.deepEqual(everything(core), []);
});

test('on a full disk functions go on, and when there is room again the log does', (t) => {
  const script = join(import.meta.dirname, 'testing', 'fill-the-disk.ts');
  const shell = 'mount -t tmpfs -o size=8m lambent "$1" && exec "$2" "$3" "$1"';
  const dataDir = temporaryDirectory(t);
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', shell, 'sh', dataDir, process.execPath, script];
  // An ordinary user may mount a tmpfs too, in a user namespace of his own.
  const namespaces = process.getuid?.() === 0 ? args : ['--map-root-user', ...args];
  const { status, stdout, stderr } = spawnSync('unshare', namespaces, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    said: [
      'the log store cannot be written',
      'the log store can be written again',
      'the log store cannot be written',
      'the log store can be written again',
    ],
    outcomes: ['rejected'],
    fresh: ['the first line'],
    put: 'Error: the log service refuses: not-stored',
    inOrder: true,
    isEveryLineAccountedFor: true,
    last: 'after',
  });
});

test('whatever PutLogEvents acknowledged survives kill -9', async (t) => {
  const dataDir = temporaryDirectory(t);
  const script = join(import.meta.dirname, 'testing', 'put-until-killed.ts');
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line) + 1;
    if (acknowledged >= 50) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');

  await using logs = openLogs({ dataDir, clock: systemClock, log: recordingLog().log });
  const stored = texts(everything(logs.core));
  const expected = Array.from({ length: acknowledged }, (_, batch) => [`first of ${batch}`, `second of ${batch}`]);
  assert.deepEqual(stored.slice(0, 2 * acknowledged), expected.flat());
  assert.equal(stored.length % 2, 0, 'a batch is there whole or not at all');
});

test('a file that is no database, or one of a newer Lambent, is refused by its name', (t) => {
  const dataDir = temporaryDirectory(t);
  const path = join(dataDir, 'logs.db');
  const file = new DatabaseSync(path);
  file.exec('PRAGMA user_version = 99');
  file.close();
  const { log } = recordingLog();
  assert.throws(() => openLogs({ dataDir, clock: systemClock, log }), {
    message: `cannot open the log store ${path}: it was written by a newer Lambent (format 99, this one reads 2); start that one, or give another data directory with --data-dir`,
  });
});

test('a search lets other work in between, and stops when its caller leaves', async (t) => {
  const { core, stream } = open(t);
  for (let line = 0; line < 3_000; line += 1) stream.write(`${line}`.padEnd(1_000), NOON + line);
  const leaving = new AbortController();
  const search = core.search(HERE, GROUP, { direction: 'forward', pattern: 'nothing' }, leaving.signal);
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  });
  t.after(() => clearInterval(counting));
  setImmediate(() => setImmediate(() => leaving.abort(new Error('left'))));
  await assert.rejects(search, { message: 'left' });
  const { events } = await core.search(HERE, GROUP, { direction: 'forward', pattern: '2999' }, AbortSignal.any([]));
  assert.equal(events.length, 1);
  assert.ok(turns > 0);
});

function open(t: TestContext, pendingUnitsMax?: number) {
  const dataDir = temporaryDirectory(t);
  const clock = manualClock(NOON);
  const { log, texts: said } = recordingLog();
  const { core, sink } = openLogs({ dataDir, clock, log, pendingUnitsMax });
  t.after(() => core.close());
  return { dataDir, clock, said, core, stream: sink.open({ ...HERE, group: GROUP, stream: STREAM }) };
}
