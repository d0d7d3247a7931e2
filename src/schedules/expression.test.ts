import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Dialect, nextDueMs, readExpression } from './expression.ts';
import { isTimeZone } from './time-zone.ts';

/** Recorded at AWS, or said in its documentation. */
const REFUSED = [
  'cron(0 1 * * * *)',
  'cron(7 20 * * NOT *)',
  'cron(INVALID)',
  'cron(0 dummy ? * MON-FRI *)',
  'cron(71 8 1 * ? *)',
  'cron()',
  'rate(10 seconds)',
  'rate(10 years)',
  'rate()',
  'rate(10)',
  'rate(10 minutess)',
  'rate(foo minutes)',
  'rate(-10 minutes)',
  'rate( 10 minutes )',
  ' rate(10 minutes)',
  'rate(0 minutes)',
  'at(2021-12-31T23:59:59Z)',
  'at(2021-12-31)',
  'at(2021-02-29T00:00:00)',
  'at(2021-12-31T24:00:00)',
  'cron(*/60 * * * ? *)',
  'cron(0/5, 9-18, ?, *, MON-FRI, *)',
  'cron(0 10 ? * ? *)',
  'cron(0 10 * * ?)',
  'cron(0 10 * * ? * *)',
  'cron(0 24 * * ? *)',
  'cron(0 0 0 * ? *)',
  'cron(0 0 32 * ? *)',
  'cron(0 0 1 13 ? *)',
  'cron(0 0 ? * 0 *)',
  'cron(0 0 ? * 8 *)',
  'cron(0 0 ? * 3#6 *)',
  'cron(0 0 ? * 3#1,6#3 *)',
  'cron(0 0 1 1 ? 1969)',
  'cron(0 0 1 1 ? 2200)',
  'cron(0 0 1 1 ? 2030-2020)',
  'cron(0/0 0 1 1 ? *)',
  'cron(? 0 1 1 ? *)',
  'cron(0 0 15W,20W * ? *)',
  'every minute',
  '',
];

for (const text of REFUSED) {
  test(`refuses ${JSON.stringify(text)}`, () => {
    for (const dialect of ['rules', 'schedules'] as const) assert.equal(readExpression(text, dialect), undefined);
  });
}

const TAKEN: Readonly<Record<string, readonly Dialect[]>> = {
  'cron(30-30 13-13 ? * 2,4,6 *)': ['rules', 'schedules'],
  'cron(1-31/30 1-1 ? * 1,7 *)': ['rules', 'schedules'],
  'cron(59 23 31 12 ? 2199)': ['rules', 'schedules'],
  'cron(0 0 1 1 ? 1970)': ['rules', 'schedules'],
  'cron(0  0 ? * mon-fri *)': ['rules', 'schedules'],
  'cron(0 0 ? * FRIL *)': ['rules', 'schedules'],
  'rate(1 minute)': ['rules', 'schedules'],
  'rate(5 minutes)': ['rules', 'schedules'],
  'rate(1 hour)': ['rules', 'schedules'],
  'rate(7 days)': ['rules', 'schedules'],
  'rate(1 minutes)': ['schedules'],
  'rate(2 minute)': ['schedules'],
  'at(2022-11-20T13:00:00)': ['schedules'],
  'at(2028-02-29T23:59:59)': ['schedules'],
};

for (const [text, dialects] of Object.entries(TAKEN)) {
  test(`takes ${text} for ${dialects.join(' and ')}`, () => {
    const taking = (['rules', 'schedules'] as const).filter((dialect) => readExpression(text, dialect) !== undefined);
    assert.deepEqual(taking, dialects);
  });
}

function due(text: string, zone: string, after: string, { anchor = '2026-01-01T00:00:00Z', count = 1 } = {}): string[] {
  const expression = readExpression(text, 'schedules');
  assert.ok(expression, `${text} was refused`);
  const found: string[] = [];
  let atMs: number | undefined = Date.parse(after);
  while (found.length < count) {
    atMs = nextDueMs(expression, { zone, anchorMs: Date.parse(anchor) }, atMs);
    if (atMs === undefined) break;
    found.push(new Date(atMs).toISOString());
  }
  return found;
}

