import type { Clock } from '../lib/clock.ts';
import { serial } from '../lib/serial.ts';
import type { Catalogue, Entry } from './catalogue.ts';
import { type FunctionKey, functionArn, type Now } from './function.ts';
import { Refused } from './refusal.ts';

/** What every change of a function goes through: it is decided on what is stored then, and no other comes in between. */
export interface Editing {
  readonly catalogue: Catalogue;
  /** The function that must be there. Throws `Refused`. */
  find(key: FunctionKey): Entry;
  now(): Now;
  /** Runs the changes of one function one after the other. */
  inTurn<T>(key: FunctionKey, change: () => Promise<T>): Promise<T>;
  /** The same for changes of what an account's functions have for themselves: they share one sum. */
  inTurnOfAccount<T>(key: FunctionKey, change: () => Promise<T>): Promise<T>;
}

export function editing(catalogue: Catalogue, clock: Clock, uuid: () => string): Editing {
  const oneAtATime = serial();
  const inTurn: Editing['inTurn'] = (key, change) => oneAtATime(`${key.account}/${key.region}/${key.name}`, change);
  return {
    catalogue,
    find(key) {
      const entry = catalogue.get(key);
      if (entry === undefined) throw new Refused({ kind: 'no-such-function', arn: functionArn(key) });
      return entry;
    },
    now: () => ({ nowMs: clock.nowMs(), uuid }),
    inTurn,
    inTurnOfAccount: (key, change) => oneAtATime(`${key.account}/${key.region}`, () => inTurn(key, change)),
  };
}
