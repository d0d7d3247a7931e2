import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asMatched, eventMatcher } from './event-pattern.ts';
import { PatternFlaw } from './token-reader.ts';
import { wildcardTest } from './wildcard.ts';

// Our own table after "Comparison operators for use in event patterns" (EventBridge User Guide), the README of the public
// aws/event-ruler, and answers of AWS that public client suites have recorded.

const LAUNCH = {
  version: '0',
  id: '12345678-1234-1234-1234-123456789012',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:111122223333:instance/i-1', 'arn:aws:ec2:us-west-1:111122223333:instance/i-2'],
  detail: { state: 'terminated', count: 3, limit: 301.8, ip: '10.0.0.33', empty: '', none: null, list: [], yes: true },
};

type Case = readonly [pattern: object, matching: readonly unknown[], others: readonly unknown[]];

const detail = (state: unknown) => ({ ...LAUNCH, detail: { state } });
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'a field has one of the values, and all fields must': [
    [{ source: ['aws.ec2'] }, [LAUNCH], [{ ...LAUNCH, source: 'aws.ecs' }, {}]],
    [{ source: ['aws.ec2'], region: ['us-west-1', 'us-east-1'] }, [LAUNCH], [{ ...LAUNCH, region: 'eu-west-1' }]],
    [{ source: ['AWS.ec2'] }, [], [LAUNCH]],
    [{ Source: ['aws.ec2'] }, [], [LAUNCH]],
    [{ detail: { count: [3], yes: [true] } }, [LAUNCH], [detail('terminated')]],
    [{ a: ['1'] }, [{ a: '1' }], [{ a: 1 }]],
    [{ a: [1] }, [{ a: 1.0 }, { a: 10e-1 }], [{ a: '1' }, { a: true }]],
    [{ a: [true, false] }, [{ a: false }], [{ a: 'false' }, { a: 0 }]],
    [{ a: [{ exactly: 'x' }] }, [{ a: 'x' }], [{ a: 'xx' }]],
  ],
  'null and the empty text are values': [
    [{ detail: { none: [null] } }, [LAUNCH], [{ detail: { none: 'null' } }, { detail: {} }, { detail: { none: '' } }]],
    [{ detail: { empty: [''] } }, [LAUNCH], [{ detail: { empty: null } }, { detail: {} }, { detail: { empty: ' ' } }]],
    [{ resources: [null] }, [{ resources: [null] }], [{ resources: [] }]],
  ],
  'a list in the event matches by any of its elements': [
    [{ resources: ['x', 'arn:aws:ec2:us-west-1:111122223333:instance/i-2'] }, [LAUNCH], [{ resources: ['y'] }]],
    [{ a: [2] }, [{ a: [[1], [2, 3]] }], [{ a: [[1], [3]] }, { a: [] }]],
  ],
  'fields of one element belong together': [
    [
      { people: { first: ['Anna'], last: ['Smith'] } },
      [
        { people: [{ first: 'John' }, { first: 'Anna', last: 'Smith' }] },
        { people: [[{ first: 'Anna', last: 'Smith' }]] },
      ],
      [
        {
          people: [
            { first: 'Anna', last: 'Jones' },
            { first: 'John', last: 'Smith' },
          ],
        },
      ],
    ],
  ],
  'a text begins so': [
    [{ time: [{ prefix: '2017-12-' }] }, [LAUNCH, { time: '2017-12-' }], [{ time: '2017-11-01' }, { time: 2017 }]],
    [{ a: [{ prefix: '' }] }, [{ a: '' }, { a: 'x' }], [{ a: 1 }, { a: null }, {}]],
    [
      { a: [{ prefix: { 'equals-ignore-case': 'EventB' } }] },
      [{ a: 'EVENTBridge' }],
      [{ a: 'event' }, { a: 'xEventB' }],
    ],
  ],
  'a text ends so': [
    [{ a: [{ suffix: '.png' }] }, [{ a: 'a.png' }, { a: '.png' }], [{ a: 'a.PNG' }, { a: 'a.png ' }, { a: 7 }]],
    [{ a: [{ suffix: '' }] }, [{ a: '' }, { a: 'x' }], [{ a: null }]],
    [{ a: [{ suffix: { 'equals-ignore-case': '.png' } }] }, [{ a: 'a.PnG' }], [{ a: 'a.pngx' }]],
  ],
  'a text is the same but for its case': [
    [{ a: [{ 'equals-ignore-case': 'Running' }] }, [{ a: 'RUNNING' }, { a: 'running' }], [{ a: 'runnin' }, { a: 1 }]],
    [{ a: [{ 'equals-ignore-case': '' }] }, [{ a: '' }], [{ a: 'x' }]],
  ],
  'a wildcard stands for any characters': [
    [
      { a: [{ wildcard: 'dir/*.png' }] },
      [{ a: 'dir/x/y.png' }, { a: 'dir/.png' }],
      [{ a: 'dir/x.jpg' }, { a: 'dir/png' }],
    ],
    [{ a: [{ wildcard: '*' }] }, [{ a: '' }, { a: 'x' }], [{ a: 1 }, {}]],
    [{ a: [{ wildcard: 'a\\*b' }] }, [{ a: 'a*b' }], [{ a: 'axb' }]],
    [{ a: [{ wildcard: 'a\\\\b' }] }, [{ a: 'a\\b' }], [{ a: 'ab' }]],
    [{ a: [{ wildcard: '' }] }, [{ a: '' }], [{ a: 'x' }]],
    [{ a: [{ wildcard: '/Users/*/dir/dir/doc' }] }, [{ a: '/Users/me/dir/dir/dir/doc' }], [{ a: '/Users/me/dir/doc' }]],
  ],
  'numbers are compared': [
    [
      { detail: { count: [{ numeric: ['>', 0, '<=', 3] }] } },
      [LAUNCH],
      [{ detail: { count: 3.1 } }, { detail: { count: 0 } }],
    ],
    [{ a: [{ numeric: ['=', 3.018e2] }] }, [{ a: 301.8 }], [{ a: 301 }, { a: '301.8' }, { a: null }]],
    [{ a: [{ numeric: ['<', 10] }] }, [{ a: 9.99 }, { a: -5e9 }], [{ a: 10 }]],
    [{ a: [{ numeric: ['>=', -1] }] }, [{ a: -1 }], [{ a: -1.001 }]],
  ],
  'an address is within a network': [
    [{ a: [{ cidr: '0.0.0.0/0' }] }, [{ a: '255.255.255.255' }, { a: '0.0.0.0' }], [{ a: '::1' }, { a: '1.2.3' }]],
    [
      { a: [{ cidr: '10.1.2.3/32' }] },
      [{ a: '10.1.2.3' }],
      [{ a: '10.1.2.2' }, { a: '10.1.2.3.' }, { a: '10.1.2.03' }],
    ],
    [
      { a: [{ cidr: '192.0.0.0/2' }] },
      [{ a: '255.0.0.1' }, { a: '192.0.0.0' }],
      [
        { a: '191.255.255.255' },
        { a: '256.0.0.0' },
        { a: '192.0.0.1.1' },
        { a: '192.0.0.x' },
        { a: '' },
        { a: '....' },
      ],
    ],
    [{ detail: { ip: [{ cidr: '10.0.0.0/24' }] } }, [LAUNCH], [{ detail: { ip: '10.0.1.0' } }, { detail: { ip: 10 } }]],
    [{ a: [{ cidr: '2001:db8::/32' }] }, [{ a: '2001:DB8::1' }], [{ a: '2001:db9::1' }, { a: '10.0.0.1' }, { a: 'x' }]],
    [{ a: ['2001:db8::1'] }, [{ a: '2001:db8:0:0:0:0:0:1' }], [{ a: '2001:db8::2' }]],
  ],
  'anything but what is named, if the field is there': [
    [
      { detail: { state: [{ 'anything-but': 'a' }] } },
      [detail('b'), detail(null), detail(1)],
      [detail('a'), { detail: {} }],
    ],
    [{ detail: { state: [{ 'anything-but': ['a', 'b'] }] } }, [detail('c'), detail(['a', 'c'])], [detail('b')]],
    [{ detail: { state: [{ 'anything-but': 0 }] } }, [detail(1), detail('0')], [detail(0)]],
    [{ detail: { state: [{ 'anything-but': [1, 2] }] } }, [detail(3)], [detail(2.0)]],
    [
      { detail: { state: [{ 'anything-but': { prefix: 'in' } }] } },
      [detail('x'), detail(7), detail(null)],
      [detail('init')],
    ],
    [
      { detail: { state: [{ 'anything-but': { prefix: ['in', 'ex'] } }] } },
      [detail('x')],
      [detail('exit'), detail([])],
    ],
    [{ detail: { state: [{ 'anything-but': { suffix: '.txt' } }] } }, [detail('a.png')], [detail('a.txt')]],
    [{ detail: { state: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] } }, [detail('a.png')], [detail('a.rtf')]],
    [{ detail: { state: [{ 'anything-but': { 'equals-ignore-case': 'A' } }] } }, [detail('b')], [detail('a')]],
    [{ detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['A', 'B'] } }] } }, [detail('c')], [detail('b')]],
    [
      { detail: { state: [{ 'anything-but': { wildcard: '*/lib/*' } }] } },
      [detail('/src/a'), detail(1)],
      [detail('/lib/a')],
    ],
    [{ detail: { state: [{ 'anything-but': { wildcard: ['*a*', '*b*'] } }] } }, [detail('c')], [detail('xbx')]],
  ],
  'exists speaks of leaves': [
    [{ detail: { state: [{ exists: true }] } }, [LAUNCH, detail(null), detail('')], [detail([]), detail({ x: 1 }), {}]],
    [
      { detail: { state: [{ exists: false }] } },
      [{ detail: {} }, {}, detail({ x: 1 }), detail([])],
      [LAUNCH, detail(null)],
    ],
    [{ a: { b: { c: [{ exists: false }] } } }, [{ a: { b: {} } }, { a: 1 }], [{ a: { b: { c: 1 } } }]],
    [{ a: { b: [{ exists: false }], c: [1] } }, [{ a: [{ c: 1 }, { c: 2 }] }], [{ a: [{ b: 1 }, { c: 1 }] }]],
    [{ a: [{ exists: false }, 'x'] }, [{}, { a: 'x' }], [{ a: 'y' }]],
  ],
  'one of several conditions is enough': [
    [
      { a: [{ prefix: 'x' }, { numeric: ['>', 5] }, 'y', null] },
      [{ a: 'xx' }, { a: 6 }, { a: 'y' }, { a: null }],
      [{ a: 5 }],
    ],
    [{ a: [{ 'anything-but': ['b'] }, { exists: false }] }, [{ a: 'c' }, {}], [{ a: 'b' }]],
  ],
  'one of several patterns is enough': [
    [{ $or: [{ a: [1] }, { b: [2] }] }, [{ a: 1 }, { b: 2 }], [{ a: 2, b: 1 }, {}]],
    [
      { source: ['s'], $or: [{ a: [1] }, { b: [2], c: [3] }] },
      [
        { source: 's', a: 1 },
        { source: 's', b: 2, c: 3 },
      ],
      [{ source: 's', b: 2 }, { a: 1 }],
    ],
    [
      { $or: [{ a: [1] }, { b: [2] }], d: { $or: [{ e: [3] }, { f: [4] }] } },
      [{ a: 1, d: { f: 4 } }],
      [{ a: 1, d: { g: 4 } }, { d: { e: 3 } }],
    ],
    [
      { $or: [{ a: [1], $or: [{ b: [2] }, { c: [3] }] }, { d: [4] }] },
      [{ a: 1, c: 3 }, { d: 4 }],
      [{ a: 1 }, { c: 3 }],
    ],
  ],
  'a dot joins names': [
    [
      { detail: { state: { status: ['run'] } } },
      [{ detail: { 'state.status': 'run' } }],
      [{ detail: { 'state.x': 'run' } }],
    ],
    [
      { detail: { 'state.status': ['run'] } },
      [{ detail: { state: { status: 'run' } } }],
      [{ detail: { state: 'run' } }],
    ],
    [
      { 'a.b': [1], a: { c: [2] } },
      [
        { a: { b: 1 }, 'a.c': 2 },
        { 'a.c': 2, 'a.b': 1 },
      ],
      [{ a: { b: 1 } }],
    ],
  ],
  'what every object inherits is no field': [
    [{ constructor: [{ exists: false }], toString: [{ exists: false }] }, [{}], [{ toString: 1 }]],
    [{ ['__proto__']: { a: [1] } }, [JSON.parse('{"__proto__":{"a":1}}')], [{}]],
  ],
};

