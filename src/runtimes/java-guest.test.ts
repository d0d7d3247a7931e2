import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type GuestProcess, type InvokeHead, startGuest } from './testing/guest-process.ts';
import { compiled, javaRuntimes } from './testing/java-functions.ts';

const [INIT_DONE, INIT_ERROR, RESPONSE, ERROR, RESTORED, RESTORE_ERROR] = [17, 18, 19, 20, 25, 26];
const MEMORY_MB = 256;

const FORMS = `
package app;
import com.amazonaws.services.lambda.runtime.*;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.*;
import java.util.*;
public class Forms {
  public static class Point { public int x; private String name; public String getName() { return name; } public void setName(String n) { name = n; } }
  public static int number(int value) { return value + 1; }
  public String text(String value, Context context) { return value + context.getAwsRequestId(); }
  public List<Point> points(List<Point> points) { for (Point point : points) point.x *= 2; return points; }
  public Map<String, Object> map(Map<String, Object> map) { map.put("seen", true); return map; }
  public void nothing(Object any) {}
  public static String none() { return "none"; }
  public void bytes(InputStream in, OutputStream out) throws IOException { out.write(in.readAllBytes()); }
  public void bytesIn(InputStream in, Context context) throws IOException { System.out.print(new String(in.readAllBytes())); }
  public String over(String value) { return "short"; }
  public String over(String value, Context context) { return "long"; }
  public String many(String a, String b, String c, String d) { return null; }
  public String fail(Object any) { throw new IllegalStateException("as asked", new IOException("below")); }
  public String bare(Object any) { throw new NullPointerException(); }
  public String exit(Object any) { System.exit(3); return null; }
  public Map<String, Object> context(Object any, Context c) {
    Map<String, Object> map = new TreeMap<>();
    map.put("id", c.getAwsRequestId()); map.put("arn", c.getInvokedFunctionArn()); map.put("name", c.getFunctionName());
    map.put("version", c.getFunctionVersion()); map.put("memory", c.getMemoryLimitInMB()); map.put("group", c.getLogGroupName());
    map.put("stream", c.getLogStreamName()); map.put("left", c.getRemainingTimeInMillis() > 0);
    map.put("identity", c.getIdentity() == null ? null : c.getIdentity().getIdentityId());
    map.put("custom", c.getClientContext() == null ? null : c.getClientContext().getCustom().get("k"));
    map.put("app", c.getClientContext() == null ? null : c.getClientContext().getClient().getAppTitle());
    map.put("trace", System.getProperty("com.amazonaws.xray.traceHeader")); map.put("ctxTrace", c.getXrayTraceId());
    return map;
  }
  public Map<String, Object> place(Object any) throws Exception {
    Map<String, Object> map = new TreeMap<>();
    map.put("one", System.getenv("COLOUR")); map.put("all", System.getenv().get("COLOUR")); map.put("locale", System.getenv("LC_ALL"));
    map.put("io", new File("app/Forms.class").exists()); map.put("nio", java.nio.file.Files.exists(java.nio.file.Path.of("app")));
    map.put("absolute", new File("x").getAbsolutePath());
    Process child = new ProcessBuilder("/bin/sh", "-c", "echo $COLOUR; pwd; [ -e /proc/self/fd/3 ] || echo closed").start();
    map.put("child", new String(child.getInputStream().readAllBytes()));
    return map;
  }
  public void log(Object any, Context c) {
    c.getLogger().log("plain"); c.getLogger().log("two\\nlines", LogLevel.WARN); c.getLogger().log("detail", LogLevel.DEBUG);
    LambdaRuntime.getLogger().log("runtime's"); System.out.println("printed"); System.err.println("told");
  }
}`;
const HANDLERS = `
package app;
import com.amazonaws.services.lambda.runtime.*;
public class Handlers {
  public static abstract class Base<I> implements RequestHandler<I, String> {}
  public static class Typed extends Base<Forms.Point> {
    public String handleRequest(Forms.Point point, Context context) { return point.getName() + point.x; }
  }
  public static class BadConstructor implements RequestHandler<String, String> {
    public BadConstructor() { throw new IllegalArgumentException("no config"); }
    public String handleRequest(String value, Context context) { return value; }
  }
  public static class BadStatic implements RequestHandler<String, String> {
    static { if (true) throw new IllegalArgumentException("no static"); }
    public String handleRequest(String value, Context context) { return value; }
  }
  public static class NoHandler {}
  public static class Hooked implements RequestHandler<String, String> {
    private static String seen = "";
    private final com.amazonaws.services.lambda.crac.Resource first = hook("1");
    private final com.amazonaws.services.lambda.crac.Resource second = hook("2");
    private static com.amazonaws.services.lambda.crac.Resource hook(String name) {
      com.amazonaws.services.lambda.crac.Resource resource = new com.amazonaws.services.lambda.crac.Resource() {
        public void beforeCheckpoint(com.amazonaws.services.lambda.crac.Context<? extends com.amazonaws.services.lambda.crac.Resource> c) { seen += "b" + name; }
        public void afterRestore(com.amazonaws.services.lambda.crac.Context<? extends com.amazonaws.services.lambda.crac.Resource> c) {
          seen += "r" + name;
          if (System.getenv("FAIL") != null) throw new IllegalStateException("cannot wake");
        }
      };
      com.amazonaws.services.lambda.crac.Core.getGlobalContext().register(resource);
      return resource;
    }
    public String handleRequest(String value, Context context) { return seen; }
  }
}`;

