import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionsHold } from './policy-condition.ts';

const TOPIC = 'arn:aws:sns:us-east-1:111122223333:news';
const CONTEXT = { 'aws:sourcearn': TOPIC, 'aws:sourceaccount': '111122223333', 'aws:securetransport': 'true' };

test('without conditions, nothing stands in the way', () => check(undefined, 'yes'));
test('an ARN as it is, or by a pattern, whatever the case of the key', () => {
  check({ ArnEquals: { 'aws:SourceArn': TOPIC } }, 'yes');
  check({ ArnLike: { 'AWS:SourceArn': 'arn:aws:sns:*:111122223333:ne*' } }, 'yes');
  check({ ArnLike: { 'aws:SourceArn': [`${TOPIC}s`, TOPIC] } }, 'yes');
  check({ ArnLike: { 'aws:SourceArn': `${TOPIC}s` } }, 'no');
});
test('a star in one part of an ARN does not reach into the next', () => {
  check({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:news' } }, 'no');
  check({ StringLike: { 'aws:SourceArn': 'arn:aws:sns:*:news' } }, 'yes');
});
test('all conditions must hold', () => {
  const arn = { ArnLike: { 'aws:SourceArn': TOPIC } };
  check({ ...arn, StringEquals: { 'aws:SourceAccount': '111122223333' } }, 'yes');
  check({ ...arn, StringEquals: { 'aws:SourceAccount': '999999999999' } }, 'no');
});
test('what is no value is like nothing that can be told', () =>
  check({ StringEquals: { 'aws:SourceAccount': { toString: 1 } } }, 'unknown'));
test('what must not be', () => {
  check({ StringNotEquals: { 'aws:SourceAccount': '111122223333' } }, 'no');
  check({ StringNotEquals: { 'aws:SourceAccount': '999999999999' } }, 'yes');
  check({ ArnNotLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:*' } }, 'no');
  check({ Bool: { 'aws:SecureTransport': 'false' } }, 'no');
  check({ Bool: { 'aws:SecureTransport': true } }, 'yes');
});
test('what nothing is known of stays open, unless something else fails', () => {
  check({ StringEquals: { 'aws:PrincipalOrgID': 'o-1234567890' } }, 'unknown');
  check({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 'unknown');
  check({ StringEquals: 'x' }, 'unknown');
  check('x', 'unknown');
  check({ StringEquals: { 'aws:PrincipalOrgID': 'o-1', 'aws:SourceAccount': '9' } }, 'no');
});

function check(condition: unknown, expected: string): void {
  assert.equal(conditionsHold(condition, CONTEXT), expected, JSON.stringify(condition));
}
