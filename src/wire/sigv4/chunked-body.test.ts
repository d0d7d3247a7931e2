import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import type { AuthenticationRequest } from '../authenticate.ts';
import { AwsError } from '../aws-error.ts';
import { basicIsoSeconds } from './amz-date.ts';
import { ChunkedBody } from './chunked-body.ts';
import { capture, stoppedClock } from './testing/captured-request.ts';
import { verifiedBody } from './verified-body.ts';
import { createVerifier } from './verify.ts';

const require = createRequire(import.meta.url);
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');

const CRLF = '\r\n';
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const principal = { accessKeyId: '', account: '123456789012', arn: '', userId: '', kind: 'root' } as const;
const found = { kind: 'found', secretAccessKey: credentials.secretAccessKey, principal } as const;

/** What a handler reads of a request: its body, or the error that ended it. */
async function read(request: AuthenticationRequest): Promise<Buffer> {
  const seconds = basicIsoSeconds(String(request.headers['x-amz-date'])) ?? 0;
  const { payload, seed } = createVerifier({ find: () => found }, stoppedClock(seconds * 1000))(request);
  const body = verifiedBody(request, payload, seed);
  return body === undefined && Buffer.isBuffer(request.body) ? request.body : buffer(body ?? Readable.from([]));
}

async function refusalOf(request: AuthenticationRequest): Promise<AwsError> {
  try {
    await read(request);
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error));
    return error;
  }
  assert.fail('the body was accepted');
}

/** The examples of "Transferring Payload in Multiple Chunks" and "Including Trailing Headers", Amazon S3 API reference. */
const EXAMPLES = {
  chunks: {
    contentSha256: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    headers: { 'content-length': '66824' },
    signedHeaders:
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    signatures: [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ],
    end: CRLF,
  },
  trailer: {
    contentSha256: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    headers: { 'x-amz-trailer': 'x-amz-checksum-crc32c' },
    signedHeaders:
      'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
    seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    signatures: [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    ],
    end: `x-amz-checksum-crc32c:sOO8/Q==${CRLF}x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435${CRLF}${CRLF}`,
  },
} as const;

const EXAMPLE_BYTES = 66_560;

