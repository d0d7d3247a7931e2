// How a function begins, fails to begin, and begins again; and what starts its interpreter.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deploy, type FunctionSource, invoke } from './deploy.ts';
import { logged } from './logs.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, readyPython, serve, type TestServer } from './server.ts';

describe('the life of an environment', () => {
  let server: TestServer;
  let client: LambdaClient;
  let python: string;
  const scope: { after(run: () => Promise<void>): void } = { after };
  const cleanUp = cleanUpOf(scope);
  let deployed = 0;
  before(async () => {
    server = await serve(cleanUp);
    client = lambdaClient(cleanUp, server);
    python = await readyPython();
  });

  const node = async (code: string, more: Partial<FunctionSource> = {}): Promise<string> => {
    deployed += 1;
    const name = `life-${deployed}`;
    const { files, ...rest } = more;
    await deploy(client, { name, runtime: 'nodejs24.x', files: { 'index.mjs': code, ...files }, ...rest });
    return name;
  };

  test('after a timeout the runtime begins anew, and finds its files in /tmp', async () => {
    const name = await node(
      `import { appendFileSync, readFileSync, statSync } from 'node:fs';
      let count = 0;
      export const handler = async ({ hang }) => {
        count += 1;
        appendFileSync('/tmp/kept', 'x');
        if (hang) await new Promise((resolve) => setTimeout(resolve, 60_000));
        return [count, readFileSync('/tmp/kept', 'utf8'), process.env.AWS_LAMBDA_LOG_STREAM_NAME];
      };`,
      // Enough for a busy machine to begin anew in.
      { timeoutS: 3 },
    );
    const first = JSON.parse((await invoke(client, name, {})).text);
    const lost = await invoke(client, name, { hang: true });
    assert.match(lost.text, /"Sandbox\.Timedout"/);
    const [count, kept, stream] = JSON.parse((await invoke(client, name, {})).text);
    assert.deepEqual([count, kept, stream], [1, 'xxx', first[2]]);
    // And the environment goes on from there.
    assert.deepEqual(JSON.parse((await invoke(client, name, {})).text), [2, 'xxxx', first[2]]);
  });

  test('after a crash, too, /tmp is there, though the function may have left it as it liked', async () => {
    const name = await node(
      `import { existsSync, mkdirSync, symlinkSync, writeFileSync, rmSync } from 'node:fs';
      export const handler = async ({ crash }) => {
        if (!crash) {
          const found = existsSync('/tmp/a/b');
          rmSync('/tmp/a', { recursive: true, force: true });
          return found;
        }
        mkdirSync('/tmp/a', { mode: 0o700 });
        writeFileSync('/tmp/a/b', '', { mode: 0o400 });
        symlinkSync('/etc/passwd', '/tmp/a/link');
        process.kill(process.pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      };`,
    );
    assert.match((await invoke(client, name, { crash: true })).text, /Runtime\.ExitError/);
    assert.deepEqual([(await invoke(client, name, {})).text, (await invoke(client, name, {})).text], ['true', 'false']);
  });

  test('an init that fails is done again within the invocation, and reported each time', async () => {
    const name = await node(`console.log('begins'); throw new TypeError('no init'); export const handler = () => 1;`);
    const { text, log, error } = await invoke(client, name, {});
    assert.deepEqual(
      [error, JSON.parse(text).errorType, JSON.parse(text).errorMessage],
      ['Unhandled', 'TypeError', 'no init'],
    );
    assert.match(log, /^START RequestId: [^\n]+\nEND RequestId/);
    assert.doesNotMatch(log, /Init Duration/);
    for (const phase of ['init', 'invoke']) {
      const report = await logged(server, name, `Phase: ${phase}`);
      assert.match(
        report,
        new RegExp(
          `^INIT_REPORT Init Duration: [\\d.]+ ms\tPhase: ${phase}\tStatus: error\tError Type: Runtime.Unknown\n$`,
        ),
      );
    }
  });

  test('an init that takes more than ten seconds is cut off, and done again within the time of the invocation', async () => {
    const name = await node(
      `import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync('/tmp/tried')) {
        writeFileSync('/tmp/tried', '');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      }
      export const handler = async () => 'at last';`,
      { timeoutS: 9 },
    );
    const { text, error, log } = await invoke(client, name, {});
    assert.deepEqual([text, error], ['"at last"', undefined]);
    // Less than ten seconds, so the init that was cut off is none of it.
    assert.match(log, /\tBilled Duration: \d{1,4} ms\t/);
    const report = await logged(server, name, 'Phase: init');
    assert.match(report, /^INIT_REPORT Init Duration: 1\d{4}\.\d\d ms\tPhase: init\tStatus: timeout\n$/);
  });

  test('an init that goes wrong only once is no error for the caller', async () => {
    const name = await node(
      `import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync('/tmp/tried')) { writeFileSync('/tmp/tried', ''); process.exit(7); }
      export const handler = async () => 'well';`,
    );
    const { text, error } = await invoke(client, name, {});
    assert.deepEqual([text, error], ['"well"', undefined]);
  });

  test('NODE_OPTIONS is Node’s own: flags, modules to load first, and a bad flag', async () => {
    const name = await node(
      `export const handler = async () => [globalThis.first, Error.stackTraceLimit, process.execArgv.length >= 0];`,
      {
        files: { 'first.cjs': 'globalThis.first = 1;' },
        variables: { NODE_OPTIONS: '--require /var/task/first.cjs --stack-trace-limit=3' },
      },
    );
    assert.deepEqual(JSON.parse((await invoke(client, name, {})).text), [1, 3, true]);
    const bad = await node('export const handler = async () => 1;', { variables: { NODE_OPTIONS: '--no-such-flag' } });
    assert.match((await invoke(client, bad, {})).text, /Runtime exited with error: exit status 9/);
  });

  test('a wrapper script starts the runtime, with what it sets; one that is not there is status 127', async () => {
    const wrapped = (language: string) => ({
      bootstrap: `#!/bin/sh\nexport WRAPPED=${language}\nexec "$@"\n`,
    });
    const name = await node(`export const handler = async () => process.env.WRAPPED;`, {
      files: wrapped('node'),
      variables: { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/bootstrap' },
    });
    assert.equal((await invoke(client, name, {})).text, '"node"');
    await deploy(client, {
      ...{ name: 'wrapped-python', runtime: python, handler: 'app.handler' },
      files: {
        'app.py': `import os\ndef handler(event, context): return os.environ['WRAPPED']\n`,
        ...wrapped('python'),
      },
      variables: { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/bootstrap' },
    });
    assert.equal((await invoke(client, 'wrapped-python', {})).text, '"python"');
    const missing = await node(`export const handler = async () => 1;`, {
      variables: { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/none' },
    });
    assert.match((await invoke(client, missing, {})).text, /Runtime exited with error: exit status 127/);
  });

  test('many first invocations at once are all answered, with fewer environments than invocations', async () => {
    const name = await node(`let count = 0; export const handler = async () => { count += 1; return count; };`);
    const answers = await Promise.all(Array.from({ length: 40 }, () => invoke(client, name, {})));
    assert.ok(answers.every(({ status, error }) => status === 200 && error === undefined));
    assert.ok(answers.filter(({ text }) => text === '1').length < 40, 'each had an environment of its own');
  });
});
