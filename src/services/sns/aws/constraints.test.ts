import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import type { Sns } from '../sns.ts';
import { SNS_CONSTRAINTS } from './constraints.ts';
import { snsService } from './sns-service.ts';

test('every operation has constraints', () => {
  // SAFE: the handlers are only counted, not called.
  const { handlers } = snsService(() => ({}) as Sns);
  assert.deepEqual(Object.keys(SNS_CONSTRAINTS).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(SNS_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-sns')));
