import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import { PIPES_CONSTRAINTS } from './constraints.ts';
import { pipesService } from './pipes-service.ts';

test('every operation has constraints', () => {
  // The handlers are only counted, not called.
  const { handlers } = pipesService({ pipes: () => Promise.reject(new Error('nobody')), delivers: () => false });
  assert.deepEqual(Object.keys(PIPES_CONSTRAINTS).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(PIPES_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-pipes')));
