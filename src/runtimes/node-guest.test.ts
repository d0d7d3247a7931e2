import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Runtime } from './runtime.ts';
import { followsTraceIds, passesSixMegabytes } from './testing/guest-behaviour.ts';
import {
  type Frame,
  type GuestProcess,
  type InvokeHead,
  startGuest,
  taskDirectory,
  withFunction as withTextFunction,
} from './testing/guest-process.ts';
import { installedRuntimes } from './testing/ready-runtimes.ts';

const [INIT_DONE, INIT_ERROR, RESPONSE, ERROR, FATAL, STREAM_START, STREAM_DATA, STREAM_END] = [
  17, 18, 19, 20, 21, 22, 23, 24,
];

const runtimes = await installedRuntimes(['nodejs26.x', 'nodejs24.x', 'nodejs22.x', 'nodejs20.x']);

const withFunction: typeof withTextFunction = (runtime, options, then) =>
  withTextFunction(runtime, { handler: 'index.handler', ...options }, then);

/** One function of CommonJS, one invocation, its answer. */
async function answerOf(runtime: Runtime, code: string, event = '{}', head: InvokeHead = {}) {
  using task = taskDirectory({ 'index.js': code });
  await using guest = await startGuest(runtime, task.path);
  const init = await guest.init({ handler: 'index.handler' });
  assert.equal(init.type, INIT_DONE, init.payload.toString());
  const { type, payload } = await guest.invoke(event, head);
  return { type, value: JSON.parse(payload.toString()) };
}

