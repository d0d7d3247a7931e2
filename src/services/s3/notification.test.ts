import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChangeKind } from './change.ts';
import { encodedKey } from './event-record.ts';
import { areAmbiguous, isNotificationEvent, type NotificationRule, rulesFor } from './notification.ts';

type Said = Partial<Pick<NotificationRule, 'events' | 'prefix' | 'suffix'>>;

const rule = (said: Said): NotificationRule => ({
  id: 'id',
  kind: 'queue',
  arn: 'arn:aws:sqs:us-east-1:111122223333:q',
  events: ['s3:ObjectCreated:*'],
  prefix: undefined,
  suffix: undefined,
  ...said,
});

test('a family of events covers its members and nothing else', () => {
  checkTold({ events: ['s3:ObjectCreated:*'] }, 'ObjectCreated:Copy', 'k', true);
  checkTold({ events: ['s3:ObjectCreated:Put'] }, 'ObjectCreated:Put', 'k', true);
  checkTold({ events: ['s3:ObjectCreated:Put'] }, 'ObjectCreated:Post', 'k', false);
  checkTold({ events: ['s3:ObjectRemoved:*'] }, 'ObjectCreated:Put', 'k', false);
  checkTold({ events: ['s3:ObjectRemoved:Delete'] }, 'ObjectRemoved:DeleteMarkerCreated', 'k', false);
});

test('a key is told of by its beginning and its end', () => {
  checkTold({ prefix: 'in/', suffix: '.jpg' }, 'ObjectCreated:Put', 'in/a.jpg', true);
  checkTold({ prefix: 'in/', suffix: '.jpg' }, 'ObjectCreated:Put', 'out/a.jpg', false);
  checkTold({ prefix: 'in/', suffix: '.jpg' }, 'ObjectCreated:Put', 'in/a.JPG', false);
});

test('two rules that one change may concern are ambiguous', () => {
  assert.ok(ambiguous({}, {}));
  assert.ok(ambiguous({ prefix: 'a' }, { prefix: 'ab' }));
  assert.ok(ambiguous({ prefix: 'a', suffix: 'jpg' }, { prefix: 'ab', suffix: '.jpg' }));
  assert.ok(ambiguous({ events: ['s3:ObjectCreated:Put'] }, { events: ['s3:ObjectCreated:*'] }));
  assert.ok(!ambiguous({ prefix: 'a' }, { prefix: 'b' }));
  assert.ok(!ambiguous({ prefix: 'a', suffix: '.jpg' }, { prefix: 'ab', suffix: '.png' }));
  assert.ok(!ambiguous({ events: ['s3:ObjectCreated:Put'] }, { events: ['s3:ObjectCreated:Post'] }));
});

test('only events that S3 has are events', () => {
  for (const event of ['s3:ObjectCreated:*', 's3:ObjectRestore:Completed', 's3:LifecycleTransition']) {
    assert.ok(isNotificationEvent(event), event);
  }
  for (const event of ['s3:*', 's3:ObjectCreated', 'ObjectCreated:Put', 's3:ObjectAcl:*', 's3:TestEvent']) {
    assert.ok(!isNotificationEvent(event), event);
  }
});

test('a key is written as a form writes it, but for its slashes', () => {
  assert.equal(encodedKey("a b/c+d (1)!'*~ä.jpg"), 'a+b/c%2Bd+%281%29%21%27*%7E%C3%A4.jpg');
});

function checkTold(said: Said, kind: ChangeKind, key: string, expected: boolean) {
  assert.equal(rulesFor([rule(said)], { kind, key }).length === 1, expected);
}

function ambiguous(one: Said, other: Said): boolean {
  return areAmbiguous([rule(one), rule(other)]);
}
