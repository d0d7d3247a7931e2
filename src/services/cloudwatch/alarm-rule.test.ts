import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmNameOf, alarmsIn, BadRule, holds, readRule } from './alarm-rule.ts';

const STATES = { hot: 'ALARM', cold: 'OK', new: 'INSUFFICIENT_DATA' } as const;

test('states of alarms, joined by AND, OR and NOT, in their order', () => {
  check('ALARM(hot)', true);
  check('ALARM("hot")', true);
  check('ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:hot)', true);
  check('OK(hot)', false);
  check('INSUFFICIENT_DATA(new) AND NOT OK(hot)', true);
  check('ALARM(cold) OR ALARM(hot) AND OK(hot)', false);
  check('(ALARM(cold) OR ALARM(hot)) AND OK(cold)', true);
  check('not alarm(cold) and true', true);
  check('FALSE OR ALARM(missing)', false);
});

test('what is no rule says why', () => {
  for (const [text, why] of [
    ['', /ends too early/],
    ['ALARM()', /names no alarm/],
    ['ALARM(a) ALARM(b)', /behind its end/],
    ['RED(a)', /RED is no function/],
    ['ALARM("a', /quotation mark/],
    ['ALARM(a) AND', /ends too early/],
    [`${'('.repeat(2_000)}TRUE`, /nested too deeply/],
  ] as const) {
    assert.throws(
      () => readRule(text),
      (error) => error instanceof BadRule && why.test(error.message),
      text.slice(0, 20),
    );
  }
});

test('a rule names up to a hundred alarms', () => {
  const rule = (count: number) => Array.from({ length: count }, (_, at) => `ALARM(a${at})`).join(' OR ');
  assert.equal(alarmsIn(readRule(rule(100))).length, 100);
  assert.throws(() => readRule(rule(101)), /more than 100 alarms/);
});

function check(text: string, expected: boolean): void {
  const rule = readRule(text);
  assert.equal(
    holds(rule, (alarm) => STATES[alarmNameOf(alarm) as keyof typeof STATES]),
    expected,
    text,
  );
}