async function initErrorOf(runtime: Runtime, files: Record<string, string>, handler = 'index.handler') {
  let error: { errorType: string; errorMessage: string; trace: string[] } | undefined;
  await withFunction(runtime, { files, handler }, async (guest, init) => {
    assert.equal(init.type, INIT_ERROR, init.payload.toString());
    error = JSON.parse(init.payload.toString());
    const { message } = await guest.logged('"errorType":');
    assert.match(message, /^\S+Z\tundefined\tERROR\t(Init Error|Uncaught Exception) \t\{"errorType":/);
  });
  assert.ok(error);
  return error;
}

/** What a handler that streams has answered; `body` holds all pieces. */
interface Streamed {
  readonly contentType: string;
  readonly pieces: readonly string[];
  readonly body: Buffer;
  readonly error: { errorType: string; errorMessage: string } | undefined;
}

/** From the frame that begins the answer to the one that ends it. */
async function streamFrom(guest: GuestProcess, start: Frame): Promise<Streamed> {
  assert.equal(start.type, STREAM_START, start.payload.toString());
  const pieces: Buffer[] = [];
  for (;;) {
    const { type, payload } = await guest.frame();
    if (type === STREAM_DATA) {
      assert.ok(payload.length > 0 && payload.length <= 1024 * 1024);
      pieces.push(payload);
      continue;
    }
    assert.equal(type, STREAM_END);
    return {
      contentType: JSON.parse(start.payload.toString()).contentType,
      pieces: pieces.map((piece) => piece.toString()),
      body: Buffer.concat(pieces),
      error: payload.length === 0 ? undefined : JSON.parse(payload.toString()),
    };
  }
}

/** One streaming function, one invocation, its answer; and the function goes on to another one. */
async function streamOf(runtime: Runtime, body: string, then: (guest: GuestProcess) => Promise<void> = async () => {}) {
  const code = `exports.handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} })`;
  let streamed: Streamed | undefined;
  await withFunction(runtime, { files: { 'index.js': code } }, async (guest, init) => {
    assert.equal(init.type, INIT_DONE, init.payload.toString());
    streamed = await streamFrom(guest, await guest.invoke('{"times":3}'));
    await then(guest);
    const again = await streamFrom(guest, await guest.invoke('{"times":3}'));
    assert.deepEqual(again.body, streamed.body);
  });
  assert.ok(streamed);
  return streamed;
}

const ok = (value: unknown) => ({ type: RESPONSE, value });

for (const runtime of runtimes) {
  const major = Number.parseInt(runtime.version, 10);
  const modern = major >= 24;

  describe(`${runtime.name} (${runtime.version})`, { concurrency: 2 }, () => {
    test('an async handler answers any JSON value', async () => {
      await withFunction(
        runtime,
        { files: { 'index.js': 'exports.handler = async (event) => event' } },
        async (guest) => {
          for (const event of [
            '{"a":[1,2.5,null]}',
            '"text"',
            '42',
            'null',
            'true',
            '[]',
            '{"é":"日本語 \u{1f600}"}',
          ]) {
            const { type, payload } = await guest.invoke(event);
            assert.deepEqual([type, payload.toString()], [RESPONSE, event]);
          }
        },
      );
    });

    test('undefined is answered as null', async () => {
      assert.deepEqual(await answerOf(runtime, 'exports.handler = async () => {}'), ok(null));
    });

    test('a handler without async answers its value from Node 24 on, and null before', async () => {
      const answer = await answerOf(runtime, 'exports.handler = () => ({ a: 1 })');
      assert.deepEqual(answer, ok(modern ? { a: 1 } : null));
    });

    test('a handler may return a promise of its own', async () => {
      const code = 'exports.handler = () => new Promise((resolve) => setTimeout(resolve, 5, "late"))';
      assert.deepEqual(await answerOf(runtime, code), ok('late'));
    });

    test('6 MB go in and out', async () => {
      await passesSixMegabytes(runtime, {
        files: { 'index.js': 'exports.handler = async (e) => e' },
        handler: 'index.handler',
      });
    });

    test('the context is complete', async () => {
      const code = `exports.handler = async (_event, context) => ({
        ...JSON.parse(JSON.stringify(context)),
        remaining: context.getRemainingTimeInMillis(),
        methods: Object.keys(context).filter((key) => typeof context[key] === 'function').sort(),
      })`;
      const answer = await answerOf(runtime, code, '{}', {
        requestId: 'id-1',
        deadlineMs: Date.now() + 60_000,
        invokedArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f:live',
        clientContext: '{"custom":{"k":"v"},"client":{},"env":{}}',
        cognitoIdentity: '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
      });
      const { remaining, ...context } = answer.value as { remaining: number };
      assert.ok(remaining > 50_000 && remaining <= 60_000);
      assert.deepEqual(context, {
        ...(modern ? {} : { callbackWaitsForEmptyEventLoop: true }),
        functionName: 'f',
        functionVersion: '$LATEST',
        memoryLimitInMB: '128',
        logGroupName: '/aws/lambda/f',
        logStreamName: '2026/01/01/[$LATEST]0123',
        invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f:live',
        awsRequestId: 'id-1',
        clientContext: { custom: { k: 'v' }, client: {}, env: {} },
        identity: { cognitoIdentityId: 'i', cognitoIdentityPoolId: 'p' },
        methods: modern ? ['getRemainingTimeInMillis'] : ['done', 'fail', 'getRemainingTimeInMillis', 'succeed'],
      });
    });

    test('the environment and the working directory are the function’s; the trace id changes with each invocation', async () => {
      const code = `const atInit = process.env._X_AMZN_TRACE_ID ?? null;
        exports.handler = async () => [process.cwd(), process.env.LAMBDA_TASK_ROOT, process.env.TABLE, process.env.EMPTY,
          process.env.AWS_EXECUTION_ENV, atInit, process.env._X_AMZN_TRACE_ID ?? null]`;
      const env = { TABLE: 'a=b\n"ü"', EMPTY: '' };
      const same = (task: string) => [task, task, 'a=b\n"ü"', '', `AWS_Lambda_${runtime.name}`, null];
      await followsTraceIds(runtime, { files: { 'index.js': code }, handler: 'index.handler', env }, same);
    });

    describe('callbacks', { concurrency: 2 }, () => {
      const handler = (body: string) => `exports.handler = (event, context, callback) => { ${body} }`;
      if (modern) {
        test('are refused', async () => {
          const error = await initErrorOf(runtime, { 'index.js': handler('callback(null, 1)') });
          assert.equal(error.errorType, 'Runtime.CallbackHandlerDeprecated');
          assert.match(
            error.errorMessage,
            /^ERROR: AWS Lambda has removed support for callback-based function handlers/,
          );
        });
        test('a handler that never settles ends the process once nothing is left to wait for', async () => {
          const code = 'exports.handler = () => new Promise(() => {})';
          await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
            await assert.rejects(guest.invoke('{}'), /the guest has ended/);
            assert.deepEqual(await guest.ended(), { code: 0, signal: null });
          });
        });
        return;
      }
      test('answer', async () => {
        assert.deepEqual(await answerOf(runtime, handler('callback(null, { got: event })'), '1'), ok({ got: 1 }));
      });
      test('fail', async () => {
        const answer = await answerOf(runtime, handler('callback(new TypeError("no"))'));
        assert.equal(answer.type, ERROR);
        assert.deepEqual(
          { ...(answer.value as object), trace: [] },
          { errorType: 'TypeError', errorMessage: 'no', trace: [] },
        );
        assert.deepEqual(await answerOf(runtime, handler('callback("text")')), {
          type: ERROR,
          value: { errorType: 'string', errorMessage: 'text', trace: [] },
        });
      });
      test('wait until the event loop is empty', async () => {
        const code = handler('const out = []; setTimeout(() => out.push(1), 50); callback(null, out);');
        assert.deepEqual(await answerOf(runtime, code), ok([1]));
      });
      test('do not wait when the context says so', async () => {
        const code = handler(`context.callbackWaitsForEmptyEventLoop = false;
          const out = []; setTimeout(() => out.push(1), 60_000); callback(null, out);`);
        assert.deepEqual(await answerOf(runtime, code), ok([]));
      });
      test('that never come are answered as null', async () => {
        assert.deepEqual(await answerOf(runtime, handler('setTimeout(() => {}, 5)')), ok(null));
      });
      test('count once', async () => {
        const code = handler('callback(null, 1); callback(null, 2); callback(new Error("late"))');
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          assert.equal((await guest.invoke('{}')).payload.toString(), '1');
          assert.equal((await guest.invoke('{}')).payload.toString(), '1');
        });
      });
      test('the context’s done, succeed and fail answer at once', async () => {
        const timer = 'setTimeout(() => {}, 60_000).unref(); setTimeout(() => {}, 60_000);';
        assert.deepEqual(await answerOf(runtime, handler(`${timer} context.succeed("s")`)), ok('s'));
        assert.deepEqual(await answerOf(runtime, handler(`${timer} context.done(null, "d")`)), ok('d'));
        assert.deepEqual(await answerOf(runtime, handler(`${timer} context.fail()`)), {
          type: ERROR,
          value: { errorType: 'string', errorMessage: 'handled', trace: [] },
        });
      });
      test('a promise that never settles is an error once nothing is left to wait for, and the environment lives on', async () => {
        const code =
          'let n = 0; exports.handler = async () => { n += 1; if (n === 1) await new Promise(() => {}); return n; }';
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          const { type, payload } = await guest.invoke('{}');
          assert.deepEqual([type, JSON.parse(payload.toString()).errorType], [ERROR, 'Runtime.NodeJsExit']);
          assert.equal((await guest.invoke('{}')).payload.toString(), '2');
        });
      });
      test('are announced to go', async () => {
        await withFunction(runtime, { files: { 'index.js': handler('callback()') } }, async (guest) => {
          const { message } = await guest.logged('plans to remove');
          assert.match(message, /^\S+Z\tundefined\tWARN\tAWS Lambda plans to remove support for callback-based/);
        });
      });
    });

    describe('finds the handler', { concurrency: 2 }, () => {
      const cjs = 'exports.handler = async () => __filename.split("/").pop()';
      const esm = 'const name = import.meta.url.split("/").pop(); export const handler = async () => name;';
      const found = async (files: Record<string, string>, handler: string, expected: unknown, env = {}) => {
        await withFunction(runtime, { files, handler, env }, async (guest, init) => {
          assert.equal(init.type, INIT_DONE, init.payload.toString());
          assert.deepEqual(JSON.parse((await guest.invoke('{}')).payload.toString()), expected);
        });
      };
      test('in .js, .mjs, .cjs and a file without an ending', async () => {
        await found({ 'index.js': cjs }, 'index.handler', 'index.js');
        await found({ 'index.mjs': esm }, 'index.handler', 'index.mjs');
        await found({ 'index.cjs': cjs }, 'index.handler', 'index.cjs');
        await found({ index: cjs }, 'index.handler', 'index');
      });
      test('in .js first', async () => {
        await found({ 'index.js': cjs, 'index.mjs': esm, 'index.cjs': cjs }, 'index.handler', 'index.js');
      });
      test('in an ES module .js where package.json says so', async () => {
        await found({ 'index.js': esm, 'package.json': '{"type":"module"}' }, 'index.handler', 'index.js');
        await found({ 'src/index.js': esm, 'package.json': '{"type":"module"}' }, 'src/index.handler', 'index.js');
      });
      test('after a top-level await', async () => {
        const code = `const name = await new Promise((resolve) => setTimeout(resolve, 20, 'awaited')); export const handler = async () => name;`;
        await found({ 'index.mjs': code }, 'index.handler', 'awaited');
      });
      test('in an ES module .js that nothing announces, from Node 24 on; AWS has that switched off before', async () => {
        const awaited = `await null; ${esm}`;
        if (modern) {
          await found({ 'index.js': esm }, 'index.handler', 'index.js');
          await found({ 'index.js': awaited }, 'index.handler', 'index.js');
          return;
        }
        assert.equal((await initErrorOf(runtime, { 'index.js': esm })).errorType, 'Runtime.UserCodeSyntaxError');
      });
      test('among the properties of a default export, from Node 24 on', async () => {
        const files = { 'index.mjs': 'export default { handler: async () => "by default" }' };
        if (modern) await found(files, 'index.handler', 'by default');
        else assert.equal((await initErrorOf(runtime, files)).errorType, 'Runtime.HandlerNotFound');
      });
      test('in directories, and among nested exports', async () => {
        await found({ 'a/b/index.js': cjs }, 'a/b/index.handler', 'index.js');
        await found({ 'index.js': 'exports.a = { b: { c: async () => "nested" } }' }, 'index.a.b.c', 'nested');
      });
      test('of a layer, through NODE_PATH', async () => {
        using layer = taskDirectory({
          'node_modules/wrapper/index.js': 'exports.handler = async () => "from a layer"',
        });
        await found({ 'index.js': cjs }, 'wrapper.handler', 'from a layer', {
          NODE_PATH: `${layer.path}/node_modules`,
        });
      });
      test('that imports its own modules', async () => {
        const files = {
          'index.mjs': `import { one } from './lib/one.mjs'; import two from 'two'; export const handler = async () => [one, two];`,
          'lib/one.mjs': 'export const one = 1;',
          'node_modules/two/package.json': '{"name":"two","main":"main.js"}',
          'node_modules/two/main.js': 'module.exports = 2;',
        };
        await found(files, 'index.handler', [1, 2]);
      });
    });

    describe('tells what is wrong with a function', { concurrency: 2 }, () => {
      test('whose module is missing', async () => {
        const error = await initErrorOf(runtime, { 'other.js': '' });
        assert.equal(error.errorType, 'Runtime.ImportModuleError');
        assert.match(error.errorMessage, /^Error: Cannot find module 'index'\nRequire stack:\n- \S+\/index\.mjs$/);
        assert.equal(error.trace[0], "Runtime.ImportModuleError: Error: Cannot find module 'index'");
      });
      test('whose dependency is missing', async () => {
        const error = await initErrorOf(runtime, { 'index.js': 'require("left-out")' });
        assert.equal(error.errorType, 'Runtime.ImportModuleError');
        assert.match(error.errorMessage, /^Error: Cannot find module 'left-out'\nRequire stack:\n- \S+\/index\.js\n- /);
      });
      test('that cannot be parsed', async () => {
        const error = await initErrorOf(runtime, { 'index.js': 'exports.handler = async () => { ' });
        assert.equal(error.errorType, 'Runtime.UserCodeSyntaxError');
        assert.match(error.errorMessage, /^SyntaxError: Unexpected (end of input|token)/);
      });
      test('whose handler is missing, or no function', async () => {
        const missing = await initErrorOf(runtime, { 'index.js': 'exports.other = 1' });
        assert.deepEqual(
          [missing.errorType, missing.errorMessage],
          ['Runtime.HandlerNotFound', 'index.handler is undefined or not exported'],
        );
        const number = await initErrorOf(runtime, { 'index.js': 'exports.handler = 1' });
        assert.deepEqual(
          [number.errorType, number.errorMessage],
          ['Runtime.HandlerNotFound', 'index.handler is not a function'],
        );
      });
      test('whose handler’s name is no name', async () => {
        const bad = await initErrorOf(runtime, { 'index.js': '' }, 'index');
        assert.deepEqual([bad.errorType, bad.errorMessage], ['Runtime.MalformedHandlerName', 'Bad handler']);
        const outside = await initErrorOf(runtime, { 'index.js': '' }, '../index.handler');
        assert.deepEqual(
          [outside.errorType, outside.errorMessage],
          [
            'Runtime.MalformedHandlerName',
            "'../index.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.",
          ],
        );
      });
      test('that throws while it is loaded', async () => {
        const error = await initErrorOf(runtime, { 'index.js': 'throw new RangeError("at init")' });
        assert.deepEqual([error.errorType, error.errorMessage], ['RangeError', 'at init']);
        assert.match(error.trace[1] ?? '', /index\.js:1:7/);
      });
      test('that is marked as streaming something else than its response', async () => {
        const code =
          'exports.handler = async () => {}; exports.handler[Symbol.for("aws.lambda.runtime.handler.streaming")] = "request"';
        const error = await initErrorOf(runtime, { 'index.js': code });
        assert.deepEqual(
          [error.errorType, error.errorMessage],
          ['Runtime.MalformedStreamingHandler', 'Only response streaming is supported.'],
        );
      });
    });

    describe('errors of a handler', { concurrency: 2 }, () => {
      test('carry type, message and trace, and are logged', async () => {
        const code = `class Odd extends Error { constructor() { super('no\\nway'); this.name = 'Odd'; this.code = 7; } }
          exports.handler = async () => { throw new Odd() }`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          const { type, payload } = await guest.invoke('{}', { requestId: 'id-9' });
          assert.equal(type, ERROR);
          const error = JSON.parse(payload.toString());
          assert.deepEqual(Object.keys(error), ['errorType', 'errorMessage', 'trace']);
          assert.deepEqual([error.errorType, error.errorMessage, error.trace[0]], ['Odd', 'no\nway', 'Odd: no']);
          const { message } = await guest.logged('Invoke Error');
          assert.match(
            message,
            /^\d{4}-\S+Z\tid-9\tERROR\tInvoke Error \t\{"errorType":"Odd","errorMessage":"no\\nway","code":7,/,
          );
          assert.ok(message.endsWith('}\n'));
        });
      });
      test('that are no errors', async () => {
        const thrown = async (what: string) =>
          (await answerOf(runtime, `exports.handler = async () => { throw ${what} }`)).value;
        assert.deepEqual(await thrown('"text"'), { errorType: 'string', errorMessage: 'text', trace: [] });
        assert.deepEqual(await thrown('42'), { errorType: 'number', errorMessage: '42', trace: [] });
        assert.deepEqual(await thrown('({})'), { errorType: 'object', errorMessage: '[object Object]', trace: [] });
      });
      test('thrown before the handler’s first await', async () => {
        const answer = await answerOf(runtime, 'exports.handler = () => { throw new Error("sync") }');
        assert.deepEqual(
          [answer.type, (answer.value as Error & { errorMessage: string }).errorMessage],
          [ERROR, 'sync'],
        );
      });
      test('an answer that is no JSON', async () => {
        const answer = await answerOf(runtime, 'exports.handler = async () => 1n');
        const { errorType, errorMessage } = answer.value as { errorType: string; errorMessage: string };
        assert.deepEqual([answer.type, errorMessage], [ERROR, 'Unable to stringify response body']);
        assert.equal(errorType, modern ? 'Runtime.JSONStringifyError' : 'Error');
      });
      const fatal = async (code: string, exitCode: number, logged: string) => {
        let payload: unknown;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          const answer = await guest.invoke('{}');
          assert.equal(answer.type, FATAL);
          payload = JSON.parse(answer.payload.toString());
          await guest.logged(logged);
          assert.deepEqual(await guest.ended(), { code: exitCode, signal: null });
        });
        const { errorType, errorMessage } = payload as { errorType: string; errorMessage: string };
        return [errorType, errorMessage];
      };
      test('that nobody catches end the process', async () => {
        const code =
          'exports.handler = async () => { setTimeout(() => { throw new TypeError("loose") }); await new Promise(() => setTimeout(() => {}, 1000)); }';
        assert.deepEqual(await fatal(code, 129, '\tERROR\tUncaught Exception \t{"errorType":"TypeError"'), [
          'TypeError',
          'loose',
        ]);
      });
      test('rejections that nobody handles end the process', async () => {
        const code =
          'exports.handler = async () => { Promise.reject(new Error("adrift")); await new Promise((r) => setTimeout(r, 1000)); }';
        assert.deepEqual(
          await fatal(
            code,
            128,
            '\tERROR\tUnhandled Promise Rejection \t{"errorType":"Runtime.UnhandledPromiseRejection"',
          ),
          ['Runtime.UnhandledPromiseRejection', 'Error: adrift'],
        );
      });
      test('process.exit ends the process, and the lines before it are there', async () => {
        const code = `exports.handler = async () => { for (let i = 0; i < 2000; i++) console.log('line', i, 'x'.repeat(100)); process.stdout.write('raw\\n'); process.exit(3) }`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          await assert.rejects(guest.invoke('{}'), /the guest has ended/);
          assert.equal((await guest.ended()).code, 3);
          assert.equal(guest.records.length, 2000);
          assert.match(guest.records.at(-1)?.message ?? '', /line 1999/);
          assert.equal(guest.output(), 'raw\n');
        });
      });
    });

    describe('logs', { concurrency: 2 }, () => {
      test('console writes one record a call, with time, request and level', async () => {
        const code = `console.log('at init'); exports.handler = async () => {
          console.log('a %s', 'b', { c: 1 }); console.trace('t'); console.debug('d'); console.info('i'); console.warn('w'); console.error('e\\nf');
          console.log(); }`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          await guest.invoke('{}', { requestId: 'id-1' });
          await guest.logged('\tundefined\n');
          const lines = guest.records.map(({ message }) =>
            message.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'TIME'),
          );
          assert.deepEqual(lines, [
            'TIME\tundefined\tINFO\tat init\n',
            'TIME\tid-1\tINFO\ta b { c: 1 }\n',
            'TIME\tid-1\tTRACE\tt\n',
            'TIME\tid-1\tDEBUG\td\n',
            'TIME\tid-1\tINFO\ti\n',
            'TIME\tid-1\tWARN\tw\n',
            'TIME\tid-1\tERROR\te\nf\n',
            'TIME\tid-1\tINFO\tundefined\n',
          ]);
          for (const { type, timestampMs } of guest.records) {
            assert.equal(type, 0xa55a0003);
            assert.ok(Math.abs(timestampMs - Date.now()) < 60_000);
          }
        });
      });
      test('JSON format has objects, levels and errors', async () => {
        const code = `exports.handler = async () => { console.info('hidden'); console.warn('text'); console.warn({ a: 1 });
          console.error('failed:', new TypeError('bad')); console.error(new Error('alone')); throw new RangeError('thrown'); }`;
        const env = { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' };
        await withFunction(runtime, { files: { 'index.js': code }, env }, async (guest) => {
          await guest.invoke('{}', { requestId: 'id-1' });
          await guest.logged('thrown');
          const lines = guest.records.map(({ message }) => JSON.parse(message));
          for (const line of lines) {
            assert.match(line.timestamp, /^\d{4}-\S+Z$/);
            delete line.timestamp;
            for (const holder of [line, line.message]) {
              if (holder?.stackTrace === undefined) continue;
              assert.match(holder.stackTrace[0], /Error: /);
              delete holder.stackTrace;
            }
          }
          assert.deepEqual(lines, [
            { level: 'WARN', requestId: 'id-1', message: 'text' },
            { level: 'WARN', requestId: 'id-1', message: { a: 1 } },
            {
              level: 'ERROR',
              requestId: 'id-1',
              message: lines[2]?.message,
              errorType: 'TypeError',
              errorMessage: 'bad',
            },
            { level: 'ERROR', requestId: 'id-1', message: { errorType: 'Error', errorMessage: 'alone' } },
            { level: 'ERROR', requestId: 'id-1', message: { errorType: 'RangeError', errorMessage: 'thrown' } },
          ]);
          assert.match(lines[2]?.message, /^failed: TypeError: bad\n/);
          assert.deepEqual(
            guest.records.map(({ type }) => type.toString(16)),
            ['a55a0012', 'a55a0012', 'a55a0016', 'a55a0016', 'a55a0016'],
          );
        });
      });
      test('what a child process prints is output', async () => {
        const code = `exports.handler = async () => { require('node:child_process').execFileSync('/bin/sh', ['-c', 'echo from a child; echo and an error >&2'], { stdio: 'inherit' }); process.stdout.write('ü\\n') }`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          await guest.invoke('{}');
          await guest.printed('ü\n');
          await guest.printed('from a child\n');
          await guest.printed('and an error\n');
        });
      });
    });

    describe('streams', { concurrency: 2 }, () => {
      test('what a handler writes, as it is written', async () => {
        const { contentType, pieces, error } = await streamOf(
          runtime,
          `for (let i = 0; i < event.times; i += 1) { stream.write('piece ' + i); await new Promise(setImmediate); }
           stream.end('last');`,
        );
        assert.deepEqual(pieces, ['piece 0', 'piece 1', 'piece 2', 'last']);
        assert.deepEqual([contentType, error], ['application/octet-stream', undefined]);
      });
      test('a first piece before the handler goes on', async () => {
        const code = `const { existsSync } = require('node:fs');
          exports.handler = awslambda.streamifyResponse(async (event, stream) => {
            stream.write('first');
            while (!existsSync(event.path)) await new Promise((resolve) => setTimeout(resolve, 5));
            stream.end('second');
          })`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest, _init, task) => {
          const start = await guest.invoke(JSON.stringify({ path: `${task}/go` }));
          assert.equal(start.type, STREAM_START);
          assert.equal((await guest.frame()).payload.toString(), 'first');
          writeFileSync(`${task}/go`, '');
          assert.equal((await guest.frame()).payload.toString(), 'second');
          assert.equal((await guest.frame()).type, STREAM_END);
        });
      });
      test('bytes, texts, and other values as JSON; nothing is nothing', async () => {
        const { body } = await streamOf(
          runtime,
          `stream.write(Buffer.from([0, 255])); stream.write(new Uint8Array([1])); stream.write('\\u00fc'); stream.write('');
           stream.write({ a: [1] }); stream.write(7); stream.end();`,
        );
        assert.deepEqual(body, Buffer.concat([Buffer.from([0, 255, 1]), Buffer.from('ü'), Buffer.from('{"a":[1]}7')]));
      });
      test('nothing at all', async () => {
        const { pieces, error } = await streamOf(runtime, 'stream.end()');
        assert.deepEqual([pieces, error], [[], undefined]);
      });
      test('long pieces in frames of at most 1 MiB', async () => {
        const { body } = await streamOf(runtime, "stream.end('x'.repeat(2.5 * 1024 * 1024) + 'y')");
        assert.equal(body.length, 2.5 * 1024 * 1024 + 1);
        assert.equal(body.at(-1), 'y'.charCodeAt(0));
      });
      test('through pipeline', async () => {
        const { body } = await streamOf(
          runtime,
          `const { pipeline } = require('node:stream/promises');
           await pipeline(require('node:stream').Readable.from(['a', 'b']), require('node:zlib').createGzip(), stream);`,
        );
        assert.equal(gunzipSync(body).toString(), 'ab');
      });
      test('with a content type, set before the first write', async () => {
        const { contentType, body } = await streamOf(
          runtime,
          `stream.setContentType('text/event-stream'); stream.write('a');
           try { stream.setContentType('text/plain') } catch (error) { stream.write(error.name + ': ' + error.message) }
           stream.end();`,
        );
        assert.equal(contentType, 'text/event-stream');
        assert.equal(body.toString(), 'aRuntime.InvalidStreamingOperation: Cannot set content-type, too late.');
      });
      test('an HTTP response: its head, eight zero bytes, its body', async () => {
        const { contentType, body } = await streamOf(
          runtime,
          `const metadata = { statusCode: 201, headers: { 'x-a': 'b' }, cookies: ['c=d'] };
           const out = awslambda.HttpResponseStream.from(stream, metadata);
           out.write('body'); out.end();`,
        );
        assert.equal(contentType, 'application/vnd.awslambda.http-integration-response');
        const head = '{"statusCode":201,"headers":{"x-a":"b"},"cookies":["c=d"]}';
        assert.equal(body.toString(), `${head}${'\0'.repeat(8)}body`);
      });
      test('with the context of its kind', async () => {
        const { body } = await streamOf(
          runtime,
          `stream.end(JSON.stringify([Object.keys(context).filter((key) => /^(callback|done|succeed|fail|aws)/.test(key)),
            context.getRemainingTimeInMillis() > 0]))`,
        );
        const keys = modern ? ['awsRequestId'] : ['callbackWaitsForEmptyEventLoop', 'awsRequestId'];
        assert.deepEqual(JSON.parse(body.toString()), [keys, true]);
      });
      test('no faster than it is taken: write answers false, and drain follows', async () => {
        const code = `const { existsSync } = require('node:fs');
          exports.handler = awslambda.streamifyResponse(async (event, stream) => {
            stream.write('a');
            while (!existsSync(event.path)) await new Promise((resolve) => setTimeout(resolve, 5));
            for (let i = 0; i < 256; i += 1) {
              if (stream.write(Buffer.alloc(64 * 1024, 'x'))) continue;
              const stuck = setTimeout(() => console.log('stuck at', i, 'with', stream.writableLength), 200);
              await new Promise((resolve) => stream.once('drain', resolve));
              clearTimeout(stuck);
            }
            stream.end();
          }, { highWaterMark: 100_000 })`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest, _init, task) => {
          const start = await guest.invoke(JSON.stringify({ path: `${task}/go` }));
          guest.pause();
          writeFileSync(`${task}/go`, '');
          const { message } = await guest.logged('stuck at');
          const [, blocks, waiting] = /stuck at (\d+) with (\d+)/.exec(message) ?? [];
          assert.ok(Number(blocks) < 128, message);
          assert.ok(Number(waiting) >= 100_000 && Number(waiting) < 200_000, message);
          guest.resume();
          const { body, error } = await streamFrom(guest, start);
          assert.deepEqual([body.length, error], [1 + 256 * 64 * 1024, undefined]);
        });
      });
      test('until its stream ends, whoever ends it', async () => {
        const { body } = await streamOf(runtime, "stream.write('a'); setTimeout(() => stream.end('b'), 20);");
        assert.equal(body.toString(), 'ab');
      });
      test('until the handler has returned, although its stream has ended before', async () => {
        const code = `let later = 'no';
          exports.handler = awslambda.streamifyResponse(async (event, stream) => {
            stream.end(later);
            await new Promise((resolve) => setTimeout(resolve, 30));
            later = 'yes';
          })`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          assert.deepEqual((await streamFrom(guest, await guest.invoke('{}'))).pieces, ['no']);
          assert.deepEqual((await streamFrom(guest, await guest.invoke('{}'))).pieces, ['yes']);
        });
      });
      test('an answer that nobody writes keeps waiting', async () => {
        const code = 'exports.handler = awslambda.streamifyResponse(async () => { console.log("returned") })';
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          const answer = guest.invoke('{}');
          const never = assert.rejects(answer, /the guest has ended/);
          await guest.logged('returned');
          const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))]);
          assert.equal(first, 'waiting');
          guest.closeChannel();
          await never;
        });
      });
      test('no value that is returned', async () => {
        await streamOf(runtime, "stream.end('a'); return 1;", async (guest) => {
          const { message } = await guest.logged('ignore return values');
          assert.match(message, /\tWARN\tStreaming handlers ignore return values\.\n$/);
        });
      });

      test('an error before the first write is the answer', async () => {
        const code =
          'exports.handler = awslambda.streamifyResponse(async (event, stream) => { throw new RangeError("early") })';
        const { type, value } = await answerOf(runtime, code);
        const { errorType, errorMessage } = value as { errorType: string; errorMessage: string };
        assert.deepEqual([type, errorType, errorMessage], [ERROR, 'RangeError', 'early']);
      });
      test('an error in between follows what was written, and is logged', async () => {
        const thrown = `stream.write('a'); stream.write('b'); throw new TypeError('in between');`;
        const { body, error } = await streamOf(runtime, thrown, async (guest) => {
          const { message } = await guest.logged('Invoke Error');
          assert.match(message, /\tERROR\tInvoke Error \t\{"errorType":"TypeError","errorMessage":"in between"/);
        });
        assert.equal(body.toString(), 'ab');
        assert.deepEqual([error?.errorType, error?.errorMessage], ['TypeError', 'in between']);
      });
      test('an error of what is piped breaks the answer off', async () => {
        const { body, error } = await streamOf(
          runtime,
          `const { Readable } = require('node:stream');
           const source = Readable.from((async function* () { yield 'a'; await new Promise((r) => setTimeout(r, 20)); throw new Error('source') })());
           await require('node:stream/promises').pipeline(source, stream);`,
        );
        assert.equal(body.toString(), 'a');
        assert.equal(error?.errorMessage, 'source');
      });
      test('an error after the end is only logged', async () => {
        const { body, error } = await streamOf(runtime, "stream.end('a'); throw new Error('late');", async (guest) => {
          await guest.logged('"errorMessage":"late"');
        });
        assert.deepEqual([body.toString(), error], ['a', undefined]);
      });
      test('an error that nobody catches ends the process', async () => {
        const code = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          stream.write('a'); setTimeout(() => { throw new Error('loose') }, 20); await new Promise(() => {}); })`;
        await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
          assert.equal((await guest.invoke('{}')).type, STREAM_START);
          assert.equal((await guest.frame()).type, STREAM_DATA);
          const fatal = await guest.frame();
          assert.deepEqual([fatal.type, JSON.parse(fatal.payload.toString()).errorMessage], [FATAL, 'loose']);
          assert.deepEqual(await guest.ended(), { code: 129, signal: null });
        });
      });
      test('handlers without async are refused', async () => {
        const code =
          'exports.handler = awslambda.streamifyResponse((event, stream) => { setTimeout(() => stream.end()) })';
        const { type, value } = await answerOf(runtime, code);
        const { errorType, errorMessage } = value as { errorType: string; errorMessage: string };
        assert.deepEqual(
          [type, errorType, errorMessage],
          [ERROR, modern ? 'Error' : 'string', 'Streaming does not support non-async handlers.'],
        );
      });
      test('a stream that is destroyed is not finished', async () => {
        const { error } = await streamOf(
          runtime,
          "stream.write('a'); await new Promise((resolve) => setTimeout(resolve, 20)); stream.destroy();",
        );
        assert.equal(error?.errorMessage, 'Response stream is not finished.');
      });
    });

    test('children do not inherit the platform’s descriptors, and no variable tells of them', async () => {
      const code = `const { execFileSync } = require('node:child_process');
        exports.handler = async () => ({ fds: execFileSync('/bin/sh', ['-c', 'for fd in 3 4; do (: >&$fd) 2>/dev/null && echo $fd; done; true']).toString(),
          variables: Object.keys(process.env).filter((name) => /_FD$|LAMBENT/.test(name)) })`;
      assert.deepEqual(await answerOf(runtime, code), ok({ fds: '', variables: [] }));
    });

    test('a function that closes the channel ends its environment', async () => {
      const code = 'exports.handler = async () => { require("node:fs").closeSync(3); return 1 }';
      await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
        await assert.rejects(guest.invoke('{}'), /the guest has ended/);
      });
    });

    test('the guest ends with its channel, whatever the function does', async () => {
      const code =
        'process.on("exit", () => { for (;;); }); setInterval(() => {}, 1000); exports.handler = async () => new Promise(() => {})';
      await withFunction(runtime, { files: { 'index.js': code } }, async (guest) => {
        const never = assert.rejects(guest.invoke('{}'), /the guest has ended/);
        guest.closeChannel();
        assert.deepEqual(await guest.ended(), { code: 0, signal: null });
        await never;
      });
    });
  });
}
