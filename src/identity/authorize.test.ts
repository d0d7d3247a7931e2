import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../wire/service.ts';
import { accountOf, actionOf, assumableRoles, authorize, functionSessionName, relaxedRefusal } from './index.ts';

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

test('the root key may do everything, and a relaxed caller too', () => {
  for (const kind of ['root', 'relaxed'] as const) {
    for (const resource of [functionArn, '*', 'arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/key:with:colons', '']) {
      authorize({ ...root, kind }, 'lambda:InvokeFunction', resource);
    }
  }
});

test('a role’s session may ask who it is and for another role, and nothing else until policies are evaluated', () => {
  authorize(role, 'sts:GetCallerIdentity', '*');
  authorize(role, 'sts:AssumeRole', '*');
  for (const action of ['lambda:InvokeFunction', 'logs:PutLogEvents', 'iam:CreateRole']) {
    assert.throws(() => authorize(role, action, functionArn), {
      code: 'AccessDeniedException',
      message: `User: arn:aws:sts::123456789012:assumed-role/worker/f is not authorized to perform: ${action} on resource: ${functionArn} because no identity-based policy allows the ${action} action`,
    });
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
