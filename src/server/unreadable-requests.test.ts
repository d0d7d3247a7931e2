import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { systemClock } from '../lib/clock.ts';
import { createServer } from '../lib/http.ts';
import { answerUnreadable } from './unreadable-requests.ts';

const NOT_HTTP = 'hello\r\n\r\n';

test('what is no request is told so', () => check(NOT_HTTP, /^HTTP\/1\.1 400 .*valid HTTP/s));

test('what is no request, behind one that awaits its answer, is not answered in place of that', () =>
  check(`GET / HTTP/1.1\r\nHost: h\r\n\r\n${NOT_HTTP}`, /^$/));

test('a request that breaks off in its body is told so', () =>
  check('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nnot hexadecimal\r\n', /^HTTP\/1\.1 400 /));

/** What is sent, to a server that answers nothing by itself, and what comes back until the connection ends. */
async function check(sent: string, expected: RegExp): Promise<void> {
  const answers = new Set<ServerResponse>();
  const http = createServer((_request, response) => answers.add(response));
  answerUnreadable(http, answers, systemClock);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  try {
    const { port } = http.address() as AddressInfo; // SAFE: it listens on a host and a port.
    const socket = connect(port, '127.0.0.1');
    socket.write(sent);
    assert.match((await buffer(socket)).toString(), expected);
  } finally {
    http.close();
    http.closeAllConnections();
  }
}
