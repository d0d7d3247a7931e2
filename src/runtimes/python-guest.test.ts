import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Runtime } from './runtime.ts';
import { endsWithItsChannel, followsTraceIds, passesSixMegabytes } from './testing/guest-behaviour.ts';
import { type InvokeHead, startGuest, taskDirectory, withFunction } from './testing/guest-process.ts';
import { readyRuntimes } from './testing/ready-runtimes.ts';

const [INIT_DONE, INIT_ERROR, RESPONSE, ERROR, RESTORED, RESTORE_ERROR] = [17, 18, 19, 20, 25, 26];
const NO_BREAK_SPACE = '\u00a0';

const runtimes = await readyRuntimes('python');

test('this machine has a Python to test with', () => {
  assert.ok(runtimes.length > 0, 'install one: apt-get install python3');
});

/** One function, one invocation, its answer as text. */
async function answerOf(runtime: Runtime, code: string, event = '{}', head: InvokeHead = {}) {
  using task = taskDirectory({ 'app.py': code });
  await using guest = await startGuest(runtime, task.path);
  const init = await guest.init({ handler: 'app.handler' });
  assert.equal(init.type, INIT_DONE, init.payload.toString());
  const { type, payload } = await guest.invoke(event, head);
  return { type, text: payload.toString() };
}

/** A handler of one expression over `event` and `context`. */
const handler = (expression: string, before = '') =>
  `${before}\ndef handler(event, context):\n    return ${expression}\n`;

