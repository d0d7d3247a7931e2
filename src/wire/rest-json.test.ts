import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, type TestContext, test } from 'node:test';
import { AwsError } from './aws-error.ts';
import { defineService, type Handlers } from './service.ts';
import { clientOf, raw, recorder, scope, serve, type TestServer } from './test-server.ts';

type Lambda = typeof import('@aws-sdk/client-lambda');
const lambda: Lambda = createRequire(import.meta.url)('@aws-sdk/client-lambda');

describe('restJson1, by Lambda’s client', () => {
  test('a label, a blob in the body, nested lists, maps and enums arrive as they were sent', async (t) => {
    const create = recorder({ FunctionName: 'hello' });
    const { client } = await lambdaServer(t, { CreateFunction: create.handler });
    const input = {
      FunctionName: 'hello',
      Role: 'arn:aws:iam::123456789012:role/r',
      Runtime: 'nodejs22.x' as const,
      Handler: 'index.handler',
      Code: { ZipFile: Buffer.from([0, 255, 128, 7]) },
      Environment: { Variables: { A: '1', __proto: 'x', Ünï: '✓' } },
      Architectures: ['arm64' as const],
      VpcConfig: { SubnetIds: ['a', 'b'], SecurityGroupIds: [] },
      MemorySize: 256,
      Publish: true,
      Tags: {},
    };
    await client.send(new lambda.CreateFunctionCommand(input));
    assert.deepEqual(create.received[0]?.input, input);
  });

  test('what a handler answers is what the client reads: numbers, texts, blobs, lists, maps, times, nothing where nothing is', async (t) => {
    const output = {
      FunctionName: 'hello',
      CodeSize: 5_000_000_000,
      Timeout: 3,
      Layers: [{ Arn: 'arn', CodeSize: 1 }],
      Environment: { Variables: { A: '"\\\n\u0000é✓' } },
      Architectures: ['x86_64' as const],
      State: 'Active' as const,
    };
    const { client } = await lambdaServer(t, { GetFunctionConfiguration: () => ({ ...output, Role: undefined }) });
    const { $metadata, ...read } = await client.send(new lambda.GetFunctionConfigurationCommand({ FunctionName: 'f' }));
    assert.deepEqual(read, output);
    assert.match($metadata.requestId ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('an answer has the status of its operation, its type, its length and its request id', async (t) => {
    const { server } = await lambdaServer(t, { CreateFunction: () => ({}) });
    const path = '/2015-03-31/functions/';
    const answer = await raw(server, { path, headers: scope('lambda'), body: '{}' });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.headers['content-length'], '2');
    assert.equal(answer.body, '{}');
    assert.match(answer.headers['x-amzn-requestid'] as string, /^[0-9a-f-]{36}$/);
  });

  test('an ARN in a label is decoded, encoded by the client or not', async (t) => {
    const get = recorder({});
    const { client, server } = await lambdaServer(t, { GetFunction: get.handler });
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST';
    await client.send(new lambda.GetFunctionCommand({ FunctionName: arn }));
    await raw(server, { method: 'GET', path: `/2015-03-31/functions/${arn}`, headers: scope('lambda') });
    assert.deepEqual(
      get.received.map(({ input }) => input),
      [{ FunctionName: arn }, { FunctionName: arn }],
    );
  });

  test('a query parameter, one that repeats, and numbers in queries', async (t) => {
    const untag = recorder({});
    const list = recorder({ Functions: [] });
    const { client } = await lambdaServer(t, { UntagResource: untag.handler, ListFunctions: list.handler });
    await client.send(new lambda.UntagResourceCommand({ Resource: 'arn:aws:x', TagKeys: ['a b', 'c&d', 'é+'] }));
    await client.send(new lambda.ListFunctionsCommand({ MaxItems: 7, FunctionVersion: 'ALL' }));
    assert.deepEqual(untag.received[0]?.input, { Resource: 'arn:aws:x', TagKeys: ['a b', 'c&d', 'é+'] });
    assert.deepEqual(list.received[0]?.input, { MaxItems: 7, FunctionVersion: 'ALL' });
  });

  test('a literal in the query tells two operations of one path apart', async (t) => {
    const { client } = await lambdaServer(t, {
      ListLayers: () => ({ Layers: [{ LayerName: 'listed' }] }),
      GetLayerVersionByArn: () => ({ LayerVersionArn: 'found', Version: 3 }),
    });
    const listed = await client.send(new lambda.ListLayersCommand({}));
    const found = await client.send(new lambda.GetLayerVersionByArnCommand({ Arn: 'arn' }));
    assert.equal(listed.Layers?.[0]?.LayerName, 'listed');
    assert.deepEqual([found.LayerVersionArn, found.Version], ['found', 3]);
  });

  test('a blob that is the body, headers both ways, and a status that the output says', async (t) => {
    const invoke = recorder({
      StatusCode: 202,
      ExecutedVersion: '7',
      LogResult: 'bG9n',
      FunctionError: 'Unhandled',
      Payload: Buffer.from('{"ok":true}'),
    });
    const { client } = await lambdaServer(t, { Invoke: invoke.handler });
    const answer = await client.send(
      new lambda.InvokeCommand({ FunctionName: 'f', InvocationType: 'Event', LogType: 'Tail', Payload: '"é"' }),
    );
    const input = invoke.received[0]?.input as { Payload: Buffer };
    assert.equal(input.Payload.toString('utf8'), '"é"');
    assert.deepEqual(
      { ...input, Payload: 0 },
      { FunctionName: 'f', InvocationType: 'Event', LogType: 'Tail', Payload: 0 },
    );
    assert.deepEqual([answer.StatusCode, answer.ExecutedVersion, answer.FunctionError], [202, '7', 'Unhandled']);
    assert.equal(answer.Payload?.transformToString(), '{"ok":true}');
  });

  test('times of a body are numbers of seconds with milliseconds', async (t) => {
    const LastModified = new Date('2024-02-29T12:34:56.789Z');
    const { client, server } = await lambdaServer(t, { GetEventSourceMapping: () => ({ UUID: 'u', LastModified }) });
    const read = await client.send(new lambda.GetEventSourceMappingCommand({ UUID: 'u' }));
    assert.deepEqual(read.LastModified, LastModified);
    const path = '/2015-03-31/event-source-mappings/u';
    const { body } = await raw(server, { method: 'GET', path, headers: scope('lambda') });
    assert.deepEqual(JSON.parse(body), { UUID: 'u', LastModified: 1709210096.789 });
  });

  test('a time in a body is read with its milliseconds', async (t) => {
    const create = recorder({});
    const { client } = await lambdaServer(t, { CreateEventSourceMapping: create.handler });
    const StartingPositionTimestamp = new Date(1_700_000_000_123);
    await client.send(new lambda.CreateEventSourceMappingCommand({ FunctionName: 'f', StartingPositionTimestamp }));
    assert.deepEqual(create.received[0]?.input, { FunctionName: 'f', StartingPositionTimestamp });
  });

  test('an operation without output answers its status and no body', async (t) => {
    const { server } = await lambdaServer(t, { DeleteFunctionConcurrency: () => ({}) });
    const path = '/2017-10-31/functions/f/concurrency';
    const answer = await raw(server, { method: 'DELETE', path, headers: scope('lambda') });
    assert.deepEqual([answer.status, answer.body, answer.headers['content-type']], [204, '', undefined]);
  });

  test('events of a stream reach the client one by one, as the handler yields them', async (t) => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { client } = await lambdaServer(t, {
      InvokeWithResponseStream: () => ({
        StatusCode: 200,
        ResponseStreamContentType: 'text/html',
        EventStream: (async function* () {
          yield { PayloadChunk: { Payload: Buffer.from('one') } };
          await gates[0]?.promise;
          yield { PayloadChunk: { Payload: Buffer.from('two') } };
          yield { InvokeComplete: { ErrorCode: 'E', LogResult: 'bG9n' } };
        })(),
      }),
    });
    const answer = await client.send(new lambda.InvokeWithResponseStreamCommand({ FunctionName: 'f' }));
    assert.equal(answer.ResponseStreamContentType, 'text/html');
    const read: unknown[] = [];
    for await (const event of answer.EventStream ?? []) {
      read.push(event.PayloadChunk ? Buffer.from(event.PayloadChunk.Payload ?? []).toString() : event.InvokeComplete);
      gates[0]?.resolve();
    }
    assert.deepEqual(read, ['one', 'two', { ErrorCode: 'E', LogResult: 'bG9n' }]);
  });

  test('a refusal within a stream is thrown by the client, after the events before it', async (t) => {
    const { client } = await lambdaServer(t, {
      InvokeWithResponseStream: () => ({
        EventStream: (async function* () {
          yield { PayloadChunk: { Payload: Buffer.from('one') } };
          throw new AwsError('ServiceException', 'gone');
        })(),
      }),
    });
    const answer = await client.send(new lambda.InvokeWithResponseStreamCommand({ FunctionName: 'f' }));
    let events = 0;
    await assert.rejects(async () => {
      for await (const _ of answer.EventStream ?? []) events += 1;
    }, /gone/);
    assert.equal(events, 1);
  });
});

describe('errors of restJson1', () => {
  test('a modelled error has its status, its class, its spelling of the message and the type User', async (t) => {
    const { client, server } = await lambdaServer(t, {
      GetFunction: () => {
        throw new AwsError('ResourceNotFoundException', 'Function not found: f');
      },
    });
    await assert.rejects(
      client.send(new lambda.GetFunctionCommand({ FunctionName: 'f' })),
      (error) =>
        error instanceof lambda.ResourceNotFoundException &&
        error.message === 'Function not found: f' &&
        error.Type === 'User' &&
        error.$metadata.httpStatusCode === 404,
    );
    const answer = await raw(server, { method: 'GET', path: '/2015-03-31/functions/f', headers: scope('lambda') });
    assert.equal(answer.headers['x-amzn-errortype'], 'ResourceNotFoundException');
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(answer.body), { Type: 'User', Message: 'Function not found: f' });
  });

  test('members and headers of a modelled error', async (t) => {
    const { client, server } = await lambdaServer(t, {
      Invoke: () => {
        throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', {
          members: { Reason: 'CallerRateLimitExceeded', retryAfterSeconds: '7' },
        });
      },
    });
    await assert.rejects(
      client.send(new lambda.InvokeCommand({ FunctionName: 'f' })),
      (error) =>
        error instanceof lambda.TooManyRequestsException &&
        error.Reason === 'CallerRateLimitExceeded' &&
        error.retryAfterSeconds === '7',
    );
    const answer = await raw(server, { path: '/2015-03-31/functions/f/invocations', headers: scope('lambda') });
    assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '7']);
    assert.deepEqual(JSON.parse(answer.body), {
      Type: 'User',
      Reason: 'CallerRateLimitExceeded',
      message: 'Rate Exceeded.',
    });
  });

  test('an error that says so has no Type', async (t) => {
    const error = new AwsError('InvalidParameterValueException', 'no', { members: { Type: undefined } });
    assert.equal((await thrown(t, error)).body, '{"message":"no"}');
  });

  test('an error that AWS has and no model does', async (t) => {
    const answer = await thrown(t, new AwsError('ValidationException', '1 validation error detected: x'));
    assert.equal(answer.status, 400);
    assert.equal(answer.headers['x-amzn-errortype'], 'ValidationException');
    assert.equal(answer.body, '{"message":"1 validation error detected: x"}');
  });

  test('a message that is null', async (t) => {
    const error = new AwsError('AccessDeniedException', null);
    const answer = await thrown(t, error);
    assert.deepEqual([answer.status, answer.body], [403, '{"Message":null}']);
  });

  test('an error with a status of its own', async (t) => {
    const answer = await thrown(t, new AwsError('IncompleteSignatureException', 'x', { status: 418 }));
    assert.equal(answer.status, 418);
  });

  test('a failure of ours is a 500 that tells nothing, and is logged with its request', async (t) => {
    const { client, server } = await lambdaServer(t, {
      GetFunction: () => {
        throw new Error('password is hunter2');
      },
    });
    const answer = await raw(server, { method: 'GET', path: '/2015-03-31/functions/f', headers: scope('lambda') });
    assert.equal(answer.status, 500);
    assert.equal(answer.headers['x-amzn-errortype'], 'ServiceException');
    assert.doesNotMatch(answer.body, /hunter2/);
    assert.equal(server.errors[0]?.requestId, answer.headers['x-amzn-requestid']);
    assert.equal(server.errors[0]?.operation, 'GetFunction');
    await assert.rejects(client.send(new lambda.GetFunctionCommand({ FunctionName: 'f' })), lambda.ServiceException);
  });

  test('an answer that is not of its shape is a failure of ours', async (t) => {
    const handlers = { GetFunctionConfiguration: () => ({ Timeout: 'three' }) } as unknown as Handlers<Lambda>;
    const { server } = await lambdaServer(t, handlers);
    const path = '/2015-03-31/functions/f/configuration';
    const answer = await raw(server, { method: 'GET', path, headers: scope('lambda') });
    assert.equal(answer.status, 500);
    assert.equal(server.errors.length, 1);
  });
});

async function thrown(t: TestContext, error: AwsError) {
  const { server } = await lambdaServer(t, {
    GetFunction: () => {
      throw error;
    },
  });
  return raw(server, { method: 'GET', path: '/2015-03-31/functions/f', headers: scope('lambda') });
}

async function lambdaServer(
  t: TestContext,
  handlers: Handlers<Lambda>,
): Promise<{ server: TestServer; client: InstanceType<Lambda['LambdaClient']> }> {
  const service = defineService<Lambda>({
    name: 'lambda',
    signingName: 'lambda',
    protocols: ['restJson1'],
    load: () => lambda,
    handlers,
  });
  const server = await serve(t, [service]);
  const client = new lambda.LambdaClient(clientOf(server));
  t.after(() => client.destroy());
  return { server, client };
}
