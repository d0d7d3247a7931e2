import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import { AwsError } from './aws-error.ts';
import { defineService, type Handlers, type ServiceDefinition } from './service.ts';
import { clientOf, raw, recorder, scope, serve } from './test-server.ts';

type Iam = typeof import('@aws-sdk/client-iam');
type Sts = typeof import('@aws-sdk/client-sts');
type Sqs = typeof import('@aws-sdk/client-sqs');
const require = createRequire(import.meta.url);
const iam: Iam = require('@aws-sdk/client-iam');
const sts: Sts = require('@aws-sdk/client-sts');
const sqs: Sqs = require('@aws-sdk/client-sqs');

describe('awsQuery, by IAM’s client', () => {
  test('lists of structures, numbers and escaped texts arrive as they were sent', async (t) => {
    const create = recorder({ Role: undefined });
    const { client } = await iamServer(t, { CreateRole: create.handler });
    const input = {
      RoleName: 'r',
      AssumeRolePolicyDocument: '{"a":"b&c=d+é %"}',
      MaxSessionDuration: 3600,
      // Eleven, so that 10 and 11 sort after 2.
      Tags: Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: index === 3 ? '' : `v ${index}` })),
    };
    await client.send(new iam.CreateRoleCommand(input));
    assert.deepEqual(create.received[0]?.input, input);
  });

  test('an empty list is an empty list', async (t) => {
    const simulate = recorder({});
    const { client } = await iamServer(t, { SimulateCustomPolicy: simulate.handler });
    const input = { PolicyInputList: ['a', 'b'], ActionNames: [], ContextEntries: [{ ContextKeyValues: ['1'] }] };
    await client.send(new iam.SimulateCustomPolicyCommand(input));
    assert.deepEqual(simulate.received[0]?.input, input);
  });

  test('structures, lists, maps, times and booleans are read back', async (t) => {
    const Role = {
      Path: '/',
      RoleName: '<r> & "q"',
      RoleId: 'id',
      Arn: 'arn',
      CreateDate: new Date('2024-05-06T07:08:09.000Z'),
      Tags: [
        { Key: 'a', Value: '' },
        { Key: 'b', Value: 'x\ny' },
      ],
      RoleLastUsed: { LastUsedDate: new Date('2024-05-06T07:08:09.012Z'), Region: 'r' },
    };
    const SummaryMap = { Users: 3, Groups: 0 };
    const { client } = await iamServer(t, {
      GetRole: () => ({ Role }),
      GetAccountSummary: () => ({ SummaryMap }),
      ListRoles: () => ({ Roles: [], IsTruncated: false }),
    });
    assert.deepEqual((await client.send(new iam.GetRoleCommand({ RoleName: 'r' }))).Role, Role);
    assert.deepEqual((await client.send(new iam.GetAccountSummaryCommand({}))).SummaryMap, SummaryMap);
    const list = await client.send(new iam.ListRolesCommand({}));
    assert.deepEqual([list.Roles, list.IsTruncated], [[], false]);
  });

  test('an answer is wrapped as AWS wraps it', async (t) => {
    const { server } = await iamServer(t, {
      GetRole: () => ({ Role: { Path: '/', RoleName: 'r', RoleId: 'i', Arn: 'a', CreateDate: new Date(0) } }),
      DeleteRole: () => ({}),
    });
    const get = await raw(server, form('iam', { Action: 'GetRole', Version: '2010-05-08', RoleName: 'r' }));
    assert.equal(get.headers['content-type'], 'text/xml');
    assert.equal(
      get.body,
      '<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><Path>/</Path>' +
        '<RoleName>r</RoleName><RoleId>i</RoleId><Arn>a</Arn><CreateDate>1970-01-01T00:00:00Z</CreateDate></Role></GetRoleResult>' +
        `<ResponseMetadata><RequestId>${get.headers['x-amzn-requestid']}</RequestId></ResponseMetadata></GetRoleResponse>`,
    );
    const gone = await raw(server, form('iam', { Action: 'DeleteRole', Version: '2010-05-08', RoleName: 'r' }));
    assert.doesNotMatch(gone.body, /DeleteRoleResult/);
  });

  test('a modelled error has the query protocol’s code, status and form', async (t) => {
    const { client, server } = await iamServer(t, {
      GetRole: () => {
        throw new AwsError('NoSuchEntityException', 'The role with name <r> cannot be found.');
      },
    });
    await assert.rejects(
      client.send(new iam.GetRoleCommand({ RoleName: 'r' })),
      (error) =>
        error instanceof iam.NoSuchEntityException &&
        error.message === 'The role with name <r> cannot be found.' &&
        error.$metadata.httpStatusCode === 404,
    );
    const answer = await raw(server, form('iam', { Action: 'GetRole', Version: '2010-05-08' }));
    assert.equal(
      answer.body,
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>' +
        '<Message>The role with name &lt;r&gt; cannot be found.</Message></Error>' +
        `<RequestId>${answer.headers['x-amzn-requestid']}</RequestId></ErrorResponse>`,
    );
  });

  test('an action that the service does not have, in IAM’s words', async (t) => {
    const { server } = await iamServer(t, {});
    const answer = await raw(server, form('iam', { Action: 'Frobnicate', Version: '2010-05-08' }));
    assert.equal(answer.status, 400);
    assert.match(answer.body, /<Code>InvalidAction<\/Code><Message>The action Frobnicate is not valid/);
  });

  test('a number that is none is refused', async (t) => {
    const { server } = await iamServer(t, { CreateRole: () => ({ Role: undefined }) });
    for (const broken of [{ MaxSessionDuration: 'long' }, { MaxSessionDuration: '' }, { MaxSessionDuration: '0x10' }]) {
      const answer = await raw(server, form('iam', { Action: 'CreateRole', Version: '2010-05-08', ...broken }));
      assert.equal(answer.status, 400);
      assert.match(answer.body, /<Code>MalformedInput<\/Code>/);
    }
  });
});

