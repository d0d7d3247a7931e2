'use strict';
// The first process of a Node sandbox: connects, waits for a function, loads it, runs its invocations.
// It starts in the warm pool, before any function is known. What a cold start will need is therefore loaded and run
// once up front (`warmUp`), and nothing under the function's own directories is looked at before INIT: Node remembers
// what it did not find. Protocol: ../frames.md. Behaviour: lambda-facts 6, 8, 16.5. Runs on Node 18 and later.

const { openChannel, INIT, INVOKE, READY, INIT_DONE, INIT_ERROR, FATAL } = require('./channel.cjs');
const { patchConsole, logError, setRequestId } = require('./log.cjs');
const { UnhandledPromiseRejection, payloadOf } = require('./errors.cjs');
const { loadHandler } = require('./handler.cjs');
const { applyEnvironment } = require('./environment.cjs');
const { prepareInvoke } = require('./invoke.cjs');

// From Node 24 on, AWS runs a rewritten client: no callbacks, other words in places.
const modern = Number.parseInt(process.versions.node, 10) >= 24;

/** 'waiting' (for INIT), 'initialising', 'ready' (between invocations or in one), 'failed' (INIT_ERROR sent). */
let phase = 'waiting';
let invoke;

const channel = openChannel((type, payload) => {
  if (type === INVOKE && phase === 'ready') invoke(payload);
  else if (type === INIT && phase === 'waiting') init(JSON.parse(payload.toString()));
});

function init(message) {
  phase = 'initialising';
  try {
    applyEnvironment(message);
    patchConsole(message.logFormat, message.logLevel);
    const loading = loadHandler(message.taskRoot, message.handler, modern);
    if (!(loading instanceof Promise)) return initialised(loading.handler);
    // Only the function's own work keeps the process alive now: a top-level await that can never settle ends it.
    channel.unref();
    if (!modern) process.exitCode = 13;
    const loaded = (then) => (value) => {
      process.exitCode = undefined;
      channel.ref();
      then(value);
    };
    loading.then(
      loaded(({ handler }) => initialised(handler)),
      loaded(initFailed),
    );
  } catch (error) {
    initFailed(error);
  }
}

function initialised(handler) {
  invoke = prepareInvoke(handler, channel, modern);
  phase = 'ready';
  channel.send(INIT_DONE, '');
}

function initFailed(error) {
  phase = 'failed';
  logError(modern ? 'Init Error' : 'Uncaught Exception', error);
  channel.send(INIT_ERROR, JSON.stringify(payloadOf(error)));
}

/** The process cannot go on; whoever waits gets `error` first. */
function die(error, exitCode) {
  const initialising = phase === 'initialising';
  phase = 'failed';
  channel.sendLast(initialising ? INIT_ERROR : FATAL, JSON.stringify(payloadOf(error)), exitCode);
}

process.on('uncaughtException', (error) => {
  logError('Uncaught Exception', error);
  die(error, 129);
});
process.on('unhandledRejection', (reason, promise) => {
  const error = new UnhandledPromiseRejection(reason, promise);
  logError('Unhandled Promise Rejection', error);
  die(error, 128);
});

/**
 * Runs a handler of our own through the same code as a function's: V8 compiles functions when they are first called,
 * and the loaders of CommonJS and ES modules set themselves up at their first use.
 */
async function warmUp() {
  const silent = { send() {}, sendLast() {}, ref() {}, unref() {} };
  const message = JSON.stringify({ requestId: '-', deadlineMs: 0, invokedArn: '-', traceId: 'Root=1-0-0' });
  const frame = Buffer.alloc(4 + message.length + 2);
  frame.writeUInt32LE(message.length, 0);
  frame.write(`${message}{}`, 4);
  applyEnvironment({ env: { ...process.env }, taskRoot: process.cwd() });
  const before = { ...console };
  patchConsole('TEXT', 'FATAL');
  console.log(); // Below the level.
  Object.assign(console, before);
  for (const name of ['warm-up/commonjs.handler', 'warm-up/module.handler']) {
    const { handler } = await loadHandler(__dirname, name, modern);
    prepareInvoke(handler, silent, modern)(frame);
    await new Promise(setImmediate);
  }
  setRequestId(undefined);
  delete process.env._X_AMZN_TRACE_ID;
  delete globalThis.awslambda;
  for (const path of Object.keys(require.cache)) if (path.includes('warm-up')) delete require.cache[path];
}

warmUp().then(() => channel.send(READY, ''));
