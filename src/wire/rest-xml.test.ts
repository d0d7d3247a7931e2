import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { AwsError } from './aws-error.ts';
import { defineService, type Handlers } from './service.ts';
import { clientOf, raw, recorder, scope, serve, type TestServer } from './test-server.ts';

type S3 = typeof import('@aws-sdk/client-s3');
const s3: S3 = createRequire(import.meta.url)('@aws-sdk/client-s3');

describe('restXml, by S3’s client', () => {
  test('headers of all kinds, prefixed headers and a body that streams arrive as they were sent', async (t) => {
    const bodies: string[] = [];
    let input: Record<string, unknown> = {};
    const { client } = await s3Server(t, {
      PutObject: async ({ Body, ...rest }) => {
        input = rest;
        bodies.push(await text(Body));
        return { ETag: '"e"', VersionId: 'v', Size: 5 };
      },
    });
    const sent = {
      Bucket: 'b',
      Key: 'a b/ü/c+d%/e//f.txt',
      ContentType: 'text/x',
      CacheControl: 'no-store, x="1"',
      Expires: new Date('2030-01-02T03:04:05Z'),
      Metadata: { one: '1', two: 'a, b' },
      BucketKeyEnabled: true,
      StorageClass: 'GLACIER' as const,
      ObjectLockRetainUntilDate: new Date('2031-01-02T03:04:05.678Z'),
      ContentLength: 5,
      WriteOffsetBytes: 12,
    };
    const answer = await client.send(new s3.PutObjectCommand({ ...sent, Body: Readable.from([Buffer.from('hello')]) }));
    assert.deepEqual(bodies, ['hello']);
    assert.deepEqual(input, sent);
    assert.deepEqual([answer.ETag, answer.VersionId, answer.Size], ['"e"', 'v', 5]);
  });

  test('an object streams to the client with its headers', async (t) => {
    const get = recorder({
      Body: Readable.from([Buffer.from('he'), Buffer.from('llo')]),
      ContentLength: 5,
      ContentType: 'text/x',
      LastModified: new Date('2024-05-06T07:08:09Z'),
      Metadata: { colour: 'grün', lines: 'a\nb' },
      DeleteMarker: false,
      ContentRange: 'bytes 0-4/5',
      PartsCount: 2,
    });
    const { client } = await s3Server(t, { GetObject: get.handler });
    const answer = await client.send(
      new s3.GetObjectCommand({
        Bucket: 'b',
        Key: 'k',
        Range: 'bytes=0-4',
        IfModifiedSince: new Date(0),
        PartNumber: 3,
      }),
    );
    assert.deepEqual(get.received[0]?.input, {
      Bucket: 'b',
      Key: 'k',
      Range: 'bytes=0-4',
      IfModifiedSince: new Date(0),
      PartNumber: 3,
      ChecksumMode: 'ENABLED',
    });
    assert.equal(await answer.Body?.transformToString(), 'hello');
    assert.deepEqual(answer.LastModified, new Date('2024-05-06T07:08:09Z'));
    assert.deepEqual([answer.ContentType, answer.DeleteMarker, answer.PartsCount], ['text/x', false, 2]);
    // Headers carry octets; a client shows UTF-8 as Latin-1. A line end would be a header of its own.
    const { colour = '', lines } = answer.Metadata ?? {};
    assert.deepEqual([Buffer.from(colour, 'latin1').toString('utf8'), lines], ['grün', 'a b']);
  });

  test('flattened lists, nested structures, times and escaped texts are read back', async (t) => {
    const Contents = [
      {
        Key: '<a>&"\'\r\n\u2028é',
        Size: 5_000_000_000,
        LastModified: new Date('2024-05-06T07:08:09.012Z'),
        ETag: '"x"',
      },
      {
        Key: ' b ',
        Size: 0,
        Owner: { ID: 'o', DisplayName: 'd' },
        ChecksumAlgorithm: ['CRC32' as const, 'SHA1' as const],
      },
    ];
    const list = recorder({ IsTruncated: false, Contents, CommonPrefixes: [{ Prefix: 'p/' }], KeyCount: 3 });
    const { client } = await s3Server(t, { ListObjectsV2: list.handler });
    const input = {
      Bucket: 'b',
      Prefix: 'ü &/',
      MaxKeys: 3,
      FetchOwner: true,
      OptionalObjectAttributes: ['RestoreStatus' as const],
    };
    const { $metadata, ...answer } = await client.send(new s3.ListObjectsV2Command(input));
    assert.deepEqual(list.received[0]?.input, input);
    assert.deepEqual(answer, { IsTruncated: false, Contents, CommonPrefixes: [{ Prefix: 'p/' }], KeyCount: 3 });
  });

  test('the XML of an answer has its declaration, root name and namespace', async (t) => {
    const { server } = await s3Server(t, {
      ListObjectsV2: () => ({ Name: 'b', Contents: [{ Key: 'k', LastModified: new Date('2024-05-06T07:08:09Z') }] }),
    });
    const answer = await raw(server, { method: 'GET', path: '/b?list-type=2', headers: scope('s3') });
    assert.equal(answer.headers['content-type'], 'application/xml');
    assert.equal(
      answer.body,
      '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        '<Contents><Key>k</Key><LastModified>2024-05-06T07:08:09.000Z</LastModified></Contents><Name>b</Name></ListBucketResult>',
    );
  });

  test('XML attributes and namespaces, both ways', async (t) => {
    const grants = [
      { Grantee: { Type: 'CanonicalUser' as const, ID: '1' }, Permission: 'READ' as const },
      { Grantee: { Type: 'Group' as const, URI: 'http://u' }, Permission: 'WRITE' as const },
    ];
    const put = recorder({});
    const { client } = await s3Server(t, { PutBucketAcl: put.handler, GetBucketAcl: () => ({ Grants: grants }) });
    const AccessControlPolicy = { Grants: grants, Owner: { ID: 'me' } };
    await client.send(new s3.PutBucketAclCommand({ Bucket: 'b', AccessControlPolicy }));
    const received = put.received[0]?.input as Record<string, unknown>;
    assert.deepEqual(received.AccessControlPolicy, AccessControlPolicy);
    const { Grants } = await client.send(new s3.GetBucketAclCommand({ Bucket: 'b' }));
    assert.deepEqual(Grants, grants);
  });

  test('an XML body of lists in lists', async (t) => {
    const put = recorder({});
    const { client } = await s3Server(t, { PutBucketCors: put.handler });
    const CORSConfiguration = {
      CORSRules: [
        { AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['*'], MaxAgeSeconds: 3 },
        { ID: 'two', AllowedMethods: ['HEAD'], AllowedOrigins: ['a', 'b'] },
      ],
    };
    await client.send(new s3.PutBucketCorsCommand({ Bucket: 'b', CORSConfiguration }));
    const received = put.received[0]?.input as Record<string, unknown>;
    assert.deepEqual(received.CORSConfiguration, CORSConfiguration);
  });

  test('a body of text, and an answer of text', async (t) => {
    const put = recorder({});
    const { client } = await s3Server(t, {
      PutBucketPolicy: put.handler,
      GetBucketPolicy: () => ({ Policy: '{"Version":"2012-10-17"}' }),
    });
    await client.send(new s3.PutBucketPolicyCommand({ Bucket: 'b', Policy: '{"é":1}' }));
    const received = put.received[0]?.input as Record<string, unknown>;
    assert.equal(received.Policy, '{"é":1}');
    const { Policy } = await client.send(new s3.GetBucketPolicyCommand({ Bucket: 'b' }));
    assert.equal(Policy, '{"Version":"2012-10-17"}');
  });

  test('the one answer whose member is its root', async (t) => {
    const { client, server } = await s3Server(t, { GetBucketLocation: () => ({ LocationConstraint: 'eu-west-1' }) });
    const answer = await client.send(new s3.GetBucketLocationCommand({ Bucket: 'b' }));
    assert.equal(answer.LocationConstraint, 'eu-west-1');
    const { body } = await raw(server, { method: 'GET', path: '/b?location', headers: scope('s3') });
    assert.match(body, /<LocationConstraint xmlns="[^"]+">eu-west-1<\/LocationConstraint>$/);
  });

  test('events of a stream, with XML, binary and empty payloads', async (t) => {
    const { client } = await s3Server(t, {
      SelectObjectContent: () => ({
        Payload: (async function* () {
          yield { Records: { Payload: Buffer.from('a,b\n') } };
          yield { Cont: {} };
          yield { Stats: { Details: { BytesScanned: 9, BytesProcessed: 8, BytesReturned: 7 } } };
          yield { End: {} };
        })(),
      }),
    });
    const answer = await client.send(
      new s3.SelectObjectContentCommand({
        Bucket: 'b',
        Key: 'k',
        Expression: 'select * from s3object',
        ExpressionType: 'SQL',
        InputSerialization: { CSV: {} },
        OutputSerialization: { CSV: {} },
      }),
    );
    const events: unknown[] = [];
    for await (const event of answer.Payload ?? []) {
      events.push(event.Records ? Buffer.from(event.Records.Payload ?? []).toString() : event);
    }
    assert.deepEqual(events, [
      'a,b\n',
      { Cont: {} },
      { Stats: { Details: { BytesScanned: 9, BytesProcessed: 8, BytesReturned: 7 } } },
      { End: {} },
    ]);
  });

  test('operations of one path are told apart by what they require', async (t) => {
    const called: string[] = [];
    const named = <Output extends object>(name: string, output: Output) => {
      return () => {
        called.push(name);
        return output;
      };
    };
    const { client } = await s3Server(t, {
      PutObject: named('PutObject', {}),
      // The client takes an empty answer to a copy for a failure.
      CopyObject: named('CopyObject', { CopyObjectResult: { ETag: 'e' } }),
      UploadPart: named('UploadPart', {}),
      UploadPartCopy: named('UploadPartCopy', { CopyPartResult: { ETag: 'e' } }),
      GetObject: named('GetObject', {}),
      ListParts: named('ListParts', {}),
      ListBuckets: named('ListBuckets', {}),
      ListObjects: named('ListObjects', {}),
      GetBucketInventoryConfiguration: named('GetBucketInventoryConfiguration', {}),
      ListBucketInventoryConfigurations: named('ListBucketInventoryConfigurations', {}),
    });
    // Other clients than this one do not name the operation in `x-id`.
    client.middlewareStack.add(
      (next) => (args) => {
        const { request } = args as { request: { query?: Record<string, string> } };
        if (request.query) delete request.query['x-id'];
        return next(args);
      },
      { step: 'build' },
    );
    const object = { Bucket: 'b', Key: 'k' };
    await client.send(new s3.PutObjectCommand({ ...object, Body: 'x' }));
    await client.send(new s3.CopyObjectCommand({ ...object, CopySource: 'c/d' }));
    await client.send(new s3.UploadPartCommand({ ...object, Body: 'x', PartNumber: 1, UploadId: 'u' }));
    await client.send(new s3.UploadPartCopyCommand({ ...object, CopySource: 'c/d', PartNumber: 1, UploadId: 'u' }));
    await client.send(new s3.GetObjectCommand(object));
    await client.send(new s3.ListPartsCommand({ ...object, UploadId: 'u' }));
    await client.send(new s3.ListBucketsCommand({}));
    await client.send(new s3.ListObjectsCommand({ Bucket: 'b' }));
    await client.send(new s3.GetBucketInventoryConfigurationCommand({ Bucket: 'b', Id: 'i' }));
    await client.send(new s3.ListBucketInventoryConfigurationsCommand({ Bucket: 'b' }));
    assert.deepEqual(called, [
      'PutObject',
      'CopyObject',
      'UploadPart',
      'UploadPartCopy',
      'GetObject',
      'ListParts',
      'ListBuckets',
      'ListObjects',
      'GetBucketInventoryConfiguration',
      'ListBucketInventoryConfigurations',
    ]);
  });

  test('a bucket in the host is the same as one in the path', async (t) => {
    const get = recorder({});
    const { server } = await s3Server(t, { GetObject: get.handler, ListObjects: get.handler });
    const at = (host: string, path: string) => raw(server, { method: 'GET', path, headers: { ...scope('s3'), host } });
    await at('127.0.0.1', '/my.bucket/a/b');
    await at('my.bucket.s3.eu-west-1.amazonaws.com', '/a/b');
    await at('my.bucket.s3.localhost:4566', '/a/b');
    await at('my.bucket.localhost:4566', '/a/b');
    await at('s3.localhost:4566', '/my.bucket/a/b');
    await at('my.bucket.s3.localhost', '/');
    await at('localhost', '/my.bucket/');
    assert.deepEqual(
      get.received.map(({ input }) => input),
      [...Array(5).fill({ Bucket: 'my.bucket', Key: 'a/b' }), { Bucket: 'my.bucket' }, { Bucket: 'my.bucket' }],
    );
  });

  test('a key keeps its double slashes and its slash at the end', async (t) => {
    const get = recorder({});
    const { server } = await s3Server(t, { GetObject: get.handler });
    await raw(server, { method: 'GET', path: '/b//a//b/', headers: scope('s3') });
    assert.deepEqual(get.received[0]?.input, { Bucket: 'b', Key: '/a//b/' });
  });

  test('HEAD answers the headers of the object and no body', async (t) => {
    const { client } = await s3Server(t, { HeadObject: () => ({ ContentLength: 1234, ETag: '"e"' }) });
    const answer = await client.send(new s3.HeadObjectCommand({ Bucket: 'b', Key: 'k' }));
    assert.deepEqual([answer.ContentLength, answer.ETag], [1234, '"e"']);
  });

  test('a large object flows no faster than the client reads it', async (t) => {
    let made = 0;
    const { client } = await s3Server(t, {
      GetObject: () => ({
        Body: Readable.from(
          (function* () {
            for (; made < 2_000; made += 1) yield Buffer.alloc(64 * 1024);
          })(),
        ),
      }),
    });
    const answer = await client.send(new s3.GetObjectCommand({ Bucket: 'b', Key: 'k' }));
    const body = answer.Body as Readable;
    await once(body, 'readable');
    // Nobody reads on: what is made has to fit in the buffers between both ends, a few MiB of the 125.
    for (let turns = 0, last = -1; last !== made && turns < 1_000; turns += 1) {
      last = made;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.ok(made < 1_000, `${made} pieces were made for a client that reads none`);
    body.destroy();
  });
});

describe('errors of restXml', () => {
  test('a modelled error has its code, class, message and members', async (t) => {
    const { client, server } = await s3Server(t, {
      GetObject: () => {
        throw new AwsError('NoSuchKey', 'The specified key does not exist.', { members: { Key: 'a<b' } });
      },
    });
    await assert.rejects(
      client.send(new s3.GetObjectCommand({ Bucket: 'b', Key: 'k' })),
      (error) =>
        error instanceof s3.NoSuchKey &&
        error.message === 'The specified key does not exist.' &&
        error.$metadata.httpStatusCode === 404,
    );
    const answer = await raw(server, { method: 'GET', path: '/b/k', headers: scope('s3') });
    const id = answer.headers['x-amz-request-id'];
    assert.equal(
      answer.body,
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b</Key><RequestId>${id}</RequestId><HostId>${id}</HostId></Error>`,
    );
  });

  test('members that the model has: text and numbers', async (t) => {
    const { client } = await s3Server(t, {
      GetObject: () => {
        throw new AwsError('InvalidObjectState', 'x', {
          members: { StorageClass: 'GLACIER', AccessTier: 'ARCHIVE_ACCESS' },
        });
      },
    });
    await assert.rejects(
      client.send(new s3.GetObjectCommand({ Bucket: 'b', Key: 'k' })),
      (error) =>
        error instanceof s3.InvalidObjectState &&
        error.StorageClass === 'GLACIER' &&
        error.AccessTier === 'ARCHIVE_ACCESS',
    );
  });

  test('an error that only S3’s list has keeps the status it was given', async (t) => {
    const { client } = await s3Server(t, {
      PutBucketCors: () => {
        throw new AwsError('MalformedPolicy', 'x', { status: 400 });
      },
    });
    await assert.rejects(
      client.send(new s3.PutBucketCorsCommand({ Bucket: 'b', CORSConfiguration: { CORSRules: [] } })),
      {
        name: 'MalformedPolicy',
        message: 'x',
      },
    );
  });

  test('XML that is not well-formed is MalformedXML', async (t) => {
    const { server } = await s3Server(t, { PutBucketCors: () => ({}) });
    for (const body of [
      '<a>',
      '<a></b>',
      'text',
      '<a/><b/>',
      '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
      '<a>&e;</a>',
      '{}',
    ]) {
      const answer = await raw(server, { method: 'PUT', path: '/b?cors', headers: scope('s3'), body });
      assert.equal(answer.status, 400, body);
      assert.match(answer.body, /<Code>MalformedXML<\/Code>/, body);
    }
  });

  test('a failure of ours is S3’s InternalError', async (t) => {
    const { server } = await s3Server(t, {
      GetObject: () => {
        throw new Error('secret');
      },
    });
    const answer = await raw(server, { method: 'GET', path: '/b/k', headers: scope('s3') });
    assert.equal(answer.status, 500);
    assert.match(
      answer.body,
      /<Code>InternalError<\/Code><Message>We encountered an internal error. Please try again.</,
    );
  });

  test('a method that S3 does not have', async (t) => {
    const { server } = await s3Server(t, {});
    const answer = await raw(server, { method: 'PATCH', path: '/b/k', headers: scope('s3') });
    assert.equal(answer.status, 405);
    assert.match(answer.body, /<Code>MethodNotAllowed<\/Code>/);
  });

  test('an object that breaks off on our side does not look whole', async (t) => {
    const { client, server } = await s3Server(t, {
      GetObject: () => ({
        Body: Readable.from(
          (function* () {
            yield Buffer.from('half');
            throw new Error('disk on fire');
          })(),
        ),
      }),
    });
    // Whether the client sees the head of the answer before it breaks is a matter of timing.
    await assert.rejects(async () => {
      const { Body } = await client.send(new s3.GetObjectCommand({ Bucket: 'b', Key: 'k' }));
      await Body?.transformToString();
    });
    assert.equal(server.errors.length, 1);
  });
});

async function text(stream: Readable | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function s3Server(
  t: TestContext,
  handlers: Handlers<S3>,
): Promise<{ server: TestServer; client: InstanceType<S3['S3Client']> }> {
  const service = defineService<S3>({
    name: 's3',
    signingName: 's3',
    protocols: ['restXml'],
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    dialect: 's3',
    load: () => s3,
    handlers,
  });
  const server = await serve(t, [service]);
  const client = new s3.S3Client({
    ...clientOf(server),
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  t.after(() => client.destroy());
  return { server, client };
}
