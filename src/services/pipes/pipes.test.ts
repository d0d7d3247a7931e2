// What becomes of a pipe's state when the store fails, and of its batches when the server stops.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLog } from '../../lib/log.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { turns, until } from '../../lib/testing/turns.ts';
import type { Records } from '../../store/records.ts';
import { openSqliteRecords } from '../../store/sqlite/sqlite-records.ts';
import type { PipeSettings } from './pipe.ts';
import { openPipes } from './pipes.ts';
import type { PipeSources } from './ports.ts';
import { PipeRefused } from './refusal.ts';

const KEY = { account: '123456789012', region: 'eu-west-1', name: 'orders' };
const SETTINGS: PipeSettings = {
  roleArn: 'arn:aws:iam::123456789012:role/pipe',
  source: { arn: 'arn:aws:sqs:eu-west-1:123456789012:in', batchSize: 10, batchWindowMs: 0, filters: [] },
  target: { kind: 'queue', arn: 'arn:aws:sqs:eu-west-1:123456789012:out' },
};

test('a state that cannot be stored is tried again until it is, and nothing else is done to the pipe meanwhile', async (t) => {
  const { pipes, clock, disk } = await opened(t);
  disk.isFull = 'after the next write';
  const created = await pipes.create(KEY, { settings: SETTINGS, wanted: 'running', tags: {} });
  assert.equal(created.state, 'creating');
  await until(() => disk.refused > 0);
  for (const change of [() => pipes.want(KEY, 'stopped'), () => pipes.delete(KEY)]) {
    await assert.rejects(change, (error) => {
      return error instanceof PipeRefused && error.refusal.kind === 'pipe-in-use' && error.refusal.state === 'creating';
    });
  }
  disk.isFull = 'no';
  await until(() => {
    clock.advance(1_000);
    return pipes.find(KEY).state === 'running';
  });
});

test('a stop waits for batches under way, no longer than it is told to, and reads nothing more', async (t) => {
  const { pipes, source } = await opened(t);
  await pipes.create(KEY, { settings: SETTINGS, wanted: 'running', tags: {} });
  await until(() => pipes.find(KEY).state === 'running');
  const patience = new AbortController();
  const drained = pipes.drain(patience.signal);
  await until(() => source.paused === 1);
  let isDrained = false;
  const noted = drained.then(() => {
    isDrained = true;
  });
  await turns();
  assert.equal(isDrained, false, 'a batch is under way');
  patience.abort();
  await noted;
  await pipes.want(KEY, 'running');
  await until(() => pipes.find(KEY).state === 'running');
  assert.equal(source.runs, 1, 'nothing is read for a pipe that was started while the server stops');
});

async function opened(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lambent-pipes-'));
  const records = openSqliteRecords(join(directory, 'records.db'));
  const clock = manualClock(0);
  const disk = { isFull: 'no' as 'no' | 'after the next write' | 'yes', refused: 0 };
  const limited: Records = {
    ...records,
    async put(key, value, options) {
      if (disk.isFull === 'yes') {
        disk.refused += 1;
        throw new Error('the disk is full');
      }
      if (disk.isFull === 'after the next write') disk.isFull = 'yes';
      return await records.put(key, value, options);
    },
  };
  const source = { runs: 0, paused: 0 };
  const sources: PipeSources = {
    flawOf: async () => undefined,
    newReader: () => ({
      problem: undefined,
      run() {
        source.runs += 1;
      },
      async pause() {
        source.paused += 1;
      },
      idle: () => new Promise(() => {}),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
  const pipes = await openPipes({
    ...{ records: limited, clock, log: openLog('silent'), sources },
    call: async () => ({ kind: 'failed', problem: '' }),
    deliver: async () => {},
    assumable: () => 'assumable',
  });
  t.after(async () => {
    await pipes[Symbol.asyncDispose]();
    await records[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });
  return { pipes, clock, disk, source };
}
