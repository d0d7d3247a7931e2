// The language of Logs Insights, as cases: a query, and what it answers of the same few lines.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseQuery } from './parse-query.ts';
import { pipeline } from './pipeline.ts';
import { Malformed, Unsupported } from './tokens.ts';

const NOON = Date.UTC(2026, 2, 1, 12);
const LINES = [
  '{"level":"info","ms":10,"path":"/a","user":{"id":"u1"}}',
  '{"level":"error","ms":250.5,"path":"/b","user":{"id":"u2"},"items":[{"id":7}]}',
  'plain text of order 17 for bob',
  '{"level":"error","ms":40,"path":"/a"}',
  'REPORT RequestId: abc\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t',
];

describe('fields', () => {
  test('without commands about fields, time and message are there, newest first', () => {
    const rows = run('limit 2');
    assert.deepEqual(
      rows.map((row) => Object.keys(row)),
      [
        ['@timestamp', '@message', '@ptr'],
        ['@timestamp', '@message', '@ptr'],
      ],
    );
    assert.deepEqual(rows[0]?.['@timestamp'], '2026-03-01 12:04:00.000');
    assert.match(rows[0]?.['@message'] ?? '', /^REPORT/);
  });
  test('JSON is found by its paths', () =>
    check('fields path, user.id, items.0.id | filter ispresent(user.id)', [
      { path: '/b', 'user.id': 'u2', 'items.0.id': '7' },
      { path: '/a', 'user.id': 'u1' },
    ]));
  test('an alias names a value, and fields add up', () =>
    check('fields ms * 2 as twice | fields path | filter level = "info"', [{ twice: '20', path: '/a' }]));
  test('display decides', () => check('fields path | filter ms > 100 | display level', [{ level: 'error' }]));
  test("what functions report has AWS's fields", () =>
    check('filter @type = "REPORT" | fields @requestId, @duration, @billedDuration, @memorySize, @maxMemoryUsed', [
      {
        ...{ '@requestId': 'abc', '@duration': '12.34', '@billedDuration': '13' },
        ...{ '@memorySize': '128000000', '@maxMemoryUsed': '36000000' },
      },
    ]));
  test('comments and quoted names', () => check('# all\nfields `path` # the path\n| filter ms = 10', [{ path: '/a' }]));
});

describe('filter', () => {
  test('like, in quotes and as expression', () => {
    check('filter @message like "order" | display @logStream', [{ '@logStream': 's' }]);
    check('filter @message like /order \\d+/ | display @logStream', [{ '@logStream': 's' }]);
    check('filter @message =~ /(?i)ORDER/ | display @logStream', [{ '@logStream': 's' }]);
    check('filter path not like /b/ and level = "error" | display ms', [{ ms: '40' }]);
  });
  test('and, or, not, in, parentheses and comparisons', () => {
    check('filter (ms >= 40 and ms < 100) or path in ["/b"] | display ms', [{ ms: '40' }, { ms: '250.5' }]);
    check('filter not (level = "error") and ispresent(ms) | display ms', [{ ms: '10' }]);
    check('filter path not in ["/a"] and ms != 1 and ispresent(path) | display path', [{ path: '/b' }]);
    check('filter ms + 10 * 2 ^ 2 = 50 | display ms', [{ ms: '10' }]);
  });
});

describe('parse', () => {
  test('a pattern with wildcards', () =>
    check('parse @message "order * for *" as number, who | filter ispresent(who) | display number, who', [
      { number: '17', who: 'bob' },
    ]));
  test('an expression with names', () =>
    check('parse /order (?<number>\\d+)/ | filter number > 1 | display number', [{ number: '17' }]));
});

