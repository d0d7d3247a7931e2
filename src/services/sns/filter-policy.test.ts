import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PatternFlaw } from '../../patterns/token-reader.ts';
import { accepts } from './filter-match.ts';
import { assertFilterPolicy, NestedInAttributes } from './filter-policy.ts';

const ATTRIBUTES: Readonly<Record<string, [type: string, value: string]>> = {
  store: ['String', 'example_corp'],
  price: ['Number', '210.75'],
  interests: ['String.Array', '["rugby", "football", 3, true, null]'],
  address: ['String', '10.0.0.25'],
  photo: ['Binary', 'AgME'],
};

/** What lets the message with these attributes through, and what does not. */
const ON_ATTRIBUTES: readonly (readonly [policy: object, answer: 'taken' | 'left'])[] = [
  [{}, 'taken'],
  [{ store: ['example_corp'] }, 'taken'],
  [{ store: ['EXAMPLE_CORP'] }, 'left'],
  [{ store: ['other', 'example_corp'] }, 'taken'],
  [{ store: ['example_corp'], price: [1] }, 'left'],
  [{ missing: ['example_corp'] }, 'left'],
  [{ price: [210.75] }, 'taken'],
  [{ price: ['210.75'] }, 'left'],
  [{ store: [{ prefix: 'example' }] }, 'taken'],
  [{ store: [{ prefix: 'corp' }] }, 'left'],
  [{ price: [{ prefix: '2' }] }, 'left'],
  [{ store: [{ suffix: '_corp' }] }, 'taken'],
  [{ store: [{ suffix: 'example' }] }, 'left'],
  [{ store: [{ 'equals-ignore-case': 'Example_Corp' }] }, 'taken'],
  [{ store: [{ 'equals-ignore-case': 'Example' }] }, 'left'],
  [{ store: [{ 'anything-but': 'other' }] }, 'taken'],
  [{ store: [{ 'anything-but': 'example_corp' }] }, 'left'],
  [{ store: [{ 'anything-but': ['a', 'example_corp'] }] }, 'left'],
  [{ price: [{ 'anything-but': [100, 500] }] }, 'taken'],
  [{ price: [{ 'anything-but': [100, 210.75] }] }, 'left'],
  [{ store: [{ 'anything-but': { prefix: 'order-' } }] }, 'taken'],
  [{ store: [{ 'anything-but': { prefix: 'example' } }] }, 'left'],
  [{ missing: [{ 'anything-but': ['a'] }] }, 'left'],
  [{ missing: [{ 'anything-but': ['a'] }, { exists: false }] }, 'taken'],
  [{ price: [{ numeric: ['=', 210.75] }] }, 'taken'],
  [{ price: [{ numeric: ['=', 210] }] }, 'left'],
  [{ price: [{ numeric: ['>', 210.75] }] }, 'left'],
  [{ price: [{ numeric: ['>=', 210.75] }] }, 'taken'],
  [{ price: [{ numeric: ['<', 211] }] }, 'taken'],
  [{ price: [{ numeric: ['<=', 210.74] }] }, 'left'],
  [{ price: [{ numeric: ['>', 0, '<=', 210.75] }] }, 'taken'],
  [{ price: [{ numeric: ['>', 0, '<', 210.75] }] }, 'left'],
  [{ store: [{ numeric: ['>', 0] }] }, 'left'],
  [{ store: [{ exists: true }] }, 'taken'],
  [{ store: [{ exists: false }] }, 'left'],
  [{ missing: [{ exists: true }] }, 'left'],
  [{ missing: [{ exists: false }] }, 'taken'],
  [{ photo: [{ exists: true }] }, 'taken'],
  [{ photo: ['AgME', { prefix: 'A' }, { 'anything-but': 'x' }] }, 'left'],
  [{ address: [{ cidr: '10.0.0.0/24' }] }, 'taken'],
  [{ address: [{ cidr: '10.0.1.0/24' }] }, 'left'],
  [{ address: [{ cidr: '2001:db8::/32' }] }, 'left'],
  [{ store: [{ cidr: '10.0.0.0/24' }] }, 'left'],
  [{ interests: ['rugby'] }, 'taken'],
  [{ interests: ['tennis'] }, 'left'],
  [{ interests: [3] }, 'taken'],
  [{ interests: [true] }, 'taken'],
  [{ interests: [null] }, 'taken'],
  [{ interests: [false] }, 'left'],
  [{ interests: [{ 'anything-but': ['rugby', 'football'] }] }, 'taken'],
  [{ interests: [{ prefix: 'foot' }] }, 'taken'],
  [{ $or: [{ store: ['other'] }, { price: [210.75] }] }, 'taken'],
  [{ $or: [{ store: ['other'] }, { price: [1] }] }, 'left'],
  [{ address: [{ exists: true }], $or: [{ store: ['other'] }, { store: ['example_corp'], price: [1] }] }, 'left'],
  [{ constructor: [{ exists: true }] }, 'left'],
];

