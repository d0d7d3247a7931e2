// What comes to the server's port and is no request, or a very long one.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { deploy } from './deploy.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, serve, type TestServer } from './server.ts';

const HEAD_BYTES_MAX = 128 * 1024;

suite('the server', () => {
  let server: TestServer;
  const cleanUp = cleanUpOf({ after });
  before(async () => {
    server = await serve(cleanUp);
  });

  /** All that comes back until the server closes the connection. */
  const answerTo = async (...pieces: string[]): Promise<string> => {
    const socket = connect(server.process.port, '127.0.0.1');
    cleanUp.defer(async () => void socket.destroy());
    for (const piece of pieces) socket.write(piece);
    return (await buffer(socket)).toString();
  };
  const get = (header: string) => `GET /2015-03-31/functions HTTP/1.1\r\nHost: lambda\r\n${header}\r\n\r\n`;

  test('takes the longest list of tags that can be taken away', async () => {
    const client = lambdaClient(cleanUp, server);
    await deploy(client, { name: 'hello', runtime: 'nodejs24.x', files: { 'index.js': 'exports.handler = 1;' } });
    const { GetFunctionCommand, TagResourceCommand, UntagResourceCommand } = lambdaSdk();
    const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:hello';
    const keys = Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(128, '語'));
    await client.send(new TagResourceCommand({ Resource, Tags: Object.fromEntries(keys.map((key) => [key, 'v'])) }));
    await client.send(new UntagResourceCommand({ Resource, TagKeys: keys }));
    assert.equal((await client.send(new GetFunctionCommand({ FunctionName: 'hello' }))).Tags, undefined);
  });

  test('tells how long the head of a request may be', async () => {
    const answer = await answerTo(get(`X-Long: ${'x'.repeat(HEAD_BYTES_MAX)}`), 'and the rest of it'.repeat(10_000));
    assert.match(answer, /^HTTP\/1\.1 431 [\s\S]*Connection: close\r\n\r\n/);
    const { message } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { message: string };
    assert.equal(message, 'The URL and the headers of the request together are longer than 131072 bytes.');
  });

  test('says of what is no request that it is none', async () => {
    assert.match(await answerTo('hello\r\n\r\n'), /^HTTP\/1\.1 400 [\s\S]*"This is no valid HTTP\/1\.1 request: /);
  });
});
