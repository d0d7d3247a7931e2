import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newEvent } from './event.ts';
import { flawOfInput, inputFor } from './target-input.ts';

// Templates and what AWS makes of them: "Input transformation" (user guide), and answers recorded by public client suites.

const DETAIL = {
  state: 'run',
  quote: 'a"b',
  valid: true,
  count: 3,
  one: ['HIGH'],
  many: ['ON', 'OFF'],
  payload: { id: '0a', name: 'baz' },
};
const rule = { account: '123456789012', region: 'us-east-1', bus: 'orders', rule: 'all' };
const event = newEvent({
  ...{ id: 'the-id', account: rule.account, region: rule.region, source: 'shop', detailType: 'order' },
  ...{ timeMs: 0, resources: ['arn:one'], detail: JSON.stringify(DETAIL) },
});
const paths = {
  state: '$.detail.state',
  quote: '$.detail.quote',
  valid: '$.detail.valid',
  count: '$.detail.count',
  one: '$.detail.one',
  many: '$.detail.many',
  first: '$.detail.many[0]',
  payload: '$.detail.payload',
  type: "$['detail-type']",
  none: '$.detail.none',
};

const FILLED: readonly (readonly [template: string, result: string | undefined])[] = [
  ['"a <state> b"', '"a run b"'],
  ['"a <none> b"', '"a  b"'],
  ['"is <valid>, <count>"', '"is true, 3"'],
  ['"<one> <many> <first>"', '"[HIGH] [ON,OFF] ON"'],
  ['"Payload of <payload>!"', '"Payload of {id:0a,name:baz}!"'],
  ['"{[/of <type>"', '"{[/of order"'],
  ['"one <state>"\n"two <state>"', '"one run"\n"two run"'],
  ['"<quote>"', '"a\\"b"'],
  ['{"a":<state>,"b":<count>,"c":<payload>}', '{"a":"run","b":3,"c":{"id":"0a","name":"baz"}}'],
  ['{"a":<none>}', '{"a":""}'],
  ['{"a": "users/<state>/<state>"}', '{"a": "users/run/run"}'],
  ['{"a": "<quote>"}', '{"a": "a\\"b"}'],
  ['{"a": [<state>, "hard"], "b": <one>}', '{"a": ["run", "hard"], "b": ["HIGH"]}'],
  // What would be no JSON is dropped.
  ['{"a": "<payload>"}', undefined],
  ['{"a": "<one>"}', undefined],
  ['<state> <state>', undefined],
  ['<payload>', '{"id":"0a","name":"baz"}'],
  [
    '"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
    '"arn:aws:events:us-east-1:123456789012:rule/orders/all all 1970-01-01T00:01:00Z"',
  ],
  [
    '{"a":<aws.events.event>}',
    '{"a":{"id":"the-id","account":"123456789012","detailType":"order","time":"1970-01-01T00:01:00Z","source":"shop","region":"us-east-1","resources":["arn:one"],"version":"0"}}',
  ],
  ['{"a":<aws.events.event.json>}', `{"a":${event?.text}}`],
];

for (const [template, result] of FILLED) {
  test(`${template} becomes ${result ?? 'nothing'}`, () => {
    const input = { kind: 'template', paths, template } as const;
    assert.equal(flawOfInput(input), undefined);
    assert.ok(event);
    assert.equal(inputFor(event, input, { rule, ingestedMs: 60_000 }), result);
  });
}

test('a path leads to a part of the event, as JSON', () => {
  assert.ok(event);
  for (const [path, result] of [
    ['$', event.text],
    ['$.detail.payload', '{"id":"0a","name":"baz"}'],
    ['$.detail.state', '"run"'],
    ['$.detail.many[1]', '"OFF"'],
    ['$.detail.many[*]', '["ON","OFF"]'],
    ['$.resources[0]', '"arn:one"'],
    ["$['detail-type']", '"order"'],
    ['$["detail"]["count"]', '3'],
    ['$.detail.none', 'null'],
    ['$.detail.constructor', 'null'],
    ['$.detail.state.length', 'null'],
  ] as const) {
    assert.equal(inputFor(event, { kind: 'path', path }, { rule, ingestedMs: 0 }), result, path);
  }
});

test('what is no input is known before', () => {
  assert.deepEqual(flawOfInput({ kind: 'constant', json: "{'a':1}" }), { kind: 'no-json' });
  for (const path of ['', 'detail', '$.', '$..a', '$.a[', '$[?(@.a)]', '$ .a'])
    assert.deepEqual(flawOfInput({ kind: 'path', path }), { kind: 'no-path' }, path);
  assert.deepEqual(flawOfInput({ kind: 'template', paths: { a: 'x' }, template: '"<a>"' }), { kind: 'no-path' });
  const unknown = { kind: 'template', paths, template: '"<state> <other>"' } as const;
  assert.deepEqual(flawOfInput(unknown), { kind: 'unknown-placeholder', name: 'other' });
});
