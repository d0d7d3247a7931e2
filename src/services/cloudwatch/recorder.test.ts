import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '../../lib/log.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { pass } from '../../lib/testing/turns.ts';
import type { Scope } from './metric.ts';
import type { Sample } from './metric-store.ts';
import { Recorder, type ScopedSample } from './recorder.ts';
import { addValue, emptySketch } from './sketch.ts';

const SCOPE = { account: '111122223333', region: 'us-east-1' };

test('what is counted is stored ten seconds later, or when somebody asks, once', async () => {
  const { recorder, stored, count, clock } = bench();
  count(1);
  count(2);
  await pass(clock, 9_999);
  assert.deepEqual(stored, []);
  await pass(clock, 1);
  assert.deepEqual(stored, [1, 2]);
  count(3);
  await recorder.flush();
  assert.deepEqual(stored, [1, 2, 3]);
  await pass(clock, 60_000);
  assert.deepEqual(stored, [1, 2, 3]);
});

test('what cannot be stored waits, and is stored when the disk takes it again', async () => {
  const { recorder, stored, count, clock, disk } = bench();
  disk.isFull = true;
  count(1);
  await recorder.flush();
  disk.isFull = false;
  await pass(clock, 10_000);
  assert.deepEqual(stored, [1]);
});

test('a stop stores what is left, and nothing waits any more', async () => {
  const { recorder, stored, count, clock } = bench();
  count(1);
  await recorder.stop();
  assert.deepEqual(stored, [1]);
  count(2);
  await pass(clock, 60_000);
  assert.deepEqual(stored, [1]);
});

/** A recorder over a list of the values that were stored. */
function bench() {
  const clock = manualClock(1_000_000);
  const stored: number[] = [];
  const disk = { isFull: false };
  let counted: ScopedSample[] = [];
  const record = async (scope: Scope, samples: readonly Sample[]) => {
    if (disk.isFull) throw new Error('the disk is full');
    assert.deepEqual(scope, SCOPE);
    stored.push(...samples.map(({ sketch }) => sketch.sum));
  };
  const recorder = new Recorder({ clock, log: openLog('silent'), store: () => ({ record }) });
  recorder.add({
    drain() {
      const all = counted;
      counted = [];
      return all;
    },
  });
  const count = (value: number) => {
    const sketch = emptySketch();
    addValue(sketch, value);
    const metric = { namespace: 'AWS/Test', name: 'Count', dimensions: [] };
    counted.push({ scope: SCOPE, metric, unit: 'Count', atMs: clock.nowMs(), resolutionS: 60, sketch });
    recorder.wake();
  };
  return { recorder, stored, count, clock, disk };
}
