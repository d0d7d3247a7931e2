// The Runtime API as a runtime sees it: real HTTP, inside a real sandbox's listener.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../../lib/clock.ts';
import { openSandboxes } from '../../sandbox/open-sandboxes.ts';
import type { Invocation } from '../spec.ts';
import { type GuestAnswer, type GuestStart, type InitAnswer, RESPONSE_BYTES_MAX } from './guest.ts';
import { runtimeApiGuest } from './runtime-api-guest.ts';
import { sandboxApi } from './sandbox-api.ts';

test('next waits for an event, and brings it with its headers', async (t) => {
  const { api, owner, call } = await runtimeApi(t);
  const next = call('GET', 'invocation/next');
  await once(owner.seen, 'init');
  api.invoke({ ...event('one'), clientContext: '{"custom":\n{"é":"日本"}}' }, 1_234);
  const { status, headers, body } = await next;
  assert.deepEqual([status, body], [200, '{"event":"one"}']);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['lambda-runtime-aws-request-id'], 'one');
  assert.equal(headers['lambda-runtime-deadline-ms'], '1234');
  assert.equal(headers['lambda-runtime-invoked-function-arn'], 'arn:one');
  assert.equal(headers['lambda-runtime-trace-id'], 'Root=1-one');
  const context = Buffer.from(String(headers['lambda-runtime-client-context']), 'latin1').toString();
  assert.deepEqual(JSON.parse(context), { custom: { é: '日本' } });
  assert.equal(headers['lambda-runtime-cognito-identity'], undefined);
});

test('an event that came before next was asked for is brought at once', async (t) => {
  const { api, call } = await runtimeApi(t);
  api.invoke(event('early'), 0);
  assert.equal((await call('GET', 'invocation/next')).body, '{"event":"early"}');
});

test('next brings the same event again until it is answered', async (t) => {
  const { call } = await runningInvocation(t, 'one');
  const again = await call('GET', 'invocation/next');
  assert.deepEqual([again.status, again.body], [200, '{"event":"one"}']);
});

test('a response is accepted, and handed on byte by byte as it is', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  const { status, body } = await call('POST', 'invocation/one/response', 'é, no JSON');
  assert.deepEqual([status, JSON.parse(body)], [202, { status: 'OK' }]);
  assert.deepEqual(owner.answers, [{ kind: 'response', payload: Buffer.from('é, no JSON') }]);
});

test('a response that comes byte by byte is put together', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  const parts = Array.from('a slow response', (byte) => byte);
  await call('POST', 'invocation/one/response', parts);
  assert.deepEqual(owner.answers, [{ kind: 'response', payload: Buffer.from('a slow response') }]);
});

test('the next event comes after the response, to the runtime that waits already', async (t) => {
  const { api, call } = await runningInvocation(t, 'one');
  await call('POST', 'invocation/one/response', '1');
  const next = call('GET', 'invocation/next');
  api.invoke(event('two'), 0);
  assert.equal((await next).body, '{"event":"two"}');
});

test('an unknown request id is refused', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  for (const verb of ['response', 'error']) {
    const { status, body } = await call('POST', `invocation/other/${verb}`, '1');
    assert.deepEqual(
      [status, JSON.parse(body)],
      [400, { errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' }],
    );
  }
  assert.deepEqual(owner.answers, []);
});

test('a second answer is refused, and the first one stands', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  await call('POST', 'invocation/one/response', '1');
  for (const verb of ['response', 'error']) {
    const { status, body } = await call('POST', `invocation/one/${verb}`, '2');
    assert.deepEqual([status, JSON.parse(body).errorType], [403, 'InvalidStateTransition']);
  }
  assert.equal(owner.answers.length, 1);
});

test('an error is handed on with its type', (t) => checkError(t, 'Function.NoSuchThing', 'Function.NoSuchThing'));
test('an error type of another form is not taken', (t) => checkError(t, 'NoSuchThing', undefined));
test('an error without a type is an error all the same', (t) => checkError(t, undefined, undefined));

