import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWithinPolicyLevels } from './policy-levels.ts';

test('a statement nests as deep as a list of values of a condition, and no deeper', () => {
  const statement = (values: unknown) => ({ Effect: 'Allow', Condition: { ArnLike: { 'aws:SourceArn': values } } });
  assert.equal(isWithinPolicyLevels(statement(['arn:aws:s3:::photos'])), true);
  assert.equal(isWithinPolicyLevels(statement([['arn:aws:s3:::photos']])), false);
  assert.equal(isWithinPolicyLevels({ Principal: JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) }), false);
});
