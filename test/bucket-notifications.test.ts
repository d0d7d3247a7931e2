// What buckets tell functions, queues and topics of their objects, seen by the official clients.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { deploy } from './deploy.ts';
import { logged } from './logs.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, serve, type TestServer, temporaryDirectory } from './server.ts';

const require = createRequire(import.meta.url);
const sqsSdk = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');
const snsSdk = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
const {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} = s3Sdk();

const ACCOUNT = '000000000000';
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:told`;
const Bucket = 'photos';
const KILLS = Number(process.env.LAMBENT_KILLS ?? 3);
const SOURCE = {
  ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${Bucket}` },
  StringEquals: { 'aws:SourceAccount': ACCOUNT },
};

function clientsOf(cleanUp: AsyncDisposableStack, server: TestServer) {
  const config = {
    endpoint: server.env.AWS_ENDPOINT_URL ?? '',
    region: 'us-east-1',
    credentials: {
      accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  };
  const sqs = cleanUp.adopt(new sqsSdk.SQS(config), (client) => client.destroy());
  const sns = cleanUp.adopt(new snsSdk.SNS(config), (client) => client.destroy());
  return { lambda: lambdaClient(cleanUp, server), s3: s3Client(cleanUp, server), sqs, sns };
}

type Clients = ReturnType<typeof clientsOf>;

/** A queue that takes what `service` sends, if it is said. */
async function queue({ sqs }: Clients, QueueName: string, service?: string, Condition: object = SOURCE) {
  const arn = `arn:aws:sqs:us-east-1:${ACCOUNT}:${QueueName}`;
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sqs:SendMessage',
    Resource: arn,
    Condition,
  };
  const Attributes = service === undefined ? {} : { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) };
  const { QueueUrl = '' } = await sqs.createQueue({ QueueName, Attributes });
  return { arn, url: QueueUrl };
}

/** What of messages the tests look at. */
interface Body {
  Service?: string;
  Event?: string;
  Bucket?: string;
  Subject?: string;
  Message?: string;
  Records?: Told[];
}

interface Told {
  eventName: string;
  eventTime: string;
  s3: { bucket: { ownerIdentity: { principalId: string } }; object: { key: string; sequencer: string } };
}

/** The bodies of the next messages. */
async function received({ sqs }: Clients, QueueUrl: string, count: number): Promise<Body[]> {
  const bodies: Body[] = [];
  for (let tries = 0; bodies.length < count && tries < 60; tries += 1) {
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 2, MaxNumberOfMessages: 10 });
    for (const { Body = '', ReceiptHandle } of Messages) {
      bodies.push(JSON.parse(Body));
      await sqs.deleteMessage({ QueueUrl, ReceiptHandle });
    }
  }
  assert.equal(bodies.length, count);
  return bodies;
}

