import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterOf } from '../filter.ts';
import { filteredRecord, queueRecord } from './queue-event.ts';
import type { QueueMessage } from './source-queues.ts';

const ARN = 'arn:aws:sqs:eu-west-1:123456789012:orders';
const MESSAGE: QueueMessage = {
  id: '059f36b4-87a3-44ab-83d2-661975830a7d',
  receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
  body: 'Test message.',
  bodyMd5: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  system: { ApproximateReceiveCount: '1', SentTimestamp: '1545082649183' },
  attributes: {},
  attributesMd5: undefined,
};

test('a record has the members of AWS, in its spelling', () => {
  assert.equal(
    JSON.stringify(queueRecord(MESSAGE, ARN)),
    '{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",' +
      '"body":"Test message.","attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1545082649183"},' +
      '"messageAttributes":{},"md5OfBody":"e4e68fb7bd0e697a0ae8f1bb342846b3","eventSource":"aws:sqs",' +
      '"eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:orders","awsRegion":"eu-west-1"}',
  );
});

test('attributes of a message tell their type, and their value as text or base64', () => {
  const attributes = { size: { type: 'Number.int', value: '3' }, seal: { type: 'Binary.png', value: 'AQI=' } };
  const record = queueRecord({ ...MESSAGE, attributes, attributesMd5: 'abc' }, ARN);
  const lists = { stringListValues: [], binaryListValues: [] };
  assert.deepEqual(record.messageAttributes, {
    size: { stringValue: '3', ...lists, dataType: 'Number.int' },
    seal: { binaryValue: 'AQI=', ...lists, dataType: 'Binary.png' },
  });
  assert.equal(record.md5OfMessageAttributes, 'abc');
});

test('a pattern of fields is for JSON bodies, a pattern of texts for the others', () => {
  check(
    { body: { kind: ['order'] } },
    ['{"kind":"order"}', ' [{"kind":"order"}]'],
    ['order', '{"kind":"x"}', '{kind}'],
  );
  check({ body: ['order', '{'] }, ['order', '{'], ['{"kind":"order"}', '["order"]x', 'orders', '"order"']);
  check({ body: [{ prefix: 'or' }] }, ['order'], ['{"or":1}', 'no order']);
  check({ body: ['1'] }, ['1'], ['{"a":1}']);
  check({ attributes: { ApproximateReceiveCount: ['1'] } }, ['order', '{"kind":"order"}'], []);
});

function check(pattern: object, matching: readonly string[], others: readonly string[]) {
  const matches = filterOf([JSON.stringify(pattern)]);
  const isFor = (body: string) => matches(filteredRecord(queueRecord({ ...MESSAGE, body }, ARN)));
  for (const body of matching) assert.ok(isFor(body), body);
  for (const body of others) assert.ok(!isFor(body), body);
}
