import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import type { Ses } from '../ses.ts';
import { SES_CONSTRAINTS } from './constraints.ts';
import { sesHandlers } from './ses-handlers.ts';
import { sesService } from './ses-service.ts';

const TAKE_NOTHING = ['GetAccountSendingEnabled', 'GetSendQuota', 'GetSendStatistics', 'ListVerifiedEmailAddresses'];

test('every operation that takes something has constraints, and every one an answer', () => {
  // SAFE: the handlers are only counted, not called.
  const { handlers } = sesService(() => ({}) as Ses);
  assert.deepEqual([...Object.keys(SES_CONSTRAINTS), ...TAKE_NOTHING].sort(), Object.keys(handlers).sort());
  assert.deepEqual(Object.keys(sesHandlers(() => ({}) as Ses)).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(SES_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-ses')));
