import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AwsError } from './aws-error.ts';
import { defineService, type Handlers } from './service.ts';
import { clientOf, raw, recorder, scope, serve } from './test-server.ts';

type Sqs = typeof import('@aws-sdk/client-sqs');
type DynamoDb = typeof import('@aws-sdk/client-dynamodb');
type Logs = typeof import('@aws-sdk/client-cloudwatch-logs');
type CloudWatch = typeof import('@aws-sdk/client-cloudwatch');
const require = createRequire(import.meta.url);
const sqs: Sqs = require('@aws-sdk/client-sqs');
const dynamodb: DynamoDb = require('@aws-sdk/client-dynamodb');
const logs: Logs = require('@aws-sdk/client-cloudwatch-logs');
const cloudwatch: CloudWatch = require('@aws-sdk/client-cloudwatch');
const { AwsSmithyRpcV2CborProtocol }: typeof import('@aws-sdk/core/protocols') = require('@aws-sdk/core/protocols');

describe('awsJson1_0, by SQS’s client', () => {
  test('maps of structures with blobs, numbers and texts, both ways', async (t) => {
    const MD5OfMessageBody = hash('md5', 'hello ✓');
    const send = recorder({ MessageId: 'm', MD5OfMessageBody });
    const { client } = await sqsServer(t, { SendMessage: send.handler });
    const input = {
      QueueUrl: 'http://q',
      MessageBody: 'hello ✓',
      DelaySeconds: 0,
      MessageAttributes: {
        n: { DataType: 'Number', StringValue: '1.5' },
        b: { DataType: 'Binary', BinaryValue: Buffer.from([0, 254]) },
        __proto__x: { DataType: 'String', StringValue: '' },
      },
    };
    const answer = await client.send(new sqs.SendMessageCommand(input));
    assert.deepEqual(send.received[0]?.input, input);
    assert.deepEqual([answer.MessageId, answer.MD5OfMessageBody], ['m', MD5OfMessageBody]);
  });

  test('lists of structures and maps of texts', async (t) => {
    const Messages = [
      { MessageId: '1', Body: 'a', MD5OfBody: hash('md5', 'a'), Attributes: { SentTimestamp: '5' } },
      { MessageId: '2', Body: '', MD5OfBody: hash('md5', ''), MessageAttributes: {} },
    ];
    const { client } = await sqsServer(t, { ReceiveMessage: () => ({ Messages }) });
    const answer = await client.send(new sqs.ReceiveMessageCommand({ QueueUrl: 'http://q' }));
    assert.deepEqual(answer.Messages, Messages);
  });

  test('a modelled error has its class, and its code of the query protocol in a header', async (t) => {
    const { client, server } = await sqsServer(t, {
      GetQueueUrl: () => {
        throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
      },
    });
    await assert.rejects(
      client.send(new sqs.GetQueueUrlCommand({ QueueName: 'q' })),
      (error) => error instanceof sqs.QueueDoesNotExist && error.message === 'The specified queue does not exist.',
    );
    const answer = await raw(server, json('AmazonSQS.GetQueueUrl', '{"QueueName":"q"}', 'sqs', '1.0'));
    assert.equal(answer.status, 400);
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.0');
    assert.equal(answer.headers['x-amzn-query-error'], 'AWS.SimpleQueueService.NonExistentQueue;Sender');
    assert.deepEqual(JSON.parse(answer.body), {
      __type: 'com.amazonaws.sqs#QueueDoesNotExist',
      message: 'The specified queue does not exist.',
    });
  });

  test('an operation that the service does not have', async (t) => {
    const { server } = await sqsServer(t, {});
    const answer = await raw(server, json('AmazonSQS.EatMessage', '{}', 'sqs', '1.0'));
    assert.equal(answer.status, 404);
    assert.deepEqual(JSON.parse(answer.body), {
      __type: 'UnknownOperationException',
      message: 'Lambent knows no operation of sqs that is EatMessage',
    });
  });
});