describe('stats', () => {
  test('counts, sums and the like', () =>
    check('stats count(*), count(ms) as numbers, sum(ms), avg(ms) as mean, min(ms), max(ms), count_distinct(path)', [
      {
        ...{ 'count(*)': '5', numbers: '3', 'sum(ms)': '300.5', mean: '100.1667', 'min(ms)': '10', 'max(ms)': '250.5' },
        'count_distinct(path)': '2',
      },
    ]));
  test('percentiles, median, deviation, earliest and latest', () =>
    check('filter ispresent(ms) | stats pct(ms, 90) as p, median(ms) as m, earliest(path) as e, latest(ms) as l', [
      { p: '250.5', m: '40', e: '/a', l: '40' },
    ]));
  test('by a field, in an order', () =>
    check('filter ispresent(path) | stats count(*) as n by path | sort n desc', [
      { path: '/a', n: '2' },
      { path: '/b', n: '1' },
    ]));
  test('by time', () =>
    check('stats count(*) by bin(2m) | sort bin(2m) asc', [
      { 'bin(2m)': '2026-03-01 12:00:00.000', 'count(*)': '2' },
      { 'bin(2m)': '2026-03-01 12:02:00.000', 'count(*)': '2' },
      { 'bin(2m)': '2026-03-01 12:04:00.000', 'count(*)': '1' },
    ]));
  test('what was made is sorted by its own text', () =>
    check('filter ispresent(path) | stats count(*) by path | sort count(*) desc | limit 1', [
      { path: '/a', 'count(*)': '2' },
    ]));
  test('nothing is counted as none', () => check('filter level = "never" | stats count(*) as n', [{ n: '0' }]));
});

test('sort, dedup and limit', () => {
  check('filter ispresent(ms) | sort ms asc | limit 2 | display ms', [{ ms: '10' }, { ms: '40' }]);
  check('filter ispresent(path) | dedup path | display path, ms', [
    { path: '/a', ms: '40' },
    { path: '/b', ms: '250.5' },
  ]);
  check('filter ispresent(ms) | limit 1 | display ms', [{ ms: '40' }]);
});

test('functions of texts and numbers', () =>
  check(
    'filter ms = 10 | display toupper(path) as u, strlen(path) as s, concat(path, "-", level) as c, floor(ms / 3) as f, coalesce(no, "x") as n',
    [{ u: '/A', s: '2', c: '/a-info', f: '3', n: 'x' }],
  ));

test('a text that grows without end ends its query before it is made', () => {
  const line = 'x'.repeat(256 * 1024);
  const lengthOf = (made: string) => {
    const run = pipeline(parseQuery(`fields strlen(${made}) as length | display length`), 1);
    run.push({ timestampMs: NOON, ingestedMs: NOON, message: line, stream: 's', log: '1:g', pointer: 'p' });
    return run.results()[0]?.[0]?.value;
  };
  const four = 'concat(@message, @message, @message, @message)';
  assert.equal(lengthOf(four), '1048576');
  assert.throws(() => lengthOf(`concat(${four}, "y")`), /too long a text/);
  assert.equal(lengthOf('replace(@message, "x", "$&yz")'), '1048576');
  assert.throws(() => lengthOf('replace(@message, "x", "12345")'), /too long a text/);
  assert.throws(() => lengthOf('replace(@message, "", "1234")'), /too long a text/);
});

test('a query that is none is refused at its place', () => {
  malformed('fields', 6);
  malformed('frobnicate x', 0);
  malformed('filter ms >', 11);
  malformed('filter nothing(ms)', 7);
  malformed('stats sum(ms) | limit 10001', 22);
  malformed('filter @message like /(/', 21);
  malformed('fields "open', 7);
  malformed('parse @message "* *" as one', 15);
  malformed(`filter ${'('.repeat(51)}1${')'.repeat(51)}`, 57);
  assert.throws(() => parseQuery('pattern @message'), Unsupported);
  for (const limit of ['1', '10000']) parseQuery(`limit ${limit}`);
});

type Shown = Readonly<Record<string, string>>;

function run(query: string): Shown[] {
  const events = LINES.map((message, index) => ({
    ...{ message, timestampMs: NOON + index * 60_000, ingestedMs: NOON, stream: 's', log: '1:g' },
    pointer: String(index),
  }));
  const running = pipeline(parseQuery(query), 10_000);
  for (const event of events.toReversed()) running.push(event);
  return running.results().map((row) => Object.fromEntries(row.map(({ field, value }) => [field, value])));
}

/** Pointers aside. */
function check(query: string, expected: readonly Shown[]): void {
  assert.deepEqual(
    run(query).map(({ '@ptr': _, ...row }) => row),
    expected,
  );
}

function malformed(query: string, start: number): void {
  assert.throws(
    () => parseQuery(query),
    (error) => error instanceof Malformed && error.start === start,
    query,
  );
}