function example(
  name: keyof typeof EXAMPLES,
  change: (body: string) => string = (body) => body,
): AuthenticationRequest {
  const { contentSha256, headers, signedHeaders, seed, signatures, end } = EXAMPLES[name];
  const scope = '20130524/us-east-1/s3/aws4_request';
  const [first, second, last] = signatures;
  const body = [
    `10000;chunk-signature=${first}${CRLF}${'a'.repeat(65_536)}${CRLF}`,
    `400;chunk-signature=${second}${CRLF}${'a'.repeat(1_024)}${CRLF}`,
    `0;chunk-signature=${last}${CRLF}${end}`,
  ].join('');
  return {
    method: 'PUT',
    url: '/examplebucket/chunkObject.txt',
    headers: {
      host: 's3.amazonaws.com',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${signedHeaders},Signature=${seed}`,
      'x-amz-content-sha256': contentSha256,
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(EXAMPLE_BYTES),
      ...headers,
    },
    body: { stream: Readable.from([Buffer.from(change(body), 'latin1')]) },
  };
}

describe('signed chunks, as in the examples of AWS’s documentation', () => {
  for (const name of ['chunks', 'trailer'] as const) {
    test(`${name}: decoded and accepted`, async () => {
      assert.equal((await read(example(name))).toString(), 'a'.repeat(EXAMPLE_BYTES));
    });

    test(`${name}: any change is refused`, async () => {
      const [first, second, last] = EXAMPLES[name].signatures;
      const chunk = `400;chunk-signature=${second}${CRLF}${'a'.repeat(1_024)}${CRLF}`;
      for (const [what, change, code] of [
        ['a byte of the first chunk', (body) => body.replace('aaaa', 'aaba'), 'SignatureDoesNotMatch'],
        ['a signature', (body) => body.replace(first, last), 'SignatureDoesNotMatch'],
        ['the last signature', (body) => body.replace(last, first), 'SignatureDoesNotMatch'],
        ['no signature', (body) => body.replace(`;chunk-signature=${first}`, ''), 'InvalidRequest'],
        ['a chunk left out', (body) => body.replace(chunk, ''), 'SignatureDoesNotMatch'],
        ['the end left out', (body) => body.slice(0, body.indexOf(`0;chunk-signature=${last}`)), 'IncompleteBody'],
        ['cut within a chunk', (body) => body.slice(0, 66_000), 'IncompleteBody'],
        ['a size that is none', (body) => body.replace('10000;', 'x0000;'), 'InvalidRequest'],
        ['a chunk without its line end', (body) => body.replace(`a${CRLF}400;`, `aX${CRLF}400;`), 'InvalidRequest'],
        ['another trailer', (body) => `${body}x-amz-meta-a:b${CRLF}`, 'MalformedTrailerError'],
      ] as [string, (body: string) => string, string][]) {
        assert.equal((await refusalOf(example(name, change))).code, code, what);
      }
    });
  }

  test('the trailer is signed, and must be the one that was announced', async () => {
    for (const [what, change, code] of [
      ['its value', (body) => body.replace('sOO8/Q==', 'sOO8/A=='), 'SignatureDoesNotMatch'],
      [
        'its signature left out',
        (body) => body.replace(/x-amz-trailer-signature:\w+\r\n/, ''),
        'SignatureDoesNotMatch',
      ],
      ['left out', (body) => body.replace(/x-amz-checksum-crc32c:.*\r\n/, ''), 'MalformedTrailerError'],
      ['another name', (body) => body.replace('checksum-crc32c', 'checksum-sha1'), 'MalformedTrailerError'],
      ['no colon', (body) => body.replace('crc32c:', 'crc32c='), 'MalformedTrailerError'],
    ] as [string, (body: string) => string, string][]) {
      assert.equal((await refusalOf(example('trailer', change))).code, code, what);
    }
  });

  test('a trailer line that ends with \\n\\r\\n, as the documentation prints it', async () => {
    const request = example('trailer', (body) => body.replace(`Q==${CRLF}`, `Q==\n${CRLF}`));
    assert.equal((await read(request)).length, EXAMPLE_BYTES);
  });

  test('the length that was promised must come', async () => {
    // Not signed here, so that only the length is wrong.
    const decode = (decodedBytes: number) => {
      const trailerNames = ['x-amz-checksum-crc32c'];
      return buffer(
        streamOf(example('trailer')).pipe(new ChunkedBody({ seed: undefined, trailerNames, decodedBytes })),
      );
    };
    assert.equal((await decode(EXAMPLE_BYTES)).length, EXAMPLE_BYTES);
    await assert.rejects(decode(EXAMPLE_BYTES + 1), { code: 'IncompleteBody' });
    await assert.rejects(decode(EXAMPLE_BYTES - 1), { code: 'IncompleteBody' });
  });
});

function streamOf(request: AuthenticationRequest): Readable {
  return Buffer.isBuffer(request.body) ? Readable.from([request.body]) : request.body.stream;
}

describe('uploads of the JavaScript client', () => {
  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
    test(`a stream with a trailing ${algorithm}`, async () => {
      const parts = ['first '.repeat(2_000), 'second '.repeat(2_000), 'third'];
      const { request, received } = await upload(parts, algorithm);
      assert.equal(request.headers['x-amz-content-sha256'], 'STREAMING-UNSIGNED-PAYLOAD-TRAILER');
      assert.equal(request.headers['x-amz-trailer'], `x-amz-checksum-${algorithm.toLowerCase()}`);
      assert.equal(received, parts.join(''));
    });

    test(`a wrong trailing ${algorithm}`, async () => {
      const sent = await captureUpload(['a'.repeat(10_000)], algorithm);
      const text = sent.body.toString('latin1');
      const wrong = { ...sent, body: Buffer.from(text.replace('aaaa', 'aaba'), 'latin1') };
      const { code, message, status } = await refusalOf(wrong);
      assert.deepEqual(
        [code, message, status],
        ['BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`, 400],
      );
      const short = { ...sent, body: Buffer.from(text.replace(/(x-amz-checksum-\w+:).*/, '$1AA=='), 'latin1') };
      assert.equal((await refusalOf(short)).code, 'InvalidRequest');
    });
  }

  test('a body that was hashed beforehand is held to its hash, also as a stream', async () => {
    const sent = await capture((endpoint) =>
      new S3Client(options(endpoint)).send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'whole' })),
    );
    assert.match(String(sent.headers['x-amz-content-sha256']), /^[0-9a-f]{64}$/);
    const streamed = (text: string) => ({ ...sent, body: { stream: Readable.from([Buffer.from(text)]) } });
    assert.equal((await read(streamed('whole'))).toString(), 'whole');
    assert.equal((await refusalOf(streamed('whale'))).code, 'XAmzContentSHA256Mismatch');
  });
});

