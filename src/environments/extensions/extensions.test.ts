import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { extensionHost } from '../testing/extension-host.ts';
import { ExtensionFailed } from './extensions.ts';

const NEVER = new AbortController().signal;
const INVOCATION = { requestId: 'id', deadlineMs: 5_000, invokedArn: 'arn', traceId: 'Root=1-a;Parent=b;Sampled=1' };
const exit = (code: number | undefined, signal?: NodeJS.Signals) => ({ code, signal, killedForMemory: false });

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** The extensions of one environment behind a real server, and what their processes would do. */
async function open(...external: string[]) {
  const host = await extensionHost({ spec: { version: '3' } });
  const { extensions, lines } = host;
  extensions.expectExternal(external);
  const base = `http://${host.address}/2020-01-01/extension`;
  const call = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> => {
    const response = await fetch(`${base}/${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  };
  const register = (name: string, events: unknown, more: Record<string, string> = {}) =>
    call('POST', 'register', { 'Lambda-Extension-Name': name, ...more }, JSON.stringify({ events }));
  const next = (identifier: string) => call('GET', 'event/next', { 'Lambda-Extension-Identifier': identifier });
  const error = (phase: 'init' | 'exit', identifier: string, type: string) =>
    call('POST', `${phase}/error`, {
      'Lambda-Extension-Identifier': identifier,
      ...(type === '' ? {} : { 'Lambda-Extension-Function-Error-Type': type }),
    });
  const cutOff: Promise<void>[] = [];
  /** Asks for an event that does not come before the environment ends, and is cut off then. */
  const wait = (identifier: string) => void cutOff.push(assert.rejects(next(identifier), /fetch failed/));
  /** Registers, and tells its identifier. */
  const enter = async (name: string, events: readonly string[]) => {
    const { headers } = await register(name, events);
    return headers.get('lambda-extension-identifier') ?? assert.fail('no identifier');
  };
  return {
    ...{ extensions, lines, call, register, next, wait, error, enter },
    [Symbol.asyncDispose]: async () => {
      extensions.close();
      await Promise.all(cutOff);
      await host[Symbol.asyncDispose]();
    },
  };
}

function refused({ status, body }: Answer, errorType: string, errorMessage: string): void {
  assert.deepEqual({ status, body }, { status: 403, body: { errorType, errorMessage } });
}

/** Whether a promise has settled by now, some turns of the event loop later. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  for (let count = 0; count < 20; count += 1) await turn();
  return settled;
}

test('an external extension registers, and is told of the function; of the account if it asks', async () => {
  await using environment = await open('shipper', 'other');
  const { status, body, headers } = await environment.register('shipper', ['INVOKE', 'SHUTDOWN']);
  assert.equal(status, 200);
  assert.deepEqual(body, { functionName: 'hello', functionVersion: '3', handler: 'index.handler' });
  assert.match(headers.get('lambda-extension-identifier') ?? '', /^[0-9a-f-]{36}$/);
  const asked = await environment.register('other', [], { 'Lambda-Extension-Accept-Feature': 'x, accountId' });
  assert.equal(asked.body.accountId, '123456789012');
});

test('the init waits for the registration of every external one, then for everybody’s first next', async () => {
  await using environment = await open('one', 'two');
  const { extensions } = environment;
  const registered = extensions.registered(NEVER);
  const one = await environment.enter('one', ['INVOKE']);
  assert.equal(await isSettled(registered), false);
  const two = await environment.enter('two', []);
  await registered;
  const inside = await environment.enter('internal', ['INVOKE']);
  extensions.closeRegistration();
  const ready = extensions.ready(NEVER);
  for (const identifier of [one, two]) environment.wait(identifier);
  assert.equal(await isSettled(ready), false);
  environment.wait(inside);
  await ready;
  extensions.tellStates();
  assert.deepEqual(environment.lines, [
    'EXTENSION\tName: one\tState: Ready\tEvents: [INVOKE]\n',
    'EXTENSION\tName: two\tState: Ready\tEvents: []\n',
    'EXTENSION\tName: internal\tState: Ready\tEvents: [INVOKE]\n',
  ]);
});

test('an invocation is told to those who want it, and is over when they ask again', async () => {
  await using environment = await open('one', 'two');
  const { extensions } = environment;
  const one = await environment.enter('one', ['INVOKE']);
  const two = await environment.enter('two', ['SHUTDOWN']);
  const event = environment.next(one);
  const shutdown = environment.next(two);
  await extensions.ready(NEVER);
  const over = extensions.invoke(INVOCATION, NEVER);
  const { status, headers, body } = await event;
  assert.equal(status, 200);
  assert.match(headers.get('lambda-extension-event-identifier') ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(body, {
    eventType: 'INVOKE',
    deadlineMs: 5_000,
    requestId: 'id',
    invokedFunctionArn: 'arn',
    tracing: { type: 'X-Amzn-Trace-Id', value: INVOCATION.traceId },
  });
  assert.equal(await isSettled(over), false);
  environment.wait(one);
  await over;

  const ended = extensions.shutdown('spindown', 9_000, NEVER);
  assert.deepEqual((await shutdown).body, { eventType: 'SHUTDOWN', deadlineMs: 9_000, shutdownReason: 'spindown' });
  assert.equal(await isSettled(ended), false);
  extensions.ended('two', exit(0));
  await ended;
  assert.equal(await isSettled(extensions.failed), false);
});

test('one that is at work when the environment ends is told when it asks again', async () => {
  await using environment = await open('one');
  const one = await environment.enter('one', ['INVOKE', 'SHUTDOWN']);
  const event = environment.next(one);
  await environment.extensions.ready(NEVER);
  const invoked = assert.rejects(environment.extensions.invoke(INVOCATION, NEVER), /the environment has ended/);
  await event;
  const leave = new AbortController();
  const ended = environment.extensions.shutdown('timeout', 9_000, leave.signal);
  assert.equal((await environment.next(one)).body.shutdownReason, 'timeout');
  leave.abort();
  await ended;
  environment.extensions.close();
  await invoked;
});

test('one that ends is a crash; one that has said why, its own error; and everybody who waits is told', async () => {
  const check = async (
    says: { phase: 'init' | 'exit'; type: string } | undefined,
    end: ReturnType<typeof exit>,
    failure: { errorType: string; errorMessage: string },
  ) => {
    await using environment = await open('one');
    const { extensions } = environment;
    const one = await environment.enter('one', ['INVOKE']);
    const ready = assert.rejects(
      extensions.ready(NEVER),
      (error) => error instanceof ExtensionFailed && error.failure.errorType === failure.errorType,
    );
    if (says !== undefined) {
      const { status, body } = await environment.error(says.phase, one, says.type);
      assert.deepEqual({ status, body }, { status: 202, body: { status: 'OK' } });
    }
    extensions.ended('one', end);
    assert.deepEqual(await extensions.failed, failure);
    await ready;
  };
  await check(undefined, exit(0), { errorType: 'Extension.Crash', errorMessage: 'Error: exit code 0' });
  await check(undefined, exit(3), { errorType: 'Extension.Crash', errorMessage: 'Error: exit status 3' });
  const killed = { errorType: 'Extension.Crash', errorMessage: 'Error: signal: killed' };
  await check(undefined, exit(undefined, 'SIGKILL'), killed);
  const init = { errorType: 'Extension.InitError', errorMessage: 'Error: exit status 1' };
  await check({ phase: 'init', type: 'Extension.Bad' }, exit(1), init);
  const leaving = { errorType: 'Extension.ExitError', errorMessage: 'Error: exit status 1' };
  await check({ phase: 'exit', type: 'Extension.Bad' }, exit(1), leaving);
});

test('one that says it has failed and goes on ends the environment all the same', async () => {
  await using environment = await open('one');
  const one = await environment.enter('one', []);
  await environment.error('init', one, 'Extension.Bad');
  assert.deepEqual(await environment.extensions.failed, {
    errorType: 'Extension.InitError',
    errorMessage: 'Error: Extension.Bad',
  });
});

test('a file that cannot be run, and one too many, are launch errors', async () => {
  await using environment = await open('one');
  environment.extensions.notLaunched('one', 'permission denied');
  environment.extensions.ended('one', exit(126));
  assert.deepEqual(await environment.extensions.failed, {
    errorType: 'Extension.LaunchError',
    errorMessage: 'Error: fork/exec /opt/extensions/one: permission denied',
  });
  // What a script ends with is its own, whatever a shell means by it.
  for (const code of [126, 127]) {
    await using started = await open('one');
    started.extensions.ended('one', exit(code));
    const errorMessage = `Error: exit status ${code}`;
    assert.deepEqual(await started.extensions.failed, { errorType: 'Extension.Crash', errorMessage });
  }
  await using full = await open(...Array.from({ length: 10 }, (_, index) => `e${index}`));
  assert.equal(await isSettled(full.extensions.failed), false);
  full.extensions.expectExternal(['e10']);
  assert.equal((await full.extensions.failed).errorType, 'Extension.LaunchError');
});

test('who may not register is told why', async () => {
  await using environment = await open('one');
  const { register, call, extensions } = environment;
  refused(await call('POST', 'register', {}, '{}'), 'Extension.InvalidExtensionName', 'Empty extension name');
  const malformed = await call('POST', 'register', { 'Lambda-Extension-Name': 'one' }, '{');
  assert.deepEqual([malformed.status, malformed.body.errorType], [403, 'InvalidRequestFormat']);
  refused(await register('one', ['FREEZE']), 'Extension.InvalidEventType', 'FREEZE: ErrorInvalidEventType');
  refused(
    await register('internal', ['SHUTDOWN']),
    'Extension.InvalidEventType',
    'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension',
  );
  assert.equal((await register('one', ['SHUTDOWN'])).status, 200);
  refused(
    await register('one', []),
    'Extension.InvalidExtensionState',
    'State transition from Registered to Registered failed for extension one. Error: State transition is not allowed',
  );
  assert.equal((await register('internal', ['INVOKE'])).status, 200);
  refused(
    await register('internal', []),
    'Extension.InvalidExtensionState',
    'Extension with this name already registered',
  );
  for (let index = 3; index <= 10; index += 1) assert.equal((await register(`i${index}`, [])).status, 200);
  refused(await register('i11', []), 'Extension.TooManyExtensions', 'Extension limit (10) reached');
  extensions.closeRegistration();
  refused(await register('late', []), 'Extension.RegistrationClosed', 'Extension registration closed already');
});

test('who asks without being known, or out of turn, is refused', async () => {
  await using environment = await open('one');
  const { call, next, error } = environment;
  refused(
    await call('GET', 'event/next', {}),
    'Extension.MissingExtensionIdentifier',
    'Missing Lambda-Extension-Identifier header',
  );
  refused(await next('me'), 'Extension.InvalidExtensionIdentifier', 'Invalid Lambda-Extension-Identifier');
  const stranger = randomUUID();
  refused(await next(stranger), 'Extension.UnknownExtensionIdentifier', `Unknown extension ${stranger}`);
  const one = await environment.enter('one', ['INVOKE']);
  refused(await error('init', one, ''), 'Extension.MissingHeader', 'Lambda-Extension-Function-Error-Type not found');
  environment.wait(one);
  await environment.extensions.ready(NEVER);
  refused(
    await next(one),
    'Extension.InvalidExtensionState',
    `State transition from Ready to Ready failed for extension ${one}. Error: State transition is not allowed`,
  );
  refused(
    await error('init', one, 'Extension.Late'),
    'Extension.InvalidExtensionState',
    `State transition from Ready to InitError failed for extension ${one}. Error: State transition is not allowed`,
  );
  assert.equal((await call('POST', 'event/next', {})).status, 405);
  assert.equal((await call('GET', 'event/other', {})).status, 404);
  // What every object of JavaScript has is no operation: such a request once ended the server.
  for (const path of ['constructor', 'toString', '__proto__']) assert.equal((await call('GET', path, {})).status, 404);
});
