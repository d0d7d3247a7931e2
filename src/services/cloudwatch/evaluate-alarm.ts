import type { StateValue, Treatment } from './alarm.ts';

/** The newest value of each period, or nothing where there was none. */
export interface Datapoint {
  readonly atS: number;
  readonly value: number | undefined;
  /** How many values it stands for, where that is known. */
  readonly count?: number | undefined;
}

export interface Criteria {
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missing: Treatment;
  isBreaching(value: number): boolean;
}

/** What an alarm's data come to; `retained`: its state stays as it is. */
export type Evaluation =
  | { readonly kind: 'retained' }
  | {
      readonly kind: 'decided';
      readonly state: StateValue;
      /** Values that were looked at, the newest first. */
      readonly evaluated: readonly {
        readonly atS: number;
        readonly value: number;
        readonly count?: number | undefined;
      }[];
      /** Periods that count as `missing` says, for want of values. */
      readonly filled: number;
    };

/**
 * Decides an alarm's state by the values of more periods than it evaluates, the oldest first. As AWS's guide has it ("How alarm
 * state is evaluated when data is missing"): the newest values are taken, and only where they are too few are periods without
 * one filled in. Where nothing is filled in, an alarm goes into ALARM early, "when the oldest available breaching datapoint
 * during the Evaluation Periods is at least as old as the value of Datapoints to Alarm, and all other more recent data points
 * are breaching or missing".
 */
export function evaluateAlarm(datapoints: readonly Datapoint[], criteria: Criteria): Evaluation {
  const { evaluationPeriods, datapointsToAlarm, missing, isBreaching } = criteria;
  const known = datapoints.flatMap(({ atS, value, count }, at) =>
    value === undefined ? [] : [{ atS, value, count, age: datapoints.length - at }],
  );
  const taken = known.slice(-evaluationPeriods);
  const filled = evaluationPeriods - taken.length;
  const evaluated = taken.map(({ atS, value, count }) => ({ atS, value, count })).reverse();
  const decided = (state: StateValue): Evaluation => ({ kind: 'decided', state, evaluated, filled });
  const breaching = taken.filter(({ value }) => isBreaching(value));
  const counted = breaching.length + (missing === 'breaching' ? filled : 0);
  if (counted >= datapointsToAlarm) return decided('ALARM');
  if (missing === 'breaching' || missing === 'notBreaching' || filled === 0) return decided('OK');

  const [oldest] = breaching;
  if (taken.length === 0) return missing === 'ignore' ? { kind: 'retained' } : decided('INSUFFICIENT_DATA');
  // One value within the threshold is enough for it to be well.
  if (oldest === undefined || breaching.length < taken.length) return decided('OK');
  if (missing === 'ignore') return { kind: 'retained' };
  return oldest.age >= datapointsToAlarm ? decided('ALARM') : { kind: 'retained' };
}
