import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventSettings } from '../../functions/event-settings.ts';
import type { InvokeResult } from '../frontend.ts';
import type { QueuedEvent } from './event.ts';
import { type Fate, fateAfter, fateBefore } from './event-fate.ts';

const ACCEPTED_MS = 1_000_000;
const DELAYS = { errorMs: 60_000 };
const SIX_HOURS_MS = 21_600_000;

describe('an event whose function fails', () => {
  test('is tried again after one minute, then after two, then given up', () => {
    checkFailed({ attempts: 0 }, 'again in 60000, attempts 1');
    checkFailed({ attempts: 1 }, 'again in 120000, attempts 2');
    checkFailed({ attempts: 2 }, 'RetriesExhausted after 3');
  });
  test('is tried again as often as is set', () => {
    checkFailed({ attempts: 0, retriesMax: 0 }, 'RetriesExhausted after 1');
    checkFailed({ attempts: 0, retriesMax: 1 }, 'again in 60000, attempts 1');
    checkFailed({ attempts: 1, retriesMax: 1 }, 'RetriesExhausted after 2');
  });
  test('is given up at once if it would be too old at its next attempt', () => {
    checkFailed({ attempts: 0, ageMsMax: 60_000, afterMs: 0 }, 'EventAgeExceeded after 1');
    checkFailed({ attempts: 0, ageMsMax: 70_000, afterMs: 9_999 }, 'again in 60000, attempts 1');
    checkFailed({ attempts: 0, ageMsMax: 70_000, afterMs: 10_000 }, 'EventAgeExceeded after 1');
    checkFailed({ attempts: 1, ageMsMax: 150_000, afterMs: 61_000 }, 'EventAgeExceeded after 2');
  });
});

