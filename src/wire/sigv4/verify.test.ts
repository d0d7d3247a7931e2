import assert from 'node:assert/strict';
import { createHmac, hash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import type { AuthenticationRequest } from '../authenticate.ts';
import { AwsError } from '../aws-error.ts';
import type { Principal } from '../service.ts';
import { basicIsoSeconds } from './amz-date.ts';
import { type CapturedRequest, capture, stoppedClock } from './testing/captured-request.ts';
import { createVerifier, type FoundKey, type Keyring, type Verified } from './verify.ts';

const require = createRequire(import.meta.url);
const { LambdaClient, InvokeCommand, ListFunctionsCommand, ListTagsCommand, UntagResourceCommand } =
  require('@aws-sdk/client-lambda') as typeof import('@aws-sdk/client-lambda');
const { DynamoDBClient, ListTablesCommand } =
  require('@aws-sdk/client-dynamodb') as typeof import('@aws-sdk/client-dynamodb');
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');
const { S3Client, PutObjectCommand, GetObjectCommand, ListObjectsV2Command } =
  require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');
const { getSignedUrl } = require('@aws-sdk/s3-request-presigner') as typeof import('@aws-sdk/s3-request-presigner');
const { SignatureV4 } = require('@smithy/signature-v4') as typeof import('@smithy/signature-v4');
const { Sha256 } = require('@smithy/core/checksum') as typeof import('@smithy/core/checksum');

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const session = { ...credentials, accessKeyId: 'ASIDEXAMPLE', sessionToken: 'a/session+token==' };
const principal: Principal = { accessKeyId: '', account: '123456789012', arn: '', userId: '', kind: 'root' };
const found: FoundKey = { kind: 'found', secretAccessKey: credentials.secretAccessKey, principal };

const keyring: Keyring = {
  find: (accessKeyId, sessionToken) => {
    if (accessKeyId === credentials.accessKeyId && sessionToken === undefined) return found;
    if (accessKeyId === session.accessKeyId && sessionToken === session.sessionToken) return found;
    if (sessionToken === 'expired') return { kind: 'token-expired' };
    return { kind: sessionToken === undefined ? 'unknown-key' : 'token-invalid' };
  },
};

/** Verifies at the request's own time, moved by `seconds`, with nothing remembered from other requests. */
function verify(request: AuthenticationRequest, seconds = 0): Verified {
  const url = new URL(request.url, 'http://localhost');
  const date = request.headers['x-amz-date'] ?? url.searchParams.get('X-Amz-Date') ?? '';
  const signedAt = basicIsoSeconds(String(date)) ?? basicIsoSeconds('20260101T000000Z') ?? 0;
  return createVerifier(keyring, stoppedClock((signedAt + seconds) * 1000))(request);
}

function refusalOf(request: AuthenticationRequest, seconds = 0): AwsError {
  try {
    verify(request, seconds);
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error));
    return error;
  }
  assert.fail('the request was accepted');
}

const options = (endpoint: string) => ({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
const s3Options = (endpoint: string) => ({ ...options(endpoint), forcePathStyle: true });

const invoke = await capture((endpoint) =>
  new LambdaClient(options(endpoint)).send(new InvokeCommand({ FunctionName: 'f', Payload: '{"a":1}' })),
);
const listTables = await capture((endpoint) => new DynamoDBClient(options(endpoint)).send(new ListTablesCommand({})));
const whoAmI = await capture((endpoint) => new STSClient(options(endpoint)).send(new GetCallerIdentityCommand({})));
const putObject = await capture((endpoint) =>
  new S3Client(s3Options(endpoint)).send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'body' })),
);
const presigned = await presignedRequest({ expiresIn: 900 });

async function presignedRequest({ expiresIn }: { expiresIn: number }): Promise<CapturedRequest> {
  return capture(async (endpoint) => {
    const client = new S3Client(s3Options(endpoint));
    await fetch(await getSignedUrl(client, new GetObjectCommand({ Bucket: 'b', Key: 'a b+c' }), { expiresIn }));
  });
}

