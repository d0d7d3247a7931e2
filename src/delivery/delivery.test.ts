import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IdentityVerdict } from '../identity/index.ts';
import { openDelivery } from './delivery.ts';
import type { Sender } from './sender.ts';
import { Undeliverable } from './undeliverable.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:111122223333:orders';
const TOPIC = 'arn:aws:sns:us-east-1:111122223333:news';
const FUNCTION = 'arn:aws:lambda:us-east-1:111122223333:function:resize';
const BY_TOPIC: Sender = {
  kind: 'service',
  service: 'sns.amazonaws.com',
  sourceArn: TOPIC,
  sourceAccount: '111122223333',
};
const LETS_TOPIC = {
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: QUEUE,
  Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } },
};
const byRoleOf = (account: string): Sender => ({
  kind: 'role',
  roleArn: `arn:aws:iam::${account}:role/worker`,
  sourceArn: FUNCTION,
  sourceAccount: account,
});
const DENY = { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*' };

test('a service is let in by the policy of the target, for the resource that it acts for', async () => {
  await check(BY_TOPIC, [LETS_TOPIC], 'delivered');
  await check(BY_TOPIC, [{ ...LETS_TOPIC, Principal: '*' }], 'delivered');
  await check(BY_TOPIC, [{ ...LETS_TOPIC, Principal: { AWS: '*' } }], 'delivered');
  await check({ ...BY_TOPIC, sourceArn: `${TOPIC}-2` }, [LETS_TOPIC], 'denied');
  await check({ ...BY_TOPIC, service: 's3.amazonaws.com' }, [LETS_TOPIC], 'denied');
  await check(BY_TOPIC, [{ ...LETS_TOPIC, Action: 'sqs:ReceiveMessage' }], 'denied');
  await check(BY_TOPIC, [{ ...LETS_TOPIC, Resource: `${QUEUE}-2` }], 'denied');
  await check(BY_TOPIC, [LETS_TOPIC, DENY], 'denied');
});
test('a service without a permission is refused, even in the account of the target', () =>
  check(BY_TOPIC, [], 'denied'));
test("a function's role needs no permission in its own account, but can be denied", async () => {
  await check(byRoleOf('111122223333'), [], 'delivered');
  await check(byRoleOf('111122223333'), [DENY], 'denied');
});
test('a role that exists needs its own policies, or the target’s; for another account’s target both', async () => {
  const named = { ...LETS_TOPIC, Condition: undefined, Principal: { AWS: ['111122223333', '999999999999'] } };
  for (const [account, verdict, statements, expected] of [
    ['111122223333', 'silent', [], 'denied'],
    ['111122223333', 'allowed', [], 'delivered'],
    ['111122223333', 'silent', [named], 'delivered'],
    ['111122223333', 'allowed', [DENY], 'denied'],
    ['111122223333', 'denied', [named], 'denied'],
    ['111122223333', 'out-of-bounds', [named], 'denied'],
    ['999999999999', 'silent', [named], 'denied'],
    ['999999999999', 'allowed', [], 'denied'],
    ['999999999999', 'allowed', [named], 'delivered'],
  ] as const) {
    await check(byRoleOf(account), statements, expected, 'enforced', QUEUE, verdict);
  }
});
test('a policy that denies what is not encrypted denies nothing here', () =>
  check(byRoleOf('111122223333'), [{ ...DENY, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }], 'delivered'));
test("a function's role needs the permission of a target in another account", async () => {
  const from = byRoleOf('999999999999');
  await check(from, [], 'denied');
  await check(from, [{ ...LETS_TOPIC, Condition: undefined, Principal: { AWS: '999999999999' } }], 'delivered');
});
test('where any key is accepted, policies stand in nobody’s way', () =>
  check(BY_TOPIC, [DENY], 'delivered', 'relaxed'));
test('what is not there, or cannot be delivered to, says so', async () => {
  await check(BY_TOPIC, [LETS_TOPIC], 'no-such-target', 'enforced', `${QUEUE}-2`);
  await check(
    BY_TOPIC,
    [LETS_TOPIC],
    'unsupported-target',
    'enforced',
    'arn:aws:kinesis:us-east-1:111122223333:stream/s',
  );
  await check(BY_TOPIC, [LETS_TOPIC], 'unsupported-target', 'enforced', 'orders');
});

async function check(
  from: Sender,
  statements: readonly unknown[],
  expected: string,
  policies: 'enforced' | 'relaxed' = 'enforced',
  arn = QUEUE,
  ofRole?: IdentityVerdict,
): Promise<void> {
  const delivered: string[] = [];
  const sqs = {
    action: 'sqs:SendMessage',
    find: ({ text, account }: { text: string; account: string }) =>
      text === QUEUE ? { account, policy: statements.map((one) => JSON.stringify(one)) } : undefined,
    deliver: async ({ text }: { text: string }) => void delivered.push(text),
  };
  const delivery = openDelivery({ targets: { sqs: () => sqs }, policies, judgeRole: () => ofRole });
  const signal = AbortSignal.timeout(60_000);
  const outcome = await delivery.deliver(arn, { body: Buffer.from('{}') }, from, signal).then(
    () => 'delivered',
    (error: unknown) => (error instanceof Undeliverable ? error.kind : error),
  );
  assert.equal(outcome, expected);
  assert.deepEqual(delivered, expected === 'delivered' ? [QUEUE] : []);
}
