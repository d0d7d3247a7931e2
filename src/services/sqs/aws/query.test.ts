// The query protocol, which clients before 2023 speak, byte by byte.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { raw, scope } from '../../../wire/test-server.ts';
import { serveSqs } from './testing/serve.ts';

const NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/';

describe('by the query protocol', () => {
  test('a message goes its way', async (t) => {
    const { ask, endpoint } = await serveQuery(t);
    const created = await ask({
      Action: 'CreateQueue',
      QueueName: 'a',
      'Attribute.1.Name': 'DelaySeconds',
      'Attribute.1.Value': '0',
    });
    assert.match(created.body, new RegExp(`^(?:<\\?xml[^>]*>\\s*)?<CreateQueueResponse xmlns="${NAMESPACE}">`));
    const QueueUrl = textOf(created.body, 'QueueUrl');
    assert.equal(QueueUrl, `${endpoint}/123456789012/a`);
    const sent = await ask({
      Action: 'SendMessage',
      QueueUrl,
      MessageBody: '<ü>',
      'MessageAttribute.1.Name': 'General',
      'MessageAttribute.1.Value.DataType': 'String',
      'MessageAttribute.1.Value.StringValue': 'Kenobi',
      'MessageAttribute.2.Name': 'Hello',
      'MessageAttribute.2.Value.DataType': 'String',
      'MessageAttribute.2.Value.StringValue': 'There',
    });
    assert.equal(textOf(sent.body, 'MD5OfMessageAttributes'), 'fca026605781cb4126a1e9044df24232');
    const received = await ask({
      Action: 'ReceiveMessage',
      QueueUrl,
      'AttributeName.1': 'ApproximateReceiveCount',
      'MessageAttributeName.1': 'All',
    });
    const message =
      /<ReceiveMessageResult><Message>(.*)<\/Message><\/ReceiveMessageResult>/.exec(received.body)?.[1] ?? '';
    assert.equal(textOf(message, 'Body'), '&lt;ü&gt;');
    assert.equal(textOf(message, 'MessageId'), textOf(sent.body, 'MessageId'));
    assert.match(message, /<Attribute><Name>ApproximateReceiveCount<\/Name><Value>1<\/Value><\/Attribute>/);
    assert.match(
      message,
      /<MessageAttribute><Name>Hello<\/Name><Value><DataType>String<\/DataType><StringValue>There<\/StringValue><\/Value><\/MessageAttribute>/,
    );
    const ReceiptHandle = textOf(message, 'ReceiptHandle');
    const batch = await ask({
      Action: 'DeleteMessageBatch',
      QueueUrl,
      'DeleteMessageBatchRequestEntry.1.Id': 'one',
      'DeleteMessageBatchRequestEntry.1.ReceiptHandle': ReceiptHandle,
      'DeleteMessageBatchRequestEntry.2.Id': 'two',
      'DeleteMessageBatchRequestEntry.2.ReceiptHandle': 'x',
    });
    assert.match(batch.body, /<DeleteMessageBatchResultEntry><Id>one<\/Id><\/DeleteMessageBatchResultEntry>/);
    assert.match(
      batch.body,
      /<BatchResultErrorEntry><Id>two<\/Id><SenderFault>true<\/SenderFault><Code>ReceiptHandleIsInvalid</,
    );
    const counts = await ask({
      Action: 'GetQueueAttributes',
      QueueUrl,
      'AttributeName.1': 'ApproximateNumberOfMessages',
    });
    assert.match(counts.body, /<Attribute><Name>ApproximateNumberOfMessages<\/Name><Value>0<\/Value><\/Attribute>/);
  });

  test('the queue may be named by where the request is posted to', async (t) => {
    const { ask } = await serveQuery(t);
    await ask({ Action: 'CreateQueue', QueueName: 'a' });
    assert.equal((await ask({ Action: 'SendMessage', MessageBody: 'x' }, '/123456789012/a')).status, 200);
    assert.match((await ask({ Action: 'ReceiveMessage' }, '/123456789012/a')).body, /<Body>x<\/Body>/);
  });

  test('errors have the codes and words of that protocol', async (t) => {
    const { ask, endpoint } = await serveQuery(t);
    const QueueUrl = `${endpoint}/123456789012/none`;
    const refused = async (parameters: Record<string, string>) => {
      const { status, body } = await ask(parameters);
      return [status, textOf(body, 'Code'), textOf(body, 'Message'), textOf(body, 'Type')];
    };
    assert.deepEqual(await refused({ Action: 'ReceiveMessage', QueueUrl }), [
      400,
      'AWS.SimpleQueueService.NonExistentQueue',
      'The specified queue does not exist for this wsdl version.',
      'Sender',
    ]);
    await ask({ Action: 'CreateQueue', QueueName: 'none' });
    assert.deepEqual(await refused({ Action: 'ReceiveMessage', QueueUrl, WaitTimeSeconds: '21' }), [
      400,
      'InvalidParameterValue',
      'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be &gt;= 0 and &lt;= 20, if provided.',
      'Sender',
    ]);
    assert.deepEqual(await refused({ Action: 'SendMessage', QueueUrl }), [
      400,
      'MissingParameter',
      'The request must contain the parameter MessageBody.',
      'Sender',
    ]);
    assert.deepEqual((await refused({ Action: 'DeleteMessageBatch', QueueUrl })).slice(0, 2), [
      400,
      'AWS.SimpleQueueService.EmptyBatchRequest',
    ]);
    assert.deepEqual(
      (
        await refused({
          Action: 'CreateQueue',
          QueueName: 'none',
          'Attribute.1.Name': 'DelaySeconds',
          'Attribute.1.Value': '9',
        })
      ).slice(0, 2),
      [400, 'QueueAlreadyExists'],
    );
    await ask({ Action: 'PurgeQueue', QueueUrl });
    assert.deepEqual((await refused({ Action: 'PurgeQueue', QueueUrl })).slice(0, 2), [
      403,
      'AWS.SimpleQueueService.PurgeQueueInProgress',
    ]);
  });
});

