import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import type { AuthenticationRequest } from './authenticate.ts';
import { AwsError } from './aws-error.ts';
import type { EngineOptions } from './engine.ts';
import { defineService, type Handlers, type ServiceDefinition } from './service.ts';
import { everybody, raw, recorder, scope, serve } from './test-server.ts';
import { type Check, length, required } from './validation.ts';

type Lambda = typeof import('@aws-sdk/client-lambda');
type Sqs = typeof import('@aws-sdk/client-sqs');
type S3 = typeof import('@aws-sdk/client-s3');
type CloudWatch = typeof import('@aws-sdk/client-cloudwatch');
type Sts = typeof import('@aws-sdk/client-sts');
const require = createRequire(import.meta.url);

const FUNCTIONS = '/2015-03-31/functions/';

describe('which service and operation a request means', () => {
  const cases: [title: string, request: Parameters<typeof raw>[1], expected: string][] = [
    ['the credential scope', { method: 'GET', path: FUNCTIONS, headers: scope('lambda') }, 'lambda'],
    [
      'the credential scope of a presigned URL',
      { method: 'GET', path: '/b/k?X-Amz-Credential=AKID%2F20240101%2Feu-west-1%2Fs3%2Faws4_request' },
      's3',
    ],
    ['the target, without a signature', { headers: { 'x-amz-target': 'AmazonSQS.ListQueues' } }, 'sqs'],
    [
      'a path of RPC v2, without a signature',
      {
        path: '/service/GraniteServiceVersion20100801/operation/ListDashboards',
        headers: { 'smithy-protocol': 'rpc-v2-cbor' },
      },
      'cloudwatch',
    ],
    ['a host that names a bucket', { method: 'GET', path: '/k', headers: { host: 'b.s3.eu-west-1.example' } }, 's3'],
    [
      'a host that starts with the service',
      { method: 'GET', path: FUNCTIONS, headers: { host: 'lambda.x' } },
      'lambda',
    ],
    ['the path, for REST services', { method: 'GET', path: FUNCTIONS }, 'lambda'],
    ['the path that no other service has is S3’s', { method: 'GET', path: '/bucket/key' }, 's3'],
    [
      'the version of an unsigned query',
      {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=GetCallerIdentity&Version=2011-06-15',
      },
      'sts',
    ],
  ];
  for (const [title, request, expected] of cases) {
    test(title, async (t) => {
      const called: string[] = [];
      const server = await serve(t, everyService(called));
      const answer = await raw(server, request);
      assert.deepEqual([answer.status, called], [200, [expected]], answer.body);
    });
  }

  test('a service that we do not have is named in the answer', async (t) => {
    const server = await serve(t, everyService([]));
    const answer = await raw(server, { headers: scope('quantumledger') });
    assert.equal(answer.status, 501);
    assert.match(answer.body, /Lambent does not support the service quantumledger yet/);
  });

  test('an operation that we do not have is named in the answer, with its service', async (t) => {
    const server = await serve(t, [lambdaService({})]);
    const answer = await raw(server, { path: `${FUNCTIONS}f/invocations`, headers: scope('lambda') });
    assert.equal(answer.status, 501);
    assert.equal(answer.headers['x-amzn-errortype'], 'NotImplemented');
    assert.match(answer.body, /Lambent does not support lambda's operation Invoke yet/);
  });

  test('a path that no operation has is unknown', async (t) => {
    const server = await serve(t, [lambdaService({})]);
    for (const path of ['/', '/2015-03-31/function', `${FUNCTIONS}a/b/c/d`, `${FUNCTIONS}//code`]) {
      const answer = await raw(server, { path, headers: scope('lambda') });
      assert.deepEqual([answer.status, answer.headers['x-amzn-errortype']], [404, 'UnknownOperationException'], path);
      // A newer client than ours may mean an operation that AWS has.
      assert.equal(JSON.parse(answer.body).message, `Lambent knows no operation of lambda that is POST ${path}`);
    }
  });

  test('schemas are loaded at the first request, or when told to, and once', async (t) => {
    let loads = 0;
    const service: ServiceDefinition = {
      ...lambdaService({ ListFunctions: () => ({}) }),
      load: () => {
        loads += 1;
        return require('@aws-sdk/client-lambda');
      },
    };
    const server = await serve(t, [service]);
    assert.equal(loads, 0);
    server.engine.warm('lambda');
    await raw(server, { method: 'GET', path: FUNCTIONS, headers: scope('lambda') });
    assert.equal(loads, 1);
    assert.throws(() => server.engine.warm('nonsense'), /nonsense/);
  });
});

describe('requests that cannot be read are the caller’s mistake', () => {
  const target = (name: string) => ({
    ...scope('sqs'),
    'x-amz-target': name,
    'content-type': 'application/x-amz-json-1.0',
  });
  const cbor = {
    ...scope('monitoring'),
    'smithy-protocol': 'rpc-v2-cbor',
    'content-type': 'application/cbor',
  };
  const cborPath = '/service/GraniteServiceVersion20100801/operation/ListDashboards';
  // One of those that S3 does not pass over.
  const S3_TIME = 'x-amz-if-match-last-modified-time';
  const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);
  const cases: [title: string, request: Parameters<typeof raw>[1]][] = [
    ['JSON that breaks off', lambdaCreate('{"FunctionName":')],
    ['JSON that is a text', lambdaCreate('"x"')],
    ['JSON that is null', lambdaCreate('null')],
    ['a number for a text', lambdaCreate('{"FunctionName":7}')],
    ['a text for a number', lambdaCreate('{"MemorySize":"128"}')],
    ['a text for a boolean', lambdaCreate('{"Publish":"true"}')],
    ['a text for a list', lambdaCreate('{"Layers":"x"}')],
    ['a list for a structure', lambdaCreate('{"Code":[]}')],
    ['null in a list', lambdaCreate('{"Layers":[null]}')],
    ['broken base64', lambdaCreate('{"Code":{"ZipFile":"!!!!"}}')],
    ['base64 without its padding', lambdaCreate('{"Code":{"ZipFile":"AAA"}}')],
    [
      'a label that is not percent-encoded correctly',
      { method: 'GET', path: `${FUNCTIONS}%E0%A4%A`, headers: scope('lambda') },
    ],
    ['a number in a query', { method: 'GET', path: `${FUNCTIONS}?MaxItems=many`, headers: scope('lambda') }],
    ['a time in a header', { method: 'DELETE', path: '/b/k', headers: { ...scope('s3'), [S3_TIME]: 'yesterday' } }],
    [
      'an impossible time in a header',
      {
        method: 'DELETE',
        path: '/b/k',
        headers: { ...scope('s3'), [S3_TIME]: 'Mon, 99 Foo 2024 00:00:00 GMT' },
      },
    ],
    ['JSON of an RPC', { headers: target('AmazonSQS.ListQueues'), body: '{' }],
    ['CBOR that breaks off', { path: cborPath, headers: cbor, body: Buffer.from([0xa1, 0x61]) }],
    ['CBOR with bytes after its end', { path: cborPath, headers: cbor, body: Buffer.from([0xa0, 0xa0]) }],
    ['CBOR of the wrong kind', { path: cborPath, headers: cbor, body: Buffer.from([0x83, 1, 2, 3]) }],
    [
      'CBOR that claims four billion elements',
      { path: cborPath, headers: cbor, body: Buffer.from([0x9a, 255, 255, 255, 255]) },
    ],
    ['CBOR nested without end', { path: cborPath, headers: cbor, body: Buffer.alloc(1_000_000, 0x81) }],
    ['gzip that is none', { headers: { ...target('AmazonSQS.ListQueues'), 'content-encoding': 'gzip' }, body: '{}' }],
    ['XML nested without end', { method: 'PUT', path: '/b?cors', headers: scope('s3'), body: deep('<a>', '</a>') }],
    ['DynamoDB-like nesting of unknown depth', lambdaCreate(`{"Code":${deep('[', ']')}}`)],
    ['a query nested without end', queryRequest(`Action=ListQueues&${'a.'.repeat(1_000)}=1`)],
    ['a query with too many parameters', queryRequest(`Action=ListQueues${'&a'.repeat(100_001)}`)],
    ['a map entry of a query without its value', queryRequest('Action=CreateQueue&Attribute.1.Name=x')],
  ];
  for (const [title, request] of cases) {
    test(title, async (t) => {
      const server = await serve(t, everyService([]));
      const answer = await raw(server, request);
      assert.equal(answer.status, 400, answer.body);
      assert.match(JSON.stringify([answer.headers, answer.body]), /SerializationException|MalformedXML|MalformedInput/);
      assert.deepEqual(server.errors, []);
    });
  }

  test('the server’s answer to broken JSON does not quote the body', async (t) => {
    const server = await serve(t, everyService([]));
    const answer = await raw(server, lambdaCreate('{"Secret": hunter2}'));
    assert.doesNotMatch(answer.body, /hunter/);
  });

  test('an empty body is one without members', async (t) => {
    const create = recorder({});
    const server = await serve(t, [lambdaService({ CreateFunction: create.handler })]);
    await raw(server, lambdaCreate(''));
    assert.deepEqual(create.received[0]?.input, {});
  });

  test('a request that breaks the constraints of its operation does not get to the handler', async (t) => {
    const create = recorder({});
    const list = recorder({});
    let tables = 0;
    const constraints = () => {
      tables += 1;
      return { CreateFunction: { functionName: [required], 'vpcConfig.subnetIds': [length(0, 1)] } };
    };
    const service = {
      ...lambdaService({ CreateFunction: create.handler, ListFunctions: list.handler }),
      constraints,
    };
    const server = await serve(t, [service]);
    assert.equal(tables, 0);
    const answer = await raw(server, lambdaCreate('{"VpcConfig":{"SubnetIds":["a","b"]}}'));
    assert.deepEqual(
      [answer.status, JSON.parse(answer.body).message],
      [
        400,
        "2 validation errors detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null; Value '[a, b]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must have length less than or equal to 1",
      ],
    );
    await raw(server, lambdaCreate('{"FunctionName":"hello"}'));
    await raw(server, { method: 'GET', path: FUNCTIONS, headers: scope('lambda') });
    assert.deepEqual([create.received.length, list.received.length, tables], [1, 1, 1]);
  });

  test('a service words violations as it likes', async (t) => {
    const validate = (checks: readonly Check[]) => {
      throw new AwsError('InvalidParameterException', `no ${checks.map(({ path }) => path)}`);
    };
    const constraints = () => ({ CreateFunction: { functionName: [required] } });
    const server = await serve(t, [{ ...lambdaService({ CreateFunction: () => ({}) }), constraints, validate }]);
    const answer = await raw(server, lambdaCreate('{}'));
    assert.equal(answer.headers['x-amzn-errortype'], 'InvalidParameterException');
    assert.match(answer.body, /no functionName/);
  });

  test('members called like what every object has are not mistaken for it', async (t) => {
    const create = recorder({});
    const server = await serve(t, [lambdaService({ CreateFunction: create.handler })]);
    await raw(server, lambdaCreate('{"__proto__":{"FunctionName":"x"},"Tags":{"__proto__":"a","constructor":"b"}}'));
    const input = create.received[0]?.input as { FunctionName?: string; Tags: object };
    assert.equal(input.FunctionName, undefined);
    assert.deepEqual(Object.entries(input.Tags), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});

describe('limits', () => {
  test('a body of the limit is read, one byte more is refused with the limit and the operation', async (t) => {
    const create = recorder({});
    const server = await serve(t, [lambdaService({ CreateFunction: create.handler })], { bodyBytesMax: 100 });
    const body = `{"FunctionName":"${'x'.repeat(81)}"}`;
    assert.equal(body.length, 100);
    assert.equal((await raw(server, lambdaCreate(body))).status, 201);
    const answer = await raw(server, lambdaCreate(`${body} `));
    assert.equal(answer.status, 413);
    assert.equal(answer.headers['x-amzn-errortype'], 'RequestEntityTooLargeException');
    assert.deepEqual(JSON.parse(answer.body), {
      message: 'Request must be smaller than 100 bytes for the CreateFunction operation',
    });
  });

  test('a body without a length is counted as it comes, and its sender gets to read the answer', async (t) => {
    const server = await serve(t, [lambdaService({ CreateFunction: () => ({}) })], { bodyBytesMax: 100 });
    const sent = request({
      port: server.port,
      host: '127.0.0.1',
      method: 'POST',
      path: FUNCTIONS,
      headers: scope('lambda'),
    });
    for (let index = 0; index < 100; index += 1) sent.write('x'.repeat(10_000));
    sent.end();
    const [answer] = await once(sent, 'response');
    assert.equal(answer.statusCode, 413);
    answer.resume();
  });

  test('the limit is Lambda’s own unless another is given', async (t) => {
    const server = await serve(t, [lambdaService({ CreateFunction: () => ({}) })]);
    const headers = { ...scope('lambda'), 'content-length': '70167212' };
    const sent = request({ port: server.port, host: '127.0.0.1', method: 'POST', path: FUNCTIONS, headers });
    t.after(() => sent.destroy());
    sent.flushHeaders();
    const [answer] = await once(sent, 'response');
    let body = '';
    for await (const chunk of answer) body += chunk;
    assert.equal(answer.statusCode, 413);
    assert.match(body, /Request must be smaller than 70167211 bytes for the CreateFunction operation/);
  });

  test('a service may have a limit of its own', async (t) => {
    const service = { ...lambdaService({ CreateFunction: () => ({}) }), bodyBytesMax: 2 };
    const server = await serve(t, [service]);
    assert.equal((await raw(server, lambdaCreate('{}'))).status, 201);
    assert.equal((await raw(server, lambdaCreate('{} '))).status, 413);
  });

  test('a stream is not limited by it', async (t) => {
    let bytes = 0;
    const put: Handlers<S3>['PutObject'] = async ({ Body }) => {
      for await (const chunk of Body ?? []) bytes += chunk.length;
      return {};
    };
    const server = await serve(t, [s3Service({ PutObject: put })], { bodyBytesMax: 100 });
    const answer = await raw(server, {
      method: 'PUT',
      path: '/b/k',
      headers: scope('s3'),
      body: 'x'.repeat(1_000_000),
    });
    assert.deepEqual([answer.status, bytes], [200, 1_000_000]);
  });
});

describe('authentication', () => {
  test('sees the raw URL and the body’s bytes, and gives the handler its principal and region', async (t) => {
    const seen: AuthenticationRequest[] = [];
    const untag = recorder({});
    const options: Partial<EngineOptions> = {
      authenticate: (request) => {
        seen.push(request);
        return { ...everybody(request), region: 'mars-1' };
      },
    };
    const server = await serve(t, [lambdaService({ CreateFunction: untag.handler })], options);
    await raw(server, { path: `${FUNCTIONS}?x=%2f&a`, headers: { ...scope('lambda'), 'x-y': 'z' }, body: '{ }' });
    const [request] = seen;
    assert.deepEqual([request?.method, request?.url], ['POST', `${FUNCTIONS}?x=%2f&a`]);
    assert.deepEqual([request?.body, request?.expectedService], [Buffer.from('{ }'), 'lambda']);
    assert.ok(request?.rawHeaders?.includes('x-y'));
    const context = untag.received[0]?.context;
    assert.deepEqual([context?.region, context?.account], ['mars-1', '123456789012']);
    assert.equal(context?.origin, server.endpoint);
  });

  test('may replace a stream, whether the operation wants it streamed or whole', async (t) => {
    const authenticate: EngineOptions['authenticate'] = (request) => {
      assert.ok('stream' in request.body);
      request.body.stream.resume();
      return { ...everybody(request), body: Readable.from([Buffer.from('{"FunctionName":"verified"}')]) };
    };
    const create = recorder({});
    let put = '';
    const services = [
      lambdaService({ CreateFunction: create.handler }),
      s3Service({
        PutObject: async ({ Body }) => {
          for await (const chunk of Body ?? []) put += chunk;
          return {};
        },
      }),
    ];
    const server = await serve(t, services, { authenticate });
    const chunked = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' };
    await raw(server, { path: FUNCTIONS, headers: { ...scope('lambda'), ...chunked }, body: 'chunks' });
    await raw(server, { method: 'PUT', path: '/b/k', headers: { ...scope('s3'), ...chunked }, body: 'chunks' });
    assert.deepEqual(create.received[0]?.input, { FunctionName: 'verified' });
    assert.equal(put, '{"FunctionName":"verified"}');
  });

  test('refuses before the body is understood, and before the handler', async (t) => {
    const create = recorder({});
    const options: Partial<EngineOptions> = {
      authenticate: () => {
        throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
      },
    };
    const server = await serve(t, [lambdaService({ CreateFunction: create.handler })], options);
    const answer = await raw(server, lambdaCreate('{'));
    assert.equal(answer.status, 403);
    assert.equal(answer.headers['x-amzn-errortype'], 'UnrecognizedClientException');
    assert.equal(create.received.length, 0);
  });

  test('refuses an upload, whose sender gets to read why', async (t) => {
    const options: Partial<EngineOptions> = {
      authenticate: () => {
        throw new AwsError('AccessDenied', 'no', { status: 403 });
      },
    };
    const server = await serve(t, [s3Service({ PutObject: () => ({}) })], options);
    const body = Buffer.alloc(5_000_000);
    const answer = await raw(server, { method: 'PUT', path: '/b/k', headers: scope('s3'), body });
    assert.equal(answer.status, 403);
    assert.match(answer.body, /<Code>AccessDenied<\/Code>/);
  });
});

describe('clients that leave', () => {
  test('abort the handler’s signal, and nothing of it is logged as ours', async (t) => {
    const started = Promise.withResolvers<AbortSignal>();
    const ended = Promise.withResolvers<unknown>();
    const server = await serve(t, [
      lambdaService({
        ListFunctions: async (_, { signal }) => {
          started.resolve(signal);
          await once(signal, 'abort');
          ended.resolve(signal.reason);
          throw new Error('left alone');
        },
      }),
    ]);
    const sent = request({ port: server.port, host: '127.0.0.1', path: FUNCTIONS, headers: scope('lambda') });
    sent.on('error', () => {}); // The client hangs up on purpose.
    sent.end();
    await started.promise;
    sent.destroy();
    assert.match(String(await ended.promise), /the client left/);
    assert.deepEqual(server.errors, []);
  });

  test('within their request are forgotten', async (t) => {
    const create = recorder({});
    const server = await serve(t, [lambdaService({ CreateFunction: create.handler, ListFunctions: () => ({}) })]);
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      `POST ${FUNCTIONS} HTTP/1.1\r\nhost: x\r\nauthorization: ${scope('lambda').authorization}\r\ncontent-length: 9\r\n\r\n{"`,
    );
    await once(socket, 'connect');
    socket.destroy();
    assert.equal((await raw(server, { method: 'GET', path: FUNCTIONS, headers: scope('lambda') })).status, 200);
    assert.equal(create.received.length, 0);
    assert.deepEqual(server.errors, []);
  });

  test('within a stream end the handler’s stream', async (t) => {
    const closed = Promise.withResolvers<void>();
    const server = await serve(t, [
      s3Service({
        GetObject: () => ({
          Body: new Readable({
            read() {
              this.push(Buffer.alloc(65_536));
            },
            destroy(error, done) {
              closed.resolve();
              done(error);
            },
          }),
        }),
      }),
    ]);
    const sent = request({ port: server.port, host: '127.0.0.1', path: '/b/k', headers: scope('s3') });
    sent.on('error', () => {}); // The client hangs up on purpose.
    sent.end();
    const [answer] = await once(sent, 'response');
    answer.on('error', () => {}); // The same.
    await once(answer, 'data');
    sent.destroy();
    await closed.promise;
  });

  test('a signal of one request is untouched by the end of another, and by its own good end', async (t) => {
    const list = recorder({});
    const server = await serve(t, [lambdaService({ ListFunctions: list.handler })]);
    await raw(server, { method: 'GET', path: FUNCTIONS, headers: scope('lambda') });
    await raw(server, { method: 'GET', path: FUNCTIONS, headers: scope('lambda') });
    assert.deepEqual(
      list.received.map(({ context }) => context.signal.aborted),
      [false, false],
    );
  });

  test('a server that stops aborts every signal', async (t) => {
    const stop = new AbortController();
    const started = Promise.withResolvers<void>();
    const server = await serve(
      t,
      [
        lambdaService({
          ListFunctions: async (_, { signal }) => {
            started.resolve();
            await once(signal, 'abort');
            return {};
          },
        }),
      ],
      { stopping: stop.signal },
    );
    const answer = raw(server, { method: 'GET', path: FUNCTIONS, headers: scope('lambda') });
    await started.promise;
    stop.abort(new Error('stopping'));
    assert.equal((await answer).status, 200);
  });
});

describe('errors of doors beside the engine', () => {
  test('are written in the service’s own form', async (t) => {
    const { engine } = await serve(t, [lambdaService({})]);
    const answer = await written(t, (res) =>
      engine.writeError(res, 'lambda', new AwsError('ResourceNotFoundException', 'Function not found: f'), 'id-1'),
    );
    assert.deepEqual(answer, {
      status: 404,
      id: 'id-1',
      type: 'ResourceNotFoundException',
      body: '{"Type":"User","Message":"Function not found: f"}',
    });
  });

  test('need no schema where the code is one that no model has', async (t) => {
    const service: ServiceDefinition = {
      ...lambdaService({}),
      load: () => assert.fail('loaded'),
    };
    const { engine } = await serve(t, [service]);
    const answer = await written(t, (res) =>
      engine.writeError(res, 'lambda', new AwsError('ValidationException', 'x'), 'i'),
    );
    assert.deepEqual(answer, { status: 400, id: 'i', type: 'ValidationException', body: '{"message":"x"}' });
  });

  test('that are not AWS’s tell nothing', async (t) => {
    const { engine } = await serve(t, [lambdaService({})]);
    const answer = await written(t, (res) => engine.writeError(res, 'lambda', new Error('secret'), 'i'));
    assert.deepEqual([answer.status, answer.type], [500, 'ServiceException']);
    assert.doesNotMatch(answer.body, /secret/);
  });
});

async function written(t: TestContext, write: (res: import('node:http').ServerResponse) => void) {
  const server = createServer((_, res) => write(res)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    status: answer.status,
    id: answer.headers.get('x-amzn-requestid'),
    type: answer.headers.get('x-amzn-errortype'),
    body: await answer.text(),
  };
}

function lambdaCreate(body: string) {
  return { path: FUNCTIONS, headers: scope('lambda'), body };
}

function queryRequest(body: string) {
  return { headers: { ...scope('sqs'), 'content-type': 'application/x-www-form-urlencoded' }, body };
}

function lambdaService(handlers: Handlers<Lambda>): ServiceDefinition {
  return defineService<Lambda>({
    name: 'lambda',
    signingName: 'lambda',
    protocols: ['restJson1'],
    load: () => require('@aws-sdk/client-lambda'),
    handlers,
  });
}

function s3Service(handlers: Handlers<S3>): ServiceDefinition {
  return defineService<S3>({
    name: 's3',
    signingName: 's3',
    protocols: ['restXml'],
    dialect: 's3',
    load: () => require('@aws-sdk/client-s3'),
    handlers,
  });
}

/** One service of each protocol; a handler of each tells that it was called. */
function everyService(called: string[]): ServiceDefinition[] {
  const note = (name: string) => () => {
    called.push(name);
    return {};
  };
  return [
    s3Service({ GetObject: note('s3'), DeleteObject: note('s3'), PutBucketCors: note('s3') }),
    lambdaService({ ListFunctions: note('lambda'), CreateFunction: note('lambda'), GetFunction: note('lambda') }),
    defineService<Sqs>({
      name: 'sqs',
      signingName: 'sqs',
      protocols: ['awsJson1_0', 'awsQuery'],
      target: 'AmazonSQS',
      apiVersion: '2012-11-05',
      load: () => require('@aws-sdk/client-sqs'),
      handlers: { ListQueues: note('sqs'), CreateQueue: note('sqs') },
    }),
    defineService<CloudWatch>({
      name: 'cloudwatch',
      signingName: 'monitoring',
      protocols: ['rpcv2Cbor', 'awsJson1_0', 'awsQuery'],
      target: 'GraniteServiceVersion20100801',
      apiVersion: '2010-08-01',
      load: () => require('@aws-sdk/client-cloudwatch'),
      handlers: { ListDashboards: note('cloudwatch') },
    }),
    defineService<Sts>({
      name: 'sts',
      signingName: 'sts',
      protocols: ['awsQuery'],
      apiVersion: '2011-06-15',
      load: () => require('@aws-sdk/client-sts'),
      handlers: { GetCallerIdentity: note('sts') },
    }),
  ];
}
