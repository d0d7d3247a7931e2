// AWS's cron expressions as a calendar of local times. Time zones are another file's business (time-zone.ts).

import { type FieldRange, readField, readValue } from './cron-field.ts';

/** `cron(minutes hours day-of-month month day-of-week year)`, read. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: DayRule;
  readonly months: readonly number[];
  readonly years: readonly number[];
}

/** Months are 1–12, days of the week 1–7 from Sunday, as AWS counts them. */
export type DayRule =
  | { readonly kind: 'days'; readonly days: readonly number[] }
  /** `L`, `L-3`: so many days before the last one. */
  | { readonly kind: 'last'; readonly before: number }
  /** `LW` */
  | { readonly kind: 'last-workday' }
  /** `15W`: the day from Monday to Friday that is nearest, within the month. */
  | { readonly kind: 'nearest-workday'; readonly day: number }
  | { readonly kind: 'weekdays'; readonly weekdays: readonly number[] }
  /** `2#1`: the first Monday. */
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number }
  /** `6L`: the last Friday. */
  | { readonly kind: 'last-weekday'; readonly weekday: number };

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

// Cron expressions reference, EventBridge User Guide.
const MINUTE: FieldRange = { min: 0, max: 59, wraps: true, steps: true };
const HOUR: FieldRange = { min: 0, max: 23, wraps: true, steps: true };
const DAY: FieldRange = { min: 1, max: 31, wraps: true, steps: true };
const MONTH: FieldRange = { min: 1, max: 12, names: MONTHS, wraps: true, steps: true };
// `/` is not among the wildcards of its row.
const WEEKDAY: FieldRange = { min: 1, max: 7, names: WEEKDAYS, wraps: true, steps: false };
const YEAR: FieldRange = { min: 1970, max: 2199, wraps: false, steps: true };

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** `fields`: what stands between the parentheses. undefined: AWS refuses it. */
export function readCron(fields: string): Cron | undefined {
  const [minute, hour, day, month, weekday, year, ...more] = fields.toUpperCase().split(/\s+/);
  if (minute === undefined || hour === undefined || day === undefined) return undefined;
  if (month === undefined || weekday === undefined || year === undefined || more.length > 0) return undefined;
  // One of the two must be `?`, and only one.
  if ((day === '?') === (weekday === '?')) return undefined;
  const cron = {
    minutes: readField(minute, MINUTE),
    hours: readField(hour, HOUR),
    days: day === '?' ? readWeekdays(weekday) : readDays(day),
    months: readField(month, MONTH),
    years: readField(year, YEAR),
  };
  const { minutes, hours, days, months, years } = cron;
  if (minutes === undefined || hours === undefined || days === undefined) return undefined;
  return months === undefined || years === undefined ? undefined : { minutes, hours, days, months, years };
}

function readDays(text: string): DayRule | undefined {
  if (text === 'L') return { kind: 'last', before: 0 };
  if (text === 'LW') return { kind: 'last-workday' };
  const [, before] = /^L-(\d{1,2})$/.exec(text) ?? [];
  if (before !== undefined) return Number(before) <= 30 ? { kind: 'last', before: Number(before) } : undefined;
  const [, nearest] = /^(\d{1,2})W$/.exec(text) ?? [];
  if (nearest !== undefined) {
    const day = readValue(nearest, DAY);
    return day === undefined ? undefined : { kind: 'nearest-workday', day };
  }
  const days = readField(text, DAY);
  return days && { kind: 'days', days };
}

function readWeekdays(text: string): DayRule | undefined {
  // The last day of the week.
  if (text === 'L') return { kind: 'weekdays', weekdays: [7] };
  const [, last] = /^(\w+?)L$/.exec(text) ?? [];
  const lastWeekday = readValue(last, WEEKDAY);
  if (lastWeekday !== undefined) return { kind: 'last-weekday', weekday: lastWeekday };
  const [, name, nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (name !== undefined) {
    const weekday = readValue(name, WEEKDAY);
    return weekday === undefined ? undefined : { kind: 'nth-weekday', weekday, nth: Number(nth) };
  }
  const weekdays = readField(text, WEEKDAY);
  return weekdays && { kind: 'weekdays', weekdays };
}

/**
 * The local times that the expression names, from `fromMs` on, ascending. Local times are counted as if they were UTC, so
 * that a day has 24 hours here; which of them there are in a time zone is for the caller to say.
 */
export function* localTimes(cron: Cron, fromMs: number): Generator<number, void> {
  const from = new Date(fromMs);
  const fromYear = from.getUTCFullYear();
  for (const year of cron.years) {
    if (year < fromYear) continue;
    for (const month of cron.months) {
      if (year === fromYear && month <= from.getUTCMonth()) continue;
      for (const day of daysOf(cron.days, year, month)) {
        const dayMs = Date.UTC(year, month - 1, day);
        if (dayMs + DAY_MS > fromMs) yield* timesOf(cron, dayMs, fromMs);
      }
    }
  }
}

function* timesOf({ hours, minutes }: Cron, dayMs: number, fromMs: number): Generator<number, void> {
  for (const hour of hours) {
    const hourMs = dayMs + hour * HOUR_MS;
    if (hourMs + HOUR_MS <= fromMs) continue;
    for (const minute of minutes) {
      const timeMs = hourMs + minute * MINUTE_MS;
      if (timeMs >= fromMs) yield timeMs;
    }
  }
}

function daysOf(rule: DayRule, year: number, month: number): readonly number[] {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const weekdayOf = (day: number) => ((first + day - 1) % 7) + 1;
  const ofWeekday = (weekday: number) => allDays(last).filter((day) => weekdayOf(day) === weekday);
  switch (rule.kind) {
    case 'days':
      return rule.days.filter((day) => day <= last);
    case 'last':
      return rule.before < last ? [last - rule.before] : [];
    case 'last-workday':
      return [nearestWorkday(last, last, weekdayOf)];
    case 'nearest-workday':
      return rule.day <= last ? [nearestWorkday(rule.day, last, weekdayOf)] : [];
    case 'weekdays':
      return allDays(last).filter((day) => rule.weekdays.includes(weekdayOf(day)));
    case 'nth-weekday':
      return ofWeekday(rule.weekday).slice(rule.nth - 1, rule.nth);
    case 'last-weekday':
      return ofWeekday(rule.weekday).slice(-1);
  }
}

const allDays = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Never in another month: the first, if it is a Saturday, gives the third, and the last, if it is a Sunday, the Friday before. */
function nearestWorkday(day: number, last: number, weekdayOf: (day: number) => number): number {
  const weekday = weekdayOf(day);
  if (weekday === 7) return day > 1 ? day - 1 : day + 2;
  if (weekday === 1) return day < last ? day + 1 : day - 2;
  return day;
}