describe('awsJson1_0, by DynamoDB’s client', () => {
  test('recursive unions and sets survive the way there and back', async (t) => {
    const Item = {
      id: { S: 'x' },
      n: { N: '123456789012345678901234567890' },
      b: { B: Buffer.from([1, 2]) },
      yes: { BOOL: true },
      nothing: { NULL: true },
      ns: { NS: ['1', '2'] },
      bs: { BS: [Buffer.from([3]), Buffer.from([])] },
      deep: { M: { list: { L: [{ S: 'a' }, { L: [{ M: {} }] }] }, 'odd key é': { S: '' } } },
    };
    const put = recorder({ Attributes: Item });
    const { client } = await dynamoServer(t, { PutItem: put.handler });
    const answer = await client.send(new dynamodb.PutItemCommand({ TableName: 't', Item }));
    const input = put.received[0]?.input as { Item: typeof Item };
    assert.deepEqual(input.Item, Item);
    // The client reads blobs as plain bytes.
    assert.deepEqual(answer.Attributes?.deep, Item.deep);
    assert.deepEqual(Buffer.from(answer.Attributes?.b?.B ?? []), Item.b.B);
  });

  test('members of an error that are structures', async (t) => {
    const { client } = await dynamoServer(t, {
      TransactWriteItems: () => {
        throw new AwsError('TransactionCanceledException', 'cancelled', {
          members: { CancellationReasons: [{ Code: 'None' }, { Code: 'X', Item: { a: { B: Buffer.from([9]) } } }] },
        });
      },
    });
    await assert.rejects(
      client.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [] })),
      (error) =>
        error instanceof dynamodb.TransactionCanceledException &&
        error.CancellationReasons?.[1]?.Item?.a?.B?.[0] === 9 &&
        error.CancellationReasons.length === 2,
    );
  });

  test('an idempotency token that the client made', async (t) => {
    const write = recorder({});
    const { client } = await dynamoServer(t, { TransactWriteItems: write.handler });
    await client.send(new dynamodb.TransactWriteItemsCommand({ TransactItems: [] }));
    const input = write.received[0]?.input as { ClientRequestToken: string };
    assert.match(input.ClientRequestToken, /^[0-9a-f-]{36}$/);
  });
});

describe('awsJson1_1, by CloudWatch Logs’ client', () => {
  test('numbers that are times, members in lower case, and an answer', async (t) => {
    const put = recorder({ nextSequenceToken: 's', rejectedLogEventsInfo: { tooOldLogEventEndIndex: 0 } });
    const { client } = await logsServer(t, { PutLogEvents: put.handler });
    const input = {
      logGroupName: 'g',
      logStreamName: 's',
      logEvents: [{ timestamp: 1_700_000_000_123, message: 'a\tb' }],
    };
    const { $metadata, ...answer } = await client.send(new logs.PutLogEventsCommand(input));
    assert.deepEqual(put.received[0]?.input, input);
    assert.deepEqual(answer, { nextSequenceToken: 's', rejectedLogEventsInfo: { tooOldLogEventEndIndex: 0 } });
  });

  test('an error carries the bare name, as this service answers', async (t) => {
    const { client, server } = await logsServer(t, {
      PutLogEvents: () => {
        throw new AwsError('InvalidSequenceTokenException', 'x', { members: { expectedSequenceToken: '49' } });
      },
    });
    await assert.rejects(
      client.send(new logs.PutLogEventsCommand({ logGroupName: 'g', logStreamName: 's', logEvents: [] })),
      (error) => error instanceof logs.InvalidSequenceTokenException && error.expectedSequenceToken === '49',
    );
    const answer = await raw(server, json('Logs_20140328.PutLogEvents', '{}', 'logs', '1.1'));
    assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1');
    assert.equal(JSON.parse(answer.body).__type, 'InvalidSequenceTokenException');
  });

  test('a stream of events, and an exception that ends it', async (t) => {
    const { client } = await logsServer(t, {
      StartLiveTail: () => ({
        responseStream: (async function* () {
          yield { sessionStart: { requestId: 'r', sessionId: 's' } };
          yield { sessionUpdate: { sessionResults: [{ message: 'm', timestamp: 5 }] } };
          throw new AwsError('SessionTimeoutException', 'over');
        })(),
      }),
    });
    const { responseStream } = await client.send(new logs.StartLiveTailCommand({ logGroupIdentifiers: ['arn'] }));
    const events: unknown[] = [];
    await assert.rejects(async () => {
      for await (const event of responseStream ?? []) events.push(event);
    }, logs.SessionTimeoutException);
    assert.deepEqual(events, [
      { sessionStart: { requestId: 'r', sessionId: 's' } },
      { sessionUpdate: { sessionResults: [{ message: 'm', timestamp: 5 }] } },
    ]);
  });
});

