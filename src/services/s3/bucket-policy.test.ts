import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flawOfPolicy, isPublicPolicy } from './bucket-policy.ts';

const STATEMENT = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' };

test('a policy is public when it lets strangers in without a word of who they are', () => {
  checkPublic({}, true);
  checkPublic({ Principal: { AWS: ['*'] } }, true);
  checkPublic({ Principal: { AWS: '111122223333' } }, false);
  checkPublic({ Principal: { Service: 'logging.s3.amazonaws.com' } }, false);
  checkPublic({ Effect: 'Deny' }, false);
  checkPublic({ Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } }, false);
  checkPublic({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }, false);
  checkPublic({ Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } }, true);
  checkPublic({ Condition: { StringLike: { 'aws:SourceAccount': '*' } } }, true);
  checkPublic({ Condition: { StringNotEquals: { 'aws:SourceAccount': '111122223333' } } }, true);
  checkPublic({ Condition: { StringLike: { 'aws:SourceAccount': { toString: 1 } } } }, true);
  checkPublic({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }, true);
});

test('a policy is about its own bucket, and says what it must', () => {
  checkFlaw({}, undefined);
  checkFlaw({ Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/x/*'] }, undefined);
  checkFlaw({ Resource: 'arn:aws:s3:::bb/*' }, 'Policy has invalid resource');
  checkFlaw({ Resource: undefined }, 'Missing required field Resource');
  checkFlaw({ Action: ['s3:*', '*'] }, undefined);
  checkFlaw({ Action: [] }, 'Policy has invalid action');
  checkFlaw({ Effect: undefined }, 'Missing required field Effect');
  checkFlaw({ Condition: 'x' }, 'Policy has an invalid condition');
  // What a few lists nest, thousands can.
  const bombs = [[['x']]];
  checkFlaw({ Principal: { AWS: bombs } }, 'Invalid principal in policy');
  checkFlaw({ Condition: { StringEquals: { 'aws:SourceArn': bombs } } }, 'Policy has an invalid condition');
  checkFlaw({ Condition: { StringEquals: { 'aws:SourceArn': { toString: 1 } } } }, undefined);
  assert.equal(flawOfPolicy('[]', 'b'), "Policies must be valid JSON and the first byte must be '{'");
  assert.equal(
    flawOfPolicy('{"Version":"2020-01-01","Statement":[]}', 'b'),
    'The policy must contain a valid version string',
  );
  assert.equal(flawOfPolicy('{"Statement":[]}', 'b'), 'Could not parse the policy: Statement is empty!');
});

function checkPublic(more: object, expected: boolean) {
  assert.equal(
    isPublicPolicy(JSON.stringify({ Statement: { ...STATEMENT, ...more } })),
    expected,
    JSON.stringify(more),
  );
}

function checkFlaw(more: object, expected: string | undefined) {
  assert.equal(flawOfPolicy(JSON.stringify({ Statement: [{ ...STATEMENT, ...more }] }), 'b'), expected);
}