describe('awsQuery, by STS’s client', () => {
  test('an unsigned request is told by its version, beside other query services', async (t) => {
    const assume = recorder({ SubjectFromWebIdentityToken: 's' });
    const other = iamService({});
    const service = stsService({ AssumeRoleWithWebIdentity: assume.handler });
    const server = await serve(t, [other, service]);
    const client = new sts.STSClient({ ...clientOf(server) });
    t.after(() => client.destroy());
    const input = { RoleArn: 'arn', RoleSessionName: 's', WebIdentityToken: 't', DurationSeconds: 900 };
    const answer = await client.send(new sts.AssumeRoleWithWebIdentityCommand(input));
    assert.deepEqual(assume.received[0]?.input, input);
    assert.equal(answer.SubjectFromWebIdentityToken, 's');
    assert.equal(server.requests[0]?.authorization, undefined);
  });

  test('an action in the URL, as a presigned request has it', async (t) => {
    const server = await serve(t, [stsService({ GetCallerIdentity: (_, { account }) => ({ Account: account }) })]);
    const query = new URLSearchParams({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Credential': 'AKIDEXAMPLE/20240101/us-east-1/sts/aws4_request',
    });
    const answer = await raw(server, { method: 'GET', path: `/?${query}` });
    assert.match(answer.body, /<Account>123456789012<\/Account>/);
  });
});