test('a failed init is told with its payload, and once only', async (t) => {
  const { call, owner } = await runtimeApi(t);
  const { status, body } = await call('POST', 'init/error', '{"errorType":"Runtime.Broken"}');
  assert.deepEqual([status, JSON.parse(body)], [202, { status: 'OK' }]);
  assert.deepEqual(owner.inits, [{ kind: 'error', payload: Buffer.from('{"errorType":"Runtime.Broken"}') }]);
  assert.equal((await call('POST', 'init/error', '{}')).status, 403);
  assert.equal(owner.inits.length, 1);
});

test('after the first next an init cannot fail any more', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  const { status, body } = await call('POST', 'init/error', '{}');
  assert.deepEqual([status, JSON.parse(body).errorType], [403, 'InvalidStateTransition']);
  assert.deepEqual(owner.inits, [{ kind: 'done' }]);
});

test('an init error that is too long is refused, and one that fits is taken then', async (t) => {
  const { call, owner } = await runtimeApi(t);
  assert.equal((await call('POST', 'init/error', Buffer.alloc(RESPONSE_BYTES_MAX + 1, 'x'))).status, 413);
  assert.equal((await call('POST', 'init/error', '{}')).status, 202);
  assert.equal(owner.inits.length, 1);
});

test('the longest response is accepted', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  assert.equal((await call('POST', 'invocation/one/response', Buffer.alloc(RESPONSE_BYTES_MAX, 'x'))).status, 202);
  const [answer] = owner.answers;
  assert.equal(answer?.kind === 'response' && answer.payload.length, 6_291_556);
});

test('a response of one byte more is refused, and the caller is told', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  const { status, body } = await call('POST', 'invocation/one/response', Buffer.alloc(RESPONSE_BYTES_MAX + 1, 'x'));
  const errorMessage = 'Exceeded maximum allowed payload size (6291556 bytes).';
  assert.deepEqual([status, JSON.parse(body)], [413, { errorMessage, errorType: 'RequestEntityTooLarge' }]);
  assert.deepEqual(owner.answers, [{ kind: 'response-too-large' }]);
});

const STREAMING = { 'Lambda-Runtime-Function-Response-Mode': 'streaming' };

test('a response in streaming mode is handed on as it comes, with its content type', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  const headers = { ...STREAMING, 'Content-Type': 'text/plain' };
  const request = call('POST', 'invocation/one/response', ['one ', 'two'], headers);
  await once(owner.seen, 'piece');
  assert.deepEqual(owner.stream, ['start text/plain', 'one ']);
  assert.equal((await request).status, 202);
  assert.deepEqual(owner.stream, ['start text/plain', 'one ', 'two', 'end']);
  assert.deepEqual(owner.answers, []);
});

test('a stream that ends with an error in its trailers is broken off by it', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  const error = '{"errorMessage":"midway","errorType":"Function.Midway"}';
  const { status } = await call(
    'POST',
    'invocation/one/response',
    ['one ', 'two'],
    { ...STREAMING, Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body' },
    {
      'Lambda-Runtime-Function-Error-Type': 'Function.Midway',
      'Lambda-Runtime-Function-Error-Body': Buffer.from(error).toString('base64'),
    },
  );
  assert.equal(status, 202);
  assert.deepEqual(owner.stream.slice(-1), [`end Function.Midway ${error}`]);
});

test('a long cause of an error is taken, in a header and in a trailer', async (t) => {
  const { api, call, owner } = await runningInvocation(t, 'one');
  const headers = { 'Lambda-Runtime-Function-XRay-Error-Cause': 'x'.repeat(1024 * 1024 - 1) };
  assert.equal((await call('POST', 'invocation/one/error', '{}', headers)).status, 202);
  assert.deepEqual(owner.broken(), ['error', undefined]);
  const next = call('GET', 'invocation/next');
  api.invoke(event('two'), 0);
  await next;
  const error = Buffer.from(JSON.stringify({ errorMessage: 'x'.repeat(500_000) })).toString('base64');
  const trailers = {
    'Lambda-Runtime-Function-Error-Type': 'Function.Long',
    'Lambda-Runtime-Function-Error-Body': error,
  };
  const Trailer = Object.keys(trailers).join(', ');
  await call('POST', 'invocation/two/response', ['one '], { ...STREAMING, Trailer }, trailers);
  assert.deepEqual(owner.stream.slice(-1), [`end Function.Long ${Buffer.from(error, 'base64')}`]);
});

