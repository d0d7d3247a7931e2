import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AddPermissionRequest } from '@aws-sdk/client-lambda';
import { generator } from '../../lib/testing/random.ts';
import type { Head } from '../function.ts';
import type { Functions } from '../functions.ts';
import { statementJson } from './policy-statement.ts';
import { isSharedWith } from './shared-function.ts';

const OWNER = '111122223333';
const ARN = `arn:aws:lambda:eu-west-1:${OWNER}:function:shared`;
const CALLERS = ['444455556666', '777788889999'].flatMap((account) => [
  { account, arn: `arn:aws:iam::${account}:root` },
  { account, arn: `arn:aws:sts::${account}:assumed-role/worker/run` },
]);
const ACTIONS = ['lambda:InvokeFunction', 'lambda:GetFunction', 'lambda:PublishVersion', 'lambda:AddPermission'];
const NO_POLICY_SHARES = ['lambda:AddPermission'];

/** What AddPermission takes, and whom it means by that. */
const PRINCIPALS: readonly { Principal: string; means: (caller: (typeof CALLERS)[number]) => boolean }[] = [
  { Principal: '*', means: () => true },
  { Principal: 's3.amazonaws.com', means: () => false },
  ...CALLERS.map(({ account }) => ({
    Principal: account,
    means: (caller: { account: string }) => caller.account === account,
  })),
  ...CALLERS.map(({ account, arn }) => ({
    Principal: arn,
    means: (caller: { account: string; arn: string }) =>
      arn.endsWith(':root') ? caller.account === account : caller.arn === arn,
  })),
  {
    Principal: 'arn:aws:iam::444455556666:role/path/worker',
    means: ({ arn }) => arn === 'arn:aws:sts::444455556666:assumed-role/worker/run',
  },
];
const CONDITIONS: readonly Partial<AddPermissionRequest>[] = [
  { SourceArn: 'arn:aws:s3:::bucket' },
  { SourceAccount: '444455556666' },
  { PrincipalOrgID: 'o-abcdefghij' },
  { EventSourceToken: 'token' },
  { InvokedViaFunctionUrl: true },
];

test('whatever permissions were added where, a call is let in when one of that very resource means it', () => {
  const seed = Number(process.env.SEED ?? 20261121);
  const random = generator(seed);
  const one = <T>(choices: readonly T[]): T => {
    const chosen = choices[Math.floor(random() * choices.length)];
    assert.ok(chosen !== undefined);
    return chosen;
  };
  let letIn = 0;
  const rounds = 3_000;
  for (let round = 0; round < rounds; round += 1) {
    const permissions = Array.from({ length: Math.floor(random() * 9) }, (_, index) => {
      const condition = random() < 0.2 ? one(CONDITIONS) : {};
      return {
        owner: one(['', '7', 'live']),
        isConditional: Object.keys(condition).length > 0,
        means: one(PRINCIPALS),
        input: { StatementId: `s${index}`, Action: one([...ACTIONS, 'lambda:*', '*']), ...condition },
      };
    });
    const policies = Object.groupBy(permissions, ({ owner }) => owner);
    const head = {
      policies: Object.fromEntries(
        Object.entries(policies).map(([owner, own = []]) => [
          owner,
          {
            revisionId: 'r',
            statements: own.map(({ input, means: { Principal } }) => ({
              id: input.StatementId,
              json: statementJson({ FunctionName: 'shared', ...input, Principal }, ARN),
            })),
          },
        ]),
      ),
    };
    const [caller, action, owner] = [one(CALLERS), one(ACTIONS), one(['', '7', 'live', '8', '$LATEST'])];
    const expected =
      !NO_POLICY_SHARES.includes(action) &&
      permissions.some(
        ({ owner: at, isConditional, means, input: { Action } }) =>
          at === owner && !isConditional && means.means(caller) && ['*', 'lambda:*', action].includes(Action),
      );
    const isLetIn = isSharedWith(holding(head), caller, action, owner === '' ? ARN : `${ARN}:${owner}`);
    assert.equal(isLetIn, expected, `${JSON.stringify({ policies, caller, action, owner })}, SEED=${seed}`);
    if (isLetIn) letIn += 1;
  }
  assert.ok(letIn > rounds / 20 && letIn < (rounds * 19) / 20, `${letIn} of ${rounds} let in: the test is one-sided`);
});

test('what is no function of that place shares nothing', () => {
  const json = statementJson({ FunctionName: 'shared', StatementId: 's', Action: '*', Principal: '*' }, ARN);
  const functions = holding({ policies: { '': { revisionId: 'r', statements: [{ id: 's', json }] } } });
  const caller = CALLERS[0] ?? assert.fail();
  const shares = (arn: string) => isSharedWith(functions, caller, 'lambda:GetFunction', arn);
  assert.equal(shares(ARN), true);
  for (const arn of [
    ARN.replace('shared', 'other'),
    ARN.replace('eu-west-1', 'us-east-1'),
    ARN.replace(OWNER, '444455556666'),
    ARN.replace('function', 'layer'),
    ARN.replace('lambda', 'sqs'),
    `${ARN}:__proto__`,
    `${ARN}:constructor`,
    '',
  ]) {
    assert.equal(shares(arn), false, arn);
  }
});

/** One function, and what it shares. */
function holding(head: Pick<Head, 'policies'>): Pick<Functions, 'get'> {
  return {
    get: ({ account, region, name }) =>
      // SAFE: nothing else of the function is looked at.
      account === OWNER && region === 'eu-west-1' && name === 'shared'
        ? ({ head, versions: new Map() } as unknown as ReturnType<Functions['get']>)
        : undefined,
  };
}
