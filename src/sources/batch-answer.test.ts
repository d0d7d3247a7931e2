import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchAnswer } from './batch-answer.ts';

const IDS = new Set(['a', 'b']);

test('no answer and no list of failures mean that all is done', () => {
  for (const text of ['', 'null', '""', '[]', '{}', '{"batchItemFailures":null}', '{"batchItemFailures":[]}']) {
    check(text, []);
  }
  check('{"message":"thanks"}', []);
});

test('the items that are listed have failed, however often they are', () => {
  check('{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['b']);
  check('{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}', ['b', 'a']);
});

test('an answer that cannot be read, or names what is unknown, fails the whole batch', () => {
  for (const items of [
    '[{"foo":"a"}]',
    '[{"itemIdentifier":null}]',
    '[{"itemIdentifier":""}]',
    '["a"]',
    '[null]',
    '"a"',
  ]) {
    check(`{"batchItemFailures":${items}}`, 'failed');
  }
  check('{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}', 'failed');
  check('{"batchItemFailures":[{"itemIdentifier":1}]}', 'failed');
  for (const text of ['{', 'done', '"done"', '[1]', '3', 'true']) check(text, 'failed');
});

function check(text: string, expected: readonly string[] | 'failed') {
  const answer = batchAnswer(Buffer.from(text), IDS);
  assert.deepEqual(answer.kind === 'failed' ? 'failed' : [...answer.failed], expected, text);
}
