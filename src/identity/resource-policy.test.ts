import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { generator } from '../lib/testing/random.ts';
import { judgePolicy, type PolicyCaller } from './resource-policy.ts';
import { matchesWildcard } from './wildcard.ts';

const ACCOUNT = '111122223333';
const ROOT: PolicyCaller = { account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` };
const SESSION: PolicyCaller = { account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/run-1` };
const GET = 'lambda:GetFunction';

const policyAllows = (statements: readonly string[], caller: PolicyCaller, action: string) =>
  judgePolicy(statements, { caller, action }) === 'allowed';

describe('who is let in', () => {
  const lets = (principal: unknown) => [ROOT, SESSION].map((caller) => allows({ Principal: principal }, caller));

  test('an account, and with it all of its callers', () => {
    for (const name of [ACCOUNT, ROOT.arn, [ROOT.arn], ['999999999999', ACCOUNT]]) {
      assert.deepEqual(lets({ AWS: name }), [true, true], String(name));
    }
  });
  test('everybody', () => {
    for (const principal of ['*', { AWS: '*' }, { AWS: ['*'] }]) assert.deepEqual(lets(principal), [true, true]);
  });
  test('a role, whatever its path, and so its sessions; or one session', () => {
    for (const arn of [
      `arn:aws:iam::${ACCOUNT}:role/worker`,
      `arn:aws:iam::${ACCOUNT}:role/service/of/worker`,
      SESSION.arn,
    ]) {
      assert.deepEqual(lets({ AWS: arn }), [false, true], arn);
    }
  });
  test('nobody else', () => {
    for (const arn of [
      '999999999999',
      'arn:aws:iam::999999999999:root',
      'arn:aws:iam::999999999999:role/worker',
      `arn:aws:iam::${ACCOUNT}:role/other-worker`,
      `arn:aws:iam::${ACCOUNT}:user/worker`,
      `arn:aws:sts::${ACCOUNT}:assumed-role/worker/run-12`,
      `${ACCOUNT}0`,
      '',
    ]) {
      assert.deepEqual(lets({ AWS: arn }), [false, false], arn);
    }
  });
  test('services and organizations are not who calls with a key', () => {
    assert.deepEqual(lets({ Service: 's3.amazonaws.com' }), [false, false]);
    assert.deepEqual(lets({ Federated: '*' }), [false, false]);
    assert.deepEqual(lets({}), [false, false]);
    assert.deepEqual(lets(undefined), [false, false]);
  });
});

test('an action by its name in any case, or by a pattern', () => {
  for (const [pattern, expected] of [
    [GET, true],
    ['lambda:getfunction', true],
    ['lambda:*', true],
    ['*', true],
    ['lambda:Get*', true],
    ['LAMBDA:Get*', true],
    ['lambda:*Function', true],
    ['lambda:GetFunctio?', true],
    [['lambda:InvokeFunction', GET], true],
    ['lambda:GetFunctionConfiguration', false],
    ['lambda:Get', false],
    ['lambda:Put*', false],
    ['sqs:*', false],
    ['lambda:GetFunction?', false],
    ['', false],
    [[], false],
    [undefined, false],
    [7, false],
  ] as const) {
    assert.equal(allows({ Action: pattern }, ROOT), expected, JSON.stringify(pattern));
  }
});

test('any action but those that are named, and nobody by being named as who is not meant', () => {
  for (const [pattern, expected] of [
    ['lambda:Put*', true],
    ['lambda:get*', false],
    [['lambda:Put*', GET], false],
  ] as const) {
    assert.equal(allows({ Action: undefined, NotAction: pattern }, ROOT), expected, String(pattern));
  }
  assert.equal(allows({ Principal: undefined, NotPrincipal: { AWS: '999999999999' } }, ROOT), false);
});

