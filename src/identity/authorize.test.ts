import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../lib/clock.ts';
import type { Asking, Principal } from '../wire/service.ts';
import {
  accountOf,
  actionOf,
  assumableRoles,
  functionSessionName,
  type KnownRole,
  openAuthorizer,
  refusalOf,
  relaxedRefusal,
} from './index.ts';

const account = '123456789012';
const root: Principal = {
  accessKeyId: 'AKIA',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
  kind: 'root',
};
const role: Principal = {
  accessKeyId: 'ASIA',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/worker/f`,
  userId: 'AROA:f',
  kind: 'assumed-role',
};
const functionArn = `arn:aws:lambda:us-east-1:${account}:function:f`;

const asking = (principal: Principal): Asking => ({
  principal,
  headers: {},
  sourceIp: '203.0.113.7',
  region: 'us-east-1',
});
const clock = { ...systemClock, nowMs: () => Date.parse('2026-11-21T12:00:00Z') };
const none = openAuthorizer({ findRole: () => undefined, clock });

test('the root key may do everything, and a relaxed caller too', () => {
  for (const kind of ['root', 'relaxed'] as const) {
    for (const resource of [functionArn, '*', 'arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/key:with:colons', '']) {
      assert.equal(none.judge(asking({ ...root, kind }), 'lambda:InvokeFunction', resource), 'allowed');
    }
  }
});

test('a session of a role that does not exist may ask who it is, and nothing else', () => {
  assert.equal(none.judge(asking(role), 'sts:GetCallerIdentity', '*'), 'allowed');
  for (const action of ['lambda:InvokeFunction', 'logs:PutLogEvents', 'iam:CreateRole', 'sts:AssumeRole']) {
    assert.equal(none.judge(asking(role), action, functionArn), 'silent');
  }
  assert.equal(none.judgeRole(`arn:aws:iam::${account}:role/worker`, 'sqs:SendMessage', '*'), undefined);
});

/** What the policies of a role say to sending to the queue `orders`, or to what is asked. */
function judged(permissions: Partial<KnownRole>, action = 'sqs:SendMessage', resource = QUEUE) {
  const known = { arn: ROLE, documents: [], boundary: undefined, tags: { Team: 'shop' }, ...permissions };
  const { judge, judgeRole } = openAuthorizer({
    findRole: (of, name) => (of === account && name === 'worker' ? known : undefined),
    clock,
  });
  const verdict = judge(asking(role), action, resource);
  assert.notEqual(judgeRole(ROLE, action, resource), undefined, 'the role itself is found, too');
  return verdict;
}
const ROLE = `arn:aws:iam::${account}:role/service-role/worker`;
const QUEUE = `arn:aws:sqs:us-east-1:${account}:orders`;
const policy = (...statements: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({ Effect: 'Allow', Resource: '*', ...one })),
  });
const send = { Action: 'sqs:SendMessage' };

test('a session may do what one of its role’s policies allows and none denies', () => {
  const everything = policy({ Action: '*' });
  const denying = policy({ ...send, Effect: 'Deny' });
  for (const [documents, expected] of [
    [[], 'silent'],
    [[policy(send)], 'allowed'],
    [[policy({ Action: ['sqs:Get*', 'SQS:sendmessage'] })], 'allowed'],
    [[policy({ Action: 'sqs:ReceiveMessage' })], 'silent'],
    [[policy({ ...send, Resource: QUEUE })], 'allowed'],
    [[policy({ ...send, Resource: [`${QUEUE}-other`, 'arn:aws:sqs:*:*:ord?rs'] })], 'allowed'],
    [[policy({ ...send, Resource: `${QUEUE}-other` })], 'silent'],
    [[policy({ NotAction: 'iam:*' })], 'allowed'],
    [[policy({ NotAction: 'sqs:*' })], 'silent'],
    [[policy(send), policy({ Action: 'a:b', Effect: 'Deny' })], 'allowed'],
    [[everything, denying], 'denied'],
    [[denying, everything], 'denied'],
    [[policy({ ...send, Resource: undefined, NotResource: `${QUEUE}-other` })], 'allowed'],
    [[policy({ ...send, Resource: undefined, NotResource: QUEUE })], 'silent'],
    [[JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...send, Resource: '*' } })], 'allowed'],
  ] as const) {
    assert.equal(judged({ documents }), expected, documents.join());
  }
});

test('a boundary allows nothing by itself, and nothing goes beyond it', () => {
  const documents = [policy(send)];
  assert.equal(judged({ documents, boundary: policy({ Action: 'sqs:*' }) }), 'allowed');
  assert.equal(judged({ documents, boundary: policy({ Action: 's3:*' }) }), 'out-of-bounds');
  assert.equal(judged({ documents, boundary: policy({ Action: '*' }, { ...send, Effect: 'Deny' }) }), 'denied');
  assert.equal(judged({ boundary: policy({ Action: '*' }) }), 'silent');
});

test('conditions are about the request, the role and the resource', () => {
  const when = (Condition: object) => judged({ documents: [policy({ ...send, Condition })] });
  for (const [condition, expected] of [
    [{ StringEquals: { 'aws:PrincipalTag/Team': 'shop' } }, 'allowed'],
    [{ StringEquals: { 'aws:principaltag/team': ['other', 'shop'] } }, 'allowed'],
    [{ StringEquals: { 'aws:PrincipalTag/Team': 'office' } }, 'silent'],
    [{ StringEquals: { 'aws:PrincipalTag/Unknown': 'shop' } }, 'silent'],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/service-role/*' } }, 'allowed'],
    [{ StringEquals: { 'aws:RequestedRegion': 'us-east-1', 'aws:ResourceAccount': account } }, 'allowed'],
    [{ StringEquals: { 'aws:ResourceAccount': `\${aws:PrincipalAccount}` } }, 'allowed'],
    [{ StringNotEquals: { 'aws:RequestedRegion': 'us-east-1' } }, 'silent'],
    [{ IpAddress: { 'aws:SourceIp': ['198.51.100.0/24', '203.0.113.0/24'] } }, 'allowed'],
    [{ IpAddress: { 'aws:SourceIp': '203.0.113.7' } }, 'allowed'],
    [{ IpAddress: { 'aws:SourceIp': '203.0.113.8/32' } }, 'silent'],
    [{ IpAddress: { 'aws:SourceIp': 'nowhere/99' } }, 'silent'],
    [{ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, 'silent'],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2026-11-21T11:59:59Z' } }, 'allowed'],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-11-21T12:00:00Z' } }, 'silent'],
    [{ DateLessThanEquals: { 'aws:EpochTime': '1795262400' } }, 'allowed'],
    [{ NumericLessThan: { 'aws:EpochTime': '1795262401' } }, 'allowed'],
    [{ NumericGreaterThan: { 'aws:EpochTime': 'many' } }, 'silent'],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, 'allowed'],
    [{ Unheard: { 'aws:SourceIp': '*' } }, 'silent'],
  ] as const) {
    assert.equal(when(condition), expected, JSON.stringify(condition));
  }
  const unknown = { Effect: 'Deny', Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } };
  assert.equal(
    judged({ documents: [policy(send, { ...send, ...unknown })] }),
    'denied',
    'what cannot be told is heeded',
  );
});

test('variables in resources stand for what is known of the caller, and match nothing else', () => {
  const of = (Resource: string) =>
    judged({ documents: [policy({ Action: 's3:*', Resource })] }, 's3:GetObject', 'arn:aws:s3:::b/shop/a*');
  assert.equal(of(`arn:aws:s3:::b/\${aws:PrincipalTag/Team}/*`), 'allowed');
  assert.equal(of(`arn:aws:s3:::b/\${aws:PrincipalTag/team}/a\${*}`), 'allowed');
  assert.equal(of(`arn:aws:s3:::b/\${aws:PrincipalTag/Unit, 'shop'}/*`), 'allowed');
  assert.equal(of(`arn:aws:s3:::b/\${aws:PrincipalTag/Unit}/*`), 'silent');
  assert.equal(of(`arn:aws:s3:::b/\${aws:userid}/*`), 'silent');
});

test('a refusal says in AWS’s words what was missing', () => {
  const text = `User: arn:aws:sts::${account}:assumed-role/worker/f is not authorized to perform: sqs:SendMessage on resource: ${QUEUE}`;
  for (const [verdict, reason] of [
    ['silent', 'because no identity-based policy allows the sqs:SendMessage action'],
    ['denied', 'with an explicit deny in an identity-based policy'],
    ['out-of-bounds', 'because no permissions boundary allows the sqs:SendMessage action'],
  ] as const) {
    const refusal = refusalOf(verdict, role, 'sqs:SendMessage', QUEUE);
    assert.deepEqual([refusal.code, refusal.message], ['AccessDeniedException', `${text} ${reason}`]);
  }
});

test('an ARN’s account', () => {
  for (const [arn, expected] of [
    [functionArn, account],
    [`arn:aws:iam::${account}:role/r`, account],
    ['arn:aws:s3:::bucket', ''],
    ['arn:aws:lambda', ''],
    ['arn:aws:lambda:us-east-1:123456789012', ''],
    ['*', ''],
    ['', ''],
  ] as const) {
    assert.equal(accountOf(arn), expected, arn);
  }
});

test('IAM’s name of an operation', () => {
  for (const [service, operation, action] of [
    ['lambda', 'Invoke', 'lambda:InvokeFunction'],
    ['lambda', 'InvokeWithResponseStream', 'lambda:InvokeFunction'],
    ['lambda', 'GetLayerVersionByArn', 'lambda:GetLayerVersion'],
    ['lambda', 'CreateFunction', 'lambda:CreateFunction'],
    ['logs', 'GetLogEvents', 'logs:GetLogEvents'],
    ['sts', 'GetCallerIdentity', 'sts:GetCallerIdentity'],
    ['sqs', 'SendMessageBatch', 'sqs:SendMessage'],
    ['monitoring', 'PutMetricData', 'cloudwatch:PutMetricData'],
  ] as const) {
    assert.equal(actionOf(service, operation), action);
    assert.equal(actionOf(service, operation), action, 'the second time too');
  }
});

test('relaxed authentication is refused wherever others can connect', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'LOCALHOST']) {
    assert.equal(relaxedRefusal(host), undefined, host);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '128.0.0.1',
    '127.0.0.1.example.com',
    '127.example.com',
    'localhost.example.com',
    '::ffff:10.0.0.1',
  ]) {
    assert.match(relaxedRefusal(host) ?? '', /^--auth relaxed lets everybody who reaches/, host);
  }
});

test('roles may be named without existing, unless they are checked', () => {
  const trusting = (service: string) =>
    JSON.stringify({ Statement: { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' } });
  for (const [existence, trustPolicy, expected] of [
    ['unchecked', undefined, 'assumable'],
    ['unchecked', trusting('ec2.amazonaws.com'), 'assumable'],
    ['checked', undefined, 'not-assumable'],
    ['checked', trusting('ec2.amazonaws.com'), 'not-assumable'],
    ['checked', trusting('lambda.amazonaws.com'), 'assumable'],
  ] as const) {
    const assumable = assumableRoles({ existence, accounts: 'own' }, () => trustPolicy);
    assert.equal(assumable('arn:aws:iam::123456789012:role/any', account), expected);
  }
});

test('another account’s role is not passed on, but where suites for emulators run', () => {
  const trustPolicy = JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' } });
  for (const [existence, accounts, expected] of [
    ['unchecked', 'own', 'other-account'],
    ['checked', 'own', 'other-account'],
    ['checked', 'any', 'other-account'],
    ['unchecked', 'any', 'assumable'],
  ] as const) {
    const assumable = assumableRoles({ existence, accounts }, () => trustPolicy);
    assert.equal(assumable('arn:aws:iam::000000000001:role/any', account), expected, `${existence} ${accounts}`);
    assert.equal(assumable('arn:aws:iam::000000000001:role/any', '000000000001'), 'assumable');
  }
});

test('a function’s session is named like it, with a suffix when the name has one character', () => {
  assert.equal(functionSessionName('f'), 'f@lambda_function');
  assert.equal(functionSessionName('fn'), 'fn');
});