const withHeaders = (request: CapturedRequest, headers: Record<string, string | undefined>): CapturedRequest => {
  const merged = { ...request.headers, ...headers };
  for (const name of Object.keys(merged)) if (merged[name] === undefined) delete merged[name];
  return { ...request, headers: merged };
};
const withAuthorization = (request: CapturedRequest, change: (text: string) => string): CapturedRequest =>
  withHeaders(request, { authorization: change(request.headers.authorization ?? '') });

describe('requests of the official clients are accepted', () => {
  const region = { region: 'eu-west-1' };
  for (const [name, request, service] of [
    ['Lambda', invoke, 'lambda'],
    ['DynamoDB', listTables, 'dynamodb'],
    ['STS', whoAmI, 'sts'],
    ['S3', putObject, 's3'],
    ['S3, presigned', presigned, 's3'],
  ] as const) {
    test(name, () => {
      const verified = verify(request);
      assert.deepEqual({ region: verified.region, service: verified.service }, { ...region, service });
      assert.equal(verified.principal, principal);
    });
  }

  for (const name of [
    'arn:aws:lambda:eu-west-1:123456789012:function:f:PROD',
    'a b',
    'ünï',
    "o'k!(*)~",
    '100%',
    'a+b',
  ]) {
    test(`a path with ${name}`, async () => {
      const client = (endpoint: string) => new LambdaClient(options(endpoint));
      verify(await capture((endpoint) => client(endpoint).send(new InvokeCommand({ FunctionName: name }))));
      verify(await capture((endpoint) => client(endpoint).send(new ListTagsCommand({ Resource: name }))));
      const put = new PutObjectCommand({ Bucket: 'b', Key: `dir//${name}/..x/.`, Body: 'x' });
      verify(await capture((endpoint) => new S3Client(s3Options(endpoint)).send(put)));
    });
  }

  test('a query with several values, blanks and signs', async () => {
    const tagKeys = ['b', 'a', 'a-b', 'x y', 'ü&=', '+', '/:~'];
    const untag = new UntagResourceCommand({ Resource: 'arn:f', TagKeys: tagKeys });
    verify(await capture((endpoint) => new LambdaClient(options(endpoint)).send(untag)));
    const list = new ListFunctionsCommand({ Marker: 'a b+c/=&', MaxItems: 5 });
    verify(await capture((endpoint) => new LambdaClient(options(endpoint)).send(list)));
    const objects = new ListObjectsV2Command({ Bucket: 'b', Prefix: "it's (a)!*", StartAfter: '~é' });
    verify(await capture((endpoint) => new S3Client(s3Options(endpoint)).send(objects)));
  });

  test('a session token, in a header and in a query', async () => {
    const signed = { region: 'eu-west-1', credentials: session, maxAttempts: 1, forcePathStyle: true };
    verify(await capture((endpoint) => new LambdaClient({ ...signed, endpoint }).send(new ListFunctionsCommand({}))));
    const link = await capture(async (endpoint) => {
      const client = new S3Client({ ...signed, endpoint });
      await fetch(await getSignedUrl(client, new GetObjectCommand({ Bucket: 'b', Key: 'k' })));
    });
    verify(link);
    assert.equal(refusalOf({ ...link, url: link.url.replace('session', 'SESSION') }).code, 'InvalidToken');
  });

  test('a header sent twice, joined with a bare comma', async () => {
    const signed = await capture(async (endpoint) => {
      const { hostname, port, host } = new URL(endpoint);
      const signer = new SignatureV4({ credentials, region: 'eu-west-1', service: 'lambda', sha256: Sha256 });
      const request = await signer.sign({
        method: 'GET',
        protocol: 'http:',
        hostname,
        path: '/',
        headers: { host, 'my-header': 'value4,value1,value3' },
      });
      const headers = { ...request.headers, 'my-header': ['value4', 'value1', 'value3'] };
      await new Promise((resolve) => httpRequest({ hostname, port, headers }, resolve).end());
    });
    assert.equal(signed.headers['my-header'], 'value4, value1, value3');
    verify(signed);
  });

  test('a Date header instead of X-Amz-Date, as botocore signs it', () => {
    // No JavaScript client signs so: the signature is made by hand, of the documented strings.
    const headers = { host: 'localhost', date: 'Thu, 01 Jan 2026 00:00:00 GMT' };
    const canonical = `GET\n/\n\ndate:${headers.date}\nhost:localhost\n\ndate;host\n${sha256('')}`;
    const scope = '20260101/us-east-1/lambda/aws4_request';
    const signature = signByHand(`AWS4-HMAC-SHA256\n20260101T000000Z\n${scope}\n${sha256(canonical)}`, scope);
    const credential = `${credentials.accessKeyId}/${scope}`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=date;host, Signature=${signature}`;
    verify({ method: 'GET', url: '/', headers: { ...headers, authorization }, body: Buffer.alloc(0) });
  });
});

describe('a request that was tampered with is refused in the service’s own words', () => {
  const texts = {
    common:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    s3: 'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  };
  const tampered: [what: string, change: (request: CapturedRequest) => CapturedRequest][] = [
    ['method', (request) => ({ ...request, method: 'DELETE' })],
    ['path', (request) => ({ ...request, url: request.url.replace('/', '/x') })],
    ['query', (request) => ({ ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}x=1` })],
    ['host', (request) => withHeaders(request, { host: 'elsewhere' })],
    ['header taken away', (request) => withHeaders(request, { 'amz-sdk-request': undefined })],
    ['header replaced', (request) => withHeaders(request, { 'amz-sdk-request': 'attempt=9; max=9' })],
    ['secret', (request) => withAuthorization(request, (text) => text.replace(/Signature=./, 'Signature=g'))],
    [
      'signature',
      (request) =>
        withAuthorization(request, (text) => text.replace(/Signature=\w{64}/, `Signature=${'0'.repeat(64)}`)),
    ],
    ['signature cut', (request) => withAuthorization(request, (text) => text.slice(0, -1))],
    [
      'signature in capitals',
      (request) => withAuthorization(request, (text) => text.replace(/\w+$/, (hex) => hex.toUpperCase())),
    ],
  ];
  for (const [name, request, code, text, status] of [
    ['Lambda', invoke, 'InvalidSignatureException', texts.common, 403],
    ['DynamoDB', listTables, 'InvalidSignatureException', texts.common, 400],
    ['STS', whoAmI, 'SignatureDoesNotMatch', texts.common, 403],
    ['S3', putObject, 'SignatureDoesNotMatch', texts.s3, 403],
  ] as const) {
    for (const [what, change] of tampered) {
      test(`${name}: ${what}`, () => {
        const { code: answered, message, status: answeredStatus } = refusalOf(change(request));
        assert.deepEqual(
          { answered, message, answeredStatus },
          { answered: code, message: text, answeredStatus: status },
        );
      });
    }
  }

  test('the body, although x-amz-content-sha256 still has the right hash', () => {
    const body = Buffer.from('{"a":2}');
    assert.equal(refusalOf({ ...invoke, body }).code, 'InvalidSignatureException');
    assert.equal(refusalOf({ ...whoAmI, body }).code, 'SignatureDoesNotMatch');
    const { code, members } = refusalOf({ ...putObject, body });
    assert.equal(code, 'XAmzContentSHA256Mismatch');
    assert.deepEqual(members, {
      ClientComputedContentSHA256: sha256('body'),
      S3ComputedContentSHA256: sha256('{"a":2}'),
    });
  });

  test('the hash header alone', () => {
    const headers = { 'x-amz-content-sha256': sha256('other') };
    assert.equal(refusalOf(withHeaders(invoke, headers)).code, 'InvalidSignatureException');
    assert.equal(refusalOf(withHeaders(putObject, headers)).code, 'XAmzContentSHA256Mismatch');
    assert.equal(
      refusalOf(withHeaders(invoke, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })).code,
      'InvalidSignatureException',
    );
  });

  test('a presigned link: path, query, lifetime', () => {
    for (const [from, to] of [
      ['/b/', '/c/'],
      ['x-id=GetObject', 'x-id=PutObject'],
      ['X-Amz-Expires=900', 'X-Amz-Expires=901'],
    ] as const) {
      assert.ok(presigned.url.includes(from), from);
      assert.equal(refusalOf({ ...presigned, url: presigned.url.replace(from, to) }).code, 'SignatureDoesNotMatch', to);
    }
    assert.equal(refusalOf({ ...presigned, method: 'PUT' }).code, 'SignatureDoesNotMatch');
  });

  test('S3 shows what it signed', () => {
    const { members } = refusalOf({ ...putObject, method: 'DELETE' });
    assert.equal(members.AWSAccessKeyId, credentials.accessKeyId);
    assert.match(String(members.CanonicalRequest), /^DELETE\n\/b\/k\n/);
    assert.match(String(members.StringToSign), /^AWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/eu-west-1\/s3\/aws4_request\n/);
    assert.match(String(members.StringToSignBytes), /^41 57 53 34 /);
  });
});

