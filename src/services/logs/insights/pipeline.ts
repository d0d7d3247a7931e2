import { Aggregation } from './aggregation.ts';
import { assertBounded, toNumber, toText } from './functions.ts';
import { evaluate, isTrue, type QueriedEvent, Row, TIME_FIELDS } from './row.ts';
import type { Command, Expression, Named, Value } from './syntax.ts';

/** A line of a result: fields in their order, those that are missing left out. */
export type ResultRow = readonly { readonly field: string; readonly value: string }[];

export interface Pipeline {
  push(event: QueriedEvent): void;
  /** Events that have passed the filters in front. */
  matched(): number;
  results(): ResultRow[];
}

/** Takes rows, and hands on what is left of them: at once, or at the end. */
interface Stage {
  push(row: Row): void;
  end(): void;
}

type Sort = Extract<Command, { kind: 'sort' }>;

/** That `dedup` and `stats` tell apart. */
const KEYS_MAX = 1_000_000;

const NEWEST_FIRST: Sort = { kind: 'sort', keys: [{ expression: { kind: 'field', name: '@timestamp' }, sign: -1 }] };

/** Runs a query over events, which come newest first but for those of the same seconds. `countMax`: rows of the result. */
export function pipeline(given: readonly Command[], countMax: number): Pipeline {
  const isOrdered = given.some(({ kind }) => kind === 'stats' || kind === 'sort');
  const limits = given.filter((command) => command.kind === 'limit');
  // Without an order of its own a query has the newest first; what is cut off is cut off behind it.
  const commands = isOrdered ? given : [...given.filter(({ kind }) => kind !== 'limit'), NEWEST_FIRST, ...limits];
  const keptMax = Math.min(countMax, limits.at(-1)?.count ?? countMax);
  const kept: Row[] = [];
  const last: Stage = { push: (row) => void (kept.length < keptMax && kept.push(row)), end: () => {} };
  const counter = { matched: 0 };
  const begins = commands.findIndex(({ kind }) => kind === 'stats' || kind === 'sort' || kind === 'limit');
  const counted = commands.slice(0, begins === -1 ? undefined : begins).findLastIndex(({ kind }) => kind === 'filter');
  const first = commands.reduceRight((next, command, index) => {
    const after = index === counted ? counting(counter, next) : next;
    return stageOf(command, after, keptMax);
  }, last);
  const entry = counted === -1 ? counting(counter, first) : first;
  return {
    push: (event) => entry.push(new Row(event)),
    matched: () => counter.matched,
    results() {
      entry.end();
      const fields = outputOf(given);
      const times = timesOf(given);
      return kept.map((row) => resultOf(row, fields, times));
    },
  };
}

function counting(counter: { matched: number }, next: Stage): Stage {
  return {
    push(row) {
      counter.matched += 1;
      next.push(row);
    },
    end: () => next.end(),
  };
}

function stageOf(command: Command, next: Stage, keptMax: number): Stage {
  const end = () => next.end();
  switch (command.kind) {
    case 'filter':
      return { push: (row) => void (isTrue(evaluate(command.condition, row)) && next.push(row)), end };
    case 'fields':
    case 'display':
      return {
        push(row) {
          for (const { name, expression } of command.fields) row.set(name, evaluate(expression, row));
          next.push(row);
        },
        end,
      };
    case 'parse':
      return {
        push(row) {
          const found = command.pattern.exec(toText(evaluate(command.of, row)));
          for (const [index, name] of command.names.entries()) {
            if (found) row.set(name, found.groups?.[name] ?? found[index + 1]);
          }
          next.push(row);
        },
        end,
      };
    case 'limit': {
      let left = command.count;
      return {
        push(row) {
          left -= 1;
          if (left >= 0) next.push(row);
        },
        end,
      };
    }
    case 'dedup': {
      const seen = new Set<string>();
      return {
        push(row) {
          const key = keyOf(command.by, row);
          if (seen.has(key)) return;
          seen.add(key);
          assertBounded(seen.size, KEYS_MAX, 'too many rows that differ');
          next.push(row);
        },
        end,
      };
    }
    case 'stats':
      return statsStage(command, next);
    case 'sort':
      return sortStage(command, next, keptMax);
  }
}

