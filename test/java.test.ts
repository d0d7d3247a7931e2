// Java functions as their authors deploy them: a jar, a zip with `lib`, through the official client. The examples' own code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { compiled, filesIn, javaRuntimes } from '../src/runtimes/testing/java-functions.ts';
import { deploy, type FunctionSource, invoke } from './deploy.ts';
import { cleanUpOf, lambdaClient, serve } from './server.ts';

const source = (path: string) => readFileSync(join(checkout, 'examples', path), 'utf8');
const HELLO = 'hello-java/src/main/java/hello/Hello.java';
const UPPER = 'java-stream/src/main/java/stream/Upper.java';

const { runtimes, leftOut } = await javaRuntimes();
const [newest] = runtimes;

describe('Java functions', { concurrency: false }, () => {
  test('on each Java that this machine has', (t) => {
    if (leftOut.length > 0) t.diagnostic(`left out: ${leftOut.join('; ')}`);
  });
  if (newest === undefined) return;

  test('the examples run as a jar and as a zip with lib, answer, fail and log as on AWS', async (t) => {
    const cleanUp = cleanUpOf(t);
    const client = lambdaClient(cleanUp, await serve(cleanUp));
    const classes = cleanUp.use(
      await compiled(newest, { 'hello/Hello.java': source(HELLO), 'stream/Upper.java': source(UPPER) }),
    );
    const jar = await pack(classes.path);
    const common = { runtime: newest.name, memoryMb: 256, timeoutS: 20 } satisfies Partial<FunctionSource>;

    for (const { name } of runtimes) {
      await deploy(client, {
        ...common,
        runtime: name,
        name: `jar-${name}`,
        handler: 'hello.Hello',
        files: filesIn(classes.path),
      });
      const first = await invoke(client, `jar-${name}`, { name: 'Ada' });
      assert.deepEqual(JSON.parse(first.text), { message: 'Hello, Ada!', count: 1, function: `jar-${name}` });
      assert.match(first.log, /START RequestId: [\s\S]*\[INFO\] greeting Ada\n?[\s\S]*END RequestId: /);
      assert.match(first.log, /REPORT RequestId: .*\tMemory Size: 256 MB\t.*Init Duration: /);
    }
    const again = await invoke(client, `jar-${newest.name}`, { name: 'Zoë' });
    assert.deepEqual(JSON.parse(again.text), { message: 'Hello, Zoë!', count: 2, function: `jar-${newest.name}` });
    const failed = await invoke(client, `jar-${newest.name}`, {});
    const { stackTrace, ...told } = JSON.parse(failed.text);
    assert.equal(failed.error, 'Unhandled');
    assert.deepEqual(told, { errorMessage: 'who is it?', errorType: 'java.lang.IllegalArgumentException' });
    assert.match(stackTrace[0], /^hello\.Hello\.handleRequest\(Hello\.java:\d+\)$/);
    assert.match(
      failed.log,
      /who is it\?: java\.lang\.IllegalArgumentException\njava\.lang\.IllegalArgumentException: who/,
    );

    await deploy(client, { ...common, name: 'lib', handler: 'stream.Upper', files: { 'lib/upper.jar': jar } });
    const upper = await invoke(client, 'lib', { name: 'ada' });
    assert.equal(upper.text, '{"NAME":"ADA"}');
    assert.match(upper.log, /got 14 characters\n/);
  });

  test('TZ is a function’s time zone, and JAVA_TOOL_OPTIONS are read by its JVM', async (t) => {
    const cleanUp = cleanUpOf(t);
    const client = lambdaClient(cleanUp, await serve(cleanUp));
    const code = `package app; public class Told {
      public java.util.List<String> tell(Object any) {
        return java.util.List.of(String.valueOf(System.getProperty("colour")), java.util.TimeZone.getDefault().getID());
      }
    }`;
    const classes = cleanUp.use(await compiled(newest, { 'app/Told.java': code }));
    const common = { runtime: newest.name, timeoutS: 20, handler: 'app.Told::tell', files: filesIn(classes.path) };
    await deploy(client, { ...common, name: 'usual' });
    assert.equal((await invoke(client, 'usual')).text, '["null","UTC"]');
    const TZ = 'Asia/Tokyo';
    for (const { name } of runtimes) {
      await deploy(client, { ...common, runtime: name, name: `zoned-${name}`, variables: { TZ } });
      assert.equal((await invoke(client, `zoned-${name}`)).text, '["null","Asia/Tokyo"]');
    }
    await deploy(client, { ...common, name: 'told', variables: { JAVA_TOOL_OPTIONS: '-Dcolour=green', TZ } });
    assert.equal((await invoke(client, 'told')).text, '["green","Asia/Tokyo"]');
  });

  test('a small function that makes much garbage lives, and one that keeps it is told so', async (t) => {
    const cleanUp = cleanUpOf(t);
    const client = lambdaClient(cleanUp, await serve(cleanUp));
    const code = `package app; public class Memory {
      static java.util.List<byte[]> kept = new java.util.ArrayList<>();
      public String garbage(Object any) { long sum = 0; for (int i = 0; i < 400; i++) sum += new byte[1 << 20].length; return "" + sum; }
      public String keep(Object any) { for (;;) kept.add(new byte[1 << 20]); }
    }`;
    const classes = cleanUp.use(await compiled(newest, { 'app/Memory.java': code }));
    const common = { runtime: newest.name, memoryMb: 128, timeoutS: 30, files: filesIn(classes.path) };
    await deploy(client, { ...common, name: 'garbage', handler: 'app.Memory::garbage' });
    await deploy(client, { ...common, name: 'keep', handler: 'app.Memory::keep' });
    assert.equal((await invoke(client, 'garbage')).text, JSON.stringify(String(400 * 2 ** 20)));
    const kept = await invoke(client, 'keep');
    assert.equal(kept.error, 'Unhandled');
    assert.equal(JSON.parse(kept.text).errorType, 'java.lang.OutOfMemoryError');
  });
});
