import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counting } from './concurrency.ts';

test('the last place is given, the next caller is turned away, and a place given back is free again', () => {
  const places = counting(2);
  const first = places.admit('1', 'us-east-1');
  assert.ok(first !== undefined && places.admit('1', 'us-east-1') !== undefined);
  assert.equal(places.admit('1', 'us-east-1'), undefined);
  first[Symbol.dispose]();
  first[Symbol.dispose](); // Giving back twice frees one place only.
  assert.equal(places.inFlight(), 1);
  assert.ok(places.admit('1', 'us-east-1') !== undefined);
  assert.equal(places.admit('1', 'us-east-1'), undefined);
});

test('each account and region has its own places', () => {
  const places = counting(1);
  assert.ok(places.admit('1', 'us-east-1') !== undefined);
  assert.ok(places.admit('1', 'eu-west-1') !== undefined);
  assert.ok(places.admit('2', 'us-east-1') !== undefined);
});