test('a condition is not met by who calls directly', () => {
  for (const condition of [
    { ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' } },
    { StringEquals: { 'AWS:SourceAccount': ACCOUNT } },
    { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } },
    { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
    { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
  ]) {
    assert.equal(allows({ Condition: condition }, ROOT), false, JSON.stringify(condition));
  }
});

test('a statement that denies wins, also where it cannot be told whether it applies', () => {
  const policy = (denying: object) => {
    const allow = { Effect: 'Allow', Principal: '*', Action: '*' };
    return policyAllows([allow, { ...allow, ...denying }].map(text), ROOT, GET);
  };
  assert.equal(policyAllows([text({ Effect: 'Deny', Principal: '*', Action: '*' })], ROOT, GET), false);
  for (const [denying, expected] of [
    [{ Effect: 'Deny' }, false],
    [{ Effect: 'Deny', Principal: { AWS: ACCOUNT } }, false],
    [{ Effect: 'Deny', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } } }, false],
    [{ Effect: 'Deny', Action: undefined, NotAction: 'lambda:Put*' }, false],
    [{ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '999999999999' } }, false],
    [{ Effect: 'Deny', Action: undefined, NotAction: 'lambda:Get*' }, true],
    [{ Effect: 'Perhaps' }, false],
    [{ Effect: 'Deny', Principal: { AWS: '999999999999' } }, true],
    [{ Effect: 'Deny', Action: 'lambda:Put*' }, true],
  ] as const) {
    assert.equal(policy(denying), expected, JSON.stringify(denying));
  }
});

test('nobody is let in by no policy, or by what is no statement', () => {
  assert.equal(policyAllows([], ROOT, GET), false);
  for (const json of ['', '{', 'null', '[]', '"Allow"', '{}', '{"Effect":"Allow"}']) {
    assert.equal(policyAllows([json], ROOT, GET), false, json);
    const open = text({ Effect: 'Allow', Principal: '*', Action: '*' });
    assert.equal(policyAllows([open, json], ROOT, GET), json === '{"Effect":"Allow"}', json);
  }
});

test('whatever a policy says, it answers; and more statements that allow never let fewer in', () => {
  const seed = Number(process.env.SEED ?? 20261121);
  const random = generator(seed);
  const one = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(random() * choices.length)];
  const principals = [
    '*',
    { AWS: '*' },
    { AWS: ACCOUNT },
    { AWS: [SESSION.arn, 'x'] },
    { Service: '*' },
    [],
    null,
    1,
    'x',
  ];
  const actions = [GET, 'lambda:*', 'lambda:Get*', '*', 'sqs:*', ['*', 'x'], '', '***', null, {}, [7]];
  const conditions = [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    {},
    null,
    { Bool: { 'aws:SecureTransport': 'true' } },
  ];
  const effects = [...Array.from({ length: 10 }, () => 'Allow'), 'Deny', null];
  const statement = (effect: unknown) =>
    text({ Effect: effect, Principal: one(principals), Action: one(actions), Condition: one(conditions) });
  let letIn = 0;
  for (let round = 0; round < 5_000; round += 1) {
    const statements = Array.from({ length: Math.floor(random() * 6) }, () => statement(one(effects)));
    const caller = one([ROOT, SESSION]) ?? ROOT;
    const isLetIn = policyAllows(statements, caller, GET);
    const told = `${statements.join(' ')} ${caller.arn}, SEED=${seed}`;
    if (isLetIn) letIn += 1;
    assert.ok(!isLetIn || policyAllows([...statements, statement('Allow')], caller, GET), told);
    assert.equal(
      policyAllows([...statements, text({ Effect: 'Deny', Principal: '*', Action: '*' })], caller, GET),
      false,
    );
    assert.equal(policyAllows(statements.toReversed(), caller, GET), isLetIn, `the order does not count: ${told}`);
  }
  assert.ok(letIn > 500 && letIn < 4_500, `${letIn} of 5000 let in: the test is one-sided`);
});

test('wildcards mean what the same regular expression means, and take no time to speak of', () => {
  const seed = Number(process.env.SEED ?? 20261121);
  const random = generator(seed);
  const word = (letters: string) =>
    Array.from({ length: Math.floor(random() * 8) }, () => letters[Math.floor(random() * letters.length)]).join('');
  for (let round = 0; round < 20_000; round += 1) {
    const [pattern, value] = [word('ab*?.'), word('ab.')];
    const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
    assert.equal(matchesWildcard(pattern, value), expression.test(value), `${pattern} of ${value}, SEED=${seed}`);
  }
  assert.equal(matchesWildcard('*a'.repeat(1_000), `${'a'.repeat(1_000)}b`), false);
});

const text = (statement: object) => JSON.stringify(statement);

function allows(members: object, caller: PolicyCaller): boolean {
  const statement = { Sid: 's', Effect: 'Allow', Principal: '*', Action: GET, Resource: 'arn:aws:lambda:x' };
  return policyAllows([text({ ...statement, ...members })], caller, GET);
}
