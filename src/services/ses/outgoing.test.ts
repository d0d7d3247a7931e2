import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MailFailed } from '../../delivery/mail.ts';
import { afterAttempt } from './outgoing.ts';

const state = { attempts: 0, left: ['ada@example.com', 'bob@example.com'] };
const no = { address: 'bob@example.com', code: 550, text: '550 5.1.1 no such user' };
const later = { address: 'bob@example.com', code: 451, text: '451 not now' };
const HOUR = 3_600_000;

test('who was not refused has the letter', () => {
  const { delivered, bounced, left } = afterAttempt(state, { response: '250 OK', refused: [no] }, 0);
  assert.deepEqual([delivered, bounced, left], [['ada@example.com'], [no], []]);
});
test('who is refused for now is tried again, alone', () => {
  const { delivered, bounced, left } = afterAttempt(state, { response: '250 OK', refused: [later] }, 0);
  assert.deepEqual([delivered, bounced, left], [['ada@example.com'], [], ['bob@example.com']]);
});
test('a relay that cannot be reached is tried again for all, later and later', () => {
  const failed = new MailFailed('unavailable', new Error('connect ECONNREFUSED'));
  assert.deepEqual(afterAttempt(state, failed, 0), { delivered: [], bounced: [], left: state.left, delayMs: 5_000 });
  assert.equal(afterAttempt({ ...state, attempts: 3 }, failed, 0).delayMs, 40_000);
  assert.equal(afterAttempt({ ...state, attempts: 30 }, failed, 0).delayMs, 1_800_000);
});
test('after fourteen hours nothing is tried any more', () => {
  const failed = new MailFailed('unavailable', new Error('connect ECONNREFUSED'));
  const late = { ...state, attempts: 30 };
  assert.equal(afterAttempt(late, failed, 13 * HOUR).left.length, 2);
  assert.deepEqual(
    afterAttempt(late, failed, 14 * HOUR).bounced.map(({ address }) => address),
    state.left,
  );
});
test('a letter that the relay refuses for ever bounces for all, but for whom it said something else', () => {
  const failed = new MailFailed('refused', new Error('554 no spam here'), [later]);
  const { bounced, left } = afterAttempt(state, failed, 0);
  assert.deepEqual(
    bounced.map(({ address, code }) => [address, code]),
    [['ada@example.com', 554]],
  );
  assert.deepEqual(left, ['bob@example.com']);
});
