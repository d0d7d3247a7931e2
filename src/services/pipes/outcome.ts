import { Undeliverable } from '../../delivery/undeliverable.ts';
import type { Item } from './item.ts';
import type { BatchOutcome, FunctionAnswer } from './ports.ts';

/** What became of an item: its error, `skipped` behind one of its group that failed, or nothing is wrong. */
export interface Passed {
  readonly item: Item;
  readonly error?: unknown;
  readonly isSkipped?: boolean;
}

export const failed = (problem: string): BatchOutcome => ({ kind: 'done', undone: 'all', problem });

export function outcomeOfCall(answer: Exclude<FunctionAnswer, { kind: 'answer' }>): BatchOutcome {
  return answer.kind === 'failed' ? failed(answer.problem) : { kind: 'not-yet', problem: answer.problem };
}

/** What is tried again as a whole is only what nothing was done of, or what was done would be done twice. */
export function outcomeOf(passed: readonly Passed[]): BatchOutcome {
  const broken = passed.filter(({ error, isSkipped }) => error !== undefined || isSkipped === true);
  const errors = broken.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const [first] = errors;
  if (first === undefined) return { kind: 'done', undone: new Set() };
  const problem = first instanceof Error ? first.message : String(first);
  if (broken.length === passed.length && errors.every(mayPass)) return { kind: 'not-yet', problem };
  return { kind: 'done', undone: idsOf(broken.map(({ item }) => item)), problem };
}

/** The messages that these items came from; `all` if that is not known of each. */
export function idsOf(items: readonly Item[]): ReadonlySet<string> | 'all' {
  const ids = items.map(({ id }) => id);
  return ids.every((id) => id !== undefined) ? new Set(ids) : 'all';
}

const mayPass = (error: unknown) => !(error instanceof Undeliverable) || error.kind === 'unavailable';
