// The story of examples/owners: a new-resource event on a bus tags the resource's owner.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { addRule, eventsClient } from './event-buses.ts';
import { logged, logLines } from './logs.ts';
import { queueClient } from './queues.ts';
import { createRole } from './roles.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, serve } from './server.ts';

const snsSdk = createRequire(import.meta.url)('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
const FunctionName = 'owners';
const EventBusName = 'provisioning';

test('resources that are announced on a bus are tagged with their owners', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const events = eventsClient(cleanUp, server);
  const sqs = queueClient(cleanUp, server);
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = server.env;
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.env;
  const sns = new snsSdk.SNS(noting({ endpoint, region, credentials: { accessKeyId, secretAccessKey } }));
  cleanUp.defer(async () => sns.destroy());
  const { AddPermissionCommand, CreateFunctionCommand, waitUntilFunctionActiveV2 } = lambdaSdk();
  const ZipFile = await pack(join(checkout, 'examples/owners'), ['@aws-sdk/client-sqs', '@aws-sdk/client-sns']);
  const Action = ['sqs:GetQueueUrl', 'sqs:TagQueue', 'sns:TagResource'];
  const policy = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } };
  const Role = await createRole(cleanUp, server, { name: 'owners', policy });
  const { FunctionArn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role,
      Timeout: 60,
      MemorySize: 512,
      Code: { ZipFile },
    }),
  );
  await waitUntilFunctionActiveV2(patience(lambda), { FunctionName });
  await events.createEventBus({ Name: EventBusName });
  const pattern = {
    'detail-type': ['Resource Created'],
    detail: { owner: [{ suffix: '@example.com' }], arn: [{ prefix: 'arn:aws:sqs:' }, { prefix: 'arn:aws:sns:' }] },
  };
  const InputTransformer = {
    InputPathsMap: { arn: '$.detail.arn', owner: '$.detail.owner', at: '$.time' },
    InputTemplate: '{"resource": <arn>, "owner": <owner>, "at": <at>}',
  };
  const rule = { Name: 'new-resources', EventBusName, pattern };
  const SourceArn = await addRule(events, rule, { Arn: FunctionArn, InputTransformer });
  const permission = { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn };
  await lambda.send(new AddPermissionCommand({ FunctionName, StatementId: 'rule', ...permission }));

  const { QueueUrl } = await sqs.createQueue({ QueueName: 'orders' });
  const { TopicArn = '' } = await sns.createTopic({ Name: 'news' });
  const Time = new Date('2026-11-21T10:00:00Z');
  const announce = (arn: string, owner: string) => ({
    ...{ EventBusName, Source: 'acme.provisioning', DetailType: 'Resource Created', Time },
    Detail: JSON.stringify({ arn, owner }),
  });
  const ada = 'ada@example.com';
  const queueArn = 'arn:aws:sqs:us-east-1:000000000000:orders';
  await events.putEvents({
    Entries: [announce(queueArn, 'eve@elsewhere.example'), announce(queueArn, ada), announce(TopicArn, ada)],
  });
  for (const arn of [queueArn, TopicArn]) await logged(server, FunctionName, `${arn} belongs to ${ada}`);
  const tags = { owner: ada, 'created-at': '2026-11-21T10:00:00Z' };
  assert.deepEqual((await sqs.listQueueTags({ QueueUrl })).Tags, tags);
  const { Tags = [] } = await sns.listTagsForResource({ ResourceArn: TopicArn });
  assert.deepEqual(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])), tags);
  assert.deepEqual(await logLines(server, FunctionName, 'eve@elsewhere.example'), []);
});
