import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFilterPattern } from './filter-pattern.ts';

test('a field has a list of values', () => {
  check({ kind: ['order', 1, true, null, ''] }, 'pattern');
  check({ kind: 'order' }, 'none');
  check({ kind: [] }, 'none');
  check({ kind: [['order']] }, 'none');
});

test('fields stand within each other', () => {
  check({ body: { temperature: [1], place: { city: ['Rome'] } } }, 'pattern');
  check({ body: {} }, 'none');
  check({ body: { temperature: 1 } }, 'none');
});

test('a pattern is a JSON object with fields', () => {
  for (const json of ['', '[]', '"x"', 'null', '{', '{}', '{"a":["b"]} x']) check(json, 'none');
});

test('conditions have one operator and its operand', () => {
  check({ a: [{ exists: false }, { prefix: 'x' }, { suffix: 'y' }, { 'equals-ignore-case': 'z' }] }, 'pattern');
  check({ a: [{ prefix: { 'equals-ignore-case': 'x' } }, { wildcard: 'a*b' }, { cidr: '10.0.0.0/8' }] }, 'pattern');
  check({ a: [{ exists: 'false' }] }, 'none');
  check({ a: [{ prefix: 1 }] }, 'none');
  check({ a: [{ prefix: 'x', suffix: 'y' }] }, 'none');
  check({ a: [{}] }, 'none');
  check({ a: [{ like: 'x' }] }, 'none');
  check({ a: [{ cidr: 'nowhere' }] }, 'none');
  check({ a: [{ wildcard: '**' }] }, 'none');
});

test('numbers are compared with one bound or two', () => {
  for (const numeric of [
    ['=', 5],
    ['<', 5],
    ['>=', 0, '<', 10],
  ]) {
    check({ a: [{ numeric }] }, 'pattern');
  }
  for (const numeric of [[], ['='], ['!', 5], ['=', '5'], ['>', 0, '<'], ['<', 0, '>', 5], ['>', 9, '<', 5], '=5']) {
    check({ a: [{ numeric }] }, 'none');
  }
});

test('what is excluded is a value, several of one type, or a condition on texts', () => {
  for (const excluded of ['x', 1, ['x', 'y'], [1, 2], { prefix: 'x' }, { suffix: ['x', 'y'] }]) {
    check({ a: [{ 'anything-but': excluded }] }, 'pattern');
  }
  for (const excluded of [[], ['x', 1], null, { exists: true }, { prefix: 'x', suffix: 'y' }, {}]) {
    check({ a: [{ 'anything-but': excluded }] }, 'none');
  }
});

test('one of several patterns may be enough', () => {
  check({ $or: [{ a: [1] }, { b: [{ exists: true }] }] }, 'pattern');
  check({ $or: [{ a: [1] }] }, 'none');
  check({ $or: [{ a: [1] }, { b: 2 }] }, 'none');
});

function check(pattern: object | string, expected: 'pattern' | 'none') {
  const json = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
  assert.equal(isFilterPattern(json) ? 'pattern' : 'none', expected, json);
}
