import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { embeddedMetrics, readEmbedded } from './embedded-metrics.ts';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const WHERE = { account: '111122223333', region: 'us-east-1', group: 'g', stream: 's' };

test('a line tells its metrics once for each set of dimensions, with one value or several', () => {
  const line = written(
    { Dimensions: [['shop'], ['shop', 'till']], Metrics: [{ Name: 'orders', Unit: 'Count' }, { Name: 'ms' }] },
    { shop: 'north', till: '7', orders: 3, ms: [1, 2.5] },
  );
  assert.deepEqual(shown(line), [
    ['Shop', 'orders', 'Count', 'shop=north', [3]],
    ['Shop', 'orders', 'Count', 'shop=north till=7', [3]],
    ['Shop', 'ms', 'None', 'shop=north', [1, 2.5]],
    ['Shop', 'ms', 'None', 'shop=north till=7', [1, 2.5]],
  ]);
});

test('what is not written as AWS says is no metric', () => {
  const metrics = { Dimensions: [[]], Metrics: [{ Name: 'orders' }] };
  assert.equal(shown(written(metrics, { orders: 1 })).length, 1);
  assert.deepEqual(shown(written(metrics, { orders: 'three' })), []);
  assert.deepEqual(shown(written(metrics, {})), []);
  assert.deepEqual(
    shown(written({ ...metrics, Dimensions: [['shop']] }, { orders: 1 })),
    [],
    'a dimension without a value',
  );
  assert.deepEqual(shown(written({ ...metrics, Namespace: 'AWS/Lambda' }, { orders: 1 })), []);
  assert.deepEqual(shown(written(metrics, { orders: 1 }, NOON_MS - 15 * 86_400_000)), []);
  assert.equal(shown(written(metrics, { orders: Array.from({ length: 100 }, () => 1) })).length, 1);
  assert.deepEqual(shown(written(metrics, { orders: Array.from({ length: 101 }, () => 1) })), []);
  assert.deepEqual(shown('{"_aws"'), []);
  assert.deepEqual(shown('{"_aws":{"CloudWatchMetrics":7}}'), []);
});

test('lines go on to the log, and values of the same metric and minute are one sample', () => {
  const clock = manualClock(NOON_MS);
  let woken = 0;
  const wake = () => {
    woken += 1;
  };
  const metrics = embeddedMetrics({ clock, wake });
  const lines: string[] = [];
  const sink = metrics.through({ open: () => ({ write: (line) => void lines.push(line), close: () => {} }) });
  const stream = sink.open(WHERE);
  const line = written({ Dimensions: [[]], Metrics: [{ Name: 'orders' }] }, { orders: 2 });
  const prefixed = `2026-01-15T12:00:00.000Z\tid\tINFO\t${line}`;
  for (const one of ['plain "_aws"', line, prefixed]) stream.write(one, NOON_MS);
  assert.deepEqual(lines, ['plain "_aws"', line, prefixed]);
  assert.equal(woken, 2);
  const [sample, ...more] = metrics.drain();
  assert.deepEqual(
    [sample?.scope, sample?.atMs, sample?.sketch.count, sample?.sketch.sum, more.length],
    [{ account: '111122223333', region: 'us-east-1' }, NOON_MS, 2, 4, 0],
  );
  assert.deepEqual(metrics.drain(), []);
});

const written = (directive: object, members: object, Timestamp = NOON_MS) =>
  JSON.stringify({ _aws: { Timestamp, CloudWatchMetrics: [{ Namespace: 'Shop', ...directive }] }, ...members });

const shown = (line: string) =>
  readEmbedded(line, NOON_MS).map(({ metric, unit, values }) => [
    ...[metric.namespace, metric.name, unit],
    metric.dimensions.map(({ name, value }) => `${name}=${value}`).join(' '),
    values,
  ]);
