import { type Cron, localTimes, readCron } from './cron.ts';
import { localMs, utcMsAtOrAfter, utcMsOf } from './time-zone.ts';

/** When something is due, as a rule or a schedule says it. */
export type Expression =
  | { readonly kind: 'rate'; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly cron: Cron }
  /** Once, at a local time. */
  | { readonly kind: 'at'; readonly localMs: number };

/**
 * Who reads: `rules` of EventBridge take `rate(1 minute)` and `rate(2 minutes)` but not `rate(1 minutes)` or
 * `rate(2 minute)`, and no `at(…)`; `schedules` of EventBridge Scheduler take all of them (recorded: `rate(2 minute)`).
 */
export type Dialect = 'rules' | 'schedules';

/** Where the expression is read: IANA zone, and the moment from which a rate counts. */
export interface Origin {
  readonly zone: string;
  readonly anchorMs: number;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const READ_MAX = 1_000;
const read = new Map<string, Expression | undefined>();

/** undefined for what AWS refuses. What was read once is remembered: ten thousand schedules have a few expressions. */
export function readExpression(text: string, dialect: Dialect): Expression | undefined {
  const key = `${dialect} ${text}`;
  if (!read.has(key)) {
    if (read.size >= READ_MAX) read.clear();
    read.set(key, readAnew(text, dialect));
  }
  return read.get(key);
}

function readAnew(text: string, dialect: Dialect): Expression | undefined {
  const [, kind, inner] = /^(rate|cron|at)\((\S(?:.*\S)?)\)$/.exec(text) ?? [];
  if (inner === undefined) return undefined;
  if (kind === 'rate') return readRate(inner, dialect);
  if (kind === 'at') return dialect === 'rules' ? undefined : readAt(inner);
  const cron = readCron(inner);
  return cron && { kind: 'cron', cron };
}

/**
 * The first time that is due after `afterMs`, in milliseconds since the epoch; undefined: never again. Daylight saving is as
 * the Scheduler's User Guide has it: a cron time that is left out when clocks are put forward is not due that day, one that
 * comes twice is due once, and a rate goes by elapsed time. A rate is first due at its anchor.
 */
export function nextDueMs(expression: Expression, { zone, anchorMs }: Origin, afterMs: number): number | undefined {
  switch (expression.kind) {
    case 'rate': {
      const { everyMs } = expression;
      return afterMs < anchorMs ? anchorMs : anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
    }
    case 'at': {
      const dueMs = utcMsAtOrAfter(zone, expression.localMs);
      return dueMs > afterMs ? dueMs : undefined;
    }
    case 'cron': {
      for (const timeMs of localTimes(expression.cron, localMs(zone, afterMs))) {
        const dueMs = utcMsOf(zone, timeMs);
        if (dueMs !== undefined && dueMs > afterMs) return dueMs;
      }
      return undefined;
    }
  }
}

function readRate(inner: string, dialect: Dialect): Expression | undefined {
  const [, number, unit, plural] = /^(\d{1,9})\s+(minute|hour|day)(s?)$/.exec(inner) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  const count = Number(number);
  if (unitMs === undefined || count < 1) return undefined;
  if (dialect === 'rules' && (count === 1) !== (plural === '')) return undefined;
  return { kind: 'rate', everyMs: count * unitMs };
}

function readAt(inner: string): Expression | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(inner)) return undefined;
  const timeMs = Date.parse(`${inner}Z`);
  // Date.parse takes the 30th of February for the 2nd of March.
  const isReal = !Number.isNaN(timeMs) && new Date(timeMs).toISOString() === `${inner}.000Z`;
  return isReal ? { kind: 'at', localMs: timeMs } : undefined;
}
