import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { QueuedEvent } from './event.ts';
import { deadLetterAttributes, type Ended, eventRecord, recordKey } from './event-record.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 9, 8, 7, 65);
const ARN = 'arn:aws:lambda:us-east-1:111122223333:function:f';
const EVENT: QueuedEvent = {
  account: '111122223333',
  region: 'us-east-1',
  name: 'f',
  qualifier: undefined,
  invokedArn: ARN,
  requestId: 'id',
  traceId: 'trace',
  acceptedMs: NOW_MS,
  attempts: 2,
  deferrals: 0,
};

// The member order is AWS's.
test('a record of success', () => {
  const record = text(
    { kind: 'succeeded', event: EVENT, version: '$LATEST', payload: Buffer.from('[1, 2]') },
    '{ "a": 1 }',
  );
  assert.equal(
    record,
    `{"version":"1.0","timestamp":"2026-11-21T09:08:07.065Z","requestContext":{"requestId":"id","functionArn":"${ARN}:$LATEST","condition":"Success","approximateInvokeCount":2},"requestPayload":{ "a": 1 },"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":[1, 2]}`,
  );
});

test('a record of an event that was given up after a run, under an alias', () => {
  const event = { ...EVENT, qualifier: 'live', invokedArn: `${ARN}:live` };
  const error = { version: '7', payload: '{"errorMessage":"no"}' };
  const record = JSON.parse(text({ kind: 'given-up', event, condition: 'RetriesExhausted', error }));
  assert.equal(record.requestContext.functionArn, `${ARN}:live`);
  assert.equal(record.requestContext.condition, 'RetriesExhausted');
  assert.deepEqual(record.responseContext, { statusCode: 200, executedVersion: '7', functionError: 'Unhandled' });
  assert.deepEqual(record.responsePayload, { errorMessage: 'no' });
});

test('a record of an event that never ran has no response', () => {
  const error = { status: 429, message: 'Rate Exceeded.' };
  const record = JSON.parse(text({ kind: 'given-up', event: EVENT, condition: 'EventAgeExceeded', error }));
  assert.deepEqual(Object.keys(record), ['version', 'timestamp', 'requestContext', 'requestPayload']);
});

test('an answer that is no JSON is a text; an event without a payload an empty object', () => {
  const record = JSON.parse(text({ kind: 'succeeded', event: EVENT, version: '1', payload: Buffer.from('<a/>') }, ''));
  assert.deepEqual([record.responsePayload, record.requestPayload], ['<a/>', {}]);
});

test('beside an event in a dead-letter queue stand its id, its code and the first KB of its error', () => {
  const attributes = (payload: string) =>
    deadLetterAttributes({
      kind: 'given-up',
      event: EVENT,
      condition: 'RetriesExhausted',
      error: { version: '1', payload },
    });
  assert.deepEqual(attributes('{"errorMessage":"no","errorType":"E"}'), {
    RequestID: { type: 'String', value: 'id' },
    ErrorCode: { type: 'Number', value: '200' },
    ErrorMessage: { type: 'String', value: 'no' },
  });
  const long = (length: number) => attributes(JSON.stringify({ errorMessage: 'x'.repeat(length) })).ErrorMessage.value;
  assert.equal(long(1_024).length, 1_024);
  assert.equal(long(1_025).length, 1_024);
  assert.equal(attributes('plain').ErrorMessage.value, 'plain');
  // An attribute cannot be empty.
  assert.equal(attributes('{"errorMessage":""}').ErrorMessage.value, '-');
  const error = { status: 429, message: 'Rate Exceeded.' };
  const { ErrorCode, ErrorMessage } = deadLetterAttributes({
    kind: 'given-up',
    event: EVENT,
    condition: 'ZeroReservedConcurrency',
    error,
  });
  assert.deepEqual([ErrorCode.value, ErrorMessage.value], ['429', 'Rate Exceeded.']);
});

test('a record in a bucket is named by function and time', () =>
  assert.equal(recordKey(EVENT, NOW_MS, 'uuid'), 'aws/lambda/async/f/2026/11/21/2026-11-21T09.08.07-uuid'));

function text(ended: Ended, payload = '{}'): string {
  return eventRecord(ended, Buffer.from(payload), NOW_MS).toString();
}
