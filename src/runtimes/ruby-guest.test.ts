import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { endsWithItsChannel, passesSixMegabytes } from './testing/guest-behaviour.ts';
import { type InvokeHead, startGuest, taskDirectory, withFunction } from './testing/guest-process.ts';
import { testRuby } from './testing/ruby-interpreter.ts';

const [INIT_DONE, INIT_ERROR, RESPONSE, ERROR, FATAL] = [17, 18, 19, 20, 21];

const ruby = await testRuby();
const { runtime } = ruby;
after(() => ruby[Symbol.dispose]());

/** A handler of one expression over `event` and `context`. */
const handler = (expression: string, before = '') => `${before}\ndef handler(event:, context:)\n  ${expression}\nend\n`;

async function answerOf(code: string, event = '{}', head: InvokeHead = {}): Promise<{ type: number; text: string }> {
  let answer = { type: 0, text: '' };
  await withFunction(runtime, { files: { 'app.rb': code } }, async (guest, init) => {
    assert.equal(init.type, INIT_DONE, init.payload.toString());
    const { type, payload } = await guest.invoke(event, head);
    answer = { type, text: payload.toString() };
  });
  return answer;
}

/** `pattern` names the type and the message; the log has both, too. */
async function checkInitError(files: Record<string, string>, name: string, type: string, message: RegExp) {
  await withFunction(runtime, { files, handler: name }, async (guest, init) => {
    assert.equal(init.type, INIT_ERROR, init.payload.toString());
    const error: { errorMessage: string; errorType: string; stackTrace: string[] } = JSON.parse(
      init.payload.toString(),
    );
    assert.deepEqual(Object.keys(error), ['errorMessage', 'errorType', 'stackTrace']);
    assert.equal(error.errorType, type);
    assert.match(error.errorMessage, message);
    assert.ok(!error.stackTrace.some((frame) => frame.includes('/guest/ruby/')), error.stackTrace.join('\n'));
    assert.deepEqual(JSON.parse((await guest.logged('"errorType"')).message), error);
    assert.equal(guest.records[0]?.message, 'Init error when loading handler \n');
  });
}

