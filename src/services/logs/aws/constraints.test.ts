import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import type { Logs } from '../logs.ts';
import { LOGS_CONSTRAINTS } from './constraints.ts';
import { logsService } from './logs-service.ts';
import type { DestinationPorts } from './subscription-filters.ts';

test('every operation has constraints', () => {
  // SAFE: the handlers are only counted, not called.
  const { handlers } = logsService({} as Logs, {} as DestinationPorts);
  assert.deepEqual(Object.keys(LOGS_CONSTRAINTS).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(LOGS_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-cloudwatch-logs')));