describe('time', () => {
  const at = '20260102T030405Z';
  const date = at.slice(0, 8);
  const signed = (service: string, target?: string): CapturedRequest => {
    const scope = `${date}/us-east-1/${service}/aws4_request`;
    const hash = service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256('');
    const canonical = `GET\n/\n\nhost:localhost\nx-amz-date:${at}\n\nhost;x-amz-date\n${hash}`;
    const signature = signByHand(`AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`, scope);
    const credential = `${credentials.accessKeyId}/${scope}`;
    const headers = {
      host: 'localhost',
      'x-amz-date': at,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      ...(service === 's3' && { 'x-amz-content-sha256': hash }),
      ...(target !== undefined && { 'x-amz-target': target }),
    };
    return { method: 'GET', url: '/', headers, rawHeaders: [], body: Buffer.alloc(0) };
  };

  for (const [service, code, past, future, windowSeconds] of [
    [
      'lambda',
      'InvalidSignatureException',
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)',
      'Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)',
      300,
    ],
    [
      'sts',
      'SignatureDoesNotMatch',
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)',
      'Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)',
      300,
    ],
    [
      's3',
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      'The difference between the request time and the current time is too large.',
      900,
    ],
  ] as const) {
    test(`${service}: ${windowSeconds} s are in time, a second more is not, either way`, () => {
      const request = signed(service);
      for (const seconds of [-windowSeconds, 0, windowSeconds, windowSeconds + 0.999]) verify(request, seconds);
      const late = refusalOf(request, windowSeconds + 1);
      const early = refusalOf(request, -windowSeconds - 1);
      assert.deepEqual([late.code, late.message, late.status], [code, past, 403]);
      assert.deepEqual([early.code, early.message, early.status], [code, future, 403]);
    });
  }

  test('S3 tells both times and how far they may lie apart', () => {
    assert.deepEqual(refusalOf(signed('s3'), 901).members, {
      RequestTime: '20260102T030405Z',
      ServerTime: '2026-01-02T03:19:06Z',
      MaxAllowedSkewMilliseconds: 900_000,
    });
  });

  test('a date that is none, or of another day than the scope', () => {
    const odd = refusalOf(withHeaders(signed('lambda'), { 'x-amz-date': '2026-01-02T03:04:05Z' }));
    assert.equal(odd.code, 'IncompleteSignatureException');
    assert.equal(
      odd.message,
      "Date must be in ISO-8601 'basic format'. Got '2026-01-02T03:04:05Z'. See http://en.wikipedia.org/wiki/ISO_8601",
    );
    const shifted = withHeaders(signed('lambda'), { 'x-amz-date': '20260103T030405Z' });
    const { code, message } = refusalOf(shifted);
    assert.equal(code, 'InvalidSignatureException');
    assert.equal(
      message,
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260102' != '20260103', from '20260103T030405Z'.",
    );
  });

  test('a presigned link lives as long as it says, at most a week', async () => {
    verify(presigned, 900);
    const { code, message, status, members } = refusalOf(presigned, 901);
    assert.deepEqual(
      [code, message, status, members['X-Amz-Expires']],
      ['AccessDenied', 'Request has expired', 403, 900],
    );
    assert.equal(refusalOf(presigned, -901).message, 'Request is not valid yet');

    verify(await presignedRequest({ expiresIn: 604_800 }), 604_800);
    for (const [expires, text] of [
      [
        '604801',
        'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
      ],
      ['-1', 'X-Amz-Expires must be non-negative'],
      ['soon', 'X-Amz-Expires should be a number'],
      ['', 'X-Amz-Expires should be a number'],
    ] as const) {
      const url = presigned.url.replace('X-Amz-Expires=900', `X-Amz-Expires=${expires}`);
      const refused = refusalOf({ ...presigned, url });
      assert.deepEqual(
        [refused.code, refused.message, refused.status],
        ['AuthorizationQueryParametersError', text, 400],
      );
    }
  });
});