for (const [policy, answer] of ON_ATTRIBUTES) {
  test(`of attributes, ${JSON.stringify(policy)} is ${answer}`, () => {
    assertFilterPolicy(JSON.stringify(policy), 'MessageAttributes');
    const attributes = Object.fromEntries(
      Object.entries(ATTRIBUTES).map(([name, [type, value]]) => [name, { type, value }]),
    );
    check(policy, 'MessageAttributes', { attributes, text: '{}' }, answer);
  });
}

const BODY = {
  object: 'order',
  amount: 15,
  paid: true,
  note: null,
  tags: ['new', 'gift'],
  none: [],
  customer: { name: { first: 'Ada', last: 'L' }, ids: [1, 2] },
  lines: [
    { item: 'book', count: 1 },
    { item: 'pen', count: 7 },
  ],
};

const ON_BODY: readonly (readonly [policy: object, answer: 'taken' | 'left'])[] = [
  [{ object: ['order'] }, 'taken'],
  [{ amount: [{ numeric: ['>', 10] }] }, 'taken'],
  [{ amount: ['15'] }, 'left'],
  [{ paid: [true] }, 'taken'],
  [{ paid: ['true'] }, 'left'],
  [{ note: [null] }, 'taken'],
  [{ note: [{ exists: true }] }, 'taken'],
  [{ tags: ['gift'] }, 'taken'],
  [{ tags: ['old'] }, 'left'],
  [{ none: [{ exists: false }] }, 'taken'],
  [{ customer: [{ exists: true }] }, 'left'],
  [{ customer: { name: { first: ['Ada'] } } }, 'taken'],
  [{ customer: { name: { first: ['Eve'] } } }, 'left'],
  [{ customer: { name: { middle: [{ exists: false }] } } }, 'taken'],
  [{ nobody: { name: [{ exists: false }] } }, 'taken'],
  [{ customer: { ids: [2] } }, 'taken'],
  [{ lines: { item: ['pen'] } }, 'taken'],
  [{ lines: { item: ['pen'], count: [7] } }, 'taken'],
  [{ lines: { item: ['pen'], count: [1] } }, 'left'],
  [{ lines: { item: ['cup'] } }, 'left'],
  [{ $or: [{ object: ['x'] }, { customer: { name: { last: ['L'] } } }] }, 'taken'],
  [{ customer: { $or: [{ ids: [9] }, { name: { last: ['L'] } }] } }, 'taken'],
  [{ customer: { $or: [{ ids: [9] }, { name: { last: ['M'] } }] } }, 'left'],
];

for (const [policy, answer] of ON_BODY) {
  test(`of the body, ${JSON.stringify(policy)} is ${answer}`, () => {
    assertFilterPolicy(JSON.stringify(policy), 'MessageBody');
    check(policy, 'MessageBody', { attributes: {}, text: JSON.stringify(BODY) }, answer);
  });
}

test('a body that is no JSON object passes no policy on the body', () => {
  for (const text of ['order', '"order"', '["order"]', '7']) {
    check({ object: [{ exists: false }] }, 'MessageBody', { attributes: {}, text }, 'left');
  }
});