test('while its owner takes no more, a runtime that streams has to wait', async (t) => {
  const { api, owner, address, call } = await runningInvocation(t, 'one');
  const path = '/2018-06-01/runtime/invocation/one/response';
  const request = httpRequest({ ...address, method: 'POST', path, headers: STREAMING });
  t.after(() => request.destroy());
  const answered = once(request, 'response');
  request.write('first');
  await once(owner.seen, 'piece');
  api.pause();
  const piece = Buffer.alloc(2 ** 20, 'x');
  // A channel takes some megabytes by itself; what it does not take stays with the runtime.
  const pieces = 64;
  for (let written = 0; written < pieces; written += 1) request.write(piece);
  // Answered by the same server: what it could read of the response has been read by then.
  for (let turn = 0; turn < 10; turn += 1) await call('GET', 'restore/next');
  assert.deepEqual(owner.stream, ['start ', 'first']);
  api.resume();
  request.end();
  await answered;
  const bytes = owner.stream.slice(1, -1).reduce((sum, text) => sum + text.length, 0);
  assert.equal(bytes, 'first'.length + pieces * piece.length);
});

test('another response mode is refused, and ends the invocation and its runtime', async (t) => {
  const { call, owner } = await runningInvocation(t, 'one');
  const headers = { 'Lambda-Runtime-Function-Response-Mode': 'buffered' };
  const { status, body } = await call('POST', 'invocation/one/response', '1', headers);
  assert.deepEqual(
    [status, JSON.parse(body)],
    [400, { errorMessage: 'Invalid function response mode', errorType: 'InvalidFunctionResponseMode' }],
  );
  assert.deepEqual(owner.broken(), ['fatal', 'Runtime.InvalidResponseModeHeader']);
  const next = await call('GET', 'invocation/next');
  const words =
    'State transition from InvocationResponse to Ready failed for runtime. Error: State transition is not allowed';
  assert.deepEqual([next.status, JSON.parse(next.body).errorMessage], [403, words]);
});

test('unknown routes and wrong methods are told apart', async (t) => {
  const { call } = await runningInvocation(t, 'one');
  for (const path of ['nothing', 'invocation/one', 'invocation/one/response/more', 'restore/next']) {
    const { status, body } = await call('GET', path);
    assert.deepEqual([status, body], [404, '404 page not found'], path);
  }
  assert.equal((await call('POST', 'invocation/next', '1')).status, 405);
  assert.equal((await call('GET', 'invocation/one/response')).status, 405);
  assert.equal((await call('PUT', 'init/error', '1')).status, 405);
});

test('a response whose connection breaks ends the invocation', async (t) => {
  const { owner, address } = await runningInvocation(t, 'one');
  const broken = await breakOff(address, 'Content-Length: 10', 'half');
  await once(owner.seen, 'answer');
  broken.destroy();
  assert.deepEqual(owner.broken(), ['fatal', 'Runtime.TruncatedResponse']);
});

test('a stream whose connection breaks is broken off', async (t) => {
  const { owner, address } = await runningInvocation(t, 'one');
  const mode = 'Lambda-Runtime-Function-Response-Mode: streaming';
  await breakOff(address, `${mode}\r\nTransfer-Encoding: chunked`, '4\r\nhalf\r\n');
  await once(owner.seen, 'answer');
  assert.deepEqual(owner.stream, ['start ', 'half']);
  assert.deepEqual(owner.broken(), ['fatal', 'Runtime.TruncatedResponse']);
});

test('the runtime is ready when it asks for the next event, not when it has answered', async (t) => {
  const { api, call, owner, server } = await runningInvocation(t, 'one');
  await call('POST', 'invocation/one/response', '1');
  assert.equal(owner.ready, 0);
  const next = call('GET', 'invocation/next');
  await once(owner.seen, 'ready');
  api.invoke(event('two'), 0);
  await next;
  await call('POST', 'invocation/two/response', ['2'], STREAMING);
  assert.equal(owner.ready, 1);
  const last = call('GET', 'invocation/next');
  await once(owner.seen, 'ready');
  assert.equal(owner.ready, 2);
  server.close();
  await assert.rejects(last, { code: 'ECONNRESET' });
});

