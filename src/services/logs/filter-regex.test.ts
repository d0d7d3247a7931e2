import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from '../../lib/testing/random.ts';
import { filterRegex } from './filter-regex.ts';

test('random expressions match what JavaScript says they match', () => {
  const seed = Number(process.env.SEED ?? 20260301);
  const random = generator(seed);
  let matched = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const source = randomExpression(random);
    const text = Array.from({ length: Math.floor(random() * 8) }, () =>
      pick(random, ['a', 'b', 'c', '1', ' ', '-']),
    ).join('');
    const expected = new RegExp(source).test(text);
    const test = filterRegex(source);
    assert.ok(test, `${source} is malformed, SEED=${seed}`);
    assert.equal(test(text), expected, `${source} on "${text}", SEED=${seed}`);
    if (expected) matched += 1;
  }
  assert.ok(matched > 500 && matched < 2_500, `${matched} of 3,000 matched: the comparison is one-sided`);
});

function randomExpression(random: () => number): string {
  const alternatives = Array.from({ length: 1 + Math.floor(random() * 2) }, () => {
    const items = Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomItem(random));
    return `${random() < 0.3 ? '^' : ''}${items.join('')}${random() < 0.3 ? '$' : ''}`;
  });
  return alternatives.join('|');
}

function randomItem(random: () => number): string {
  const character = pick(random, ['a', 'b', '.', '[ab]', '[^a]', '[a-c1]', '\\d', '\\w', '\\S', '\\x61', '\\-']);
  return character + pick(random, ['', '', '', '?', '*', '+', '{2}', '{1,2}', '{0,1}', '{2,}', '{0}']);
}

function pick<Value>(random: () => number, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)] as Value; // SAFE: random() < 1, and no list here is empty.
}