test('a bucket tells a function, a queue and a topic of what happens to its objects', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const clients = clientsOf(cleanUp, server);
  const { lambda, s3, sns } = clients;
  await deploy(lambda, {
    name: 'told',
    runtime: 'nodejs24.x',
    files: { 'index.mjs': 'export const handler = async (event) => { console.log("got", JSON.stringify(event)); };' },
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
  const own = await queue(clients, 'own', 's3.amazonaws.com');
  const behind = await queue(clients, 'behind', 'sns.amazonaws.com', {});
  const { TopicArn = '' } = await sns.createTopic({
    Name: 'told',
    Attributes: {
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 's3.amazonaws.com' },
            Action: 'SNS:Publish',
            Resource: `arn:aws:sns:us-east-1:${ACCOUNT}:told`,
            Condition: SOURCE,
          },
        ],
      }),
    },
  });
  await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: behind.arn });

  const NotificationConfiguration = {
    LambdaFunctionConfigurations: [
      {
        Id: 'made',
        LambdaFunctionArn: FUNCTION,
        Events: ['s3:ObjectCreated:*' as const],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'prefix' as const, Value: 'in/' },
              { Name: 'suffix' as const, Value: '.jpg' },
            ],
          },
        },
      },
    ],
    QueueConfigurations: [{ Id: 'gone', QueueArn: own.arn, Events: ['s3:ObjectRemoved:*' as const] }],
    TopicConfigurations: [
      {
        Id: 'text',
        TopicArn,
        Events: ['s3:ObjectCreated:Put' as const],
        Filter: { Key: { FilterRules: [{ Name: 'suffix' as const, Value: '.txt' }] } },
      },
    ],
  };
  const put = () => s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  await assert.rejects(put(), (error: Record<string, unknown>) => {
    assert.equal(error.name, 'InvalidArgument');
    assert.equal(error.message, 'Unable to validate the following destination configurations');
    assert.equal(error.ArgumentName1, `${FUNCTION}, null`);
    assert.equal(error.ArgumentValue1, `Not authorized to invoke function [${FUNCTION}]`);
    assert.equal(error.ArgumentName2, undefined);
    return true;
  });
  await lambda.send(
    new (lambdaSdk().AddPermissionCommand)({
      FunctionName: 'told',
      StatementId: 's3',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      SourceArn: `arn:aws:s3:::${Bucket}`,
      SourceAccount: ACCOUNT,
    }),
  );
  await put();
  const shown = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.deepEqual(shown.QueueConfigurations, NotificationConfiguration.QueueConfigurations);
  assert.deepEqual(shown.LambdaFunctionConfigurations?.[0]?.Filter, {
    Key: {
      FilterRules: [
        { Name: 'Prefix', Value: 'in/' },
        { Name: 'Suffix', Value: '.jpg' },
      ],
    },
  });

  const [tested] = await received(clients, own.url, 1);
  assert.deepEqual(Object.keys(tested ?? {}), ['Service', 'Event', 'Time', 'Bucket', 'RequestId', 'HostId']);
  assert.deepEqual([tested?.Service, tested?.Event, tested?.Bucket], ['Amazon S3', 's3:TestEvent', Bucket]);
  const [envelope] = await received(clients, behind.url, 1);
  assert.equal(envelope?.Subject, 'Amazon S3 Notification');
  assert.equal(JSON.parse(envelope?.Message ?? '').Event, 's3:TestEvent');

  const Key = 'in/my photo (1).jpg';
  const { ETag, $metadata } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'pixels' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'elsewhere.jpg', Body: 'not told' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a.txt', Body: 'text' }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));

  const line = await logged(server, 'told', 'Records');
  const event: { Records: [Told] } = JSON.parse(line.slice(line.indexOf('{')));
  const [made] = event.Records;
  const requestId = $metadata.requestId ?? '';
  assert.deepEqual(event, {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventTime: made.eventTime,
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: ACCOUNT },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': $metadata.extendedRequestId },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'made',
          bucket: {
            name: Bucket,
            ownerIdentity: { principalId: made.s3.bucket.ownerIdentity.principalId },
            arn: `arn:aws:s3:::${Bucket}`,
          },
          object: {
            key: 'in/my+photo+%281%29.jpg',
            size: 6,
            eTag: ETag?.replaceAll('"', ''),
            sequencer: made.s3.object.sequencer,
          },
        },
      },
    ],
  });
  assert.match(made.eventTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const [removed] = await received(clients, own.url, 1);
  const record = removed?.Records?.[0];
  assert.equal(record?.eventName, 'ObjectRemoved:Delete');
  assert.deepEqual(Object.keys(record?.s3.object ?? {}), ['key', 'sequencer']);
  assert.ok((record?.s3.object.sequencer ?? '') > made.s3.object.sequencer, 'it came later');
  const [told] = await received(clients, behind.url, 1);
  assert.equal(JSON.parse(told?.Message ?? '').Records[0].s3.object.key, 'a.txt');
});