describe(`${runtime.name} (Ruby ${runtime.version})`, { concurrency: 2 }, () => {
  test('a handler answers any JSON value', async () => {
    await withFunction(runtime, { files: { 'app.rb': handler('event') } }, async (guest) => {
      for (const event of ['{"a":[1,2.5,null],"b":true}', '"text"', '42', 'null', '"é \u{1f600}"']) {
        const { type, payload } = await guest.invoke(event);
        assert.deepEqual([type, payload.toString()], [RESPONSE, event]);
      }
    });
  });

  test('a StringIO is answered as it is, byte by byte', async () => {
    await withFunction(runtime, { files: { 'app.rb': handler('StringIO.new("\\x00\\xffraw".b)') } }, async (guest) => {
      assert.deepEqual((await guest.invoke('{}')).payload, Buffer.from('\x00\xffraw', 'latin1'));
    });
  });

  test('6 MB go in and out', async () => {
    await passesSixMegabytes(runtime, { files: { 'app.rb': handler('event') } });
  });

  test('the context is complete', async () => {
    const code = handler(`c = context
      { fields: [c.function_name, c.function_version, c.memory_limit_in_mb, c.log_group_name, c.log_stream_name,
                 c.invoked_function_arn, c.aws_request_id, c.deadline_ms],
        remaining: c.get_remaining_time_in_millis, client: c.client_context, identity: c.identity, tenant: c.tenant_id }`);
    await withFunction(runtime, { files: { 'app.rb': code } }, async (guest) => {
      const run = async (head: InvokeHead) => JSON.parse((await guest.invoke('{}', head)).payload.toString());
      const deadlineMs = Date.now() + 60_000;
      const { remaining, ...full } = await run({
        ...{ requestId: 'id-1', deadlineMs, invokedArn: 'arn:f:live' },
        clientContext: '{"custom":{"k":"v"}}',
        cognitoIdentity: '{"cognitoIdentityId":"i"}',
      });
      const log = ['/aws/lambda/f', '2026/01/01/[$LATEST]0123'];
      assert.deepEqual(full, {
        fields: ['f', '$LATEST', '128', ...log, 'arn:f:live', 'id-1', deadlineMs],
        ...{ client: { custom: { k: 'v' } }, identity: { cognitoIdentityId: 'i' }, tenant: null },
      });
      assert.ok(remaining > 50_000 && remaining <= 60_000);
      const bare = await run({ deadlineMs: 1 });
      assert.deepEqual([bare.client, bare.identity, bare.remaining], [null, null, 0]);
    });
  });

  test('a function may set its own time zone', async () => {
    const files = { 'app.rb': handler('Time.at(0).to_s') };
    await withFunction(runtime, { files, env: { TZ: 'Asia/Tokyo' } }, async (guest) => {
      assert.equal((await guest.invoke('{}')).payload.toString(), '"1970-01-01 09:00:00 +0900"');
    });
  });

  test('the environment and the working directory are the function’s; the trace id changes with each invocation', async () => {
    const code = handler(
      '[Dir.pwd, ENV["TABLE"], ENV["EMPTY"], ENV["AWS_EXECUTION_ENV"], AT_INIT, ENV["_X_AMZN_TRACE_ID"], "ü".encoding.to_s, Encoding.default_external.to_s]',
      'AT_INIT = ENV["_X_AMZN_TRACE_ID"]',
    );
    const env = { TABLE: 'a=b\n"ü"', EMPTY: '' };
    await withFunction(runtime, { files: { 'app.rb': code }, env }, async (guest, _init, task) => {
      const run = async (head: InvokeHead) => JSON.parse((await guest.invoke('{}', head)).payload.toString());
      const same = [task, 'a=b\n"ü"', '', `AWS_Lambda_${runtime.name}`, null];
      const encodings = ['UTF-8', 'UTF-8'];
      assert.deepEqual(await run({ traceId: 'Root=1-a' }), [...same, 'Root=1-a', ...encodings]);
      assert.deepEqual(await run({ traceId: 'Root=1-b' }), [...same, 'Root=1-b', ...encodings]);
    });
  });

  describe('finds the handler', { concurrency: 2 }, () => {
    const method = 'def self.go(event:, context:) = name';
    const shapes: [string, Record<string, string>, string][] = [
      ['app.go', { 'app.rb': 'def go(event:, context:) = "top"' }, 'top'],
      ['dir/sub/app.go', { 'dir/sub/app.rb': 'def go(event:, context:) = "deep"' }, 'deep'],
      ['app.Thing.go', { 'app.rb': `class Thing\n${method}\nend` }, 'Thing'],
      ['app.Outer::Inner.go', { 'app.rb': `module Outer\nclass Inner\n${method}\nend\nend` }, 'Outer::Inner'],
    ];
    for (const [name, files, answer] of shapes) {
      test(`of the form ${name}`, async () => {
        await withFunction(runtime, { files, handler: name }, async (guest, init) => {
          assert.equal(init.type, INIT_DONE, init.payload.toString());
          assert.equal((await guest.invoke('{}')).payload.toString(), JSON.stringify(answer));
        });
      });
    }
    test('beside files named as the platform’s own', async () => {
      const names = ['context', 'handler', 'errors', 'log', 'channel', 'warm-up', 'bootstrap'];
      const files = Object.fromEntries(names.map((name) => [`${name}.rb`, `FOUND << '${name}'`]));
      const code = handler('FOUND', `FOUND = []\n%w[${names.join(' ')}].each { |name| require name }`);
      await withFunction(runtime, { files: { ...files, 'app.rb': code } }, async (guest) => {
        assert.deepEqual(JSON.parse((await guest.invoke('{}')).payload.toString()), names);
      });
    });
    test('with gems where the function’s own GEM_PATH says', async () => {
      const files = {
        'app.rb': handler('Near.by', 'require "near"'),
        'own/gems/near-1.0.0/lib/near.rb': 'module Near\ndef self.by = "near"\nend',
        'own/specifications/near-1.0.0.gemspec':
          'Gem::Specification.new { |s| s.name = "near"; s.version = "1.0.0"; s.require_paths = ["lib"] }',
      };
      using task = taskDirectory(files);
      await using guest = await startGuest(runtime, task.path);
      const init = await guest.init({ handler: 'app.handler', env: { GEM_PATH: `${task.path}/own` } });
      assert.equal(init.type, INIT_DONE, init.payload.toString());
      assert.equal((await guest.invoke('{}')).payload.toString(), '"near"');
    });
    test('with bundled gems in vendor/bundle, and code in RUBYLIB', async () => {
      const version = runtime.name.slice('ruby'.length);
      const bundle = `vendor/bundle/ruby/${version}.0`;
      const files = {
        'app.rb': handler('[Shout.it(event), Far.away]', 'require "shout"\nrequire "far"'),
        'far/lib/far.rb': 'module Far\ndef self.away = "away"\nend',
        [`${bundle}/gems/shout-1.2.3/lib/shout.rb`]: 'module Shout\ndef self.it(text) = "#{text.upcase}!"\nend',
        [`${bundle}/specifications/shout-1.2.3.gemspec`]:
          'Gem::Specification.new { |s| s.name = "shout"; s.version = "1.2.3"; s.require_paths = ["lib"] }',
      };
      using task = taskDirectory(files);
      await using guest = await startGuest(runtime, task.path);
      const init = await guest.init({ handler: 'app.handler', env: { RUBYLIB: `${task.path}/far/lib` } });
      assert.equal(init.type, INIT_DONE, init.payload.toString());
      assert.equal((await guest.invoke('"hey"')).payload.toString(), '["HEY!","away"]');
    });
  });

  describe('tells what is wrong with a function', { concurrency: 2 }, () => {
    test('whose file or dependency is missing', async () => {
      await checkInitError({}, 'app.handler', 'Init<LoadError>', /^cannot load such file -- app$/);
      await checkInitError({ 'app.rb': 'require "left_out"' }, 'app.handler', 'Init<LoadError>', /-- left_out$/);
    });
    test('whose handler’s name is no name', async () => {
      await checkInitError(
        {},
        'app',
        'Init<ArgumentError>',
        /^Invalid handler \["app"\], must be of form FILENAME\.METH/,
      );
    });
    test('that cannot be parsed', async () => {
      await checkInitError({ 'app.rb': 'def handler(' }, 'app.handler', 'Init<SyntaxError>', /app\.rb:1: /);
    });
    test('that raises, or exits, while it is loaded', async () => {
      const files = { 'app.rb': 'def fail! = raise(KeyError, "at init")\nfail!\n' };
      await checkInitError(files, 'app.handler', 'Init<KeyError>', /^at init$/);
      await checkInitError({ 'app.rb': 'exit 3' }, 'app.handler', 'Init<SystemExit>', /^exit$/);
    });
    test('whose method is missing: the first invocation ends it', async () => {
      const { type, text } = await answerOf('');
      const { errorType, errorMessage } = JSON.parse(text);
      assert.deepEqual([type, errorType], [FATAL, 'Function<NoMethodError>']);
      assert.match(errorMessage, /^undefined method [`']handler' for /);
    });
  });

  describe('errors of a handler', { concurrency: 2 }, () => {
    test('carry message, type and the function’s frames, are logged, and end nothing', async () => {
      const code = 'class Odd < StandardError; end\ndef handler(event:, context:)\n  raise Odd, "no\\nway ü"\nend\n';
      await withFunction(runtime, { files: { 'app.rb': code } }, async (guest, _init, task) => {
        const { type, payload } = await guest.invoke('{}');
        const error = JSON.parse(payload.toString());
        assert.equal(type, ERROR);
        assert.deepEqual([error.errorMessage, error.errorType], ['no\nway ü', 'Function<Odd>']);
        assert.equal(error.stackTrace.length, 1);
        assert.match(error.stackTrace[0], /\/app\.rb:3:in [`'].*handler'$/);
        assert.ok(error.stackTrace[0].startsWith(task));
        assert.deepEqual(JSON.parse((await guest.logged('"errorType"')).message), error);
        assert.equal(guest.records[0]?.message, 'Error raised from handler method\n');
        assert.equal((await guest.invoke('{}')).type, ERROR);
      });
    });
    test('an answer that is no JSON', async () => {
      const { type, text } = await answerOf(handler('"\\xff"'));
      assert.deepEqual([type, JSON.parse(text).errorType], [ERROR, 'Function<JSON::GeneratorError>']);
    });
    test('a message of any bytes', async () => {
      const { type, text } = await answerOf(handler('raise "a\\xffb".b'));
      assert.deepEqual([type, JSON.parse(text).errorMessage], [ERROR, 'a\ufffdb']);
    });
    test('an unknown name, exit and a deep recursion end the runtime, after the answer', async () => {
      const cases = [
        ['left_out', 'Function<NameError>'],
        ['exit 3', 'Function<SystemExit>'],
        ['handler(event: event, context: context)', 'Function<SystemStackError>'],
      ] as const;
      for (const [expression, errorType] of cases) {
        await withFunction(runtime, { files: { 'app.rb': handler(expression) } }, async (guest) => {
          const { type, payload } = await guest.invoke('{}');
          assert.deepEqual([type, JSON.parse(payload.toString()).errorType], [FATAL, errorType]);
          assert.deepEqual(await guest.ended(), { code: 255, signal: null });
        });
      }
    });
    test('exit! ends it without a word', async () => {
      await withFunction(runtime, { files: { 'app.rb': handler('exit!(4)') } }, async (guest) => {
        await assert.rejects(guest.invoke('{}'), /the guest has ended/);
        assert.equal((await guest.ended()).code, 4);
      });
    });
  });

  describe('logs', { concurrency: 2 }, () => {
    test('puts and loggers write one record a call, print is output', async () => {
      const code = handler(
        `puts 'one', ['two', nil]; puts; LOG.info("root\\nleaf"); Logger.new($stderr, progname: 'mine').error('odd ü')
         Logger.new(StringIO.new).info('elsewhere'); print 'no newline'; $stderr.puts 'to stderr'`,
        "require 'logger'\nLOG = Logger.new($stdout)",
      );
      await withFunction(runtime, { files: { 'app.rb': code } }, async (guest) => {
        await guest.invoke('{}', { requestId: 'id-1' });
        await guest.logged('odd ü');
        await guest.printed('no newline');
        await guest.printed('to stderr\n');
        const [first, empty, info, error, ...more] = guest.records.map(({ message }) => message);
        assert.deepEqual([first, empty, more], ['one\ntwo\n', '\n', []]);
        assert.match(info ?? '', /^I, \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6} #\d+\] {2}INFO id-1 -- : root\nleaf$/);
        assert.match(error ?? '', /^E, \[\S+ #\d+\] ERROR id-1 -- mine: odd ü$/);
        assert.equal(guest.records[0]?.type, 0xa55a0003);
        assert.ok(Math.abs((guest.records[0]?.timestampMs ?? 0) - Date.now()) < 60_000);
      });
    });
    test('threads and child processes write too', async () => {
      const code = handler(
        `4.times.map { |i| Thread.new { puts i.to_s * 1_000_000 } }.each(&:join); system('echo from a child')`,
      );
      await withFunction(runtime, { files: { 'app.rb': code } }, async (guest) => {
        await guest.invoke('{}');
        await guest.printed('from a child\n');
        await Promise.all(['0', '1', '2', '3'].map((letter) => guest.logged(letter.repeat(1_000_000))));
        assert.equal(guest.records.length, 4);
      });
    });
  });

  test('children do not inherit the platform’s descriptors', async () => {
    const script = 'for fd in 3 4; do (: >&$fd) 2>/dev/null && echo $fd; done; true';
    assert.deepEqual(await answerOf(handler(`\`${script.replaceAll('$', '\\$')}\``)), { type: RESPONSE, text: '""' });
  });

  test('nothing of the warm-up is left', async () => {
    const code = handler(
      '[$at_init, respond_to?(:lambda_handler, true), ENV.key?("_X_AMZN_TRACE_ID")]',
      '$at_init = $_global_aws_request_id',
    );
    assert.deepEqual(await answerOf(code), { type: RESPONSE, text: '[null,false,false]' });
  });

  test('the guest ends with its channel, whatever the function does', async () => {
    const code = handler('1', 'at_exit { sleep 60 }\nThread.new { sleep 60 }');
    await endsWithItsChannel(runtime, { files: { 'app.rb': code } });
  });
});