function statsStage({ aggregates, by }: Extract<Command, { kind: 'stats' }>, next: Stage): Stage {
  const groups = new Map<string, { values: readonly Value[]; sums: readonly Aggregation[] }>();
  const groupOf = (row: Row) => {
    const key = keyOf(by, row);
    let group = groups.get(key);
    if (group === undefined) {
      group = {
        values: by.map(({ expression }) => evaluate(expression, row)),
        sums: aggregates.map((one) => new Aggregation(one)),
      };
      groups.set(key, group);
      assertBounded(groups.size, KEYS_MAX, 'too many groups');
    }
    return group;
  };
  return {
    push(row) {
      for (const sum of groupOf(row).sums) sum.add(row);
    },
    end() {
      // Without a group there is one, even of nothing.
      if (by.length === 0 && groups.size === 0) groupOf(new Row());
      for (const { values, sums } of groups.values()) {
        const row = new Row();
        for (const [index, { name }] of by.entries()) row.set(name, values[index]);
        for (const [index, { name }] of aggregates.entries()) row.set(name, sums[index]?.result());
        next.push(row);
      }
      next.end();
    },
  };
}

/** Keeps what can be in the result, and little more. */
function sortStage({ keys }: Sort, next: Stage, keptMax: number): Stage {
  let rows: { row: Row; values: readonly Value[] }[] = [];
  const inOrder = () =>
    rows.sort((a, b) => {
      for (const [index, { sign }] of keys.entries()) {
        const order = compare(a.values[index], b.values[index]);
        if (order !== 0) return sign * order;
      }
      return 0;
    });
  return {
    push(row) {
      rows.push({ row, values: keys.map(({ expression }) => evaluate(expression, row)) });
      if (rows.length >= keptMax * 2 + 1_000) rows = inOrder().slice(0, keptMax);
    },
    end() {
      for (const { row } of inOrder()) next.push(row);
      next.end();
    },
  };
}

/** Numbers by their size, before texts; what is missing last. */
function compare(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const [one, other] = [toNumber(a), toNumber(b)];
  if (one !== undefined && other !== undefined) return one - other;
  if (one !== undefined || other !== undefined) return one === undefined ? 1 : -1;
  return toText(a) < toText(b) ? -1 : Number(toText(a) > toText(b));
}

function keyOf(by: readonly Named[], row: Row): string {
  return JSON.stringify(by.map(({ expression }) => evaluate(expression, row) ?? null));
}

/** Which fields a result has: of the last command that says so, and the pointer of events that are still events. */
function outputOf(commands: readonly Command[]): string[] {
  const names = (list: readonly Named[]) => list.map(({ name }) => name);
  const stats = commands.findLast((command) => command.kind === 'stats');
  const shown = commands.findLast((command) => command.kind === 'display');
  if (shown) return stats ? names(shown.fields) : [...names(shown.fields), '@ptr'];
  if (stats) return [...names(stats.by), ...stats.aggregates.map(({ name }) => name)];
  const fields = commands.flatMap((command) => (command.kind === 'fields' ? names(command.fields) : []));
  return [...new Set([...(fields.length > 0 ? fields : ['@timestamp', '@message']), '@ptr'])];
}

function namedOf(command: Command): readonly Named[] {
  if (command.kind === 'stats') return command.by;
  return command.kind === 'fields' || command.kind === 'display' ? command.fields : [];
}

const TIME_CALLS = ['bin', 'datefloor', 'dateceil', 'frommillis'];

/** Fields whose values are times. */
function timesOf(commands: readonly Command[]): ReadonlySet<string> {
  const times = new Set(TIME_FIELDS);
  const isTime = (expression: Expression): boolean =>
    expression.kind === 'field'
      ? times.has(expression.name)
      : expression.kind === 'call' && TIME_CALLS.includes(expression.name);
  for (const command of commands) {
    const named = namedOf(command);
    for (const { name, expression } of named) if (isTime(expression)) times.add(name);
    if (command.kind !== 'stats') continue;
    const OF_TIMES = ['min', 'max', 'earliest', 'latest'];
    for (const { name, function: made, args } of command.aggregates) {
      if (args[0] && OF_TIMES.includes(made) && isTime(args[0])) times.add(name);
    }
  }
  return times;
}

function resultOf(row: Row, fields: readonly string[], times: ReadonlySet<string>): ResultRow {
  return fields.flatMap((field) => {
    const value = row.get(field);
    if (value === undefined) return [];
    const time = times.has(field) ? toNumber(value) : undefined;
    return [{ field, value: time === undefined ? numberText(value) : timeText(time) }];
  });
}

/** As AWS writes numbers: at most four places, none that are zero. */
function numberText(value: string | number | boolean): string {
  return typeof value === 'number' ? String(Math.round(value * 10_000) / 10_000) : String(value);
}

/** `2026-03-01 12:00:00.000`; whatever is no time of a calendar stays a number. */
function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace('T', ' ').replace('Z', '') : String(ms);
}
