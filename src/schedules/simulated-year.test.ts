// A year is walked minute by minute, and each expression must be due in exactly those minutes in which AWS's documentation says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextDueMs, readExpression } from './expression.ts';

/** A minute as clocks in the zone show it. */
interface Shown {
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** 1 is Sunday. */
  readonly weekday: number;
  readonly lastDay: number;
}

const isWorkday = ({ weekday }: Shown) => weekday >= 2 && weekday <= 6;
const isAt =
  (hour: number, minute = 0) =>
  (shown: Shown) =>
    shown.hour === hour && shown.minute === minute;

/** The examples of the User Guides of EventBridge and EventBridge Scheduler, in their words; and more of each wildcard. */
const EXPRESSIONS: Readonly<Record<string, { means: string; isDue: (shown: Shown) => boolean }>> = {
  'cron(0 10 * * ? *)': { means: '10:00 am every day', isDue: isAt(10) },
  'cron(15 12 * * ? *)': { means: '12:15 pm every day', isDue: isAt(12, 15) },
  'cron(0 18 ? * MON-FRI *)': {
    means: '6:00 pm every Monday through Friday',
    isDue: (shown) => isAt(18)(shown) && isWorkday(shown),
  },
  'cron(0 8 1 * ? *)': {
    means: '8:00 am every first day of the month',
    isDue: (shown) => isAt(8)(shown) && shown.day === 1,
  },
  'cron(0/15 * * * ? *)': { means: 'every 15 minutes', isDue: ({ minute }) => minute % 15 === 0 },
  'cron(0/10 * ? * MON-FRI *)': {
    means: 'every 10 minutes Monday through Friday',
    isDue: (shown) => shown.minute % 10 === 0 && isWorkday(shown),
  },
  'cron(0/5 8-17 ? * MON-FRI *)': {
    means: 'every 5 minutes Monday through Friday between 8:00 am and 5:55 pm',
    isDue: (shown) => shown.minute % 5 === 0 && shown.hour >= 8 && shown.hour <= 17 && isWorkday(shown),
  },
  'cron(0/30 20-2 ? * MON-FRI *)': {
    means: 'every 30 minutes Monday through Friday from 8:00 pm to 2:30 am of the same days',
    isDue: (shown) => shown.minute % 30 === 0 && (shown.hour >= 20 || shown.hour <= 2) && isWorkday(shown),
  },
  'cron(15 10 ? * 6L 2022-2032)': {
    means: '10:15 am on the last Friday of each month',
    isDue: (shown) => isAt(10, 15)(shown) && shown.weekday === 6 && shown.day > shown.lastDay - 7,
  },
  'cron(1/10 0 * JAN,FEB,MAR ? *)': {
    means: 'every tenth minute from the first of the hour on, in three months',
    isDue: ({ month, hour, minute }) => month <= 3 && hour === 0 && minute % 10 === 1,
  },
  'cron(0 9 ? * 3#2 *)': {
    means: 'the second Tuesday of the month',
    isDue: (shown) => isAt(9)(shown) && shown.weekday === 3 && shown.day > 7 && shown.day <= 14,
  },
  'cron(0 9 3W * ? *)': {
    means: 'the weekday closest to the third day of the month',
    isDue: (shown) =>
      isAt(9)(shown) &&
      isWorkday(shown) &&
      (shown.day === 3 || (shown.day === 2 && shown.weekday === 6) || (shown.day === 4 && shown.weekday === 2)),
  },
  'cron(0 9 L * ? *)': {
    means: 'the last day of the month',
    isDue: (shown) => isAt(9)(shown) && shown.day === shown.lastDay,
  },
  'cron(0 9 LW * ? *)': {
    means: 'the last weekday of the month',
    isDue: (shown) =>
      isAt(9)(shown) &&
      isWorkday(shown) &&
      (shown.day === shown.lastDay || (shown.weekday === 6 && shown.day >= shown.lastDay - 2)),
  },
  'cron(0 9 L-3 * ? *)': {
    means: 'three days before the last day of the month',
    isDue: (shown) => isAt(9)(shown) && shown.day === shown.lastDay - 3,
  },
  'cron(0 9 ? * L *)': {
    means: 'the last day of the week',
    isDue: (shown) => isAt(9)(shown) && shown.weekday === 7,
  },
  'cron(0 0 29 2 ? *)': {
    means: 'leap days',
    isDue: (shown) => isAt(0)(shown) && shown.month === 2 && shown.day === 29,
  },
  'cron(30 2 * * ? *)': { means: '2:30 am every day, in the hour that daylight saving moves', isDue: isAt(2, 30) },
  'cron(30 1 * * ? *)': { means: '1:30 am every day, in the hour that daylight saving moves', isDue: isAt(1, 30) },
  'cron(* 0-3 ? * SUN *)': {
    means: 'every minute of the nights on which clocks are moved',
    isDue: ({ weekday, hour }) => weekday === 1 && hour <= 3,
  },
  'cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)': {
    means: 'ranges of one, steps of one',
    isDue: (shown) => shown.hour === 8 && shown.minute <= 15 && shown.weekday !== 1,
  },
};

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;

