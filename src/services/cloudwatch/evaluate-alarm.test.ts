import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TREATMENTS } from './alarm.ts';
import { evaluateAlarm } from './evaluate-alarm.ts';

// The tables of AWS's guide, "Configuring how CloudWatch alarms treat missing data": `0` is within the threshold, `X` breaches
// it, `-` is missing; the oldest stands first. The answers are for missing, ignore, breaching and notBreaching.

const RETAIN = 'retained';

test('three of three periods must breach', () => {
  check(3, 3, '0 - X - X', ['OK', 'OK', 'OK', 'OK']);
  check(3, 3, '- - - - 0', ['OK', 'OK', 'OK', 'OK']);
  check(3, 3, '- - - - -', ['INSUFFICIENT_DATA', RETAIN, 'ALARM', 'OK']);
  check(3, 3, '0 X X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']);
  check(3, 3, '- - X - -', ['ALARM', RETAIN, 'ALARM', 'OK']);
});

test('two of three periods must breach', () => {
  check(3, 2, '0 - X - X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']);
  check(3, 2, '0 0 X 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']);
  check(3, 2, '0 - X - -', ['OK', 'OK', 'ALARM', 'OK']);
  check(3, 2, '- - - - 0', ['OK', 'OK', 'ALARM', 'OK']);
  check(3, 2, '- - - X -', ['ALARM', RETAIN, 'ALARM', 'OK']);
});

test('a single young value beyond the threshold is too little for an alarm of three periods', () =>
  check(3, 3, '- - - - X', [RETAIN, RETAIN, 'ALARM', 'OK']));

test('one period: the newest value decides, whatever was before', () => {
  check(1, 1, '0 0 X', ['ALARM', 'ALARM', 'ALARM', 'ALARM']);
  check(1, 1, 'X X 0', ['OK', 'OK', 'OK', 'OK']);
  check(1, 1, 'X - -', ['ALARM', 'ALARM', 'ALARM', 'ALARM']);
});

function check(evaluationPeriods: number, datapointsToAlarm: number, picture: string, expected: string[]): void {
  const signs = picture.split(' ');
  const datapoints = signs.map((sign, at) => ({ atS: at * 60, value: { '0': 0, X: 1 }[sign] }));
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
  assert.deepEqual([...treatments].sort(), [...TREATMENTS].sort());
  const answers = treatments.map((missing) => {
    const isBreaching = (value: number) => value > 0;
    const criteria = { evaluationPeriods, datapointsToAlarm, missing, isBreaching };
    const evaluation = evaluateAlarm(datapoints, criteria);
    return evaluation.kind === 'retained' ? RETAIN : evaluation.state;
  });
  assert.deepEqual(answers, expected, `${datapointsToAlarm} of ${evaluationPeriods}: ${picture}`);
}