describe('awsQuery, as old clients of SQS send it', () => {
  test('flattened lists and maps of a message with attributes', async (t) => {
    const send = recorder({ MessageId: 'm', MD5OfMessageBody: 'd' });
    const server = await serve(t, [sqsService({ SendMessage: send.handler })]);
    const answer = await raw(
      server,
      form('sqs', {
        Action: 'SendMessage',
        Version: '2012-11-05',
        QueueUrl: 'http://q/1/a',
        MessageBody: 'a b+c',
        DelaySeconds: '5',
        'MessageAttribute.1.Name': 'x',
        'MessageAttribute.1.Value.DataType': 'String',
        'MessageAttribute.1.Value.StringValue': 'one',
        'MessageAttribute.2.Name': 'y',
        'MessageAttribute.2.Value.DataType': 'Binary',
        'MessageAttribute.2.Value.BinaryValue': 'AP8=',
      }),
    );
    assert.deepEqual(send.received[0]?.input, {
      QueueUrl: 'http://q/1/a',
      MessageBody: 'a b+c',
      DelaySeconds: 5,
      MessageAttributes: {
        x: { DataType: 'String', StringValue: 'one' },
        y: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
      },
    });
    assert.match(
      answer.body,
      /<SendMessageResult><MD5OfMessageBody>d<\/MD5OfMessageBody><MessageId>m<\/MessageId><\/SendMessageResult>/,
    );
  });

  test('attributes of a queue, both ways', async (t) => {
    const create = recorder({ QueueUrl: 'u' });
    const get = recorder({ Attributes: { VisibilityTimeout: '5', DelaySeconds: '0' } });
    const server = await serve(t, [sqsService({ CreateQueue: create.handler, GetQueueAttributes: get.handler })]);
    await raw(
      server,
      form('sqs', {
        Action: 'CreateQueue',
        QueueName: 'q',
        'Attribute.1.Name': 'VisibilityTimeout',
        'Attribute.1.Value': '5',
        'Tag.1.Key': 't',
        'Tag.1.Value': 'v',
      }),
    );
    assert.deepEqual(create.received[0]?.input, {
      QueueName: 'q',
      Attributes: { VisibilityTimeout: '5' },
      tags: { t: 'v' },
    });
    const { body } = await raw(
      server,
      form('sqs', { Action: 'GetQueueAttributes', QueueUrl: 'u', 'AttributeName.1': 'All' }),
    );
    assert.deepEqual(get.received[0]?.input, { QueueUrl: 'u', AttributeNames: ['All'] });
    assert.match(
      body,
      /<Attribute><Name>VisibilityTimeout<\/Name><Value>5<\/Value><\/Attribute><Attribute><Name>DelaySeconds</,
    );
  });

  test('messages of a batch keep their order and their entries', async (t) => {
    const send = recorder({ Successful: [], Failed: [] });
    const server = await serve(t, [sqsService({ SendMessageBatch: send.handler })]);
    const parameters: Record<string, string> = { Action: 'SendMessageBatch', QueueUrl: 'u' };
    for (const index of [10, 2, 1]) {
      parameters[`SendMessageBatchRequestEntry.${index}.Id`] = `i${index}`;
      parameters[`SendMessageBatchRequestEntry.${index}.MessageBody`] = `b${index}`;
    }
    await raw(server, form('sqs', parameters));
    assert.deepEqual(send.received[0]?.input, {
      QueueUrl: 'u',
      Entries: [1, 2, 10].map((index) => ({ Id: `i${index}`, MessageBody: `b${index}` })),
    });
  });

  test('a missing queue has the code that old clients know', async (t) => {
    const server = await serve(t, [
      sqsService({
        GetQueueUrl: () => {
          throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
        },
      }),
    ]);
    const answer = await raw(server, form('sqs', { Action: 'GetQueueUrl', QueueName: 'q' }));
    assert.equal(answer.status, 400);
    assert.match(answer.body, /<Type>Sender<\/Type><Code>AWS.SimpleQueueService.NonExistentQueue<\/Code>/);
  });

  test('a request to the queue’s own URL means that queue', async (t) => {
    const purge = recorder({});
    const server = await serve(t, [sqsService({ PurgeQueue: purge.handler })]);
    await raw(server, { ...form('sqs', { Action: 'PurgeQueue' }), path: '/123456789012/q' });
    assert.deepEqual(purge.received[0]?.input, { QueueUrl: `${server.endpoint}/123456789012/q` });
  });
});

function form(service: string, parameters: Record<string, string>) {
  const headers = { ...scope(service), 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  return { headers, body: new URLSearchParams(parameters).toString() };
}

async function iamServer(t: TestContext, handlers: Handlers<Iam>) {
  const server = await serve(t, [iamService(handlers)]);
  const client = new iam.IAMClient(clientOf(server));
  t.after(() => client.destroy());
  return { server, client };
}

function iamService(handlers: Handlers<Iam>): ServiceDefinition {
  return defineService<Iam>({
    name: 'iam',
    signingName: 'iam',
    protocols: ['awsQuery'],
    apiVersion: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    load: () => iam,
    handlers,
  });
}

function stsService(handlers: Handlers<Sts>): ServiceDefinition {
  return defineService<Sts>({
    name: 'sts',
    signingName: 'sts',
    protocols: ['awsQuery'],
    apiVersion: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    load: () => sts,
    handlers,
  });
}

function sqsService(handlers: Handlers<Sqs>): ServiceDefinition {
  return defineService<Sqs>({
    name: 'sqs',
    signingName: 'sqs',
    protocols: ['awsJson1_0', 'awsQuery'],
    target: 'AmazonSQS',
    apiVersion: '2012-11-05',
    xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
    load: () => sqs,
    handlers,
  });
}
