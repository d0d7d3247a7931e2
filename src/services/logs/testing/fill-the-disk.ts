// Writes lines until a small disk is full, frees it, and prints what happened. Runs in a mount namespace of its own.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { openLogs } from '../logs.ts';
import { everything, GROUP, HERE, NOON, recordingLog, STREAM, texts } from './fixture.ts';

const [dataDir = ''] = process.argv.slice(2);
const clock = manualClock(NOON);
const { log, texts: said } = recordingLog();
const { core, sink } = openLogs({ dataDir, clock, log, pendingUnitsMax: 1_000_000 });
const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
const ballast = join(dataDir, 'ballast');
writeFileSync(ballast, Buffer.alloc(4_000_000));

// The first line of a stream shares a transaction with puts that are too much: its rows are made, and rolled back.
core.createGroup(HERE, { name: GROUP, class: 'STANDARD', tags: {} });
core.createStream(HERE, GROUP, STREAM);
const puts = Array.from({ length: 6 }, () =>
  core.put(HERE, GROUP, STREAM, [{ timestampMs: NOON, message: 'x'.repeat(1_000_000) }]),
);
sink.open({ ...HERE, group: GROUP, stream: 'fresh' }).write('the first line', NOON);
const outcomes = new Set((await Promise.allSettled(puts)).map(({ status }) => status));
clock.advance(1_000);
const fresh = texts(everything(core, GROUP, 'fresh'));
const saidBefore = said.length;

let written = 0;
while (said.length === saidBefore) {
  stream.write(`${written}`.padEnd(10_000), NOON + written);
  written += 1;
  clock.advance(100);
}
const put = await core
  .put(HERE, GROUP, STREAM, [{ timestampMs: NOON, message: 'x'.repeat(500_000) }])
  .then(() => 'stored', String);
for (let more = 0; more < 200; more += 1, written += 1) stream.write(`${written}`.padEnd(10_000), NOON + written);
rmSync(ballast);
clock.advance(1_000);
stream.write('after', clock.nowMs());

const kept = texts(everything(core));
const note = kept.find((text) => text.includes('events dropped')) ?? '';
const dropped = Number(/\d+/.exec(note)?.[0]);
const lines = kept.filter((text) => /^\d+ +$/.test(text)).map(Number);
process.stdout.write(
  JSON.stringify({
    said: said.map((text) => text.split(':')[0]),
    outcomes: [...outcomes],
    fresh,
    put,
    inOrder: lines.every((line, index) => line === index),
    isEveryLineAccountedFor: lines.length + dropped === written && dropped > 0,
    last: kept.at(-1),
  }),
);
core.close();
