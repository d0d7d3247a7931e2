import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import type { Iam } from '../iam.ts';
import { IAM_CONSTRAINTS } from './constraints.ts';
import { iamService } from './iam-service.ts';

test('every operation has constraints', () => {
  // SAFE: the handlers are only counted, not called.
  const { handlers } = iamService({} as Iam);
  assert.deepEqual(Object.keys(IAM_CONSTRAINTS).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(IAM_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-iam')));