test('without SnapStart there is nothing to restore', async (t) => {
  const { call } = await runtimeApi(t);
  assert.equal((await call('GET', 'restore/next')).status, 404);
  assert.equal((await call('POST', 'restore/error', '{}')).status, 404);
});

test('with SnapStart a runtime waits to be restored, runs its hooks, and asks for an event then', async (t) => {
  const { api, call, owner } = await runtimeApi(t, { snapStart: true });
  const restore = call('GET', 'restore/next');
  await once(owner.seen, 'init');
  api.restore();
  assert.deepEqual([(await restore).status, (await restore).body], [200, '']);
  assert.deepEqual(owner.restored, []);
  const next = call('GET', 'invocation/next');
  await once(owner.seen, 'restored');
  api.invoke(event('one'), 0);
  assert.equal((await next).body, '{"event":"one"}');
  assert.deepEqual([owner.inits, owner.restored, owner.ready], [[{ kind: 'done' }], [undefined], 0]);
});

test('hooks that fail are told, at either address, and the runtime gets no event', async (t) => {
  for (const path of ['restore/error', 'init/error']) {
    const { api, call, owner } = await runtimeApi(t, { snapStart: true });
    const restore = call('GET', 'restore/next');
    await once(owner.seen, 'init');
    api.restore();
    await restore;
    assert.equal((await call('POST', path, '{"errorType":"No"}')).status, 202);
    assert.deepEqual(owner.restored, [Buffer.from('{"errorType":"No"}')]);
    assert.equal((await call('GET', 'invocation/next')).status, 403);
  }
});

test('a runtime that asks for an event at once has nothing to restore', async (t) => {
  const { api, call, owner } = await runtimeApi(t, { snapStart: true });
  const next = call('GET', 'invocation/next');
  await once(owner.seen, 'init');
  api.restore();
  assert.deepEqual(owner.restored, [undefined]);
  api.invoke(event('one'), 0);
  assert.equal((await next).status, 200);
});

