import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import { SCHEDULER_CONSTRAINTS } from './constraints.ts';
import { type SchedulerPorts, schedulerService } from './scheduler-service.ts';

test('every operation has constraints', () => {
  // SAFE: the handlers are only counted, not called.
  const { handlers } = schedulerService({} as SchedulerPorts);
  assert.deepEqual(Object.keys(SCHEDULER_CONSTRAINTS).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(SCHEDULER_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-scheduler')));