for (const runtime of runtimes) {
  const minor = Number(runtime.name.split('.')[1]);
  const requestId = (id: string) => (minor >= 9 ? { requestId: id } : {});

  const initErrorOf = async (files: Record<string, string>, name = 'app.handler') => {
    using task = taskDirectory(files);
    await using guest = await startGuest(runtime, task.path);
    const init = await guest.init({ handler: name });
    assert.equal(init.type, INIT_ERROR, init.payload.toString());
    const error: { errorMessage: string; errorType: string; stackTrace: string[] } = JSON.parse(
      init.payload.toString(),
    );
    const { message } = await guest.logged('[ERROR]');
    assert.ok(message.startsWith(`[ERROR] ${error.errorType}: `), message);
    assert.match(guest.records[0]?.message ?? '', /^\[WARNING\]\t\S+Z\t\tLAMBDA_WARNING: Unhandled exception\./);
    return error;
  };

  describe(`${runtime.name} (${runtime.version})`, { concurrency: 2 }, () => {
    test('a handler answers any JSON value, with AWS’s spacing', async () => {
      await withFunction(runtime, { files: { 'app.py': handler('event') } }, async (guest) => {
        const answers = [
          ['{"a":[1,2.5,null],"b":true}', '{"a": [1, 2.5, null], "b": true}'],
          ['"text"', '"text"'],
          ['42', '42'],
          ['null', 'null'],
          ['"é \u{1f600}"', minor >= 12 ? '"é \u{1f600}"' : '"\\u00e9 \\ud83d\\ude00"'],
        ];
        for (const [event = '', answer] of answers) {
          const { type, payload } = await guest.invoke(event);
          assert.deepEqual([type, payload.toString()], [RESPONSE, answer]);
        }
      });
    });

    test('bytes are answered as they are, and decimals as numbers', async () => {
      const code = handler(
        '{"bytes": b"\\x00raw", "decimals": [D("1.10"), D("1E+5"), {"a": D(3)}], "none": None}[event]',
        'from decimal import Decimal as D',
      );
      await withFunction(runtime, { files: { 'app.py': code } }, async (guest) => {
        assert.equal((await guest.invoke('"bytes"')).payload.toString(), '\x00raw');
        assert.equal((await guest.invoke('"decimals"')).payload.toString(), '[1.10, 1E+5, {"a": 3}]');
        assert.equal((await guest.invoke('"none"')).payload.toString(), 'null');
      });
    });

    test('6 MB go in and out', async () => {
      await passesSixMegabytes(runtime, { files: { 'app.py': handler('event') } });
    });

    test('the context is complete', async () => {
      const code = `
def handler(event, context):
    cc = context.client_context
    context.log('by the context\\n')
    return {
        'fields': [context.function_name, context.function_version, context.memory_limit_in_mb, context.log_group_name,
                   context.log_stream_name, context.invoked_function_arn, context.aws_request_id],
        'remaining': context.get_remaining_time_in_millis(),
        'client_context': None if cc is None else [cc.custom, cc.env, cc.client.app_title, cc.client.installation_id],
        'identity': [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id],
        'shown': repr(context),
    }
`;
      await withFunction(runtime, { files: { 'app.py': code } }, async (guest) => {
        const run = async (head: InvokeHead) => JSON.parse((await guest.invoke('{}', head)).payload.toString());
        const { remaining, shown, ...full } = await run({
          requestId: 'id-1',
          deadlineMs: Date.now() + 60_000,
          invokedArn: 'arn:f:live',
          clientContext: '{"custom":{"k":"v"},"env":{"e":1},"client":{"app_title":"T"}}',
          cognitoIdentity: '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
        });
        const fields = ['f', '$LATEST', '128', '/aws/lambda/f', '2026/01/01/[$LATEST]0123', 'arn:f:live', 'id-1'];
        assert.deepEqual(full, { fields, client_context: [{ k: 'v' }, { e: 1 }, 'T', null], identity: ['i', 'p'] });
        assert.ok(remaining > 50_000 && remaining <= 60_000);
        assert.match(shown, /^LambdaContext\(\[aws_request_id=id-1,log_group_name=\/aws\/lambda\/f,/);
        const bare = await run({ deadlineMs: 1 });
        assert.deepEqual([bare.client_context, bare.identity, bare.remaining], [null, [null, null], 0]);
        assert.equal((await guest.logged('by the context')).message, 'by the context\n');
        const { type, payload } = await guest.invoke('{}', { clientContext: '{' });
        assert.deepEqual(
          [type, JSON.parse(payload.toString()).errorType],
          [ERROR, 'Runtime.LambdaContextUnmarshalError'],
        );
      });
    });

    test('the environment and the working directory are the function’s; the trace id changes with each invocation', async () => {
      const code = handler(
        '[os.getcwd(), os.environ["TABLE"], os.environ["EMPTY"], os.environ["AWS_EXECUTION_ENV"], at_init, os.environ.get("_X_AMZN_TRACE_ID")]',
        'import os\nat_init = os.environ.get("_X_AMZN_TRACE_ID")',
      );
      const env = { TABLE: 'a=b\n"ü"', EMPTY: '' };
      const same = (task: string) => [task, 'a=b\n"ü"', '', `AWS_Lambda_${runtime.name}`, null];
      await followsTraceIds(runtime, { files: { 'app.py': code }, env }, same);
    });

    describe('finds the handler', { concurrency: 2 }, () => {
      test('in packages and directories, with dots and slashes', async () => {
        for (const name of ['pkg.sub.app.main', 'pkg/sub/app.main']) {
          const files = {
            'pkg/__init__.py': '',
            'pkg/sub/__init__.py': '',
            'pkg/sub/app.py': 'def main(e, c): return __name__',
          };
          await withFunction(runtime, { files, handler: name }, async (guest) => {
            assert.equal((await guest.invoke('{}')).payload.toString(), '"pkg.sub.app"');
          });
        }
      });
      test('and its own modules first, also where the platform has loaded one of that name', async () => {
        const files = {
          'app.py': handler('[uuid.mine, random.mine]', 'import random, uuid'),
          'uuid.py': 'mine = 1',
          'random/__init__.py': 'mine = 2',
        };
        await withFunction(runtime, { files }, async (guest, init) => {
          assert.equal(init.type, INIT_DONE, init.payload.toString());
          assert.equal((await guest.invoke('{}')).payload.toString(), '[1, 2]');
        });
      });
      test('with the code first on the module path, then layers, then PYTHONPATH', async () => {
        const code = handler('sys.path', 'import sys');
        const env = { PYTHONPATH: '/some/where' };
        await withFunction(runtime, { files: { 'app.py': code }, env }, async (guest, _init, task) => {
          const path: string[] = JSON.parse((await guest.invoke('{}')).payload.toString());
          assert.deepEqual(path.slice(0, 4), [
            task,
            '/opt/python',
            `/opt/python/lib/${runtime.name}/site-packages`,
            '/some/where',
          ]);
          assert.deepEqual(
            path.filter((entry) => entry.endsWith('dist-packages')),
            [],
          );
        });
      });
    });

    describe('tells what is wrong with a function', { concurrency: 2 }, () => {
      test('whose module or dependency is missing', async () => {
        assert.deepEqual(await initErrorOf({ 'other.py': '' }), {
          errorMessage: "Unable to import module 'app': No module named 'app'",
          errorType: 'Runtime.ImportModuleError',
          ...requestId(''),
          stackTrace: [],
        });
        const { errorMessage } = await initErrorOf({ 'app.py': 'import left_out' });
        assert.equal(errorMessage, "Unable to import module 'app': No module named 'left_out'");
      });
      test('whose handler is missing', async () => {
        assert.deepEqual(await initErrorOf({ 'app.py': '' }), {
          errorMessage: "Handler 'handler' missing on module 'app'",
          errorType: 'Runtime.HandlerNotFound',
          ...requestId(''),
          stackTrace: [],
        });
      });
      test('whose handler’s name is no name, or a built-in module’s', async () => {
        const bad = await initErrorOf({}, 'app');
        assert.deepEqual(
          [bad.errorType, bad.errorMessage],
          ['Runtime.MalformedHandlerName', "Bad handler 'app': not enough values to unpack (expected 2, got 1)"],
        );
        const builtIn = await initErrorOf({}, 'sys.exit');
        assert.deepEqual(
          [builtIn.errorType, builtIn.errorMessage],
          ['Runtime.BuiltInModuleConflict', 'Cannot use built-in module sys as a handler module'],
        );
      });
      test('that cannot be parsed', async () => {
        const error = await initErrorOf({ 'app.py': 'def handler(:\n' });
        assert.equal(error.errorType, 'Runtime.UserCodeSyntaxError');
        assert.match(error.errorMessage, /^Syntax error in module 'app': invalid syntax \(app\.py, line 1\)$/);
        assert.match(error.stackTrace[0] ?? '', /^ {2}File "\S+\/app\.py" Line 1\n {4}def handler\(:\n/);
      });
      test('that raises while it is loaded', async () => {
        const error = await initErrorOf({ 'app.py': 'def fail():\n    raise KeyError("at init")\nfail()\n' });
        assert.deepEqual([error.errorType, error.errorMessage], ['KeyError', "'at init'"]);
        assert.match(error.stackTrace[0] ?? '', /importlib/);
        assert.match(
          error.stackTrace.at(-1) ?? '',
          /^ {2}File "\S+\/app\.py", line 2, in fail\n {4}raise KeyError\("at init"\)\n$/,
        );
      });
    });

    describe('errors of a handler', { concurrency: 2 }, () => {
      test('carry message, type, request and frames, and are logged as one event', async () => {
        const code = 'class Odd(Exception):\n    pass\n\ndef handler(event, context):\n    raise Odd("no\\nway ü")\n';
        await withFunction(runtime, { files: { 'app.py': code } }, async (guest, _init, task) => {
          const { type, payload } = await guest.invoke('{}', { requestId: 'id-9' });
          const frame = `  File "${task}/app.py", line 5, in handler\n    raise Odd("no\\nway ü")\n`;
          assert.equal(type, ERROR);
          const error = JSON.parse(payload.toString());
          assert.deepEqual(error, {
            errorMessage: 'no\nway ü',
            errorType: 'Odd',
            ...requestId('id-9'),
            stackTrace: [frame],
          });
          assert.deepEqual(Object.keys(error), [
            'errorMessage',
            'errorType',
            ...Object.keys(requestId('')),
            'stackTrace',
          ]);
          const { message } = await guest.logged('[ERROR]');
          assert.equal(
            message,
            `[ERROR] Odd: no\nway ü\nTraceback (most recent call last):\n${frame.trimEnd().replaceAll(/^ +/gm, (spaces) => NO_BREAK_SPACE.repeat(spaces.length))}`,
          );
        });
      });
      test('an answer that is no JSON, an event that is none', async () => {
        const set = JSON.parse((await answerOf(runtime, handler('{1, 2}'), '{}', { requestId: 'id-1' })).text);
        assert.deepEqual(set, {
          errorMessage: 'Unable to marshal response: Object of type set is not JSON serializable',
          errorType: 'Runtime.MarshalError',
          ...requestId('id-1'),
          stackTrace: [],
        });
        const event = JSON.parse((await answerOf(runtime, handler('1'), '{')).text);
        assert.equal(event.errorType, 'Runtime.UnmarshalError');
        assert.match(
          event.errorMessage,
          /^Unable to unmarshal input: Expecting property name enclosed in double quotes: /,
        );
      });
      test('a handler without its two parameters', async () => {
        const { type, text } = await answerOf(runtime, 'def handler():\n    pass\n');
        const error = JSON.parse(text);
        assert.deepEqual([type, error.errorType], [ERROR, 'TypeError']);
        assert.match(error.errorMessage, /^handler\(\) takes 0 positional arguments but 2 were given$/);
      });
      test('sys.exit ends the process, and what was written before it is there', async () => {
        const code = `
import logging, sys
def handler(event, context):
    for i in range(2000):
        logging.error('line %d %s', i, 'x' * 100)
    sys.stdout.write('unfinished line')
    sys.exit(event)
`;
        for (const exitCode of [0, 3]) {
          await withFunction(runtime, { files: { 'app.py': code } }, async (guest) => {
            await assert.rejects(guest.invoke(`${exitCode}`), /the guest has ended/);
            assert.deepEqual(await guest.ended(), { code: exitCode, signal: null });
            assert.equal(guest.records.length, 2000);
            assert.equal(guest.output(), 'unfinished line');
          });
        }
      });
      test('sys.exit while it is loaded ends the process', async () => {
        using task = taskDirectory({ 'app.py': 'import sys\nsys.exit(4)' });
        await using guest = await startGuest(runtime, task.path);
        await assert.rejects(guest.init({ handler: 'app.handler' }), /the guest has ended/);
        assert.equal((await guest.ended()).code, 4);
      });
    });

    describe('logs', { concurrency: 2 }, () => {
      const code = `
import logging, sys
logger = logging.getLogger('mine')
def handler(event, context):
    logging.info('hidden'); logging.warning('root %s', 1); logger.error('two\\nlines', extra={'order': 7})
    try:
        1 / 0
    except ZeroDivisionError:
        logger.exception('failed')
    print('printed ü'); print('to stderr', file=sys.stderr); sys.stdout.write('no newline')
`;
      test('logging writes one record a call, print is output', async () => {
        await withFunction(runtime, { files: { 'app.py': code } }, async (guest) => {
          await guest.invoke('{}', { requestId: 'id-1' });
          await guest.logged('failed');
          await guest.printed('no newline');
          const lines = guest.records.map(({ message }) =>
            message.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, 'TIME'),
          );
          assert.deepEqual(lines.slice(0, 2), ['[WARNING]\tTIME\tid-1\troot 1\n', '[ERROR]\tTIME\tid-1\ttwo\nlines\n']);
          assert.match(lines[2] ?? '', /^\[ERROR\]\tTIME\tid-1\tfailed\nTraceback \(most recent call last\):\n/);
          assert.equal(lines.length, 3);
          assert.equal(guest.records[0]?.type, 0xa55a0003);
          assert.ok(Math.abs((guest.records[0]?.timestampMs ?? 0) - Date.now()) < 60_000);
          await guest.printed('printed ü\n');
          await guest.printed('to stderr\n');
        });
      });
      test('JSON format has levels, extra fields and errors', async () => {
        const env = { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'ERROR' };
        const failing = `${code}    raise ValueError('at the end')\n`;
        await withFunction(runtime, { files: { 'app.py': failing }, env }, async (guest) => {
          await guest.invoke('{}', { requestId: 'id-1' });
          await guest.logged('at the end');
          const [plain, caught, thrown, ...more] = guest.records.map(({ message }) => JSON.parse(message));
          const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
          for (const line of [plain, caught, thrown]) assert.match(line.timestamp, time);
          assert.deepEqual(
            { ...plain, timestamp: '' },
            { timestamp: '', level: 'ERROR', message: 'two\nlines', logger: 'mine', requestId: 'id-1', order: 7 },
          );
          assert.deepEqual(
            [caught.message, caught.errorType, caught.errorMessage, caught.stackTrace.length],
            ['failed', 'ZeroDivisionError', 'division by zero', 1],
          );
          assert.match(caught.location, /app\.py:handler:9$/);
          assert.deepEqual(
            [thrown.log_level, thrown.errorType, thrown.errorMessage],
            ['ERROR', 'ValueError', 'at the end'],
          );
          assert.deepEqual(more, []);
          assert.ok(guest.records.every(({ type }) => type === 0xa55a0016));
        });
      });
      test('threads and child processes write too', async () => {
        const both = `
import subprocess, threading
def handler(event, context):
    threads = [threading.Thread(target=context.log, args=(str(i) * 1000000,)) for i in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
    subprocess.check_call(['/bin/sh', '-c', 'echo from a child'])
`;
        await withFunction(runtime, { files: { 'app.py': both } }, async (guest) => {
          await guest.invoke('{}');
          await guest.printed('from a child\n');
          await Promise.all(['0', '1', '2', '3'].map((letter) => guest.logged(letter.repeat(1_000_000))));
          assert.equal(guest.records.length, 4);
        });
      });
    });

    test('children do not inherit the platform’s descriptors, and no variable tells of them', async () => {
      const code = `
import os
def handler(event, context):
    script = 'for fd in 3 4; do (: >&$fd) 2>/dev/null && echo $fd; done; true'
    pid = os.fork()
    if pid == 0:
        os.execv('/bin/sh', ['sh', '-c', '(' + script + ') > fds.txt'])
    os.waitpid(pid, 0)
    return [open('fds.txt').read(), [name for name in os.environ if name.endswith('_FD') or 'LAMBENT' in name]]
`;
      assert.deepEqual(await answerOf(runtime, code), { type: RESPONSE, text: '["", []]' });
    });

    test('a function that closes the channel ends its environment', async () => {
      const code = 'import os\ndef handler(event, context):\n    os.close(3)\n';
      await withFunction(runtime, { files: { 'app.py': code } }, async (guest) => {
        await assert.rejects(guest.invoke('{}'), /the guest has ended/);
      });
    });

    test('the guest ends with its channel, whatever the function does', async () => {
      const code = handler(
        '1',
        'import atexit, threading, time\natexit.register(time.sleep, 60)\nthreading.Thread(target=time.sleep, args=(60,)).start()',
      );
      await endsWithItsChannel(runtime, { files: { 'app.py': code } });
    });

    describe('hooks around a snapshot', () => {
      const HOOKS = `
from snapshot_restore_py import register_after_restore, register_before_snapshot
calls = []
@register_before_snapshot
def first():
    calls.append('first before')
register_before_snapshot(calls.append, 'second before')
register_after_restore(lambda text, end: calls.append(text + end), 'first after', end='.')
@register_after_restore
def last():
    calls.append('second after')
def handler(event, context):
    return calls
`;
      const start = async (files: Record<string, string>, snapStart: boolean) => {
        using task = taskDirectory(files);
        const guest = await startGuest(runtime, task.path);
        return { guest, init: await guest.init({ handler: 'app.handler', snapStart }) };
      };

      test('those before it run last first, those after it first first', async () => {
        const { guest, init } = await start({ 'app.py': HOOKS }, true);
        await using _ = guest;
        assert.equal(init.type, INIT_DONE, init.payload.toString());
        assert.deepEqual(JSON.parse((await guest.invoke('{}')).payload.toString()), ['second before', 'first before']);
        assert.equal((await guest.restore()).type, RESTORED);
        const all = ['second before', 'first before', 'first after.', 'second after'];
        assert.deepEqual(JSON.parse((await guest.invoke('{}')).payload.toString()), all);
      });
      test('none runs without SnapStart', async () => {
        const { guest, init } = await start({ 'app.py': HOOKS }, false);
        await using _ = guest;
        assert.equal(init.type, INIT_DONE);
        assert.equal((await guest.invoke('{}')).payload.toString(), '[]');
      });
      test('a function without hooks is restored too', async () => {
        const { guest } = await start({ 'app.py': handler('1') }, true);
        await using _ = guest;
        assert.equal((await guest.restore()).type, RESTORED);
        assert.equal((await guest.invoke('{}')).payload.toString(), '1');
      });
      test('a copy of the package that the function brings along counts', async () => {
        const own = `
before, after = [(print, ('own before',), {})], [(print, ('own after',), {})]
get_before_snapshot = lambda: before
get_after_restore = lambda: after
`;
        const files = { 'snapshot_restore_py.py': own, 'app.py': `import snapshot_restore_py${handler('1')}` };
        const { guest } = await start(files, true);
        await using _ = guest;
        await guest.printed('own before\n');
        assert.equal((await guest.restore()).type, RESTORED);
        await guest.printed('own after\n');
      });
      test('one that fails before it fails the init', async () => {
        const code = `
import snapshot_restore_py
@snapshot_restore_py.register_before_snapshot
def close():
    raise ValueError('cannot close')
def handler(event, context):
    pass
`;
        const { guest, init } = await start({ 'app.py': code }, true);
        await using _ = guest;
        const error = JSON.parse(init.payload.toString());
        assert.deepEqual(
          [init.type, error.errorType, error.errorMessage],
          [INIT_ERROR, 'Runtime.BeforeSnapshotError', 'cannot close'],
        );
        assert.match(error.stackTrace[0], /app\.py", line 5, in close/);
      });
      test('one that fails after it is told, and ends the guest', async () => {
        const code = `
import snapshot_restore_py
@snapshot_restore_py.register_after_restore
def connect():
    raise OSError('cannot connect')
def handler(event, context):
    pass
`;
        const { guest } = await start({ 'app.py': code }, true);
        await using _ = guest;
        const { type, payload } = await guest.restore();
        const error = JSON.parse(payload.toString());
        assert.deepEqual(
          [type, error.errorType, error.errorMessage],
          [RESTORE_ERROR, 'Runtime.AfterRestoreError', 'cannot connect'],
        );
        await guest.logged('[ERROR] Runtime.AfterRestoreError: cannot connect');
        assert.deepEqual(await guest.ended(), { code: 65, signal: null });
      });
    });

    test('the standard library is whole, and exit() is there', async () => {
      const code = handler(
        '[exit.__class__.__name__, sqlite3.sqlite_version != "", ssl.OPENSSL_VERSION != ""]',
        'import bz2, ctypes, lzma, sqlite3, ssl, zlib',
      );
      assert.deepEqual(await answerOf(runtime, code), { type: RESPONSE, text: '["Quitter", true, true]' });
    });
  });
}
