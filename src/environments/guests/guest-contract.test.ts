// What every guest does alike, whichever channel it talks over: seen through whole environments.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compiled, filesIn, javaRuntimes } from '../../runtimes/testing/java-functions.ts';
import { testRuby } from '../../runtimes/testing/ruby-interpreter.ts';
import type { EnvironmentSpec, Outcome } from '../spec.ts';
import { type TestEnvironments, type TestFunction, testEnvironments } from '../testing/test-environments.ts';
import { RESPONSE_BYTES_MAX } from './guest.ts';

const NODE_HANDLER = `
import { tmpdir } from 'node:os';
if (process.env.INIT === 'throw') throw new TypeError('no init');
if (process.env.INIT === 'exit') process.exit(3);
let count = 0;
export const handler = async (event) => {
  count += 1;
  switch (event.do) {
    case 'count': return count;
    case 'echo': return event;
    case 'tmp': return tmpdir();
    case 'throw': throw new TypeError('as asked');
    case 'hang': return new Promise((resolve) => setTimeout(resolve, 60_000));
    case 'exit': return process.exit(3);
    case 'crash': process.kill(process.pid, 'SIGKILL'); return new Promise(() => {});
    case 'bytes': return 'x'.repeat(event.bytes - 2);
    case 'say': console.log('first'); process.stdout.write('second\\nthird'); return null;
  }
};`;

const PYTHON_HANDLER = `
import os, signal, sys, tempfile, time
if os.environ.get('INIT') == 'throw':
    raise TypeError('no init')
if os.environ.get('INIT') == 'exit':
    os._exit(3)
count = 0
def handler(event, context):
    global count
    count += 1
    match event['do']:
        case 'count': return count
        case 'echo': return event
        case 'tmp': return tempfile.gettempdir()
        case 'throw': raise TypeError('as asked')
        case 'hang': time.sleep(60)
        case 'exit': os._exit(3)
        case 'crash': os.kill(os.getpid(), signal.SIGKILL)
        case 'bytes': return 'x' * (event['bytes'] - 2)
        case 'say':
            print('first')
            sys.stdout.write('second\\nthird')
            return None
`;

const RUBY_HANDLER = `
require 'tmpdir'
raise TypeError, 'no init' if ENV['INIT'] == 'throw'
exit!(3) if ENV['INIT'] == 'exit'
$count = 0
def handler(event:, context:)
  $count += 1
  case event['do']
  when 'count' then $count
  when 'echo' then event
  when 'tmp' then Dir.tmpdir
  when 'throw' then raise TypeError, 'as asked'
  when 'hang' then sleep 60
  when 'exit' then exit!(3)
  when 'crash' then Process.kill(:KILL, Process.pid) && sleep
  when 'bytes' then 'x' * (event['bytes'] - 2)
  when 'say'
    puts 'first'
    $stdout.write("second\\nthird")
    nil
  end
end`;

const JAVA_HANDLER = `
package app;
import com.amazonaws.services.lambda.runtime.*;
import java.util.Map;
public class Contract implements RequestHandler<Map<String, Object>, Object> {
  private static int count = 0;
  public Contract() {
    if ("throw".equals(System.getenv("INIT"))) throw new IllegalStateException("no init");
    if ("exit".equals(System.getenv("INIT"))) System.exit(3);
  }
  public Object handleRequest(Map<String, Object> event, Context context) {
    count += 1;
    try {
      switch ((String) event.get("do")) {
        case "count": return count;
        case "echo": return event;
        case "tmp": return System.getenv("TMPDIR");
        case "throw": throw new IllegalStateException("as asked");
        case "hang": Thread.sleep(60_000); return null;
        case "exit": System.exit(3); return null;
        case "crash":
          new ProcessBuilder("/bin/kill", "-KILL", "" + ProcessHandle.current().pid()).start();
          Thread.sleep(60_000);
          return null;
        case "bytes": return "x".repeat(((Number) event.get("bytes")).intValue() - 2);
        case "say": System.out.println("first"); System.out.print("second\\nthird"); return null;
      }
    } catch (java.io.IOException | InterruptedException e) {
      throw new RuntimeException(e);
    }
    return null;
  }
}`;