for (const wire of ['rpcv2Cbor', 'awsJson1_0'] as const) {
  describe(`${wire}, by CloudWatch’s client`, () => {
    test('times, floats, whole numbers and what is not a number, both ways', async (t) => {
      const Timestamps = [new Date('2024-02-29T12:34:56.789Z'), new Date(0)];
      const Values = [
        1.5,
        -0.1,
        3,
        5e300,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        2 ** 53 - 1,
        -7,
      ];
      const get = recorder({ MetricDataResults: [{ Id: 'a', Timestamps, Values, StatusCode: 'Complete' as const }] });
      const { client } = await cloudwatchServer(t, wire, { GetMetricData: get.handler });
      const input = {
        StartTime: new Date(1_700_000_000_123),
        EndTime: new Date(1_700_000_001_000),
        MetricDataQueries: [
          { Id: 'a', ReturnData: false, MetricStat: { Metric: { MetricName: 'é' }, Period: 60, Stat: 'p99' } },
        ],
      };
      const answer = await client.send(new cloudwatch.GetMetricDataCommand(input));
      assert.deepEqual(get.received[0]?.input, input);
      assert.deepEqual(answer.MetricDataResults, [{ Id: 'a', Timestamps, Values, StatusCode: 'Complete' }]);
    });

    test('blobs, and an operation without output', async (t) => {
      const MetricWidgetImage = Buffer.from([0x89, 0x50, 0]);
      const { client } = await cloudwatchServer(t, wire, {
        GetMetricWidgetImage: () => ({ MetricWidgetImage }),
        SetAlarmState: () => ({}),
      });
      const image = await client.send(new cloudwatch.GetMetricWidgetImageCommand({ MetricWidget: '{}' }));
      assert.deepEqual(Buffer.from(image.MetricWidgetImage ?? []), MetricWidgetImage);
      await client.send(new cloudwatch.SetAlarmStateCommand({ AlarmName: 'a', StateValue: 'OK', StateReason: 'r' }));
    });

    test('a modelled error keeps its class, its members and its code of the query protocol', async (t) => {
      const { client } = await cloudwatchServer(t, wire, {
        PutDashboard: () => {
          throw new AwsError('DashboardInvalidInputError', 'bad', {
            members: { dashboardValidationMessages: [{ DataPath: '/x', Message: 'm' }] },
          });
        },
      });
      await assert.rejects(
        client.send(new cloudwatch.PutDashboardCommand({ DashboardName: 'd', DashboardBody: '{}' })),
        (error) =>
          error instanceof cloudwatch.DashboardInvalidInputError &&
          error.message === 'bad' &&
          error.dashboardValidationMessages?.[0]?.DataPath === '/x' &&
          'Code' in error &&
          error.Code === 'InvalidParameterInput',
      );
    });
  });
}