test('a body of nothing but brackets passes no policy, and breaks nothing', () => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  check({ a: ['b'] }, 'MessageBody', { attributes: {}, text: deep }, 'left');
  check({ a: { b: ['c'] } }, 'MessageBody', { attributes: {}, text: deep }, 'left');
});

/** What AWS has answered, behind `FilterPolicy: `; the place stands for ` at [Source: (String)"…"; line: 1, column: …]`. */
const FLAWS: readonly (readonly [policy: string, flaw: string, column?: number])[] = [
  ['{"key":[["value"]]}', 'Match value must be String, number, true, false, or null', 10],
  ['{"key":[{"wrong-operator":true}]}', 'Unrecognized match type wrong-operator', 31],
  ['{"key":[{"suffix":"value","prefix":"value2"}]}', 'Only one key allowed in match expression', 37],
  ['{"key":[]}', 'Empty arrays are not allowed', 10],
  ['{"key":[{"suffix":100}]}', 'suffix match pattern must be a string', 22],
  ['{"key":[{"suffix":null}]}', 'suffix match pattern must be a string', 23],
  ['{"key":{"suffix":"value"}}', '"suffix" must be an object or an array', 19],
  ['{"key":[{"suffix":[]}]}', 'suffix match pattern must be a string', 20],
  ['{"key":[{"suffix":["test","test2"]}]}', 'suffix match pattern must be a string', 20],
  ['{"key":{"suffix":"value","prefix":"value"}}', '"suffix" must be an object or an array', 19],
  ['{"key":{"not-an-operator":"value"}}', '"not-an-operator" must be an object or an array', 28],
  ['{"key":[{"cidr":["bad-filter"]}]}', 'prefix match pattern must be a string', 18],
  ['{"key":[{"cidr":"bad-filter"}]}', "Malformed CIDR, one '/' required"],
  ['{"key":[{"cidr":"bad-filter/64"}]}', 'Nonstandard IP address: bad-filter'],
  ['{"key":[{"cidr":"bad-/64filter"}]}', 'Malformed CIDR, mask bits must be an integer'],
  ['{"key":[{"cidr":"xx.11.xx/8"}]}', 'Nonstandard IP address: xx.11.xx'],
  ['{"key":[{"cidr":"xxxx:db8:1234:1a00::/64"}]}', 'Nonstandard IP address: xxxx:db8:1234:1a00::'],
  ['{"key":[{"numeric":[]}]}', 'Invalid member in numeric match: ]', 22],
  ['{"key":[{"numeric":["operator"]}]}', 'Unrecognized numeric range operator: operator', 32],
  ['{"key":[{"numeric":[1,"<="]}]}', 'Invalid member in numeric match: 1', 22],
  ['{"key":[{"numeric":["=","000"]}]}', 'Value of equals must be numeric', 26],
  ['{"key":[{"numeric":[">="]}]}', 'Value of >= must be numeric', 26],
  ['{"key":[{"numeric":["<",100,">",10]}]}', 'Too many elements in numeric expression', 30],
  ['{"key":[{"numeric":[">=",1,">",2]}]}', 'Bad numeric range operator: >', 31],
  ['{"key":[{"numeric":[">",3,"<",1]}]}', 'Bottom must be less than top', 33],
  ['{"key":[{"numeric":[">",20,"<="]}]}', 'Value of <= must be numeric', 33],
  ['{"key":[{"numeric":[">",20,30]}]}', 'Bad value in numeric range: 30', 30],
  ['{"key":[{"numeric":[">",20,"test"]}]}', 'Bad numeric range operator: test', 34],
  ['{"key":[{"numeric":[">","20","<","30"]}]}', 'Value of > must be numeric', 26],
  ['{"key":[{"numeric":[">",20,"<","30"]}]}', 'Value of < must be numeric', 33],
  ['{"key":[{"numeric":[">",20,"<",30,"<",50]}]}', 'Too many terms in numeric range expression', 36],
  ['{"key":[{"exists":null}]}', 'exists match pattern must be either true or false.', 23],
  ['{"key":[{"exists":"no"}]}', 'exists match pattern must be either true or false.', 20],
  ['{"key_a":"value_one"}', '"key_a" must be an object or an array', 11],
  ['{"key":[{"anything-but":{"wrong-operator":null}}]}', 'Unsupported anything-but pattern: wrong-operator', 47],
  ['{"key":[{"anything-but":{"suffix":"test"}}]}', 'Unsupported anything-but pattern: suffix', 36],
  ['{"key":[{"anything-but":{"exists":false}}]}', 'Unsupported anything-but pattern: exists', 40],
  ['{"key":[{"anything-but":{"prefix":false}}]}', 'prefix match pattern must be a string', 40],
];

