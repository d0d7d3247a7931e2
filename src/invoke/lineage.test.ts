import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { enter, isAtLimit, joined, ROUNDS_MAX } from './lineage.ts';

const TRACE = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=0';
const arn = (name: string) => `arn:aws:lambda:us-east-1:111122223333:function:${name}`;

/** The header after these functions were invoked one after another. */
function through(names: readonly string[], from = TRACE): string {
  return names.reduce((header, name) => enter(header, arn(name)).traceId, from);
}

const times = (count: number, ...names: string[]) => Array.from({ length: count }, () => names).flat();
const roundsOf = (header: string, name: string) => enter(header, arn(name)).rounds;

describe('a chain of invocations', () => {
  test('tells each function how often it was invoked in it', () => {
    assert.equal(roundsOf(TRACE, 'a'), 1);
    assert.match(through(['a']), /^Root=[^;]+;Parent=[^;]+;Sampled=0;Lineage=[0-9a-f]{8}:1$/);
    const header = through(times(3, 'a', 'b'));
    assert.deepEqual([roundsOf(header, 'a'), roundsOf(header, 'b'), roundsOf(header, 'c')], [4, 4, 1]);
  });
  test('remembers 16 functions: those that were invoked last', () => {
    const names = Array.from({ length: 16 }, (_, at) => `f${at}`);
    assert.equal(roundsOf(through(times(5, ...names)), 'f0'), 6);
    const longer = through([...names, 'one-more']);
    assert.deepEqual([roundsOf(longer, 'f0'), roundsOf(longer, 'f1')], [1, 2]);
    assert.ok(through(times(2_000, ...names)).length < 512);
  });
  test('goes on behind what was written otherwise, which counts for nothing', () => {
    for (const lineage of ['1:a87bd80c:0', 'garbage', 'a87bd80c:x|', '|'.repeat(9)]) {
      assert.match(enter(`${TRACE};Lineage=${lineage}`, arn('a')).traceId, /;Lineage=[0-9a-f]{8}:1$/, lineage);
    }
  });
});

describe('a message', () => {
  test('is at the limit once one of its functions was invoked 16 times', () => {
    assert.ok(!isAtLimit(through(times(ROUNDS_MAX - 1, 'a', 'b'))));
    assert.ok(isAtLimit(through(times(ROUNDS_MAX, 'a'))));
    assert.ok(isAtLimit(through(['b'], through(times(ROUNDS_MAX, 'a')))));
    for (const header of [undefined, '', TRACE, 'Lineage=garbage']) assert.ok(!isAtLimit(header));
  });
  test('in a batch with others brings what it has come through', () => {
    const header = joined('Root=1-new', [through(times(3, 'a')), undefined, through(['a', 'b']), TRACE]);
    assert.ok(header.startsWith('Root=1-new;Lineage='));
    assert.deepEqual([roundsOf(header, 'a'), roundsOf(header, 'b')], [4, 2]);
    assert.equal(joined('Root=1-new', [undefined, TRACE]), 'Root=1-new');
  });
  test('in a large batch is remembered by its highest counts', () => {
    const many = Array.from({ length: 40 }, (_, at) => through(times((at % 20) + 1, `f${at}`)));
    const header = joined('Root=1-new', many);
    assert.deepEqual([roundsOf(header, 'f39'), roundsOf(header, 'f19'), roundsOf(header, 'f0')], [21, 21, 1]);
    assert.equal(header.split('|').length, 16);
  });
});
