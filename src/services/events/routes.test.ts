import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newEvent } from './event.ts';
import { routeOf, routesOf } from './routes.ts';

const BUS = { account: '123456789012', region: 'us-east-1', bus: 'default' };

test('an event finds the rules that ask for its source, for its detail type, or for something else', () => {
  const patterns: Record<string, object> = {
    source: { source: ['shop', 'store'] },
    otherSource: { source: ['other'], 'detail-type': ['order'] },
    both: { source: ['shop'], 'detail-type': ['order'] },
    type: { 'detail-type': ['order', 'refund'] },
    otherType: { 'detail-type': ['refund'] },
    sourceAndMore: { source: ['shop', { prefix: 'x' }] },
    prefix: { source: [{ prefix: 'sh' }] },
    detail: { detail: { sum: [7] } },
    otherDetail: { detail: { sum: [8] } },
    dotted: { 'detail.sum': [7] },
    or: { $or: [{ source: ['other'] }, { detail: { sum: [7] } }] },
    twice: { source: ['shop', 'shop'] },
  };
  const routes = routesOf(
    Object.entries(patterns).map(([rule, pattern]) => ({
      route: routeOf({ ...BUS, rule, state: 'ENABLED', tags: {}, createdBy: BUS.account }, []),
      pattern: JSON.stringify(pattern),
    })),
  );
  const event = newEvent({
    ...{ account: BUS.account, region: BUS.region, id: '1', source: 'shop', detailType: 'order', timeMs: 0 },
    ...{ resources: [], detail: '{"sum":7}' },
  });
  assert.ok(event);
  const found = routes(event).map(({ rule }) => rule.rule);
  const expected = ['both', 'detail', 'dotted', 'or', 'prefix', 'source', 'sourceAndMore', 'twice', 'type'];
  assert.deepEqual(found.sort(), expected);
});
