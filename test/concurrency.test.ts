// Throttles, provisioned concurrency and SnapStart, as the official client of a whole server sees them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runLambent } from '../scripts/server-process.ts';
import { deploy } from './deploy.ts';
import { gate, PASSED } from './gate.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  settled,
  temporaryDirectory,
  text,
} from './server.ts';

const WAITS = `${PASSED}
exports.handler = async (gate) => { await passed(gate); return 'done'; };`;
const TYPE = `${PASSED}
exports.handler = async (gate) => { await passed(gate); return process.env.AWS_LAMBDA_INITIALIZATION_TYPE; };`;
const HOOKS = `
import os
from snapshot_restore_py import register_after_restore, register_before_snapshot
calls = []
@register_before_snapshot
def close():
    if 'FAIL' in os.environ:
        raise ValueError('cannot close')
    calls.append('before')
@register_after_restore
def connect():
    if 'FAIL_RESTORE' in os.environ:
        raise ValueError('cannot connect')
    calls.append('after')
def handler(event, context):
    return calls + [os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']]
`;
const RESERVED = 'ReservedFunctionConcurrentInvocationLimitExceeded';

describe('concurrency', () => {
  const cleanUp = cleanUpOf({ after });
  let client: LambdaClient;
  before(async () => {
    const server = await serve(cleanUp, {
      args: ['--sandbox', 'process', '--pool', '0', '--account-concurrency', '102'],
    });
    client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    await deploy(client, { name: 'waits', runtime: 'nodejs24.x', timeoutS: 30, files: { 'index.js': WAITS } });
  });

  test('a function with one reserved place runs once at a time, and a client is told why and when to try again', async (t) => {
    const { PutFunctionConcurrencyCommand } = lambdaSdk();
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'waits', ReservedConcurrentExecutions: 1 }));
    const { path, open } = await gate(cleanUpOf(t));
    const both = [answer(path), answer(path)];
    // The one that is refused; the other one runs.
    await Promise.race(both);
    await open();
    const answers = await Promise.all(both);
    const throttled = { status: 429, reason: RESERVED, retryAfter: '1', message: 'Rate Exceeded.' };
    assert.deepEqual(
      answers.filter((one) => one !== 'done'),
      [throttled],
    );
    assert.equal(await answer(''), 'done');
  });

  test('a function with none does not run, and runs again once that is taken back', async () => {
    const { DeleteFunctionConcurrencyCommand, PutFunctionConcurrencyCommand } = lambdaSdk();
    await client.send(new PutFunctionConcurrencyCommand({ FunctionName: 'waits', ReservedConcurrentExecutions: 0 }));
    const throttled = { status: 429, reason: RESERVED, retryAfter: '1', message: 'Rate Exceeded.' };
    assert.deepEqual(await answer(''), throttled);
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: 'waits' }));
    assert.equal(await answer(''), 'done');
  });

  test('the account’s limit is the server’s', async () => {
    const { GetAccountSettingsCommand } = lambdaSdk();
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
    assert.equal(AccountLimit?.ConcurrentExecutions, 102);
  });

  test('a version’s provisioned environments are ready before it is invoked; what they cannot take runs on demand; a restart brings them back', async (t) => {
    const { GetProvisionedConcurrencyConfigCommand, PutProvisionedConcurrencyConfigCommand } = lambdaSdk();
    const own = cleanUpOf(t);
    const dataDir = await temporaryDirectory(own);
    const args = ['--sandbox', 'process', '--pool', '0'];
    const version = { FunctionName: 'ahead', Qualifier: '1' };
    const status = async (lambda: LambdaClient) => {
      for (;;) {
        const {
          $metadata: _,
          LastModified: __,
          ...shown
        } = await lambda.send(new GetProvisionedConcurrencyConfigCommand(version));
        if (shown.Status !== 'IN_PROGRESS') return shown;
        await sleep(20);
      }
    };
    const READY = {
      RequestedProvisionedConcurrentExecutions: 1,
      AllocatedProvisionedConcurrentExecutions: 1,
      AvailableProvisionedConcurrentExecutions: 1,
      Status: 'READY',
    };
    {
      const { lambda, stop } = await serving();
      await deploy(lambda, { name: 'ahead', runtime: 'nodejs24.x', timeoutS: 30, files: { 'index.js': TYPE } });
      await publish(lambda, 'ahead');
      await lambda.send(new PutProvisionedConcurrencyConfigCommand({ ...version, ProvisionedConcurrentExecutions: 1 }));
      assert.deepEqual(await status(lambda), READY);
      const { path, reached, open } = await gate(own);
      const both = [type(lambda, path), type(lambda, path)];
      await reached(2);
      await open();
      const types = await Promise.all(both);
      assert.deepEqual(types.sort(), ['on-demand', 'provisioned-concurrency']);
      await stop();
    }
    const { lambda } = await serving();
    assert.deepEqual(await status(lambda), READY);
    assert.equal(await type(lambda, ''), 'provisioned-concurrency');

    async function serving() {
      const running = own.use(new AsyncDisposableStack());
      const server = await serve(running, { dataDir, args });
      return { lambda: lambdaClient(running, server), stop: () => running.disposeAsync() };
    }
    async function type(lambda: LambdaClient, gate: string): Promise<string> {
      const { InvokeCommand } = lambdaSdk();
      const { Payload } = await lambda.send(new InvokeCommand({ ...version, Payload: JSON.stringify(gate) }));
      return JSON.parse(text(Payload));
    }
  });

  test('provisioned concurrency of a version whose init fails is FAILED', async () => {
    const { GetProvisionedConcurrencyConfigCommand, PutProvisionedConcurrencyConfigCommand } = lambdaSdk();
    await deploy(client, { name: 'broken', runtime: 'nodejs24.x', files: { 'index.js': 'throw new Error("no")' } });
    await publish(client, 'broken');
    const version = { FunctionName: 'broken', Qualifier: '1' };
    await client.send(new PutProvisionedConcurrencyConfigCommand({ ...version, ProvisionedConcurrentExecutions: 1 }));
    for (;;) {
      const shown = await client.send(new GetProvisionedConcurrencyConfigCommand(version));
      if (shown.Status === 'IN_PROGRESS') await sleep(20);
      else {
        assert.deepEqual([shown.Status, shown.StatusReason], ['FAILED', 'FUNCTION_ERROR_INIT_FAILURE']);
        return;
      }
    }
  });

  test('with SnapStart, a version’s hooks run when it is published and when it starts, and a failing one makes it Failed', async (t) => {
    const { stdout } = await runLambent(['runtime', 'list']);
    const [, runtime] = /^(python3\.1[23])\s+ready\b/m.exec(stdout) ?? [];
    if (runtime === undefined) {
      t.diagnostic('left out: SnapStart needs Python 3.12 or 3.13, and this machine has neither');
      return;
    }
    const { GetFunctionConfigurationCommand, InvokeCommand, SnapStartException, UpdateFunctionConfigurationCommand } =
      lambdaSdk();
    await deploy(client, { name: 'snap', runtime, handler: 'app.handler', files: { 'app.py': HOOKS } });
    const SnapStart = { ApplyOn: 'PublishedVersions' } as const;
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'snap', SnapStart }));
    await settled(client, 'snap');
    await publish(client, 'snap');
    const first = await ended('1');
    assert.deepEqual([first.State, first.SnapStart], ['Active', { ...SnapStart, OptimizationStatus: 'On' }]);
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'snap', Qualifier: '1' }));
    assert.deepEqual(JSON.parse(text(Payload)), ['before', 'after', 'snap-start']);

    const failing = { Variables: { FAIL_RESTORE: 'yes' } };
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'snap', Environment: failing }));
    await settled(client, 'snap');
    await publish(client, 'snap');
    assert.equal((await ended('2')).State, 'Active');
    // Each invocation tries again.
    for (let time = 0; time < 2; time += 1) {
      await assert.rejects(client.send(new InvokeCommand({ FunctionName: 'snap', Qualifier: '2' })), (error) => {
        assert.ok(error instanceof SnapStartException);
        assert.equal(error.$metadata.httpStatusCode, 400);
        assert.match(error.message, /^The afterRestore\(\) runtime hook encountered an error\./);
        return true;
      });
    }

    const Environment = { Variables: { FAIL: 'yes' } };
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'snap', Environment }));
    await settled(client, 'snap');
    await publish(client, 'snap');
    const second = await ended('3');
    assert.deepEqual([second.State, second.StateReasonCode], ['Failed', 'FunctionError.RuntimeInitError']);
    assert.match(second.StateReason ?? '', /Runtime\.BeforeSnapshotError/);
    assert.match(second.StateReason ?? '', /cannot close/);

    async function ended(Qualifier: string) {
      for (;;) {
        const shown = await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'snap', Qualifier }));
        if (shown.State !== 'Pending') return shown;
        await sleep(20);
      }
    }
  });

  async function publish(lambda: LambdaClient, FunctionName: string): Promise<void> {
    const { PublishVersionCommand } = lambdaSdk();
    await lambda.send(new PublishVersionCommand({ FunctionName }));
  }

  /** What the function answers, or how it is refused. */
  async function answer(gate: string) {
    const { InvokeCommand, TooManyRequestsException } = lambdaSdk();
    try {
      const { Payload } = await client.send(
        new InvokeCommand({ FunctionName: 'waits', Payload: JSON.stringify(gate) }),
      );
      return JSON.parse(text(Payload));
    } catch (error) {
      if (!(error instanceof TooManyRequestsException)) throw error;
      const { $metadata, Reason, retryAfterSeconds, message } = error;
      return { status: $metadata.httpStatusCode, reason: Reason, retryAfter: retryAfterSeconds, message };
    }
  }
});
