import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispositionIn, nextStep } from './incoming.ts';
import { admission, type ReceiptRule, stepsFor } from './receipt-rule.ts';

const stop = { kind: 'stop' } as const;

test('a rule without recipients is for everybody, one that is off for nobody', () => {
  check({}, 'any@example.com', 'taken');
  check({ enabled: false }, 'any@example.com', 'no-rule');
});
test('a rule for an address is for its labels too, and for no other', () => {
  check({ recipients: ['desk@example.com'] }, 'desk@example.com', 'taken');
  check({ recipients: ['desk@example.com'] }, 'desk+ticket@example.com', 'taken');
  check({ recipients: ['desk+ticket@example.com'] }, 'desk@example.com', 'no-rule');
  check({ recipients: ['desk@example.com'] }, 'mydesk@example.com', 'no-rule');
});
test('a rule for a domain is not for those below it, which a dot stands for', () => {
  check({ recipients: ['example.com'] }, 'any@news.example.com', 'no-rule');
  check({ recipients: ['.example.com'] }, 'any@news.example.com', 'taken');
  check({ recipients: ['.example.com'] }, 'any@example.com', 'no-rule');
  check({ recipients: ['example.com'] }, 'any@myexample.com', 'no-rule');
});
test('a rule that insists on encryption does nothing with a letter that came without it', () => {
  check({ requiresTls: true }, 'any@example.com', 'over-tls');
  const rules = [ruleOf({ requiresTls: true }), ruleOf({ name: 'other' })];
  assert.deepEqual(admission(rules, 'any@example.com', false), 'taken');
  assert.deepEqual(names(stepsFor(rules, ['any@example.com'], false)), ['other']);
  assert.deepEqual(names(stepsFor(rules, ['any@example.com'], true)), ['rule', 'other']);
});
test('each rule acts for the recipients that it names', () => {
  const rules = [
    ruleOf({ recipients: ['a@example.com'] }),
    ruleOf({ name: 'all' }),
    ruleOf({ name: 'none', recipients: ['x.net'] }),
  ];
  const steps = stepsFor(rules, ['a@example.com', 'b@example.com'], false);
  assert.deepEqual(
    steps.map(({ rule, recipients }) => [rule, recipients]),
    [
      ['rule', ['a@example.com']],
      ['all', ['a@example.com', 'b@example.com']],
    ],
  );
});
test('what a step says decides which one is next', () => {
  const steps = ['a', 'a', 'b'].map((rule) => ({ rule, recipients: [], action: stop }));
  assert.equal(nextStep(steps, 0, 'continue'), 1);
  assert.equal(nextStep(steps, 0, 'stop-rule'), 2);
  assert.equal(nextStep(steps, 0, 'stop-rule-set'), undefined);
  assert.equal(nextStep(steps, 2, 'continue'), undefined);
});
test('a function that answers anything else lets the rules go on', () => {
  for (const answer of ['', 'null', '{}', 'STOP_RULE', '{"disposition":"CONTINUE"}', '{"disposition":"constructor"}']) {
    assert.equal(dispositionIn(Buffer.from(answer)), 'continue', answer);
  }
  assert.equal(dispositionIn(Buffer.from('{"disposition":"STOP_RULE"}')), 'stop-rule');
});

function check(rule: Partial<ReceiptRule>, recipient: string, expected: string) {
  assert.equal(admission([ruleOf(rule)], recipient, false), expected);
}

function ruleOf(rule: Partial<ReceiptRule>): ReceiptRule {
  return { name: 'rule', enabled: true, requiresTls: false, recipients: [], actions: [stop], scans: false, ...rule };
}

const names = (steps: readonly { rule: string }[]) => steps.map(({ rule }) => rule);
