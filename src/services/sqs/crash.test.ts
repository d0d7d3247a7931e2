import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import type { QueuePlace } from './queue.ts';
import type { Queues } from './queues.ts';
import { DEAD, FIFO, openForTest, QUEUE, temporaryDirectory } from './testing/fixture.ts';

const RUNS = 4;

test('kill -9 under load loses nothing that was acknowledged, and brings nothing back that was deleted', async (t) => {
  const dataDir = temporaryDirectory(t);
  for (let run = 0; run < RUNS; run += 1) await workUntilKilled(t, dataDir, run);
  const told = { sent: new Set<string>(), deleting: new Set<string>(), deleted: new Set<string>() };
  for (const line of readFileSync(join(dataDir, 'notes'), 'utf8').trim().split('\n')) {
    const [what, name = ''] = line.split(' ');
    told[what as keyof typeof told].add(name); // SAFE: what the worker writes.
  }

  // A minute later, when nothing is held any more.
  const { queues } = openForTest(t, { dataDir, clock: manualClock(Date.now() + 60_000) });
  const inOrder = await drain(queues, FIFO);
  const left = [...(await drain(queues, QUEUE)), ...(await drain(queues, DEAD)), ...inOrder];
  const there = new Set(left);
  assert.ok(told.deleted.size > 50, 'it has worked');
  assert.deepEqual(
    [...told.sent].filter((name) => !there.has(name) && !told.deleting.has(name)),
    [],
    'lost',
  );
  assert.deepEqual(
    [...told.deleted].filter((name) => there.has(name)),
    [],
    'back again',
  );
  assert.equal(there.size, left.length, 'twice');
  for (const group of ['/0/', '/1/', '/2/', '/3/']) {
    const names = inOrder.filter((name) => name.startsWith(group, 1));
    assert.deepEqual(names, names.toSorted(), 'in the order of sending');
  }
});

async function workUntilKilled(t: TestContext, dataDir: string, run: number) {
  const script = join(import.meta.dirname, 'testing', 'work-until-killed.ts');
  const child = spawn(process.execPath, [script, dataDir, String(run)], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let lines = 0;
  for await (const _line of createInterface({ input: child.stdout })) {
    lines += 1;
    // At another instant in each run.
    if (lines === 500 + run * 37) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
}

async function drain(queues: Queues, place: QueuePlace): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const ask = { countMax: 1_000, visibilityMs: 60_000 };
    const received = await queues.receive(place, ask, new AbortController().signal);
    if (received.length === 0) return all;
    all.push(...received.map(({ body }) => body));
    await queues.deleteMessages(
      place,
      received.map(({ receiptHandle }) => receiptHandle),
    );
  }
}