test('JSON errors name the code of the query protocol in a header, and their own in the body', async (t) => {
  const { server } = await serveSqs(t);
  const refused = async (operation: string, body: object) => {
    const headers = {
      ...scope('sqs'),
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
    };
    const answer = await raw(server, { headers, body: JSON.stringify(body) });
    return [answer.headers['x-amzn-query-error'], JSON.parse(answer.body).__type, answer.status];
  };
  const QueueUrl = 'http://127.0.0.1/123456789012/a';
  assert.deepEqual(await refused('ReceiveMessage', { QueueUrl }), [
    'AWS.SimpleQueueService.NonExistentQueue;Sender',
    'com.amazonaws.sqs#QueueDoesNotExist',
    400,
  ]);
  assert.deepEqual(await refused('ReceiveMessage', { QueueUrl, WaitTimeSeconds: 21 }), [
    'InvalidParameterValue;Sender',
    'InvalidParameterValueException',
    400,
  ]);
  assert.deepEqual(await refused('ReceiveMessage', {}), [
    'MissingParameter;Sender',
    'MissingRequiredParameterException',
    400,
  ]);
});

test('the trace of a request goes with its message, and is in no digest', async (t) => {
  const { server, client } = await serveSqs(t);
  const { QueueUrl } = await client.createQueue({ QueueName: 'a' });
  const trace = 'Root=1-65250495-30b227ef4ea882e709192510;Parent=6b522ce06cfce549;Sampled=0';
  const headers = {
    ...scope('sqs'),
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'AmazonSQS.SendMessage',
    'x-amzn-trace-id': trace,
  };
  const { body } = await raw(server, { headers, body: JSON.stringify({ QueueUrl, MessageBody: 'x' }) });
  assert.equal(JSON.parse(body).MD5OfMessageSystemAttributes, undefined);
  const { Messages } = await client.receiveMessage({ QueueUrl, MessageSystemAttributeNames: ['AWSTraceHeader'] });
  assert.deepEqual(Messages?.[0]?.Attributes, { AWSTraceHeader: trace });
});

async function serveQuery(t: Parameters<typeof serveSqs>[0]) {
  const served = await serveSqs(t);
  const ask = (parameters: Record<string, string>, path = '/') =>
    raw(served.server, {
      path,
      headers: { ...scope('sqs'), 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: new URLSearchParams({ Version: '2012-11-05', ...parameters }).toString(),
    });
  return { ...served, ask };
}

function textOf(xml: string, element: string): string {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';
}
