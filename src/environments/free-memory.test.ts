import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeShare, isShort, keepAlive } from './free-memory.ts';

test('what is idle is kept as long as was asked for while memory is plenty, and ever shorter as it gets scarce', () => {
  const minutes = 10 * 60_000;
  assert.deepEqual(
    [1, 0.25, 0.15, 0.05, 0, -0.1].map((share) => Math.round(keepAlive(minutes, share))),
    [minutes, minutes, minutes / 2 + 2_500, 5_000, 5_000, 5_000],
  );
  // Never longer than was asked for.
  assert.deepEqual(
    [1, 0.15, 0].map((share) => keepAlive(1_000, share)),
    [1_000, 1_000, 1_000],
  );
});

test('what is spoken for is not free', () => {
  const bytes = process.availableMemory();
  assert.ok(freeShare() > 0);
  assert.ok(freeShare(bytes) < freeShare());
  assert.equal(isShort(bytes), true);
});
