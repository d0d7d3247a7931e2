// How recorded answers of AWS are written down as cases, and how a server's answer is held against one.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { noting } from '../../src/wire/testing/seen-answers.ts';
import { lambdaSdk, sender, type TestServer } from '../server.ts';

/** One request, and what AWS answered to such a one. */
export interface Case {
  /** What is recorded, in a sentence. */
  readonly says: string;
  readonly operation: string;
  readonly input?: object;
  readonly answer: Success | Refusal;
}

export interface Success {
  readonly status: number;
  /** Of the body: every member, no other. A RegExp matches a text, `undefined` any value. */
  readonly body?: unknown;
  /** There is no body. */
  readonly nothing?: true;
  /** Of the body: some members. */
  readonly shows?: object;
}

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** null where AWS answers `"Message": null`. */
  readonly message: string | RegExp | null;
  /** `Type: "User"` is in the body unless it is `untyped`. */
  readonly untyped?: true;
  /** What else is in the body. */
  readonly members?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Codes whose errors have `Message`; all others have `message` (lambda-facts 1.1). */
const CAPITAL = /^(ResourceNotFound|CodeSigningConfigNotFound|AccessDenied|Service|InvalidZipFile|InvalidRuntime)/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const require = createRequire(import.meta.url);

/** Sends operations with the official client, and answers what came over the wire. */
export function recorder(cleanUp: AsyncDisposableStack, server: TestServer) {
  const { NodeHttpHandler } = require('@smithy/node-http-handler') as typeof import('@smithy/node-http-handler');
  const http = new NodeHttpHandler();
  cleanUp.defer(async () => http.destroy());
  return async (operation: string, input: object = {}): Promise<Answer> => {
    let answer: Answer | undefined;
    const client = new (lambdaSdk().LambdaClient)(
      noting({
        endpoint: server.env.AWS_ENDPOINT_URL ?? '',
        region: server.env.AWS_REGION ?? '',
        credentials: {
          accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
          secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
        },
        maxAttempts: 1,
        requestHandler: {
          handle: async (request: Parameters<typeof http.handle>[0]) => {
            const { response } = await http.handle(request);
            const body = await buffer(response.body as Readable);
            answer = { status: response.statusCode, headers: response.headers, body: body.toString() };
            return { response: Object.assign(response, { body: Readable.from([body]) }) };
          },
        },
      }),
    );
    const failure = await sender(client)(operation, input).then(
      () => undefined,
      (error: Error) => error,
    );
    if (answer === undefined) throw new Error(`${operation} was not sent`, { cause: failure });
    return answer;
  };
}

/** Throws where the answer is not as it was recorded. */
export function assertRecorded({ status, headers, body }: Answer, expected: Success | Refusal): void {
  assert.match(headers['x-amzn-requestid'] ?? '', UUID);
  if ('code' in expected) {
    const { code, message, untyped, members: others = {} } = expected;
    assert.deepEqual([status, headers['x-amzn-errortype']], [expected.status, code], body);
    const name = CAPITAL.test(code) ? 'Message' : 'message';
    const type = untyped ? {} : { Type: 'User' };
    assertSame(JSON.parse(body), { [name]: message, ...type, ...others }, 'the body');
    return;
  }
  assert.equal(status, expected.status, body);
  if (status === 204 || expected.nothing) assert.equal(body, '');
  else assert.equal(headers['content-type'], 'application/json');
  if (expected.body !== undefined) assertSame(JSON.parse(body), expected.body, 'the body');
  if (expected.shows !== undefined) assertShown(JSON.parse(body), expected.shows, 'the body');
}

function assertSame(actual: unknown, expected: unknown, path: string): void {
  if (expected === undefined) return;
  if (expected instanceof RegExp) {
    assert.match(String(actual), expected, path);
    return;
  }
  if (typeof expected !== 'object' || expected === null) {
    assert.equal(actual, expected, path);
    return;
  }
  assert.ok(typeof actual === 'object' && actual !== null, `${path}: ${actual}`);
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), `members of ${path}`);
  assertShown(actual, expected, path);
}

function assertShown(actual: object, expected: object, path: string): void {
  for (const [name, value] of Object.entries(expected)) {
    // SAFE: a member that is absent is undefined, and told.
    assertSame((actual as Record<string, unknown>)[name], value, `${path}.${name}`);
  }
}
