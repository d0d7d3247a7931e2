// What both operations that invoke refuse, as the official client is told it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { zipOf } from './deploy.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  ROLE,
  serve,
  settled,
  temporaryDirectory,
} from './server.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function';
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
const FOREIGN = process.arch === 'arm64' ? 'x86_64' : 'arm64';

interface Refused {
  readonly name: string;
  readonly message: string;
  readonly Reason?: string;
  readonly $metadata: { readonly httpStatusCode?: number };
}

describe('an invocation', () => {
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });

  before(async () => {
    // Node 22 is not what the server itself runs on, and is not installed in an empty directory.
    const env = { LAMBENT_RUNTIMES_DIR: await temporaryDirectory(cleanUp) };
    client = lambdaClient(cleanUp, await serve(cleanUp, { env }), { maxAttempts: 1 });
    const { CreateFunctionCommand, PutFunctionConcurrencyCommand } = lambdaSdk();
    const create = async (FunctionName: string, more: { Runtime?: 'nodejs22.x'; Architectures?: 'arm64'[] } = {}) =>
      client.send(
        new CreateFunctionCommand({
          FunctionName,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: ROLE,
          Code: { ZipFile: await zipOf({ 'index.js': 'exports.handler = async () => 1;' }) },
          ...more,
        }),
      );
    await create('hello');
    await settled(client, 'hello');
    await create('missing-runtime', { Runtime: 'nodejs22.x' });
    await create('foreign', { Architectures: [FOREIGN as 'arm64'] });
    await create('throttled');
    await client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: 'throttled', ReservedConcurrentExecutions: 0 }),
    );
    for (const name of ['missing-runtime', 'foreign', 'throttled']) {
      // The first two are Failed in the end, as they are meant to be.
      await settled(client, name).catch((error: Error) =>
        assert.match(error.message, /^(missing-runtime|foreign) has failed/),
      );
    }
  });

  for (const operation of ['Invoke', 'InvokeWithResponseStream'] as const) {
    const invoke = (input: {
      FunctionName: string;
      Payload?: Uint8Array;
      InvocationType?: 'DryRun';
      TenantId?: string;
    }) => {
      const { InvokeCommand, InvokeWithResponseStreamCommand } = lambdaSdk();
      return operation === 'Invoke'
        ? client.send(new InvokeCommand(input))
        : client.send(new InvokeWithResponseStreamCommand(input));
    };
    const refused = (input: Parameters<typeof invoke>[0]): Promise<Refused> =>
      invoke(input).then(
        () => assert.fail('it was not refused'),
        (error: Refused) => error,
      );
    const text = (bytes: number) => Buffer.from(JSON.stringify('x'.repeat(bytes - 2)));

    test(`${operation} takes 6 MB and not a byte more`, async () => {
      await invoke({ FunctionName: 'hello', InvocationType: 'DryRun', Payload: text(PAYLOAD_BYTES_MAX) });
      const { name, $metadata } = await refused({ FunctionName: 'hello', Payload: text(PAYLOAD_BYTES_MAX + 1) });
      assert.deepEqual([name, $metadata.httpStatusCode], ['RequestTooLargeException', 413]);
    });

    test(`${operation} for one tenant is not mixed with those of others, but refused`, async () => {
      const { name, message } = await refused({ FunctionName: 'hello', TenantId: 'blue' });
      assert.equal(name, 'InvalidParameterValueException');
      assert.equal(message, 'Lambent does not support TenantId yet. Leave it out to go on without it.');
    });

    test(`${operation} takes JSON`, async () => {
      const { name, message } = await refused({ FunctionName: 'hello', Payload: Buffer.from('{"a":') });
      assert.equal(name, 'InvalidRequestContentException');
      assert.match(message, /^Could not parse request body into json: Could not parse payload into json: /);
    });

    test(`${operation} of a function without a place to run is throttled, with the reason`, async () => {
      const { name, message, Reason, $metadata } = await refused({ FunctionName: 'throttled' });
      assert.deepEqual(
        [name, message, Reason, $metadata.httpStatusCode],
        ['TooManyRequestsException', 'Rate Exceeded.', 'ReservedFunctionConcurrentInvocationLimitExceeded', 429],
      );
    });

    test(`${operation} of a function that failed tells its state and the reason`, async () => {
      const { name, message, $metadata } = await refused({ FunctionName: 'foreign' });
      assert.deepEqual([name, $metadata.httpStatusCode], ['ResourceConflictException', 409]);
      assert.match(message, /currently in the following state: Failed: The function is for /);
    });

    test(`${operation} of a function whose runtime is missing tells what to type`, async () => {
      const { name, message, $metadata } = await refused({ FunctionName: 'missing-runtime' });
      assert.deepEqual([name, $metadata.httpStatusCode], ['InvalidRuntimeException', 502]);
      assert.ok(message.startsWith(`The function ${ARN}:missing-runtime cannot run: The runtime nodejs22.x is not`));
      assert.match(message, /Type: lambent runtime add nodejs22\.x$/);
    });
  }

  test('an invocation that may run only once by its name is not run without regard to it, but refused', async () => {
    const { InvokeCommand } = lambdaSdk();
    await assert.rejects(client.send(new InvokeCommand({ FunctionName: 'hello', DurableExecutionName: 'once' })), {
      name: 'InvalidParameterValueException',
      message: 'Lambent does not support DurableExecutionName yet. Leave it out to go on without it.',
    });
  });

  test('the deprecated InvokeAsync refuses the same, but for throttles', async () => {
    const { InvokeAsyncCommand } = lambdaSdk();
    const refused = (FunctionName: string, InvokeArgs = '{}'): Promise<Refused> =>
      client.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs })).then(
        () => assert.fail('it was not refused'),
        (error: Refused) => error,
      );
    assert.equal((await refused('nobody')).name, 'ResourceNotFoundException');
    assert.equal((await refused('hello', '{"a":')).name, 'InvalidRequestContentException');
    assert.equal((await refused('foreign')).name, 'ResourceConflictException');
    assert.equal((await refused('missing-runtime')).name, 'InvalidRuntimeException');
  });
});
