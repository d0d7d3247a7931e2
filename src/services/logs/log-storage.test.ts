// What the log store takes of the disk.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { LOG_FORMATS } from './log-format.ts';
import { openLogs } from './logs.ts';
import { everything, GROUP, HERE, NOON, recordingLog, STREAM, temporaryDirectory, texts } from './testing/fixture.ts';

const MIB = 1024 ** 2;
const LINE = 'x'.repeat(1_000);

test('endless logging takes bounded disk: the newest lines stay, the oldest and their streams go', (t) => {
  const { dataDir, core, clock, sink, said } = open(t, { storedBytesMax: 4 * MIB });
  const sizes: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const stream = sink.open({ ...HERE, group: GROUP, stream: `stream ${round}` });
    for (let line = 0; line < 500; line += 1) stream.write(`${round}/${line} ${LINE}`, clock.nowMs());
    clock.advance(100);
    sizes.push(statSync(join(dataDir, 'logs.db')).size);
  }
  // 20 MB have been written. What one flush brings comes before its room is made.
  assert.ok(Math.max(...sizes) < 6 * MIB, `${Math.max(...sizes)} bytes`);
  const streams = core.streamsByName(HERE, GROUP, { countMax: 50, descending: false }).map(({ name }) => name);
  assert.ok(streams.includes('stream 39') && !streams.includes('stream 0'), String(streams));
  const newest = texts(everything(core, GROUP, 'stream 39'));
  assert.equal(newest.length, 500);
  const left = streams.flatMap((name) => everything(core, GROUP, name));
  const bytes = left.reduce((sum, { message }) => sum + message.length + 26, 0);
  assert.equal(core.group(HERE, GROUP).storedBytes, bytes);
  assert.equal(said.filter((text) => text.includes('the oldest events go')).length, 1, 'told once');
});

test('a stream that lost its events to the size is there again with its next line', (t) => {
  const { core, clock, sink } = open(t, { storedBytesMax: 2 * MIB });
  const quiet = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  const loud = sink.open({ ...HERE, group: GROUP, stream: 'loud' });
  quiet.write('before', NOON);
  for (let round = 0; round < 10; round += 1) {
    for (let line = 0; line < 500; line += 1) loud.write(LINE, clock.nowMs());
    clock.advance(100);
  }
  quiet.write('after', clock.nowMs());
  assert.deepEqual(texts(everything(core)), ['after']);
});

test('a smaller size than is stored is reached in the background, and gives disk back', (t) => {
  const dataDir = temporaryDirectory(t);
  const clock = manualClock(NOON);
  const first = openLogs({ dataDir, clock, log: recordingLog().log });
  const stream = first.sink.open({ ...HERE, group: GROUP, stream: STREAM });
  for (let line = 0; line < 8_000; line += 1) stream.write(LINE, NOON + line * 10);
  first.core.close();
  const path = join(dataDir, 'logs.db');
  assert.ok(statSync(path).size > 7 * MIB);
  const second = openLogs({ dataDir, clock, log: recordingLog().log, storedBytesMax: MIB });
  t.after(() => second.core.close());
  clock.advance(20 * 60_000);
  second.core.close();
  assert.ok(statSync(path).size < 2 * MIB, `${statSync(path).size} bytes`);
});

test('the place of an event is never given to another one, even after the newest ones went', (t) => {
  const dataDir = temporaryDirectory(t);
  const clock = manualClock(NOON);
  const ids = [1, 2].map((round) => {
    const { core, sink } = openLogs({ dataDir, clock, log: recordingLog().log });
    sink.open({ ...HERE, group: GROUP, stream: STREAM }).write(`line ${round}`, NOON);
    const [event] = everything(core);
    core.deleteGroup(HERE, GROUP);
    clock.advance(60_000);
    core.close();
    return event?.position.chunk ?? 0;
  });
  assert.ok((ids[1] ?? 0) > (ids[0] ?? 0), String(ids));
});

test('a file of the first format is read on', (t) => {
  const dataDir = temporaryDirectory(t);
  const file = new DatabaseSync(join(dataDir, 'logs.db'));
  file.exec(`${LOG_FORMATS[0]}; PRAGMA user_version = 1;
    INSERT INTO groups VALUES (1, '${HERE.account}', '${HERE.region}', '${GROUP}', ${NOON}, NULL, 'STANDARD', '{}', 31);
    INSERT INTO streams VALUES (1, 1, '${STREAM}', ${NOON}, ${NOON}, ${NOON}, ${NOON});
    INSERT INTO chunks VALUES (7, 1, 1, ${NOON}, ${NOON}, ${NOON}, 31, '[[${NOON}],["hello"]]')`);
  file.close();
  const { core, sink } = openLogs({ dataDir, clock: manualClock(NOON), log: recordingLog().log });
  t.after(() => core.close());
  sink.open({ ...HERE, group: GROUP, stream: STREAM }).write('again', NOON + 1);
  assert.deepEqual(
    everything(core).map(({ message, position }) => [message, position.chunk]),
    [
      ['hello', 7],
      ['again', 8],
    ],
  );
});

function open(t: TestContext, { storedBytesMax }: { storedBytesMax: number }) {
  const dataDir = temporaryDirectory(t);
  const clock = manualClock(NOON);
  const { log, texts: said } = recordingLog();
  const { core, sink } = openLogs({ dataDir, clock, log, storedBytesMax });
  t.after(() => core.close());
  return { dataDir, core, sink, clock, said };
}
