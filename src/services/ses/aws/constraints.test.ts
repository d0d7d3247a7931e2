import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { assertPathsLead } from '../../../wire/testing/constraint-paths.ts';
import type { Ses } from '../ses.ts';
import { SES_CONSTRAINTS } from './constraints.ts';
import { sesHandlers } from './ses-handlers.ts';
import { sesService } from './ses-service.ts';
import { SES_V2_CONSTRAINTS } from './v2/constraints.ts';
import { sesV2Handlers } from './v2/ses-v2-handlers.ts';
import { sesV2Service } from './v2/ses-v2-service.ts';

const TAKE_NOTHING = ['GetAccountSendingEnabled', 'GetSendQuota', 'GetSendStatistics', 'ListVerifiedEmailAddresses'];

test('every operation that takes something has constraints, and every one an answer', () => {
  // SAFE: the handlers are only counted, not called.
  const { handlers } = sesService(() => ({}) as Ses);
  assert.deepEqual([...Object.keys(SES_CONSTRAINTS), ...TAKE_NOTHING].sort(), Object.keys(handlers).sort());
  assert.deepEqual(Object.keys(sesHandlers(() => ({}) as Ses)).sort(), Object.keys(handlers).sort());
});

test('every path leads to a member of the operation, and its constraints fit it', () =>
  assertPathsLead(SES_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-ses')));

test('the same goes for version 2', () => {
  // SAFE: as above.
  const { handlers } = sesV2Service(() => ({}) as Ses);
  const taking = Object.keys(handlers).sort();
  assert.deepEqual(Object.keys(SES_V2_CONSTRAINTS).sort(), taking);
  assert.deepEqual(Object.keys(sesV2Handlers(() => ({}) as Ses)).sort(), taking);
  assertPathsLead(SES_V2_CONSTRAINTS, createRequire(import.meta.url)('@aws-sdk/client-sesv2'));
});