/** A runtime of somebody else's, over the HTTP Runtime API. */
const BOOTSTRAP = `
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime';
const post = (path, value) => fetch(api + path, { method: 'POST', body: JSON.stringify(value) });
const told = ({ name, message }) => ({ errorMessage: message, errorType: name });
const { handler } = await import('./index.mjs').catch(async (error) => {
  await post('/init/error', told(error));
  process.exit(1);
});
for (;;) {
  const next = await fetch(api + '/invocation/next');
  const path = '/invocation/' + next.headers.get('lambda-runtime-aws-request-id');
  const answer = handler(await next.json());
  await answer.then((value) => post(path + '/response', value), (error) => post(path + '/error', told(error)));
}`;

guestContract('Node over frames', () => ({
  runtime: 'nodejs24.x',
  handler: 'index.handler',
  files: { 'index.mjs': NODE_HANDLER },
}));
guestContract('Python over frames', ({ newest }) => ({
  runtime: newest('python'),
  handler: 'app.handler',
  files: { 'app.py': PYTHON_HANDLER },
}));
const ruby = await testRuby();
after(() => ruby[Symbol.dispose]());
guestContract(
  'Ruby over frames',
  () => ({ runtime: ruby.runtime.name, handler: 'app.handler', files: { 'app.rb': RUBY_HANDLER } }),
  { runtimesDir: ruby.dir, typeOf: (origin) => `${origin}<TypeError>` },
);
const { runtimes, leftOut } = await javaRuntimes();
const [newestJava] = runtimes;
test('Java over frames', async (t) => {
  if (newestJava === undefined) t.diagnostic(`left out: ${leftOut.join('; ')}`);
});
if (newestJava !== undefined) {
  using classes = await compiled(newestJava, { 'app/Contract.java': JAVA_HANDLER });
  const files = filesIn(classes.path);
  guestContract('Java over frames', () => ({ runtime: newestJava.name, handler: 'app.Contract', files }), {
    typeOf: () => 'java.lang.IllegalStateException',
    limitMs: 2_000,
  });
}
guestContract('a bootstrap over HTTP', () => ({
  runtime: 'provided.al2023',
  handler: 'index.handler',
  files: {
    'index.mjs': NODE_HANDLER,
    'runtime.mjs': BOOTSTRAP,
    bootstrap: `#!/bin/sh\nexec '${process.execPath}' "$LAMBDA_TASK_ROOT/runtime.mjs"\n`,
  },
}));

/**
 * `typeOf`: how the runtime names the type of a thrown TypeError, by where it was thrown. `limitMs`: in which it surely
 * answers a first event.
 */