// Over CBOR the client (3.1162) announces the length that the body had before it was compressed, and no server can read it.
test('a large request that the client compressed', async (t) => {
  const put = recorder({});
  const { client, server } = await cloudwatchServer(t, 'awsJson1_0', { PutMetricData: put.handler });
  const MetricData = Array.from({ length: 500 }, (_, index) => ({
    MetricName: `metric-${index}`,
    Value: index / 7,
  }));
  await client.send(new cloudwatch.PutMetricDataCommand({ Namespace: 'n', MetricData }));
  assert.deepEqual(put.received[0]?.input, { Namespace: 'n', MetricData });
  assert.equal(server.requests[0]?.['content-encoding'], 'gzip');
});

test('a body that unpacks to more than the limit is refused before it is unpacked', async (t) => {
  const { server } = await cloudwatchServer(t, 'awsJson1_0', { PutMetricData: () => ({}) }, 1_000_000);
  const answer = await raw(server, {
    headers: {
      ...scope('monitoring'),
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
      'content-type': 'application/x-amz-json-1.0',
      'content-encoding': 'gzip',
    },
    body: gzipSync(Buffer.alloc(1_000_001, ' ')),
  });
  assert.equal(answer.status, 413);
  assert.match(answer.body, /Request must be smaller than 1000000 bytes for the PutMetricData operation/);
});

function json(target: string, body: string, service: string, version: '1.0' | '1.1') {
  const headers = { ...scope(service), 'x-amz-target': target, 'content-type': `application/x-amz-json-${version}` };
  return { headers, body };
}

async function sqsServer(t: TestContext, handlers: Handlers<Sqs>) {
  const service = defineService<Sqs>({
    name: 'sqs',
    signingName: 'sqs',
    protocols: ['awsJson1_0', 'awsQuery'],
    target: 'AmazonSQS',
    apiVersion: '2012-11-05',
    load: () => sqs,
    handlers,
  });
  const server = await serve(t, [service]);
  const client = new sqs.SQSClient({ ...clientOf(server), useQueueUrlAsEndpoint: false });
  t.after(() => client.destroy());
  return { server, client };
}

async function dynamoServer(t: TestContext, handlers: Handlers<DynamoDb>) {
  const service = defineService<DynamoDb>({
    name: 'dynamodb',
    signingName: 'dynamodb',
    protocols: ['awsJson1_0'],
    target: 'DynamoDB_20120810',
    load: () => dynamodb,
    handlers,
  });
  const server = await serve(t, [service]);
  const client = new dynamodb.DynamoDBClient(clientOf(server));
  t.after(() => client.destroy());
  return { server, client };
}

async function logsServer(t: TestContext, handlers: Handlers<Logs>) {
  const service = defineService<Logs>({
    name: 'logs',
    signingName: 'logs',
    protocols: ['awsJson1_1'],
    target: 'Logs_20140328',
    load: () => logs,
    handlers,
  });
  const server = await serve(t, [service]);
  const client = new logs.CloudWatchLogsClient({ ...clientOf(server), disableHostPrefix: true });
  t.after(() => client.destroy());
  return { server, client };
}

async function cloudwatchServer(
  t: TestContext,
  wire: 'rpcv2Cbor' | 'awsJson1_0',
  handlers: Handlers<CloudWatch>,
  bodyBytesMax?: number,
) {
  const service = defineService<CloudWatch>({
    name: 'cloudwatch',
    signingName: 'monitoring',
    protocols: ['rpcv2Cbor', 'awsJson1_0', 'awsQuery'],
    target: 'GraniteServiceVersion20100801',
    apiVersion: '2010-08-01',
    load: () => cloudwatch,
    handlers,
    ...(bodyBytesMax === undefined ? {} : { bodyBytesMax }),
  });
  const server = await serve(t, [service]);
  const client = new cloudwatch.CloudWatchClient({
    ...clientOf(server),
    ...(wire === 'rpcv2Cbor' ? { protocol: AwsSmithyRpcV2CborProtocol } : {}),
  });
  t.after(() => client.destroy());
  return { server, client };
}