const options = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
  forcePathStyle: true,
});

function put(
  endpoint: string,
  parts: readonly string[],
  algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256',
) {
  const Body = Readable.from(parts.map((part) => Buffer.from(part)));
  // This client cannot send a stream whose length it does not know: it would write a header of `undefined`.
  const ContentLength = parts.join('').length;
  return new S3Client(options(endpoint)).send(
    new PutObjectCommand({ Bucket: 'b', Key: 'k', Body, ContentLength, ChecksumAlgorithm: algorithm }),
  );
}

function captureUpload(parts: readonly string[], algorithm: Parameters<typeof put>[2]) {
  return capture((endpoint) => put(endpoint, parts, algorithm));
}

/** Verifies while the request is still coming in, as a server does. */
async function upload(parts: readonly string[], algorithm: Parameters<typeof put>[2]) {
  let received: Promise<string> | undefined;
  let request: AuthenticationRequest | undefined;
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers, rawHeaders } = incoming;
    request = { method, url, headers, rawHeaders, body: { stream: incoming } };
    received = read(request).then(String);
    const done = () => outgoing.end();
    received.then(done, done);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await put(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, parts, algorithm);
    assert.ok(request);
    return { request, received: await received };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('the form of chunks', () => {
  const decode = (
    wire: string | Buffer,
    trailerNames: readonly string[] = [],
    pieceBytes = Number.POSITIVE_INFINITY,
  ) => {
    const bytes = Buffer.isBuffer(wire) ? wire : Buffer.from(wire, 'latin1');
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
    return buffer(
      Readable.from(pieces).pipe(new ChunkedBody({ seed: undefined, trailerNames, decodedBytes: undefined })),
    );
  };
  const chunk = (text: string) => `${text.length.toString(16)}${CRLF}${text}${CRLF}`;

  test('it does not matter where the network cuts', async () => {
    const wire = `${chunk('x'.repeat(8_192))}${chunk('yz')}0${CRLF}x-amz-checksum-crc32:m4k4eg==${CRLF}${CRLF}`;
    const whole = decode(wire, ['x-amz-checksum-crc32']).catch((error) => error.code);
    for (const pieceBytes of [1, 2, 3, 7, 8_190]) {
      assert.deepEqual(
        await decode(wire, ['x-amz-checksum-crc32'], pieceBytes).catch((error) => error.code),
        await whole,
      );
    }
    assert.equal((await decode(`${chunk('x'.repeat(8_192))}${chunk('yz')}0${CRLF}${CRLF}`, [], 1)).length, 8_194);
  });

  test('only the last chunk may be smaller than 8,192 bytes', async () => {
    const end = `${chunk('b')}0${CRLF}${CRLF}`;
    assert.equal((await decode(`${chunk('a'.repeat(8_192))}${end}`)).length, 8_193);
    await assert.rejects(decode(`${chunk('a'.repeat(8_191))}${end}`), {
      code: 'InvalidChunkSizeError',
      message: 'Only the last chunk is allowed to have a size less than 8192 bytes',
      members: { Chunk: 1, BadChunkSize: 8_191 },
    });
  });

  test('an empty body', async () => {
    assert.equal((await decode(`0${CRLF}${CRLF}`)).length, 0);
    assert.equal((await decode(`0${CRLF}`)).length, 0);
    await assert.rejects(decode(''), { code: 'IncompleteBody' });
  });

  test('sizes, lines and trailers have limits', async () => {
    await assert.rejects(decode(`${(5 * 1024 ** 3 + 1).toString(16)}${CRLF}`), { code: 'InvalidRequest' });
    await assert.rejects(decode(`${(5 * 1024 ** 3).toString(16)}${CRLF}`), { code: 'IncompleteBody' });
    await assert.rejects(decode('0'.repeat(1_025)), { code: 'InvalidRequest' });
    await assert.rejects(decode('0'.repeat(1_024)), { code: 'IncompleteBody' });
    await assert.rejects(decode(`0${CRLF}${'a'.repeat(16 * 1_024 + 1)}`), { code: 'MalformedTrailerError' });
    for (const line of ['-1', '0x1', ' 1', '1 ', '1;x=y', '', 'g', '1'.repeat(17)]) {
      await assert.rejects(decode(`${line}${CRLF}a${CRLF}0${CRLF}${CRLF}`), { code: 'InvalidRequest' }, line);
    }
    await assert.rejects(decode(`1\na${CRLF}0${CRLF}${CRLF}`), { code: 'InvalidRequest' });
  });

  test('a trailer that S3 does not know is refused before the body is read', () => {
    for (const trailerNames of [
      ['x-amz-meta-a'],
      ['x-amz-checksum-md4'],
      ['x-amz-checksum-sha1', 'x-amz-checksum-crc32'],
    ]) {
      assert.throws(() => new ChunkedBody({ seed: undefined, trailerNames, decodedBytes: undefined }), {
        code: 'InvalidRequest',
      });
    }
  });

  test('a slow reader holds the sender back', async () => {
    let sent = 0;
    const source = new Readable({
      read() {
        sent += 1;
        this.push(sent <= 400 ? Buffer.from(chunk('a'.repeat(64 * 1_024))) : sent === 401 ? `0${CRLF}${CRLF}` : null);
      },
    });
    const decoded = source.pipe(new ChunkedBody({ seed: undefined, trailerNames: [], decodedBytes: undefined }));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(sent < 20, `${sent} of 400 chunks were taken although nobody reads`);
    assert.equal((await buffer(decoded)).length, 400 * 64 * 1_024);
  });

  test('a client that leaves ends the body with an error, and one that nobody reads is no crash', async () => {
    const leave = () => {
      const stream = new Readable({ read() {} });
      const request = { ...example('chunks'), body: { stream } };
      const body = read(request);
      stream.push(`10000;chunk-signature=${'0'.repeat(64)}${CRLF}aaa`);
      setImmediate(() => stream.destroy(new Error('aborted')));
      return body;
    };
    await assert.rejects(leave(), { message: 'aborted' });

    const stream = new Readable({ read() {} });
    const unread = verifiedBody({ ...example('chunks'), body: { stream } }, { kind: 'hashed', sha256: '' }, undefined);
    stream.destroy(new Error('aborted'));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(unread?.destroyed, true);
  });

  test('a refused body leaves the request’s own stream alive, so that the refusal can be answered', async () => {
    const stream = new Readable({ read() {} });
    const body = read({ ...example('chunks'), body: { stream } });
    stream.push('nonsense\n');
    await assert.rejects(body, { code: 'InvalidRequest' });
    assert.equal(stream.destroyed, false);
    stream.destroy();
  });
});