for (const [name, cases] of Object.entries(CASES)) {
  test(name, () => {
    for (const [pattern, matching, others] of cases) {
      const json = JSON.stringify(pattern);
      const matches = eventMatcher(json);
      const answer = (event: unknown) =>
        `${json} ${matches(asMatched(event)) ? 'has' : 'has not'} ${JSON.stringify(event)}`;
      for (const event of matching) assert.equal(answer(event), `${json} has ${JSON.stringify(event)}`);
      for (const event of others) assert.equal(answer(event), `${json} has not ${JSON.stringify(event)}`);
    }
  });
}

/** What is no pattern, why, and at which column AWS tells it; 0: it tells none. */
const REFUSED: readonly (readonly [pattern: string, why: string, column: number])[] = [
  ['[1]', 'Filter is not an object', 2],
  ['"x"', 'Filter is not an object', 2],
  ['{}', 'Empty objects are not allowed', 3],
  ['{"a": {}}', 'Empty objects are not allowed', 9],
  ['{"a": []}', 'Empty arrays are not allowed', 9],
  ['{"a": 42}', '"a" must be an object or an array', 9],
  ['{"a": "x"}', '"a" must be an object or an array', 8],
  ['{"a": [[1]]}', 'Match value must be String, number, true, false, or null', 9],
  ['{"a": [{}]}', 'Match expression name not found', 10],
  ['{"a": [{"EXISTS": true}]}', 'Unrecognized match type EXISTS', 23],
  ['{"a": [{"exists": "true"}]}', 'exists match pattern must be either true or false.', 20],
  ['{"a": [{"prefix": 1}]}', 'prefix match pattern must be a string', 20],
  ['{"a": [{"prefix": {"suffix": "x"}}]}', 'Unsupported prefix pattern: suffix', 31],
  ['{"a": [{"suffix": {}}]}', 'Suffix expression name not found', 21],
  ['{"a": [{"suffix": {"equals-ignore-case": 1}}]}', 'equals-ignore-case match pattern must be a string', 43],
  ['{"a": [{"equals-ignore-case": ["x"]}]}', 'equals-ignore-case match pattern must be a string', 32],
  ['{"a": [{"prefix": "x", "suffix": "y"}]}', 'Only one key allowed in match expression', 35],
  ['{"a": [{"wildcard": 1}]}', 'wildcard match pattern must be a string', 22],
  ['{"a": [{"wildcard": "ä**"}]}', 'Consecutive wildcard characters at pos 3', 26],
  ['{"a": [{"wildcard": "\\\\x"}]}', 'Invalid escape character at pos 1', 26],
  ['{"a": [{"cidr": 10}]}', 'prefix match pattern must be a string', 19],
  ['{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required", 0],
  ['{"a": [{"cidr": "10.0.0.0/x"}]}', 'Malformed CIDR, mask bits must be an integer', 0],
  ['{"a": [{"cidr": "10.0.0.0/-1"}]}', 'Malformed CIDR, mask bits must not be negative', 0],
  ['{"a": [{"cidr": "10.0.0/8"}]}', 'Nonstandard IP address: 10.0.0', 0],
  ['{"a": [{"cidr": "10.0.0.0/33"}]}', 'IPv4 mask bits must be < 32', 0],
  ['{"a": [{"numeric": 10}]}', 'Value of numeric must be an array.', 22],
  ['{"a": [{"numeric": [">", 0, ">", 0]}]}', 'Bad numeric range operator: >', 32],
  ['{"a": [{"numeric": [">", 0, "<"]}]}', 'Value of < must be numeric', 33],
  ['{"a": [{"numeric": ["=", "5"]}]}', 'Value of equals must be numeric', 27],
  ['{"a": [{"numeric": ["<", 0, ">", 5]}]}', 'Too many elements in numeric expression', 30],
  ['{"a": [{"numeric": [">", 5, "<", 5]}]}', 'Bottom must be less than top', 36],
  ['{"a": [{"anything-but": null}]}', 'Value of anything-but must be an array or single string/number value.', 29],
  ['{"a": [{"anything-but": {"exists": true}}]}', 'Unsupported anything-but pattern: exists', 40],
  ['{"a": [{"anything-but": {"prefix": ""}}]}', 'Null prefix/suffix not allowed', 38],
  [
    '{"a": [{"anything-but": []}]}',
    'Inside anything but list, either all values are number or string, mixed type is not supported',
    27,
  ],
  ['{"$or": {"a": [1]}}', 'It must be an Array followed with $or.', 10],
  ['{"$or": [{"a": [1]}]}', 'There must have at least 2 Objects in $or relationship.', 21],
  ['{"$or": [{"a": [1]}, 1]}', 'Only JSON object is allowed in array of $or relationship.', 23],
  ["{'a': [1]}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 2],
];

test('what is no pattern is told with its reason and its place', () => {
  for (const [pattern, why, column] of REFUSED) {
    const place = column === 0 ? '' : `\n at [Source: (String)"${pattern}"; line: 1, column: ${column}]`;
    assert.equal(flawOf(pattern), why + place);
  }
});

test('what is wrong in a list of what is excluded is told with its place twice, as AWS does', () => {
  const pattern = '{"a": [{"anything-but": ["x", null]}]}';
  const place = `\n at [Source: (String)"${pattern}"; line: 1, column: 35]`;
  assert.equal(flawOf(pattern), `Inside anything but list, start|null|boolean is not supported.${place}${place}`);
});

test('more than five wildcards are too complex', () => {
  const complex = (count: number) => flawOf(JSON.stringify({ a: [{ wildcard: `${'*:'.repeat(count)}x` }] }));
  assert.equal(complex(5), undefined);
  assert.match(complex(6) ?? '', /^Rule is too complex - try using fewer wildcard characters/);
});

test('what is made to exhaust us takes no longer than its length', () => {
  const brackets = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
  const matches = eventMatcher('{"a":{"b":[{"exists":false}],"c":[1]}}');
  for (const event of [brackets, { a: brackets }]) assert.equal(matches(asMatched(event)), false);
  // Alternatives of alternatives: 2 to the power of 60 of them.
  const or = Array.from({ length: 60 }, (_, at) => `"k${at}":{"$or":[{"a":[1]},{"b":[1]}]}`);
  const every = Object.fromEntries(or.map((_, at) => [`k${at}`, { b: 1 }]));
  assert.equal(eventMatcher(`{${or.join()}}`)(every), true);
  // A search that begins anew behind each place would take billions of steps.
  const like = wildcardTest(`${'*a'.repeat(30)}*b${'a'.repeat(3_000)}c`);
  assert.equal(like('a'.repeat(1_000_000)), false);
  assert.equal(like(`b${'a'.repeat(2_999)}`.repeat(300)), false);
});

function flawOf(pattern: string): string | undefined {
  try {
    eventMatcher(pattern);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof PatternFlaw);
    return error.message;
  }
}
