import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pipelineLimit } from './pipeline-limit.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';
const LIMIT = 4;

test('a connection that sends many requests at once is broken, and the others are not', async (t) => {
  const server = await serve(t);
  const other = client(server.port);
  other.write(REQUEST);
  const flooding = client(server.port);
  // Within one chunk.
  flooding.write(REQUEST.repeat(1_000));
  await once(flooding, 'close');
  other.end(REQUEST);
  await once(other, 'close');
  assert.equal(server.answered, 2 + LIMIT);
});

test('a connection may send as many requests as it likes, one after the other', async (t) => {
  const server = await serve(t);
  const socket = client(server.port);
  for (let sent = 0; sent < 5 * LIMIT; sent += 1) {
    socket.write(REQUEST);
    await once(socket, 'data');
  }
  assert.deepEqual([server.answered, server.refused], [5 * LIMIT, 0]);
  socket.destroy();
});

function client(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}); // SAFE: a connection that is broken is what the test looks for, by its close.
  return socket.resume();
}

async function serve(t: TestContext) {
  const mayBeAnswered = pipelineLimit(LIMIT);
  const counts = { answered: 0, refused: 0, port: 0 };
  const server = createServer((request, response) => {
    if (!mayBeAnswered(request)) {
      counts.refused += 1;
      return;
    }
    counts.answered += 1;
    response.end('an answer');
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  counts.port = (server.address() as AddressInfo).port;
  return counts;
}
