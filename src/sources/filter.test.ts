import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterOf } from './filter.ts';
import { isFilterPattern } from './filter-pattern.ts';

test('a field has one of the listed values, and all fields must', () => {
  check({ kind: ['order', 1, null, ''] }, [{ kind: 'order' }, { kind: 1 }, { kind: null }, { kind: '' }]);
  check({ kind: ['order', 1, null, ''] }, [], [{ kind: '1' }, { kind: 'orders' }, { kind: 0 }, { other: 'order' }, {}]);
  check({ a: [1], b: { c: [2] } }, [{ a: 1, b: { c: 2 } }], [{ a: 1 }, { a: 1, b: { c: 3 } }, { a: 1, b: 2 }]);
});

test('a list in an item matches by any of its elements, and one element must have all fields', () => {
  check({ tags: ['new'] }, [{ tags: ['old', 'new'] }, { tags: [['new']] }], [{ tags: [] }, { tags: ['old'] }]);
  const pattern = { lines: { sku: ['a'], count: [2] } };
  check(pattern, [{ lines: [{ sku: 'b' }, { sku: 'a', count: 2 }] }], [{ lines: [{ sku: 'a' }, { count: 2 }] }]);
});

test('exists speaks of leaves: what has fields of its own is none', () => {
  check({ a: [{ exists: true }] }, [{ a: 0 }, { a: null }, { a: [1] }], [{}, { b: 1 }, { a: { b: 1 } }, { a: [] }]);
  check({ a: [{ exists: false }] }, [{}, { b: 1 }, { a: { b: 1 } }], [{ a: 0 }, { a: null }]);
  check({ a: { b: [{ exists: false }] } }, [{}, { a: {} }, { a: 1 }], [{ a: { b: 1 } }]);
});

test('texts begin, end, or are the same but for their case', () => {
  check({ a: [{ prefix: 'ab' }] }, [{ a: 'abc' }, { a: 'ab' }], [{ a: 'Abc' }, { a: 1 }, { a: null }]);
  check({ a: [{ suffix: 'bc' }] }, [{ a: 'abc' }], [{ a: 'abcd' }]);
  check({ a: [{ 'equals-ignore-case': 'aBc' }] }, [{ a: 'AbC' }], [{ a: 'abcd' }, { a: 1 }]);
  check({ a: [{ prefix: { 'equals-ignore-case': 'AB' } }] }, [{ a: 'abc' }], [{ a: 'cab' }]);
  check({ a: [{ suffix: { 'equals-ignore-case': 'BC' } }] }, [{ a: 'abc' }], [{ a: 'bca' }]);
});

test('numbers are compared, texts that look like numbers are not', () => {
  check({ a: [{ numeric: ['>', 0, '<=', 5] }] }, [{ a: 5 }, { a: 0.1 }], [{ a: 0 }, { a: 5.1 }, { a: '3' }]);
  check({ a: [{ numeric: ['=', 300] }] }, [{ a: 3e2 }], [{ a: 301 }]);
  check({ a: [{ numeric: ['>=', 1] }] }, [{ a: 1 }], [{ a: 0.9 }]);
  check({ a: [{ numeric: ['<', 1] }] }, [{ a: 0.9 }], [{ a: 1 }]);
});

test('anything but needs the field to be there', () => {
  check({ a: [{ 'anything-but': 'x' }] }, [{ a: 'y' }, { a: 1 }, { a: null }], [{ a: 'x' }, {}, { a: { b: 1 } }]);
  check({ a: [{ 'anything-but': [1, 2] }] }, [{ a: 3 }, { a: '1' }], [{ a: 1 }, { a: 2 }]);
  check({ a: [{ 'anything-but': { prefix: ['x', 'y'] } }] }, [{ a: 'zx' }], [{ a: 'xz' }, { a: 'yz' }]);
  check({ a: [{ 'anything-but': { wildcard: '*x*' } }] }, [{ a: 'abc' }], [{ a: 'axc' }]);
});

test('wildcards stand for any characters, quickly', () => {
  check({ a: [{ wildcard: 'a*c*e' }] }, [{ a: 'abcde' }, { a: 'ace' }, { a: 'aXcYcZe' }], [{ a: 'abcd' }, { a: 'ae' }]);
  check({ a: [{ wildcard: 'a\\*b' }] }, [{ a: 'a*b' }], [{ a: 'axb' }]);
  check({ a: [{ wildcard: '*' }] }, [{ a: '' }, { a: 'x' }], [{ a: 1 }]);
  // A regular expression would take years.
  check({ a: [{ wildcard: '*a*a*a*a*b' }] }, [], [{ a: 'a'.repeat(10_000) }]);
});

test('an address is within a range', () => {
  check({ a: [{ cidr: '10.1.0.0/16' }] }, [{ a: '10.1.2.3' }], [{ a: '10.2.0.0' }, { a: 'x' }, { a: '::1' }]);
  check({ a: [{ cidr: '2001:db8::/32' }] }, [{ a: '2001:db8::1' }], [{ a: '2001:db9::1' }, { a: '10.1.2.3' }]);
});

test('an item that is made to exhaust us is only one that does not match', () => {
  const brackets = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
  const one = filterOf(['{"a":[1]}']);
  assert.deepEqual([one(brackets), one({ a: brackets })], [false, false]);
  // Would be billions of steps for a search that begins anew behind each place.
  const hard = `*b${'a'.repeat(3_000)}c*b${'a'.repeat(500)}c`;
  check({ a: [{ wildcard: hard }] }, [], [{ a: 'a'.repeat(1_000_000) }, { a: `b${'a'.repeat(2_999)}`.repeat(300) }]);
});

test('one of several patterns is enough, and one of several fields', () => {
  check(
    { $or: [{ a: [1] }, { b: [{ exists: true }] }], c: [1] },
    [
      { a: 1, c: 1 },
      { b: 9, c: 1 },
    ],
    [{ a: 1 }, { c: 1 }],
  );
  const any = filterOf(['{"a":[1]}', '{"b":[1]}']);
  assert.deepEqual([any({ a: 1 }), any({ b: 1 }), any({ c: 1 })], [true, true, false]);
  assert.equal(filterOf(undefined)({}), true);
  assert.equal(filterOf([])('text'), true);
});

test('what every object inherits is no field', () =>
  check({ constructor: { name: ['Object'] }, toString: [{ exists: false }] }, [], [{}]));

function check(pattern: object, matching: readonly unknown[], others: readonly unknown[] = []) {
  const json = JSON.stringify(pattern);
  assert.ok(isFilterPattern(json), json);
  const matches = filterOf([json]);
  for (const item of matching) assert.ok(matches(item), `${json} should match ${JSON.stringify(item)}`);
  for (const item of others) assert.ok(!matches(item), `${json} should not match ${JSON.stringify(item)}`);
}
