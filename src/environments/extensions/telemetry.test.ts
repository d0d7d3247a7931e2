import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import type { EnvironmentLogOptions } from '../logs/environment-log.ts';
import { extensionHost } from '../testing/extension-host.ts';
import { readSubscription } from './telemetry-subscription.ts';

const NEVER = new AbortController().signal;

interface TelemetryRecord {
  type: string;
  record: unknown;
}

/** An environment whose sandbox is this machine, with one extension that may subscribe. */
async function open(spec: Partial<EnvironmentLogOptions['spec']> = {}) {
  const host = await extensionHost({ spec });
  const { log, extensions } = host;
  extensions.expectExternal(['shipper']);
  const registered = extensions.register('shipper', []);
  if (!('identifier' in registered)) return assert.fail('not registered');
  const { identifier } = registered;
  const subscribe = async (path: string, body: object) => {
    const response = await fetch(`http://${host.address}${path}`, {
      method: 'PUT',
      headers: { 'Lambda-Extension-Identifier': identifier },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return {
    ...{ log, subscribe },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** A listener as an extension has one. `statuses`: what it answers first; then 200. */
async function listen(statuses: readonly (number | 'never')[] = []) {
  const batches: TelemetryRecord[][] = [];
  const bodies: string[] = [];
  const requests: string[] = [];
  const answers = [...statuses];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const status = answers.shift() ?? 200;
    requests.push(`${request.method} ${request.url} ${request.headers.host} ${status}`);
    if (status === 'never') return;
    bodies.push(body);
    if (status < 400) batches.push(JSON.parse(body));
    response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...{ batches, bodies, requests, port: (server.address() as AddressInfo).port },
    get records() {
      return batches.flat();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const http = (port: number, path = '') => ({ protocol: 'HTTP', URI: `http://sandbox.localdomain:${port}${path}` });
const TELEMETRY = '/2022-07-01/telemetry';
const LOGS = '/2020-08-15/logs';
const types = ['platform', 'function', 'extension'];
const buffering = { timeoutMs: 25 };

test('who subscribes is sent what was told before, its own subscription, and what follows', async () => {
  await using environment = await open();
  await using listener = await listen();
  const { log } = environment;
  log.initStart('init');
  const destination = http(listener.port, '/records');
  const answer = await environment.subscribe(TELEMETRY, { schemaVersion: '2022-12-13', types, destination });
  assert.deepEqual(answer, { status: 200, body: 'OK' });
  log.functionLine('hello\n', 0);
  log.extensionLine('shipping\n', 0);
  log.start('id', '');
  await log.flush(NEVER);
  assert.deepEqual(
    listener.records.map(({ type }) => type),
    ['platform.initStart', 'platform.telemetrySubscription', 'function', 'extension', 'platform.start'],
  );
  assert.deepEqual(listener.records[1]?.record, { name: 'shipper', state: 'Subscribed', types });
  assert.deepEqual(listener.records[2], { time: '1970-01-01T00:00:00.000Z', type: 'function', record: 'hello\n' });
  assert.deepEqual(listener.requests, [`POST /records sandbox.localdomain:${listener.port} 200`]);
});

test('who subscribes to some is sent no others', async () => {
  await using environment = await open();
  await using listener = await listen();
  await environment.subscribe(TELEMETRY, {
    ...{ schemaVersion: '2022-07-01', types: ['function'], destination: http(listener.port) },
  });
  environment.log.start('id', '');
  environment.log.functionLine('mine\n', 0);
  environment.log.extensionLine('other\n', 0);
  await environment.log.flush(NEVER);
  assert.deepEqual(
    listener.records.map(({ record }) => record),
    ['mine\n'],
  );
});

test('JSON lines are objects since the schema of 2022-12-13, and strings before it', async () => {
  const check = async (schemaVersion: string, record: unknown) => {
    await using environment = await open({ jsonLogging: { applicationLevel: 'INFO', systemLevel: 'INFO' } });
    await using listener = await listen();
    await environment.subscribe(TELEMETRY, { schemaVersion, types: ['function'], destination: http(listener.port) });
    environment.log.functionLine('{"level":"INFO"}\n', 0);
    environment.log.functionLine('{ no JSON\n', 0);
    await environment.log.flush(NEVER);
    assert.deepEqual(
      listener.records.map((one) => one.record),
      [record, '{ no JSON\n'],
    );
  };
  await check('2022-07-01', '{"level":"INFO"}\n');
  await check('2022-12-13', { level: 'INFO' });
});

test('a JSON line is told as it stands, on one line, however deep it is nested', async () => {
  await using environment = await open({ jsonLogging: { applicationLevel: 'INFO', systemLevel: 'INFO' } });
  await using listener = await listen();
  const destination = http(listener.port);
  await environment.subscribe(TELEMETRY, { schemaVersion: '2022-12-13', types: ['function'], destination });
  // Deep enough that V8 reads it and cannot write it: the server ended by that.
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  environment.log.functionLine(`${deep}\n`, 0);
  environment.log.functionLine('{\r\n  "word": "two\\nlines"\n}\n', 0);
  await environment.log.flush(NEVER);
  const [, second] = listener.records;
  assert.deepEqual(second?.record, { word: 'two\nlines' });
  assert.ok(listener.bodies[0]?.includes(`"record":${deep}}`));
  assert.ok(!/[\r\n]/.test(listener.bodies.join('')));
});

test('the Logs API has its own events, and runtimeDone since 2021-03-18', async () => {
  const check = async (schemaVersion: string | undefined, expected: string[]) => {
    await using environment = await open();
    await using listener = await listen();
    const destination = { ...http(listener.port), method: 'PUT' };
    await environment.subscribe(LOGS, { schemaVersion, types: ['platform'], destination });
    const { log } = environment;
    log.initStart('init');
    log.start('id', '');
    log.runtimeDone({
      ...{ requestId: 'id', traceId: '', status: { kind: 'success' } },
      ...{ durationMs: 1, producedBytes: 1, spans: [] },
    });
    log.report({
      ...{ requestId: 'id', traceId: '', status: { kind: 'success' }, durationMs: 1, billedMs: 1, maxMemoryMb: 1 },
      ...{ initMs: undefined, restoreMs: undefined, spans: [] },
    });
    await log.flush(NEVER);
    assert.deepEqual(
      listener.records.map(({ type }) => type.replace('platform.', '')),
      expected,
    );
    assert.match(listener.requests[0] ?? '', /^PUT \/ /);
  };
  await check(undefined, ['logsSubscription', 'start', 'end', 'report']);
  await check('2021-03-18', ['logsSubscription', 'start', 'runtimeDone', 'end', 'report']);
});

test('the Logs API tells of a runtime that has exited in a record of its own', async () => {
  const check = async (kind: 'error' | 'timeout', expected: unknown[]) => {
    await using environment = await open();
    await using listener = await listen();
    const destination = http(listener.port);
    await environment.subscribe(LOGS, { schemaVersion: '2021-03-18', types: ['platform'], destination });
    environment.log.runtimeDone({
      ...{ requestId: 'id', traceId: '', durationMs: 1, producedBytes: 0, spans: [] },
      status: kind === 'error' ? { kind, errorType: 'Runtime.ExitError' } : { kind },
    });
    await environment.log.flush(NEVER);
    assert.deepEqual(
      listener.records.slice(1).map(({ type, record }) => [type, record]),
      expected,
    );
  };
  await check('error', [
    ['platform.runtimeDone', { requestId: 'id', status: 'failure' }],
    ['platform.fault', 'RequestId: id Process exited before completing request'],
  ]);
  await check('timeout', [['platform.runtimeDone', { requestId: 'id', status: 'timeout' }]]);
});

test('over TCP each record is a line', async () => {
  await using environment = await open();
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const received = once(server, 'connection').then(([socket]) => text(socket));
  const { port } = server.address() as AddressInfo;
  const destination = { protocol: 'TCP', port };
  await environment.subscribe(TELEMETRY, { schemaVersion: '2022-12-13', types, destination });
  environment.log.functionLine('one\n', 0);
  await environment.log.flush(NEVER);
  environment.log.functionLine('two\n', 0);
  await environment.log.flush(NEVER);
  environment.log.close();
  const lines = (await received).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).type),
    ['platform.telemetrySubscription', 'function', 'function'],
  );
  server.close();
});

test('a batch is sent when its time has come, without being asked for', async () => {
  await using environment = await open();
  await using listener = await listen();
  await environment.subscribe(TELEMETRY, {
    ...{ schemaVersion: '2022-12-13', types: ['function'], destination: http(listener.port), buffering },
  });
  environment.log.functionLine('one\n', 0);
  while (listener.records.length === 0) await systemClock.sleep(5);
});

test('a batch that is refused is sent again', async () => {
  await using environment = await open();
  await using listener = await listen([500, 503]);
  await environment.subscribe(TELEMETRY, {
    ...{ schemaVersion: '2022-12-13', types: ['function'], destination: http(listener.port) },
  });
  environment.log.functionLine('one\n', 0);
  await environment.log.flush(NEVER);
  assert.deepEqual(
    listener.records.map(({ record }) => record),
    ['one\n'],
  );
  assert.equal(listener.requests.length, 3);
});

test('batches have at most maxItems records; what a subscriber that is too slow misses, it is told', async () => {
  await using environment = await open();
  await using listener = await listen();
  await environment.subscribe(TELEMETRY, {
    ...{ schemaVersion: '2022-12-13', types, destination: http(listener.port), buffering: { maxItems: 1_000 } },
  });
  // In one turn nobody can take anything: one batch is under way, the next one fills, the rest is dropped.
  for (let count = 0; count < 2_500; count += 1) environment.log.functionLine(`${count}\n`, 0);
  await environment.log.flush(NEVER);
  assert.deepEqual(
    listener.batches.map((batch) => batch.length),
    [1_000, 1_000, 1],
  );
  const last = listener.records.at(-1);
  assert.equal(last?.type, 'platform.logsDropped');
  // One of the 2,000 that were taken tells of the subscription.
  const { droppedRecords, reason } = last.record as { droppedRecords: number; reason: string };
  assert.equal(droppedRecords, 501);
  assert.match(reason, /^Some logs were dropped because the downstream consumer is slower than the logs production/);
});

test('batches have at most maxBytes, and a record that is longer goes alone', async () => {
  await using environment = await open();
  await using listener = await listen();
  await environment.subscribe(TELEMETRY, {
    ...{ schemaVersion: '2022-12-13', types: ['function'], destination: http(listener.port) },
  });
  for (const size of [150_000, 150_000]) environment.log.functionLine('x'.repeat(size), 0);
  await environment.log.flush(NEVER);
  environment.log.functionLine('x'.repeat(300_000), 0);
  await environment.log.flush(NEVER);
  assert.deepEqual(
    listener.batches.map((batch) => batch.length),
    [1, 1, 1],
  );
});

test('nobody waits for a subscriber that does not answer, or is not there', async () => {
  await using environment = await open();
  await using listener = await listen(['never']);
  await environment.subscribe(TELEMETRY, {
    ...{ schemaVersion: '2022-12-13', types, destination: http(listener.port), buffering },
  });
  environment.log.functionLine('one\n', 0);
  await environment.log.flush(AbortSignal.timeout(50));
  await using gone = await open();
  await gone.subscribe(TELEMETRY, { schemaVersion: '2022-12-13', types, destination: http(9), buffering });
  gone.log.functionLine('one\n', 0);
  await gone.log.flush(AbortSignal.timeout(50));
});

test('to subscribe twice is to subscribe once; through the other API, or after the init, it is an error', async () => {
  await using environment = await open();
  await using listener = await listen();
  const destination = http(listener.port);
  const telemetry = { schemaVersion: '2022-12-13', types: ['function'], destination };
  assert.equal((await environment.subscribe(TELEMETRY, telemetry)).status, 200);
  assert.equal((await environment.subscribe(TELEMETRY, telemetry)).status, 200);
  environment.log.functionLine('one\n', 0);
  await environment.log.flush(NEVER);
  assert.equal(listener.records.length, 1);
  assert.equal((await environment.subscribe(LOGS, { types, destination })).status, 403);
  environment.log.closeSubscriptions();
  assert.deepEqual(await environment.subscribe(TELEMETRY, telemetry), {
    status: 403,
    body: { errorType: 'Telemetry.SubscriptionClosed', errorMessage: 'Telemetry API subscription is closed' },
  });
});

test('a request that does not fit is told every mistake, in the API’s own error', async () => {
  await using environment = await open();
  const wrong = { types: [], destination: { protocol: 'HTTP', URI: 'http://sandbox.localdomain' } };
  assert.deepEqual(await environment.subscribe(LOGS, wrong), {
    status: 400,
    body: {
      errorType: 'Logs.ValidationError',
      errorMessage: 'types should not be empty; URI port is not provided',
    },
  });
  const { status, body } = await environment.subscribe(TELEMETRY, wrong);
  assert.deepEqual([status, (body as { errorType: string }).errorType], [400, 'ValidationError']);
});

test('destinations are the sandbox’s own, and buffers have AWS’s limits, both ends included', () => {
  const isTaken = (more: object) => {
    const body = { schemaVersion: '2022-12-13', types, destination: http(8080), ...more };
    return readSubscription('telemetry', 'shipper', JSON.stringify(body)).kind === 'subscription';
  };
  const to = (URI: string) => isTaken({ destination: { protocol: 'HTTP', URI } });
  assert.deepEqual(
    ['http://sandbox:80', 'http://sandbox.localdomain:65535/a?b', 'http://sandbox.localdomain:9000'].map(to),
    [true, true, true],
  );
  assert.deepEqual(
    [
      'http://localhost:80',
      'http://127.0.0.1:80',
      'https://sandbox:80',
      'http://sandbox:9001',
      'http://sandbox:0',
      'x',
    ].map(to),
    [false, false, false, false, false, false],
  );
  const tcp = (port: unknown) => isTaken({ destination: { protocol: 'TCP', port } });
  assert.deepEqual([1, 65_535, 0, 65_536, 9_001, '1'].map(tcp), [true, true, false, false, false, false]);
  const limits = { maxItems: [1_000, 10_000], maxBytes: [262_144, 1_048_576], timeoutMs: [25, 30_000] };
  for (const [field, [min = 0, max = 0]] of Object.entries(limits)) {
    const taken = [min - 1, min, max, max + 1].map((value) => isTaken({ buffering: { [field]: value } }));
    assert.deepEqual(taken, [false, true, true, false], field);
  }
  assert.deepEqual(
    ['2022-07-01', '2022-12-13', '2025-01-29', '2020-08-15', undefined].map((schemaVersion) =>
      isTaken({ schemaVersion }),
    ),
    [true, true, true, false, false],
  );
});
