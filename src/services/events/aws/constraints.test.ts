import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import { EVENTS_CONSTRAINTS } from './constraints.ts';
import type { EventsPorts } from './events-handlers.ts';
import { eventsService } from './events-service.ts';

test('every operation has constraints', () => {
  // SAFE: the handlers are only counted, not called.
  const { handlers } = eventsService({} as EventsPorts);
  assert.deepEqual(Object.keys(EVENTS_CONSTRAINTS).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(EVENTS_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-eventbridge')));