describe('credentials', () => {
  const cases: [what: string, credentials: object, answers: { [name: string]: string }][] = [
    [
      'unknown access key',
      { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' },
      {
        lambda: 'UnrecognizedClientException',
        dynamodb: 'UnrecognizedClientException',
        sts: 'InvalidClientTokenId',
        s3: 'InvalidAccessKeyId',
      },
    ],
    [
      'known key id, wrong secret',
      { ...credentials, secretAccessKey: 'wrong' },
      {
        lambda: 'InvalidSignatureException',
        dynamodb: 'InvalidSignatureException',
        sts: 'SignatureDoesNotMatch',
        s3: 'SignatureDoesNotMatch',
      },
    ],
    [
      'session key without its token',
      { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey },
      {
        lambda: 'UnrecognizedClientException',
        dynamodb: 'UnrecognizedClientException',
        sts: 'InvalidClientTokenId',
        s3: 'InvalidAccessKeyId',
      },
    ],
    [
      'false token',
      { ...session, sessionToken: 'false' },
      {
        lambda: 'UnrecognizedClientException',
        dynamodb: 'UnrecognizedClientException',
        sts: 'InvalidClientTokenId',
        s3: 'InvalidToken',
      },
    ],
    [
      'expired token',
      { ...session, sessionToken: 'expired' },
      { lambda: 'ExpiredTokenException', dynamodb: 'ExpiredTokenException', sts: 'ExpiredToken', s3: 'ExpiredToken' },
    ],
  ];
  for (const [what, given, answers] of cases) {
    test(what, async () => {
      const client = (endpoint: string) => ({ ...s3Options(endpoint), credentials: given as typeof credentials });
      const refused = {
        lambda: refusalOf(await capture((to) => new LambdaClient(client(to)).send(new ListFunctionsCommand({})))),
        dynamodb: refusalOf(await capture((to) => new DynamoDBClient(client(to)).send(new ListTablesCommand({})))),
        sts: refusalOf(await capture((to) => new STSClient(client(to)).send(new GetCallerIdentityCommand({})))),
        s3: refusalOf(await capture((to) => new S3Client(client(to)).send(new ListObjectsV2Command({ Bucket: 'b' })))),
      };
      const codes = Object.fromEntries(Object.entries(refused).map(([name, { code }]) => [name, code]));
      assert.deepEqual(codes, answers);
      assert.equal(refused.dynamodb.status, 400);
    });
  }

  test('a key that was taken away is refused although its signing key is remembered', () => {
    let known = true;
    const clock = stoppedClock((basicIsoSeconds(String(invoke.headers['x-amz-date'])) ?? 0) * 1000);
    const verifyOften = createVerifier({ find: () => (known ? found : { kind: 'unknown-key' }) }, clock);
    verifyOften(invoke);
    verifyOften(invoke);
    known = false;
    assert.throws(() => verifyOften(invoke), { code: 'UnrecognizedClientException' });
  });

  test('a remembered signing key still refuses what does not match', () => {
    const clock = stoppedClock((basicIsoSeconds(String(invoke.headers['x-amz-date'])) ?? 0) * 1000);
    const verifyOften = createVerifier(keyring, clock);
    verifyOften(invoke);
    assert.throws(() => verifyOften({ ...invoke, body: Buffer.from('{}') }), { code: 'InvalidSignatureException' });
    verifyOften(invoke);
  });
});

describe('a signature that is not well-formed', () => {
  const credential = `${credentials.accessKeyId}/20260101/us-east-1/lambda/aws4_request`;
  const lambda = (authorization: string | undefined, more: Record<string, string> = {}): AuthenticationRequest => ({
    method: 'GET',
    url: '/2015-03-31/functions',
    headers: { host: 'localhost', 'x-amz-date': '20260101T000000Z', ...(authorization && { authorization }), ...more },
    body: Buffer.alloc(0),
  });
  const digest = (text: string) => hash('sha256', text, 'base64');
  const parts = { signature: `Signature=${'0'.repeat(64)}`, headers: 'SignedHeaders=host;x-amz-date' };
  const withScope = (scope: string) =>
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ${parts.headers}, ${parts.signature}`;

  const cases: [what: string, authorization: string | undefined, code: string, text: string][] = [
    ['none at all', undefined, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    [
      'another kind',
      'Bearer abc',
      'IncompleteSignatureException',
      `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${digest('Bearer abc')}'.`,
    ],
    [
      'a part without a value',
      'AWS4-HMAC-SHA256 Credential',
      'IncompleteSignatureException',
      `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${digest('AWS4-HMAC-SHA256 Credential')}'.`,
    ],
    [
      'nothing but the algorithm',
      'AWS4-HMAC-SHA256',
      'IncompleteSignatureException',
      `Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=${digest('AWS4-HMAC-SHA256')}`,
    ],
    [
      'no signature',
      `AWS4-HMAC-SHA256 Credential=${credential}, ${parts.headers}`,
      'IncompleteSignatureException',
      `Authorization header requires 'Signature' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=${digest(`AWS4-HMAC-SHA256 Credential=${credential}, ${parts.headers}`)}`,
    ],
    [
      'four elements in the credential',
      withScope('20260101/us-east-1/lambda'),
      'IncompleteSignatureException',
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credentials.accessKeyId}/20260101/us-east-1/lambda'`,
    ],
    [
      'no region',
      withScope('20260101/nowhere/lambda/aws4_request'),
      'InvalidSignatureException',
      'Credential should be scoped to a valid region. ',
    ],
    [
      'wrong terminator',
      withScope('20260101/us-east-1/lambda/aws5_request'),
      'InvalidSignatureException',
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
    ],
    [
      'SigV4a',
      `AWS4-ECDSA-P256-SHA256 Credential=${credentials.accessKeyId}/20260101/lambda/aws4_request, ${parts.headers}, ${parts.signature}`,
      'IncompleteSignatureException',
      "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). ",
    ],
    [
      'an unsigned host',
      `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=x-amz-date;hostile, ${parts.signature}`,
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ],
  ];
  for (const [what, authorization, code, text] of cases) {
    test(what, () => {
      const refused = refusalOf(lambda(authorization));
      assert.deepEqual([refused.code, refused.message], [code, text]);
    });
  }

  test('no date', () => {
    const request = { ...lambda(withScope('20260101/us-east-1/lambda/aws4_request')), headers: { host: 'localhost' } };
    const authorization = withScope('20260101/us-east-1/lambda/aws4_request');
    const { message } = refusalOf({ ...request, headers: { ...request.headers, authorization } });
    assert.equal(
      message,
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=${digest(authorization)}`,
    );
  });

  test('the scope of another service than the one that is asked', () => {
    const { code, message } = refusalOf({ ...invoke, expectedService: 'logs' });
    assert.deepEqual(
      [code, message],
      ['InvalidSignatureException', "Credential should be scoped to correct service: 'logs'. "],
    );
    const refused = refusalOf({ ...lambda(withScope('20260101/nowhere/lambda/aws4_request')), expectedService: 's3' });
    assert.equal(refused.code, 'AuthorizationHeaderMalformed');
  });

  test('a signature in the header and in the query', () => {
    const { message } = refusalOf({ ...invoke, url: `${invoke.url}?X-Amz-Algorithm=AWS4-HMAC-SHA256` });
    assert.equal(message, "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
  });

  test('a presigned link without its parameters', () => {
    const { code, message } = refusalOf({ ...lambda(undefined), url: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256' });
    assert.equal(code, 'IncompleteSignatureException');
    assert.match(
      message,
      /^AWS query-string parameters must include 'X-Amz-Credential'\. .* Re-examine the query-string parameters\.$/,
    );
    const unlimited = refusalOf({ ...presigned, url: presigned.url.replace('X-Amz-Expires=900', '') });
    assert.equal(unlimited.code, 'AuthorizationQueryParametersError');
    assert.match(unlimited.message, /^Query-string authentication version 4 requires /);
  });

  test('odd bytes and shapes are refused, never a crash', () => {
    for (const authorization of [
      'AWS4-HMAC-SHA256 ,,, ,',
      'AWS4-HMAC-SHA256 =',
      'AWS4-',
      `AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=;;host;constructor;__proto__;, Signature=${'f'.repeat(64)}`,
      `AWS4-HMAC-SHA256 Credential=//// , SignedHeaders=host, Signature=\u00ff`,
      `AWS4-HMAC-SHA256 Credential=${'/'.repeat(5_000)}, SignedHeaders=${';'.repeat(5_000)}, Signature=0`,
    ]) {
      refusalOf(lambda(authorization));
    }
    for (const url of ['/?X-Amz-Algorithm=%', '*?X-Amz-Algorithm=&X-Amz-Algorithm=x', '/%?&&==&X-Amz-Algorithm=%ff']) {
      refusalOf({ ...lambda(undefined), url });
    }
  });
});