const { runtimes, leftOut } = await javaRuntimes();
test('on each Java that this machine has', (t) => {
  if (leftOut.length > 0) t.diagnostic(`left out: ${leftOut.join('; ')}`);
});

// The newest goes through everything, which takes a JVM per function; the others show what hangs on a JDK's inside.
for (const [index, runtime] of runtimes.entries()) {
  const everything = index === 0;
  describe(`${runtime.name} (${runtime.version})`, { concurrency: 2 }, () => {
    let task: { path: string } & Disposable;
    before(async () => {
      task = await compiled(runtime, { 'app/Forms.java': FORMS, 'app/Handlers.java': HANDLERS });
    });
    after(() => task[Symbol.dispose]());

    async function withHandler(
      handler: string,
      then: (guest: GuestProcess, init: { type: number; payload: Buffer }) => Promise<void>,
      env: Record<string, string> = {},
      more: { snapStart?: boolean } = {},
    ): Promise<void> {
      await using guest = await startGuest(runtime, task.path, MEMORY_MB);
      await then(guest, await guest.init({ handler, env, ...more }));
    }
    async function answer(handler: string, event: string, head: InvokeHead = {}, env: Record<string, string> = {}) {
      let value: unknown;
      await withHandler(
        handler,
        async (guest, init) => {
          assert.equal(init.type, INIT_DONE, init.payload.toString());
          const { type, payload } = await guest.invoke(event, head);
          assert.equal(type, RESPONSE, payload.toString());
          value = JSON.parse(payload.toString());
        },
        env,
      );
      return value;
    }
    async function error(handler: string, event = '{}') {
      let value: { errorMessage: string; errorType?: string; stackTrace?: string[] } = { errorMessage: '' };
      await withHandler(handler, async (guest, init) => {
        assert.equal(init.type, INIT_DONE, init.payload.toString());
        const { type, payload } = await guest.invoke(event);
        assert.equal(type, ERROR, payload.toString());
        value = JSON.parse(payload.toString());
        await guest.logged(value.errorMessage);
      });
      return value;
    }

    test('variables and directory are the function’s, for Java as for its child processes', async () => {
      assert.deepEqual(await answer('app.Forms::place', '{}', {}, { COLOUR: 'grün' }), {
        ...{ one: 'grün', all: 'grün', io: true, nio: true, absolute: `${task.path}/x` },
        child: `grün\n${task.path}\nclosed\n`,
      });
    });

    test('an exception is told with its stack, to the invoker and, with its cause, in the log', async () => {
      await withHandler('app.Forms::fail', async (guest) => {
        const { type, payload } = await guest.invoke('{}');
        const { stackTrace, ...rest } = JSON.parse(payload.toString());
        assert.deepEqual(
          [type, rest],
          [ERROR, { errorMessage: 'as asked', errorType: 'java.lang.IllegalStateException' }],
        );
        assert.match(stackTrace[0], /^app\.Forms\.fail\(Forms\.java:\d+\)$/);
        assert.ok(!stackTrace.join().includes('lambent'), stackTrace.join());
        const { message } = await guest.logged('as asked');
        assert.match(
          message,
          /^as asked: java\.lang\.IllegalStateException\njava\.lang\.IllegalStateException: as asked\n/,
        );
        assert.match(message, /\nCaused by: java\.io\.IOException: below\n/);
      });
    });

    if (!everything) return;

    for (const [name, event, expected] of [
      ['number', '41', 42],
      ['text', '"id "', 'id 7c1e0b6e-0000-4000-8000-000000000001'],
      ['points', '[{"x":2,"name":"é"}]', [{ x: 4, name: 'é' }]],
      ['map', '{"deep":{"a":[1.5,null]}}', { deep: { a: [1.5, null] }, seen: true }],
      ['nothing', '{}', null],
      ['none', '{}', 'none'],
      ['bytes', '{"as":  "it is"}', { as: 'it is' }],
      ['bytesIn', '{}', null],
      ['over', '"x"', 'long'],
    ] as const) {
      test(`a method handler: ${name}`, async () => {
        assert.deepEqual(await answer(`app.Forms::${name}`, event), expected);
      });
    }

    test('a class handler takes the types its base class leaves open', async () => {
      assert.equal(await answer('app.Handlers$Typed', '{"name":"p","x":7}'), 'p7');
    });

    test('the context tells of the function, the invocation and its caller', async () => {
      const head = {
        traceId: 'Root=1-2-3',
        clientContext: '{"client":{"app_title":"t"},"custom":{"k":"v"}}',
        cognitoIdentity: '{"cognitoIdentityId":"i"}',
      };
      assert.deepEqual(await answer('app.Forms::context', '{}', head), {
        ...{ id: '7c1e0b6e-0000-4000-8000-000000000001', arn: 'arn:aws:lambda:eu-west-1:000000000000:function:f' },
        ...{ name: 'f', version: '$LATEST', memory: 128, group: '/aws/lambda/f', stream: '2026/01/01/[$LATEST]0123' },
        ...{ left: true, identity: 'i', custom: 'v', app: 't', trace: 'Root=1-2-3', ctxTrace: 'Root=1-2-3' },
      });
    });

    test('an exception without a message has its class for one', async () => {
      const { errorMessage, errorType } = await error('app.Forms::bare');
      assert.deepEqual([errorMessage, errorType], Array(2).fill('java.lang.NullPointerException'));
    });

    test('an event that does not fit the type, and a handler that is not there, are the invocation’s errors', async () => {
      assert.equal((await error('app.Forms::number', '"x"')).errorMessage, 'An error occurred during JSON parsing');
      assert.deepEqual(await error('app.Nowhere'), {
        errorMessage: 'Class not found: app.Nowhere',
        errorType: 'java.lang.ClassNotFoundException',
      });
      assert.deepEqual(await error('app.Forms::nowhere'), {
        errorMessage: 'No public method named nowhere with appropriate method signature found on class app.Forms',
      });
      assert.deepEqual(await error('app.Handlers$NoHandler'), {
        errorMessage: 'Class does not implement an appropriate handler interface: app.Handlers$NoHandler',
      });
      assert.deepEqual(await error('::x'), { errorMessage: "Invalid handler: `::x'" });
    });

    test('a constructor or a static initialiser that throws fails the init', async () => {
      await withHandler('app.Handlers$BadConstructor', async (_guest, { type, payload }) => {
        assert.equal(type, INIT_ERROR);
        assert.deepEqual(JSON.parse(payload.toString()), {
          errorMessage: 'no config',
          errorType: 'java.lang.IllegalArgumentException',
        });
      });
      await withHandler('app.Handlers$BadStatic', async (guest, { type, payload }) => {
        assert.equal(type, INIT_ERROR);
        assert.deepEqual(JSON.parse(payload.toString()), {
          errorMessage: 'Error loading class app.Handlers$BadStatic',
          errorType: 'java.lang.ExceptionInInitializerError',
        });
        await guest.logged('no static');
      });
    });

    test('log lines: what the logger gets is one event each, what is printed comes line by line', async () => {
      await withHandler('app.Forms::log', async (guest) => {
        await guest.invoke('{}');
        await guest.printed('printed\ntold\n');
        await guest.logged('runtime');
        const messages = guest.records.map(({ message }) => message);
        assert.deepEqual(messages, ['plain', '[WARN] two\nlines', '[DEBUG] detail', "runtime's"]);
      });
    });

    test('JSON log lines have level, time and request; those below the level are left out', async () => {
      const env = { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'INFO' };
      await withHandler(
        'app.Forms::log',
        async (guest) => {
          await guest.invoke('{}');
          await guest.logged('runtime');
          const lines = guest.records.map(({ message }) => JSON.parse(message));
          const AWSRequestId = '7c1e0b6e-0000-4000-8000-000000000001';
          for (const line of lines) assert.match(line.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
          assert.deepEqual(
            lines.map(({ timestamp: _, ...line }) => line),
            [
              { message: 'plain', level: 'UNDEFINED', AWSRequestId },
              { message: 'two\nlines', level: 'WARN', AWSRequestId },
              { message: "runtime's", level: 'UNDEFINED', AWSRequestId },
            ],
          );
        },
        env,
      );
    });

    test('SnapStart’s hooks run, the last one first before the snapshot, the first one first after it', async () => {
      const handler = 'app.Handlers$Hooked';
      const check = async (guest: GuestProcess, init: { type: number }) => {
        assert.equal(init.type, INIT_DONE);
        assert.equal((await guest.restore()).type, RESTORED);
        assert.equal((await guest.invoke('""')).payload.toString(), '"b2b1r1r2"');
      };
      await withHandler(handler, check, {}, { snapStart: true });
      const fail = async (guest: GuestProcess) => {
        const { type, payload } = await guest.restore();
        const { errorType } = JSON.parse(payload.toString());
        assert.deepEqual([type, errorType], [RESTORE_ERROR, 'com.amazonaws.services.lambda.crac.RestoreException']);
        await guest.logged('cannot wake');
        assert.deepEqual(await guest.ended(), { code: 64, signal: null });
      };
      await withHandler(handler, fail, { FAIL: '1' }, { snapStart: true });
      await withHandler(handler, async (guest) => {
        assert.equal((await guest.invoke('""')).payload.toString(), '""');
      });
    });

    test('a function that ends its JVM ends with its status', async () => {
      await withHandler('app.Forms::exit', async (guest) => {
        await assert.rejects(guest.invoke('{}'), /has ended/);
        assert.deepEqual(await guest.ended(), { code: 3, signal: null });
      });
    });

    test('the guest ends when the platform hangs up', async () => {
      await withHandler('app.Forms::none', async (guest) => {
        guest.closeChannel();
        assert.deepEqual(await guest.ended(), { code: 0, signal: null });
      });
    });

    test('a long event and a long answer', async () => {
      const long = JSON.stringify('é'.repeat(2_000_000));
      assert.equal(await answer('app.Forms::bytes', long), JSON.parse(long));
    });
  });
}