test('a configuration that cannot be is refused as a whole, in the words of S3', async (t) => {
  const cleanUp = cleanUpOf(t);
  const clients = clientsOf(cleanUp, await serve(cleanUp));
  const { s3 } = clients;
  await s3.send(new CreateBucketCommand({ Bucket }));
  const open = await queue(clients, 'open', 's3.amazonaws.com');
  const shut = await queue(clients, 'shut');
  const others = await queue(clients, 'others', 's3.amazonaws.com', { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::x' } });
  const told = (QueueArn: string, more: object = {}) => ({
    QueueArn,
    Events: ['s3:ObjectCreated:*' as const],
    ...more,
  });
  const put = (QueueConfigurations: object[], more: object = {}) =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: { QueueConfigurations: QueueConfigurations as ReturnType<typeof told>[], ...more },
      }),
    );
  const refused = (call: Promise<unknown>, expected: object) => assert.rejects(call, expected);

  const missing = `arn:aws:sqs:us-east-1:${ACCOUNT}:missing`;
  await refused(
    put([
      told(missing),
      told(shut.arn, { Events: ['s3:ObjectRemoved:*'] }),
      told(others.arn, { Events: ['s3:ObjectTagging:*'] }),
    ]),
    {
      name: 'InvalidArgument',
      message: 'Unable to validate the following destination configurations',
      ArgumentName1: missing,
      ArgumentValue1: 'The destination queue does not exist',
      ArgumentName2: shut.arn,
      ArgumentValue2: 'Permissions on the destination queue do not allow S3 to publish notifications from this bucket',
      ArgumentName3: others.arn,
      ArgumentValue3: 'Permissions on the destination queue do not allow S3 to publish notifications from this bucket',
    },
  );
  await refused(put([told('not-an-arn')]), {
    name: 'InvalidArgument',
    message: 'The ARN could not be parsed',
    ArgumentName: 'QueueArn',
    ArgumentValue: 'not-an-arn',
  });
  await refused(put([told(open.arn, { Events: ['s3:ObjectForgotten:*'] })]), {
    name: 'InvalidArgument',
    message: 'A specified event is not supported for notifications.',
  });
  await refused(put([told(open.arn.replace('us-east-1', 'eu-west-1'))]), {
    name: 'InvalidArgument',
    message: 'The notification destination service region is not valid for the bucket location constraint',
  });
  const filter = (...FilterRules: object[]) => ({ Filter: { Key: { FilterRules } } });
  await refused(put([told(open.arn, filter({ Name: 'middle', Value: 'x' }))]), {
    name: 'InvalidArgument',
    message: 'filter rule name must be either prefix or suffix',
  });
  await refused(put([told(open.arn), told(open.arn, filter({ Name: 'prefix', Value: 'a' }))]), {
    name: 'InvalidArgument',
    message:
      'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
  });
  const { QueueConfigurations } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  assert.equal(QueueConfigurations, undefined);

  // Whoever says that it is right is believed; it is looked at again at each delivery.
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { QueueConfigurations: [told(missing)] },
      SkipDestinationValidation: true,
    }),
  );
  await put([]);
  assert.equal(
    (await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).QueueConfigurations,
    undefined,
  );
});

test('no acknowledged object goes untold, whenever the server is killed', {
  timeout: 600_000 + KILLS * 10_000,
}, async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const start = () => serve(cleanUp, { dataDir, args: ['--sandbox', 'process', '--pool', '0'] });
  let server = await start();
  const first = clientsOf(cleanUp, server);
  await first.s3.send(new CreateBucketCommand({ Bucket }));
  const { arn } = await queue(first, 'told', 's3.amazonaws.com');
  const QueueConfigurations = [{ QueueArn: arn, Events: ['s3:ObjectCreated:*' as const] }];
  await first.s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }),
  );
  const acknowledged = new Set<string>();
  for (let round = 1; round <= KILLS; round += 1) {
    const { s3 } = clientsOf(cleanUp, server);
    const enough = acknowledged.size + 20;
    const put = async (who: number) => {
      for (let count = 1; ; count += 1) {
        const Key = `${round}-${who}-${count}`;
        await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
        acknowledged.add(Key);
        // At once after an acknowledgement: what is to be told of it is on its way at most.
        if (acknowledged.size === enough) server.process.kill();
      }
    };
    await Promise.allSettled([put(1), put(2), put(3)]);
    server = await start();
  }
  const last = clientsOf(cleanUp, server);
  const { QueueUrl } = await last.sqs.getQueueUrl({ QueueName: 'told' });
  const untold = new Set(acknowledged);
  // As long as messages come, and a while longer.
  for (let silentS = 0; untold.size > 0 && silentS < 60; silentS += 1) {
    const { Messages = [] } = await last.sqs.receiveMessage({ QueueUrl, WaitTimeSeconds: 1, MaxNumberOfMessages: 10 });
    if (Messages.length > 0) silentS = 0;
    for (const { Body = '', ReceiptHandle } of Messages) {
      for (const { s3 } of JSON.parse(Body).Records ?? []) untold.delete(s3.object.key);
      await last.sqs.deleteMessage({ QueueUrl, ReceiptHandle });
    }
  }
  assert.deepEqual([...untold], []);
  t.diagnostic(`${acknowledged.size} objects acknowledged, ${KILLS} kills, all told`);
});