describe('what only S3 asks', () => {
  test('every x-amz- header must be signed', () => {
    const { code, message, status, members } = refusalOf(withHeaders(putObject, { 'x-amz-acl': 'public-read' }));
    assert.deepEqual(
      [code, message, status, members],
      [
        'AccessDenied',
        'There were headers present in the request which were not signed',
        403,
        { HeadersNotSigned: 'x-amz-acl' },
      ],
    );
  });

  test('x-amz-content-sha256 must be there and have one of its forms', () => {
    const missing = refusalOf(withHeaders(putObject, { 'x-amz-content-sha256': undefined }));
    assert.deepEqual(
      [missing.code, missing.message],
      ['InvalidRequest', 'Missing required header for this request: x-amz-content-sha256'],
    );
    for (const form of ['STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'unsigned', 'E3B0']) {
      assert.equal(refusalOf(withHeaders(putObject, { 'x-amz-content-sha256': form })).code, 'InvalidArgument', form);
    }
  });

  test('nobody, another kind of signature, an incomplete one', () => {
    const anonymous = { ...putObject, expectedService: 's3', headers: { host: 'b.s3.localhost' } };
    const answer = (authorization?: string) => {
      const headers = { ...putObject.headers, authorization };
      const { code, message } = refusalOf(authorization ? { ...anonymous, headers } : anonymous);
      return [code, message];
    };
    assert.deepEqual(answer(), ['AccessDenied', 'Access Denied']);
    const old = [
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    ];
    assert.deepEqual(answer('AWS AKIDEXAMPLE:c2lnbmF0dXJl'), old);
    const link = { ...anonymous, url: '/b/k?AWSAccessKeyId=AKIDEXAMPLE&Signature=c2lnbmF0dXJl&Expires=1' };
    const { code, message } = refusalOf({ ...link, expectedService: undefined });
    assert.deepEqual([code, message], old);
    assert.deepEqual(answer('Bearer x'), ['InvalidArgument', 'Unsupported Authorization Type']);
    assert.deepEqual(answer('AWS4-HMAC-SHA256 Credential=a'), [
      'AuthorizationHeaderMalformed',
      'The authorization header is malformed; the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    ]);
    assert.deepEqual(
      answer('AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host;x-amz-date, Signature=0')[0],
      'AccessDenied',
    );
  });
});

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

function signByHand(stringToSign: string, scope: string): string {
  let key: string | Buffer = `AWS4${credentials.secretAccessKey}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(stringToSign).digest('hex');
}
