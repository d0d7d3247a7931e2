// The published runtime interface clients, unmodified, as custom runtimes: the conformance test of the Runtime API.
import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { builtZip, CLIENT_BUILDS, type ClientBuild } from './runtime-client-builds.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, patience, ROLE, serve, text } from './server.ts';

interface Expected {
  readonly handler: string;
  /** What a handler's error looks like from outside. */
  readonly failure: { errorType: string; errorMessage: string };
  readonly initFailure: { errorType: string; errorMessage: RegExp };
  /** The handler that streams, if the client lets one. */
  readonly streams?: string;
  /** What its stream begins with. */
  readonly prelude?: string;
}

const INVOCATIONS = 50;
/** What AWS's mobile SDKs send; `lambda_runtime` takes no less. */
const MOBILE = {
  ...{ installation_id: 'i', app_title: 't', app_version_name: 'n', app_version_code: 'c', app_package_name: 'p' },
};
const BUILD_MS_MAX = 600_000;

describe('a custom runtime with a published client', { timeout: BUILD_MS_MAX }, () => {
  const cleanUp = cleanUpOf({ after });
  let client: LambdaClient;

  before(async () => {
    client = lambdaClient(cleanUp, await serve(cleanUp));
  });

  const exits = { errorType: 'Runtime.ExitError', errorMessage: /Error: Runtime exited with error: exit status 4$/ };
  clientContract(CLIENT_BUILDS.go, {
    handler: 'bootstrap',
    failure: { errorType: 'errorString', errorMessage: 'as asked' },
    initFailure: exits,
    streams: 'bootstrap',
  });
  clientContract(CLIENT_BUILDS.rust, {
    handler: 'bootstrap',
    failure: {
      errorType: '&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>',
      errorMessage: 'as asked',
    },
    initFailure: exits,
    streams: 'bootstrap',
    // It always streams in the form that is meant for function URLs; Invoke hands that on as it is.
    prelude: `{"statusCode":200,"headers":{"content-type":"application/octet-stream"},"cookies":[]}${'\0'.repeat(8)}`,
  });
  clientContract(CLIENT_BUILDS.java, {
    handler: 'Handler',
    failure: { errorType: 'java.lang.IllegalArgumentException', errorMessage: 'as asked' },
    initFailure: { errorType: 'java.lang.ExceptionInInitializerError', errorMessage: /^Error loading class Handler$/ },
  });
  clientContract(CLIENT_BUILDS.node, {
    handler: 'index.handler',
    failure: { errorType: 'TypeError', errorMessage: 'as asked' },
    initFailure: { errorType: 'TypeError', errorMessage: /^no init$/ },
    streams: 'index.stream',
  });
  clientContract(CLIENT_BUILDS.python, {
    handler: 'app.handler',
    failure: { errorType: 'TypeError', errorMessage: 'as asked' },
    initFailure: { errorType: 'TypeError', errorMessage: /^no init$/ },
  });
  example(CLIENT_BUILDS.exampleGo, 'hello-go');
  example(CLIENT_BUILDS.exampleRust, 'hello-rust');

  function clientContract(build: ClientBuild, expected: Expected): void {
    test(build.name, { timeout: BUILD_MS_MAX }, async (t) => {
      const zip = await zipOf(t, build);
      if (zip === undefined) return;
      const name = build.name.replaceAll('_', '-');
      const { handler } = expected;
      await deploy(name, handler, zip);

      // Answers, in one environment, one after another.
      for (let count = 1; count <= INVOCATIONS; count += 1) {
        assert.deepEqual(await invoke(name, { do: 'count' }), { error: undefined, text: String(count) });
      }

      // What the context says, and where the log lines are.
      const context = await lines(name);
      assert.match(
        context.log,
        new RegExp(`START RequestId: ${context.requestId} (?:.|\n)*about ${context.requestId}\n(?:.|\n)*END`),
      );

      // An error of the handler's is an answer, and the environment goes on.
      const failed = await invoke(name, { do: 'fail' });
      const { errorType, errorMessage } = JSON.parse(failed.text);
      assert.deepEqual([failed.error, errorType, errorMessage], ['Unhandled', ...Object.values(expected.failure)]);
      assert.equal((await invoke(name, { do: 'count' })).text, String(INVOCATIONS + 3));

      // A runtime that ends is told with its exit code, and the next one begins anew.
      const ended = await invoke(name, { do: 'exit' });
      assert.match(ended.text, /"errorType":"Runtime.ExitError".* Error: Runtime exited with error: exit status 3"/);
      assert.equal((await invoke(name, { do: 'count' })).text, '1');

      if (expected.streams !== undefined) {
        const streams = `${name}-streams`;
        if (expected.streams !== handler) await deploy(streams, expected.streams, zip);
        const streamed = await invoke(expected.streams === handler ? name : streams, { do: 'stream' });
        assert.deepEqual(streamed, { error: undefined, text: `${expected.prelude ?? ''}one two three` });
      }

      await deploy(`${name}-init`, handler, zip, { INIT: 'fail' });
      const init = await invoke(`${name}-init`, {});
      const told = JSON.parse(init.text);
      assert.deepEqual([init.error, told.errorType], ['Unhandled', expected.initFailure.errorType]);
      assert.match(told.errorMessage, expected.initFailure.errorMessage);
    });
  }

  function example(build: ClientBuild, name: string): void {
    test(`the example ${name}`, { timeout: BUILD_MS_MAX }, async (t) => {
      const zip = await zipOf(t, build);
      if (zip === undefined) return;
      await deploy(name, 'bootstrap', zip);
      const answer = await invoke(name, { name: 'Ada' });
      assert.deepEqual(JSON.parse(answer.text), { message: 'Hello, Ada!' });
      const nobody = await invoke(name, {});
      assert.deepEqual([nobody.error, JSON.parse(nobody.text).errorMessage], ['Unhandled', 'nobody to greet']);
    });
  }

  /** The function's zip; undefined, with a line that says why, where it cannot be had. */
  async function zipOf(t: TestContext, build: ClientBuild): Promise<Buffer | undefined> {
    const found = await builtZip(build);
    if ('zip' in found) return found.zip;
    t.diagnostic(found.leftOut);
    return undefined;
  }

  async function deploy(name: string, handler: string, zip: Buffer, variables = {}): Promise<void> {
    const { CreateFunctionCommand, waitUntilFunctionActiveV2 } = lambdaSdk();
    await client.send(
      new CreateFunctionCommand({
        ...{ FunctionName: name, Runtime: 'provided.al2023', Handler: handler, Role: ROLE, Code: { ZipFile: zip } },
        // A processor of its own: a runtime that is held back to its share asks for the next invocation later.
        ...{ MemorySize: 1769, Timeout: 30, Environment: { Variables: variables } },
      }),
    );
    await waitUntilFunctionActiveV2(patience(client), { FunctionName: name });
  }

  async function invoke(name: string, event: unknown) {
    const { InvokeCommand } = lambdaSdk();
    const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
    return { error: answer.FunctionError, text: text(answer.Payload) };
  }

  /** Invokes for the context, checks it, and answers the request id and the log. */
  async function lines(name: string): Promise<{ requestId: string; log: string }> {
    const { InvokeCommand } = lambdaSdk();
    const ClientContext = Buffer.from(JSON.stringify({ client: MOBILE, custom: { who: 'Ada' } })).toString('base64');
    const Payload = '{"do":"context"}';
    const command = new InvokeCommand({ FunctionName: name, Payload, ClientContext, LogType: 'Tail' });
    const answer = await client.send(command);
    assert.equal(answer.FunctionError, undefined, text(answer.Payload));
    const { requestId, arn, who, remainingMs } = JSON.parse(text(answer.Payload));
    assert.deepEqual([requestId, who], [answer.$metadata.requestId, 'Ada']);
    assert.ok(arn.endsWith(`:function:${name}`), arn);
    assert.ok(remainingMs > 0 && remainingMs <= 30_000, String(remainingMs));
    return { requestId, log: Buffer.from(answer.LogResult ?? '', 'base64').toString() };
  }
});