describe('an event that cannot be run', () => {
  const throttled = refused({ kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' });
  const lost = refused({ kind: 'unavailable', cause: undefined });

  test('is tried again after a second, then after twice as long, at most five minutes; that is no attempt', () => {
    const delays = [0, 1, 2, 8, 9, 20].map((deferrals) => told(after(throttled, { deferrals })));
    const expected = ['1000', '2000', '4000', '256000', '300000', '300000'];
    assert.deepEqual(
      delays,
      expected.map((ms) => `again in ${ms}, attempts 0`),
    );
  });
  test('holds up its function’s other events if it was throttled', () => {
    const ofThrottle = after(throttled);
    const ofLoss = after(lost);
    assert.ok(ofThrottle.kind === 'again' && ofThrottle.throttled);
    assert.ok(ofLoss.kind === 'again' && !ofLoss.throttled);
  });
  test('is given up at its maximum age, with the error of its last run if there was one', () => {
    const old = { deferrals: 20, ageMsMax: SIX_HOURS_MS };
    assert.equal(told(after(throttled, { ...old, afterMs: SIX_HOURS_MS - 300_001 })), 'again in 300000, attempts 0');
    const fate = after(throttled, { ...old, afterMs: SIX_HOURS_MS - 300_000 });
    assert.equal(told(fate), 'EventAgeExceeded after 0');
    assert.deepEqual(fate.kind === 'given-up' && fate.error, { status: 429, message: 'Rate Exceeded.' });
    const lastError = { version: '3', payload: '{}' };
    const later = after(lost, { ...old, attempts: 1, lastError, afterMs: SIX_HOURS_MS });
    assert.equal(told(later), 'EventAgeExceeded after 1');
    assert.deepEqual(later.kind === 'given-up' && later.error, lastError);
  });
  test('is dropped once there is no such function any more', () => {
    assert.equal(after(refused({ kind: 'no-such-function', arn: 'ARN' })).kind, 'dropped');
    assert.equal(fateAfter(event({}), throttled, undefined, ACCEPTED_MS, DELAYS).kind, 'dropped');
    assert.equal(fateAfter(event({}), failed(), undefined, ACCEPTED_MS, DELAYS).kind, 'dropped');
    assert.equal(fateBefore(event({}), undefined, ACCEPTED_MS)?.kind, 'dropped');
  });
});

describe('an event whose function goes round in a loop', () => {
  const stopped = (rounds: number) => refused({ kind: 'recursive', rounds });

  test('is given up at once', () => {
    const fate = after(stopped(17));
    assert.equal(told(fate), 'RetriesExhausted after 0');
    assert.ok(fate.kind === 'given-up' && 'status' in fate.error && fate.error.status === 400);
  });
  test('is told to nobody when it is what was told of that loop before', () => {
    assert.deepEqual(after(stopped(18)), { kind: 'dropped', looping: true });
    assert.deepEqual(fateAfter(event({}), stopped(17), undefined, ACCEPTED_MS, DELAYS), { kind: 'dropped' });
  });
});

test('after an error, throttles begin from one second again', () => {
  const fate = after(failed(), { deferrals: 7 });
  assert.ok(fate.kind === 'again');
  assert.equal(fate.event.deferrals, 0);
});

test('an event is not run when it is too old already, or when its function may not run at all', () => {
  const before = (settings: Partial<EventSettings>, ageMs: number) =>
    told(fateBefore(event({ attempts: 1 }), settingsOf(settings), ACCEPTED_MS + ageMs));
  assert.equal(before({ ageMsMax: 60_000 }, 60_000), 'to be run');
  assert.equal(before({ ageMsMax: 60_000 }, 60_001), 'EventAgeExceeded after 1');
  assert.equal(before({ reserved: 1 }, 0), 'to be run');
  assert.equal(before({ reserved: 0 }, 0), 'ZeroReservedConcurrency after 1');
});

test('an event whose function answers has succeeded', () => {
  const fate = after(ran('answer', '{"a":1}'), { attempts: 2 });
  assert.ok(fate.kind === 'succeeded');
  assert.deepEqual([fate.event.attempts, fate.version, fate.payload.toString()], [3, '7', '{"a":1}']);
});

interface Given {
  attempts?: number;
  deferrals?: number;
  lastError?: QueuedEvent['lastError'];
  afterMs?: number;
  retriesMax?: number;
  ageMsMax?: number;
}

function checkFailed(given: Given, expected: string): void {
  assert.equal(told(after(failed(), given)), expected);
}

function after(result: InvokeResult, given: Given = {}): Fate {
  const { retriesMax = 2, ageMsMax = SIX_HOURS_MS, afterMs = 0, ...rest } = given;
  return fateAfter(event(rest), result, settingsOf({ retriesMax, ageMsMax }), ACCEPTED_MS + afterMs, DELAYS);
}

function told(fate: Fate | undefined): string {
  if (fate === undefined) return 'to be run';
  if (fate.kind === 'again') return `again in ${fate.delayMs}, attempts ${fate.event.attempts}`;
  if (fate.kind === 'given-up') return `${fate.condition} after ${fate.event.attempts}`;
  return fate.kind;
}

function event(given: Partial<QueuedEvent>): QueuedEvent {
  return {
    account: '111122223333',
    region: 'us-east-1',
    name: 'f',
    qualifier: undefined,
    invokedArn: 'arn:aws:lambda:us-east-1:111122223333:function:f',
    requestId: 'id',
    traceId: 'trace',
    acceptedMs: ACCEPTED_MS,
    attempts: 0,
    deferrals: 0,
    ...given,
  };
}

function settingsOf(given: Partial<EventSettings>): EventSettings {
  return {
    retriesMax: 2,
    ageMsMax: SIX_HOURS_MS,
    onSuccess: undefined,
    onFailure: undefined,
    deadLetterArn: undefined,
    roleArn: 'arn:aws:iam::111122223333:role/r',
    reserved: undefined,
    ...given,
  };
}

const failed = () => ran('function-error', '{"errorMessage":"no"}');

function ran(kind: 'answer' | 'function-error', payload: string): InvokeResult {
  const times = { durationMs: 1, billedMs: 1, initMs: undefined, maxMemoryMb: 1 };
  return { kind: 'ran', outcome: { kind, payload: Buffer.from(payload), version: '7', ...times, tail: undefined } };
}

function refused(refusal: Extract<InvokeResult, { kind: 'refused' }>['refusal']): InvokeResult {
  return { kind: 'refused', refusal };
}