test('a rate is first due at its anchor, and then by elapsed time, over changes of clocks too', () => {
  const anchor = '2026-03-07T07:30:00Z';
  assert.deepEqual(due('rate(1 day)', 'America/New_York', '2026-03-01T00:00:00Z', { anchor, count: 3 }), [
    '2026-03-07T07:30:00.000Z',
    '2026-03-08T07:30:00.000Z',
    '2026-03-09T07:30:00.000Z',
  ]);
  assert.deepEqual(due('rate(5 minutes)', 'UTC', '2026-03-07T07:40:00Z', { anchor }), ['2026-03-07T07:45:00.000Z']);
  assert.deepEqual(due('rate(5 minutes)', 'UTC', '2026-03-07T07:39:59.999Z', { anchor }), ['2026-03-07T07:40:00.000Z']);
});

test('a time of day that clocks leave out is not due that day', () => {
  assert.deepEqual(due('cron(30 2 * * ? *)', 'America/New_York', '2026-03-07T00:00:00Z', { count: 2 }), [
    '2026-03-07T07:30:00.000Z',
    '2026-03-09T06:30:00.000Z',
  ]);
});

test('a time of day that clocks show twice is due once', () => {
  assert.deepEqual(due('cron(30 1 * * ? *)', 'America/New_York', '2026-11-01T04:00:00Z', { count: 2 }), [
    '2026-11-01T05:30:00.000Z',
    '2026-11-02T06:30:00.000Z',
  ]);
  // Asked between the two.
  assert.deepEqual(due('cron(30 1 * * ? *)', 'America/New_York', '2026-11-01T06:00:00Z'), ['2026-11-02T06:30:00.000Z']);
});

test('a single time is due once, in its zone', () => {
  const text = 'at(2026-07-01T09:00:30)';
  assert.deepEqual(due(text, 'Europe/Berlin', '2026-01-01T00:00:00Z', { count: 2 }), ['2026-07-01T07:00:30.000Z']);
  assert.deepEqual(due(text, 'Europe/Berlin', '2026-07-01T07:00:30Z'), []);
});

test('a single time that clocks leave out comes as long after the change', () => {
  assert.deepEqual(due('at(2026-03-29T02:30:00)', 'Europe/Berlin', '2026-01-01T00:00:00Z'), [
    '2026-03-29T01:30:00.000Z',
  ]);
});

test('a leap day comes every four years, but for 2100', () => {
  assert.deepEqual(due('cron(0 0 29 2 ? *)', 'UTC', '2092-03-01T00:00:00Z', { count: 2 }), [
    '2096-02-29T00:00:00.000Z',
    '2104-02-29T00:00:00.000Z',
  ]);
});

test('what never comes is never due', () => {
  assert.deepEqual(due('cron(0 0 30 2 ? *)', 'UTC', '2026-01-01T00:00:00Z'), []);
  assert.deepEqual(due('cron(0 0 1 1 ? 2020)', 'UTC', '2026-01-01T00:00:00Z'), []);
});

test('a day nearest to one at the border of a month stays within it', () => {
  // 1 August 2026 is a Saturday, 31 May 2026 a Sunday.
  assert.deepEqual(due('cron(0 0 1W 8 ? 2026)', 'UTC', '2026-01-01T00:00:00Z'), ['2026-08-03T00:00:00.000Z']);
  assert.deepEqual(due('cron(0 0 31W 5 ? 2026)', 'UTC', '2026-01-01T00:00:00Z'), ['2026-05-29T00:00:00.000Z']);
});

test('knows the time zones there are', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata'])
    assert.equal(isTimeZone(zone), true, zone);
  for (const zone of ['Mars/Olympus', '+02:00', '', 'Europe/']) assert.equal(isTimeZone(zone), false, zone);
});
