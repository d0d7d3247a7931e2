import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import type { Logs } from '../logs.ts';
import { LOGS_CONSTRAINTS } from './constraints.ts';
import { logsHandlers } from './logs-handlers.ts';
import { logsService } from './logs-service.ts';
import type { DestinationPorts } from './subscription-filters.ts';

test('every operation has constraints, and an answer', () => {
  // SAFE: the handlers are only counted, not called.
  const nobody = [{} as Logs, {} as DestinationPorts] as const;
  const { handlers } = logsService(...nobody);
  assert.deepEqual(Object.keys(LOGS_CONSTRAINTS).sort(), Object.keys(handlers).sort());
  assert.deepEqual(Object.keys(logsHandlers(...nobody)).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(LOGS_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-cloudwatch-logs')));