function guestContract(
  name: string,
  functionOf: (all: TestEnvironments) => TestFunction,
  own: { runtimesDir?: string; typeOf?: (origin: 'Init' | 'Function') => string; limitMs?: number } = {},
): void {
  const { runtimesDir, typeOf = () => 'TypeError', limitMs = 400 } = own;
  describe(name, () => {
    let all: TestEnvironments;
    let steady: EnvironmentSpec;
    const variant = (change: Partial<TestFunction>) => all.deploy({ ...functionOf(all), ...change });
    before(async () => {
      all = await testEnvironments({ runtimesDir });
      steady = variant({});
    });
    after(() => all[Symbol.asyncDispose]());

    test('the answer arrives as the function gave it', async () => {
      const outcome = await all.invoke(steady, { do: 'echo', é: ['😀', null, 1.5] });
      assert.deepEqual([outcome.kind, json(outcome)], ['answer', { do: 'echo', é: ['😀', null, 1.5] }]);
    });

    test('an environment is used again, also after an error; only its first report has an init', async () => {
      const spec = variant({});
      const first = await all.invoke(spec, { do: 'count' });
      await all.invoke(spec, { do: 'throw' });
      const third = await all.invoke(spec, { do: 'count' });
      assert.deepEqual([json(first), json(third)], [1, 3]);
      assert.ok(first.initMs !== undefined && third.initMs === undefined);
    });

    test('an error is an answer with its type and message', async () => {
      const { kind, payload } = await all.invoke(steady, { do: 'throw' });
      const { errorType, errorMessage } = JSON.parse(payload.toString());
      assert.deepEqual([kind, errorType, errorMessage], ['function-error', typeOf('Function'), 'as asked']);
    });

    test('temporary files go where no other environment’s go', async () => {
      const told = await Promise.all([steady, variant({})].map((spec) => all.invoke(spec, { do: 'tmp' })));
      const [one, other] = told.map(json);
      assert.ok(typeof one === 'string' && one !== other && one !== '/tmp', String(one));
      const own = variant({ variables: { TMPDIR: '/var/tmp' } });
      assert.equal(json(await all.invoke(own, { do: 'tmp' })), '/var/tmp');
    });

    test('a time limit ends the invocation and its environment', async () => {
      const spec = variant({ timeoutMs: limitMs });
      const limit = (limitMs / 1_000).toFixed(2);
      assert.equal(json(await all.invoke(spec, { do: 'count' })), 1);
      check(await all.invoke(spec, { do: 'hang' }, { requestId: 'slow' }), {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: slow Error: Task timed out after ${limit} seconds`,
      });
      const said = `Z slow Task timed out after ${limit} seconds\n\nEND RequestId: slow\n`;
      assert.ok(all.logged(spec).join('').includes(said), all.logged(spec).join(''));
    });

    test('a runtime that ends is told with its exit code, and the next invocation has another one', async () => {
      await checkDeath('exit', 'Runtime exited with error: exit status 3');
    });

    test('a runtime that is killed is told with its signal, and the next invocation has another one', async () => {
      await checkDeath('crash', 'Runtime exited with error: signal: killed');
    });

    async function checkDeath(how: string, words: string): Promise<void> {
      const spec = variant({});
      assert.equal(json(await all.invoke(spec, { do: 'count' })), 1);
      check(await all.invoke(spec, { do: how }, { requestId: 'last' }), {
        errorType: 'Runtime.ExitError',
        errorMessage: `RequestId: last Error: ${words}`,
      });
      assert.equal(json(await all.invoke(spec, { do: 'count' })), 1);
    }

    test('the longest answer arrives; one of a byte more is refused, and the environment goes on', async () => {
      const spec = variant({});
      const longest = await all.invoke(spec, { do: 'bytes', bytes: RESPONSE_BYTES_MAX });
      await all.isFree(spec);
      assert.deepEqual([longest.kind, longest.payload.length], ['answer', RESPONSE_BYTES_MAX]);
      check(await all.invoke(spec, { do: 'bytes', bytes: RESPONSE_BYTES_MAX + 1 }), {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      });
      await all.isFree(spec);
      assert.equal(json(await all.invoke(spec, { do: 'count' })), 3);
    });

    test('what the function wrote stands between START and END, in its log and in the tail', async () => {
      const spec = variant({});
      const { tail } = await all.invoke(spec, { do: 'say' }, { requestId: 'talk', wantsTail: true });
      const log = all.logged(spec).join('');
      const order = ['START RequestId: talk', 'first', 'second\n', 'third', 'END RequestId: talk', 'REPORT RequestId'];
      assertOrder(log, order);
      assertOrder(tail?.toString() ?? '', order);
    });

    test('a failed init is the answer, each time', async () => {
      const spec = variant({ variables: { INIT: 'throw' } });
      for (const requestId of ['one', 'two']) {
        const { kind, payload } = await all.invoke(spec, {}, { requestId });
        const { errorType, errorMessage } = JSON.parse(payload.toString());
        assert.deepEqual([kind, errorType, errorMessage], ['function-error', typeOf('Init'), 'no init']);
      }
    });

    test('a runtime that ends during init is told with its exit code', async () => {
      const spec = variant({ variables: { INIT: 'exit' } });
      check(await all.invoke(spec, {}, { requestId: 'one' }), {
        errorType: 'Runtime.ExitError',
        errorMessage: 'RequestId: one Error: Runtime exited with error: exit status 3',
      });
    });
  });
}

function check(outcome: Outcome, expected: { errorType: string; errorMessage: string }): void {
  assert.deepEqual([outcome.kind, json(outcome)], ['function-error', expected]);
}

function json({ payload }: Outcome): unknown {
  return JSON.parse(payload.toString());
}

function assertOrder(text: string, parts: readonly string[]): void {
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    assert.notEqual(found, -1, `${JSON.stringify(part)} does not follow in ${JSON.stringify(text)}`);
    at = found + part.length;
  }
}