test('a client that ends its side of the connection still gets its answer', async (t) => {
  const { address } = await runtimeApi(t);
  const socket = connect({ ...address, allowHalfOpen: true });
  socket.end('GET /2018-06-01/ping HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const part of socket) text += part;
  assert.match(text, /^HTTP\/1\.1 200 (?:.|\n|\r)*pong/);
});

test('a runtime that goes away while it waits gets its event when it is back', async (t) => {
  const { api, call, address, owner } = await runtimeApi(t);
  const gone = connect(address);
  await once(gone, 'connect');
  gone.write('GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: here\r\n\r\n');
  await once(owner.seen, 'init');
  gone.destroy();
  await once(gone, 'close');
  api.invoke(event('one'), 0);
  assert.equal((await call('GET', 'invocation/next')).body, '{"event":"one"}');
});

test('a function that opens many connections gets so many, and its runtime goes on', async (t) => {
  const { call, address } = await runningInvocation(t, 'one');
  const crowd = Array.from({ length: 200 }, () => connect(address));
  t.after(() => {
    for (const socket of crowd) socket.destroy();
  });
  const turnedAway = crowd.map((socket) => {
    socket.on('error', () => {}); // Turned away by a reset or by an end: the close that follows is what counts.
    return once(socket, 'close');
  });
  await Promise.race(turnedAway);
  for (const socket of crowd) socket.destroy();
  await Promise.all(turnedAway);
  assert.equal((await call('POST', 'invocation/one/response', '1')).status, 202);
});

async function checkError(t: TestContext, given: string | undefined, errorType: string | undefined) {
  const { call, owner } = await runningInvocation(t, 'one');
  const headers = given === undefined ? {} : { 'Lambda-Runtime-Function-Error-Type': given };
  const payload = '{"errorMessage":"no","errorType":"Its.Own"}';
  const { status, body } = await call('POST', 'invocation/one/error', payload, headers);
  assert.deepEqual([status, JSON.parse(body)], [202, { status: 'OK' }]);
  assert.deepEqual(owner.answers, [{ kind: 'error', payload: Buffer.from(payload), errorType }]);
}

/** A runtime that has been given an event and has not answered yet. */
async function runningInvocation(t: TestContext, requestId: string) {
  const runtime = await runtimeApi(t);
  runtime.api.invoke(event(requestId), 0);
  await runtime.call('GET', 'invocation/next');
  return runtime;
}

/** Sends the beginning of a response, and hangs up. */
async function breakOff(address: { host: string; port: number }, headers: string, beginning: string) {
  const socket = connect(address);
  await once(socket, 'connect');
  const head = `POST /2018-06-01/runtime/invocation/one/response HTTP/1.1\r\nHost: here\r\n${headers}\r\n\r\n`;
  await new Promise((resolve) => socket.write(head + beginning, resolve));
  socket.end();
  return socket;
}

async function runtimeApi(t: TestContext, options: { snapStart?: boolean } = {}) {
  const log = pino({ level: 'silent' });
  const sandboxes = await openSandboxes({ kind: 'process', log, clock: systemClock });
  t.after(() => sandboxes[Symbol.asyncDispose]());
  const sandbox = await sandboxes.start(
    {
      ...{ limits: { memoryBytes: 2 ** 27, cpus: undefined }, pidsMax: 10, supervised: false },
      ...{ command: ['/bin/sleep', '60'], env: {}, mounts: [] },
    },
    AbortSignal.timeout(60_000),
  );
  const server = sandboxApi(sandbox);
  const api = runtimeApiGuest(sandbox, server);
  t.after(() => {
    api.close();
    server.close();
  });
  const seen = new EventTarget();
  const told = (what: string) => void seen.dispatchEvent(new Event(what));
  const owner = {
    inits: [] as InitAnswer[],
    answers: [] as GuestAnswer[],
    stream: [] as string[],
    restored: [] as (Buffer | undefined)[],
    ready: 0,
    seen,
    broken: () => owner.answers.flatMap((answer) => [answer.kind, 'errorType' in answer && answer.errorType]),
  };
  api.own({
    onInit: (answer) => {
      owner.inits.push(answer);
      told('init');
    },
    onRestored: (error) => {
      owner.restored.push(error);
      told('restored');
    },
    onStreamStart: (contentType) => owner.stream.push(`start ${contentType ?? ''}`),
    onStreamPiece: (piece) => {
      owner.stream.push(piece.toString());
      told('piece');
    },
    onStreamEnd: (error) => {
      owner.stream.push(error === undefined ? 'end' : `end ${error.errorType} ${error.payload}`);
      told('end');
    },
    onAnswer: (answer) => {
      owner.answers.push(answer);
      told('answer');
    },
    onReady: () => {
      owner.ready += 1;
      told('ready');
    },
    onLost: () => assert.fail('a runtime over HTTP is lost by its end only'),
  });
  if (options.snapStart) api.init(start({ launchScript: ':', snapStart: true }));
  const [host = '', port = ''] = server.address.split(':');
  const address = { host, port: Number(port) };
  return { api, owner, address, server, call: caller(address) };
}

function start(change: Partial<GuestStart>): GuestStart {
  const paths = { task: '/var/task', opt: '/opt', tmp: '/tmp', mounted: (target: string) => target };
  const unset = { codeDir: '/nowhere', optDir: undefined, launchScript: undefined, snapStart: false };
  return { handler: 'bootstrap', variables: {}, paths, ...unset, ...change };
}

function event(requestId: string): Invocation {
  return {
    requestId,
    event: Buffer.from(`{"event":"${requestId}"}`),
    invokedArn: `arn:${requestId}`,
    traceId: `Root=1-${requestId}`,
    wantsTail: false,
  };
}

/** Sends a request; a list is sent in chunks, one by one. */
function caller(address: { host: string; port: number }) {
  return async (
    method: string,
    path: string,
    body?: string | Buffer | readonly string[],
    headers: OutgoingHttpHeaders = {},
    trailers: Record<string, string> = {},
  ) => {
    const request = httpRequest({ ...address, method, path: `/2018-06-01/runtime/${path}`, headers });
    const answered = once(request, 'response');
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
      request.end(body);
    } else {
      for (const part of body) await new Promise((resolve) => request.write(part, resolve));
      request.addTrailers(trailers);
      request.end();
    }
    const [response] = (await answered) as [IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    return {
      status: response.statusCode,
      headers: response.headers,
      body: Buffer.concat(parts).toString(),
    };
  };
}