// 2028 has a leap day. Clocks are moved in March and November in New York, and in April and October on Lord Howe, by half an hour.
for (const [zone, year, which] of [
  ['UTC', 2028, /./],
  ['America/New_York', 2028, /./],
  ['Europe/Berlin', 2027, /cron.30|0-3/],
  ['Australia/Lord_Howe', 2028, /cron.30|0-3/],
] as const) {
  const minutes = minutesOf(zone, year);
  for (const [text, { means, isDue }] of Object.entries(EXPRESSIONS)) {
    if (!which.test(text)) continue;
    test(`in ${year} and ${zone}, ${text} is due: ${means}`, () => {
      const expected = minutes.filter(({ shown }) => isDue(shown)).map(({ atMs }) => atMs);
      const found = dueIn(text, zone, year);
      const at = expected.findIndex((atMs, index) => found[index] !== atMs);
      assert.equal(timeOf(found[at]), timeOf(expected[at]));
      assert.equal(found.length, expected.length);
    });
  }
}

/** Every minute of the year in UTC, as clocks in the zone show it; one that they show twice, the first time only. */
function minutesOf(zone: string, year: number): { atMs: number; shown: Shown }[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const minutes: { atMs: number; shown: Shown }[] = [];
  let latest = '';
  // No zone moves its clocks but at a full quarter of an hour.
  for (let quarterMs = Date.UTC(year, 0, 1); quarterMs < Date.UTC(year + 1, 0, 1); quarterMs += QUARTER_MS) {
    const local = format.format(quarterMs);
    if (local <= latest) continue;
    latest = local;
    const [localYear = 0, month = 0, day = 0, hour = 0, first = 0] = local.split(/[- :]/).map(Number);
    const weekday = new Date(Date.UTC(localYear, month - 1, day)).getUTCDay() + 1;
    const lastDay = new Date(Date.UTC(localYear, month, 0)).getUTCDate();
    for (let more = 0; more < 15; more += 1) {
      const shown = { month, day, hour, minute: first + more, weekday, lastDay };
      minutes.push({ atMs: quarterMs + more * MINUTE_MS, shown });
    }
  }
  return minutes;
}

function dueIn(text: string, zone: string, year: number): number[] {
  const expression = readExpression(text, 'schedules');
  assert.ok(expression, `${text} was refused`);
  const found: number[] = [];
  let atMs: number | undefined = Date.UTC(year, 0, 1) - 1;
  for (;;) {
    atMs = nextDueMs(expression, { zone, anchorMs: 0 }, atMs);
    if (atMs === undefined || atMs >= Date.UTC(year + 1, 0, 1)) return found;
    found.push(atMs);
  }
}

function timeOf(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}
