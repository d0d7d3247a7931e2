import type { Value } from './syntax.ts';

/** Milliseconds of one of each; months and longer are whole days here. */
const UNIT_MS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|msec|millisecond)s?$/, 1],
  [/^(s|sec|second)s?$/, 1_000],
  [/^(m|min|minute)s?$/, 60_000],
  [/^(h|hr|hour)s?$/, 3_600_000],
  [/^(d|day)s?$/, 86_400_000],
  [/^(w|week)s?$/, 7 * 86_400_000],
  [/^(mo|mon|month)s?$/, 30 * 86_400_000],
  [/^(q|quarter)s?$/, 91 * 86_400_000],
  [/^(y|yr|year)s?$/, 365 * 86_400_000],
];

/** `5m` and the like. */
export function durationMs(text: string): number {
  const [, count = '0', unit = ''] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Number(count) * (UNIT_MS.find(([name]) => name.test(unit))?.[1] ?? 0);
}

export const AGGREGATES: ReadonlySet<string> = new Set([
  ...['count', 'count_distinct', 'sum', 'avg', 'min', 'max', 'stddev', 'median', 'pct', 'percentile'],
  ...['earliest', 'latest', 'sortsfirst', 'sortslast'],
]);

type Fn = (...args: Value[]) => Value;

export function toNumber(value: Value): number | undefined {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

export function toText(value: Value): string {
  return value === undefined ? '' : String(value);
}

/** As long as a line may be, in UTF-16 units. */
const TEXT_MAX = 1024 * 1024;

/**
 * What a query makes is bounded by itself, since V8 ends the whole process, not the thread, when it cannot make one large
 * thing. Throws when there is more, before it is made.
 */
export function assertBounded(count: number, max: number, what: string): void {
  if (count > max) throw new Error(`a query makes ${what}: more than ${max}`);
}

function joined(texts: readonly string[]): string {
  const length = texts.reduce((total, text) => total + text.length, 0);
  assertBounded(length, TEXT_MAX, 'too long a text');
  return texts.join('');
}

function replaced(text: string, search: string, put: string): string {
  const places = search === '' ? text.length + 1 : text.split(search).length - 1;
  assertBounded(text.length + places * (put.length - search.length), TEXT_MAX, 'too long a text');
  return text.replaceAll(search, () => put);
}

const numeric =
  (work: (...numbers: number[]) => number): Fn =>
  (...args) => {
    const numbers = args.map(toNumber);
    if (!numbers.every((number) => number !== undefined)) return undefined;
    return toNumber(work(...numbers));
  };

const textual =
  (work: (text: string, ...more: string[]) => Value): Fn =>
  (first, ...more) =>
    first === undefined ? undefined : work(toText(first), ...more.map(toText));

const floored = numeric((timeMs, stepMs) => (stepMs > 0 ? Math.floor(timeMs / stepMs) * stepMs : timeMs));

/** `bin` is read as `datefloor(@timestamp, …)`. */
export const FUNCTIONS: ReadonlyMap<string, Fn> = new Map<string, Fn>([
  ['abs', numeric(Math.abs)],
  ['ceil', numeric(Math.ceil)],
  ['floor', numeric(Math.floor)],
  ['round', numeric((number, places = 0) => Math.round(number * 10 ** places) / 10 ** places)],
  ['greatest', numeric(Math.max)],
  ['least', numeric(Math.min)],
  ['log', numeric(Math.log)],
  ['sqrt', numeric(Math.sqrt)],
  ['bin', floored],
  ['datefloor', floored],
  ['dateceil', numeric((timeMs, stepMs) => (stepMs > 0 ? Math.ceil(timeMs / stepMs) * stepMs : timeMs))],
  ['frommillis', numeric((timeMs) => timeMs)],
  ['tomillis', numeric((timeMs) => timeMs)],
  ['ispresent', (value) => value !== undefined],
  ['coalesce', (...values) => values.find((value) => value !== undefined)],
  ['isempty', (value) => value === undefined || value === ''],
  ['isblank', (value) => value === undefined || toText(value).trim() === ''],
  ['concat', (...values) => joined(values.map(toText))],
  ['trim', textual((text) => text.trim())],
  ['ltrim', textual((text) => text.trimStart())],
  ['rtrim', textual((text) => text.trimEnd())],
  ['strlen', textual((text) => text.length)],
  ['toupper', textual((text) => text.toUpperCase())],
  ['tolower', textual((text) => text.toLowerCase())],
  [
    'substr',
    (text, from, count) => (text === undefined ? undefined : toText(text).substr(toNumber(from) ?? 0, toNumber(count))),
  ],
  ['replace', textual((text, search = '', put = '') => replaced(text, search, put))],
  ['strcontains', textual((text, part = '') => text.includes(part))],
]);
