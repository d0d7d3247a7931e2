// Throttles, as the official client of a whole server sees them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deploy } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, serve, text } from './server.ts';

const WAITS = 'exports.handler = (ms) => new Promise((resolve) => setTimeout(() => resolve("done"), ms));';
const RESERVED = 'ReservedFunctionConcurrentInvocationLimitExceeded';
/** Long enough for another request to arrive meanwhile. */
const LONG_MS = 3_000;

describe('throttles', () => {
  const cleanUp = cleanUpOf({ after });
  let client: LambdaClient;
  before(async () => {
    const server = await serve(cleanUp, {
      args: ['--sandbox', 'process', '--pool', '0', '--account-concurrency', '102'],
    });
    client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    await deploy(client, { name: 'waits', runtime: 'nodejs24.x', timeoutS: 30, files: { 'index.js': WAITS } });
  });

  test('a function with one reserved place runs once at a time, and a client is told why and when to try again', async () => {
    const { PutFunctionConcurrencyCommand } = lambdaSdk();
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'waits', ReservedConcurrentExecutions: 1 }));
    const answers = await Promise.all([answer(LONG_MS), answer(LONG_MS)]);
    const throttled = { status: 429, reason: RESERVED, retryAfter: '1', message: 'Rate Exceeded.' };
    assert.deepEqual(
      answers.filter((one) => one !== 'done'),
      [throttled],
    );
    assert.equal(await answer(0), 'done');
  });

  test('a function with none does not run, and runs again once that is taken back', async () => {
    const { DeleteFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } = lambdaSdk();
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'waits', ReservedConcurrentExecutions: 0 }));
    const throttled = { status: 429, reason: RESERVED, retryAfter: '1', message: 'Rate Exceeded.' };
    assert.deepEqual(await answer(0), throttled);
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'waits' }));
    assert.equal(await answer(0), 'done');
  });

  test('the account’s limit is the server’s', async () => {
    const { GetAccountSettingsCommand } = lambdaSdk();
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
    assert.equal(AccountLimit?.ConcurrentExecutions, 102);
  });

  /** What the function answers, or how it is refused. */
  async function answer(waitMs: number) {
    const { InvokeCommand, TooManyRequestsException } = lambdaSdk();
    try {
      const { Payload } = await client.send(
        new InvokeCommand({ FunctionName: 'waits', Payload: Buffer.from(String(waitMs)) }),
      );
      return JSON.parse(text(Payload));
    } catch (error) {
      if (!(error instanceof TooManyRequestsException)) throw error;
      const { $metadata, Reason, retryAfterSeconds, message } = error;
      return { status: $metadata.httpStatusCode, reason: Reason, retryAfter: retryAfterSeconds, message };
    }
  }
});
