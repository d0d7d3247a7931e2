// Requests on the invoke path that no well-behaved client sends, byte by byte over a socket.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { deploy } from './deploy.ts';
import { cleanUpOf, lambdaClient, serve } from './server.ts';

const AUTHORIZATION =
  'Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0';
const CLOSE = `Host: here\r\nConnection: close\r\n${AUTHORIZATION}`;
const FUNCTION = 'exports.handler = async (event) => ({ event });';

describe('the invoke path', () => {
  const cleanUp = cleanUpOf({ after });
  let port: number;
  before(async () => {
    const server = await serve(cleanUp, { args: ['--auth', 'relaxed', '--sandbox', 'process', '--pool', '0'] });
    port = server.process.port;
    const files = { 'index.js': FUNCTION };
    await deploy(lambdaClient(cleanUp, server), { name: 'odd', runtime: 'nodejs24.x', files });
  });

  test('a chunked event is put together', () =>
    check('odd/invocations', 200, /\{"event":\{\}\}$/, 'Transfer-Encoding: chunked', [
      '1\r\n{\r\n',
      '1\r\n}\r\n0\r\n\r\n',
    ]));
  test('a client that asks first is told to go on', () =>
    check('odd/invocations', 100, /200 OK.*\{"event":7\}$/s, 'Expect: 100-continue\r\nContent-Length: 1', ['7']));
  test('requests sent at once are answered in their order', async () => {
    const one = (event: number, head: string) =>
      `POST /2015-03-31/functions/odd/invocations HTTP/1.1\r\n${head}\r\nContent-Length: 1\r\n\r\n${event}`;
    const text = await send([one(1, `Host: here\r\n${AUTHORIZATION}`) + one(2, CLOSE)]);
    assert.match(text, /\{"event":1\}HTTP\/1\.1 200 OK.*\{"event":2\}$/s);
  });
  test('an encoded name and a slash at the end mean the same function', () =>
    check('%6fdd/invocations/', 200, /\{"event":\{\}\}$/));
  test('an encoded slash is no part of a name', () =>
    check('a%2Fb/invocations', 400, /Value 'a\/b' at 'functionName'/));
  test('a name that is no encoding is refused as it stands', () =>
    check('a%ZZ/invocations', 400, /Value 'a%ZZ' at 'functionName'/));
  test('no name is no invocation', () => check('/invocations', 404, /UnknownOperationException/));
  test('an empty qualifier is refused', () => check('odd/invocations?Qualifier=', 400, /at 'qualifier' failed/));
  test('all that is wrong is told in one answer', () =>
    check(
      'a!/invocations?Qualifier=b!',
      400,
      /"4 validation errors detected: Value 'b!' at 'qualifier' .*; Value 'Soon' at 'invocationType' .* \[RequestResponse, DryRun, Event\]; Value 'Some' at 'logType' .* \[None, Tail\]; Value 'a!' at 'functionName' /,
      'X-Amz-Invocation-Type: Soon\r\nX-Amz-Log-Type: Some',
    ));
  test('a head that is too large is refused', () =>
    check('odd/invocations', 431, /Too Large/, `X-Large: ${'x'.repeat(140_000)}`));
  test('another method is no invocation', async () =>
    assert.match(
      await send([`GET /2015-03-31/functions/odd/invocations HTTP/1.1\r\n${CLOSE}\r\n\r\n`]),
      /^HTTP\/1\.1 404 /,
    ));
  test('a code link that was not made here leads to nothing', async () =>
    assert.match(await send([`GET /_lambent/code/..%2f..%2fsecret HTTP/1.1\r\n${CLOSE}\r\n\r\n`]), /^HTTP\/1\.1 403 /));

  async function check(
    path: string,
    status: number,
    answer: RegExp,
    header = 'X-Nothing: 0',
    body: readonly string[] = [],
  ): Promise<void> {
    const text = await send([`POST /2015-03-31/functions/${path} HTTP/1.1\r\n${CLOSE}\r\n${header}\r\n\r\n`, ...body]);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(text, answer);
  }

  /** Everything that comes back until the server closes. */
  async function send(parts: readonly string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    const closed = once(socket, 'close');
    for (const part of parts) await new Promise((done) => socket.write(part, done));
    await closed;
    return text;
  }
});