for (const [policy, flaw, column] of FLAWS) {
  test(`${policy} is refused: ${flaw}`, () => {
    const place = column === undefined ? '' : `\n at [Source: (String)"${policy}"; line: 1, column: ${column}]`;
    assert.throws(() => assertFilterPolicy(policy, 'MessageBody'), new PatternFlaw(flaw + place));
  });
}

test('what is no JSON is told as AWS’s parser tells it', () => {
  const redacted = 'at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1,';
  const cases = [
    [
      '{invalid',
      `Unexpected character ('i' (code 105)): was expecting double-quote to start field name\n ${redacted} column: 2]`,
    ],
    [
      'invalid',
      `Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n ${redacted} column: 8]`,
    ],
  ] as const;
  for (const [policy, message] of cases) {
    assert.throws(() => assertFilterPolicy(policy, 'MessageBody'), new PatternFlaw(`failed to parse JSON. ${message}`));
  }
});

test('five keys are allowed, six are not', () => {
  const keys = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`key${at}`, ['a']])));
  assertFilterPolicy(keys(5), 'MessageAttributes');
  assert.throws(
    () => assertFilterPolicy(keys(6), 'MessageAttributes'),
    new PatternFlaw('Filter policy can not have more than 5 keys'),
  );
});

test('150 combinations are allowed, one more is not', () => {
  const values = (count: number) => Array.from({ length: count }, (_, at) => `v${at}`);
  const tooComplex = new PatternFlaw('Filter policy is too complex');
  const attributes = (policy: object) => assertFilterPolicy(JSON.stringify(policy), 'MessageAttributes');
  const body = (policy: object) => assertFilterPolicy(JSON.stringify(policy), 'MessageBody');
  attributes({ a: values(150) });
  assert.throws(() => attributes({ a: values(151) }), tooComplex);
  attributes({ a: values(15), b: values(10) });
  assert.throws(() => attributes({ a: values(16), b: values(10) }), tooComplex);
  // Four values three levels deep, times so many two levels deep.
  body({ a: { b: { c: values(4) } }, d: { e: values(6) } });
  assert.throws(() => body({ a: { b: { c: values(4) } }, d: { e: values(7) } }), tooComplex);
  attributes({ $or: [{ a: values(75) }, { b: values(75) }] });
  assert.throws(() => attributes({ $or: [{ a: values(75) }, { b: values(76) }] }), tooComplex);
});

test('properties within properties are for bodies alone', () => {
  const policy = JSON.stringify({ customer: { name: ['Ada'] } });
  assertFilterPolicy(policy, 'MessageBody');
  assert.throws(() => assertFilterPolicy(policy, 'MessageAttributes'), NestedInAttributes);
});

test('numbers reach from minus to plus a billion', () => {
  const policy = (bound: number) => JSON.stringify({ key: [{ numeric: ['<', bound] }] });
  assertFilterPolicy(policy(1e9), 'MessageBody');
  assert.throws(() => assertFilterPolicy(policy(1e9 + 1), 'MessageBody'), PatternFlaw);
});

function check(
  policy: object,
  filterScope: 'MessageAttributes' | 'MessageBody',
  message: { attributes: Record<string, { type: string; value: string }>; text: string },
  expected: 'taken' | 'left',
): void {
  const subscription = { settings: { filterPolicy: JSON.stringify(policy), filterScope } };
  assert.equal(accepts(subscription, message) ? 'taken' : 'left', expected);
}
