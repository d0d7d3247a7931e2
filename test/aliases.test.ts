// Versions and aliases of a whole server, as the official client sees them: what runs, under which name, and how often.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { awsLambda } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy, zipOf } from './deploy.ts';
import { gate, PASSED } from './gate.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  settled,
  type TestServer,
  temporaryDirectory,
  text,
} from './server.ts';

const FARN = 'arn:aws:lambda:us-east-1:000000000000:function';
/** Answers what it is and how it was called, once the gate is open. */
const source = (code: string) => `${PASSED}
exports.handler = async (gate, context) => {
  await passed(gate);
  const { AWS_LAMBDA_FUNCTION_VERSION: variable, AWS_LAMBDA_INITIALIZATION_TYPE: type } = process.env;
  return { code: '${code}', variable, type, version: context.functionVersion, arn: context.invokedFunctionArn };
};`;
const ARGS = ['--sandbox', 'process', '--pool', '0'];

describe('aliases', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  let client: LambdaClient;
  before(async () => {
    server = await serve(cleanUp, { args: ARGS });
    client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
  });

  test('an alias runs the version it points to, under its own name, and then the one it is moved to', async () => {
    const { CreateAliasCommand, UpdateAliasCommand } = lambdaSdk();
    await twoVersions(client, 'moves');
    const FunctionName = 'moves';
    await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    const arn = `${FARN}:moves:live`;
    for (const name of [{ FunctionName, Qualifier: 'live' }, { FunctionName: 'moves:live' }, { FunctionName: arn }]) {
      assert.deepEqual(await run(client, name), { executed: '1', ...ON_DEMAND, code: 'one', ...versionOf('1'), arn });
    }
    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '2' }));
    const live = { FunctionName, Qualifier: 'live' };
    assert.deepEqual(await run(client, live), { executed: '2', ...ON_DEMAND, code: 'two', ...versionOf('2'), arn });
    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '$LATEST' }));
    const latest = await run(client, live);
    assert.deepEqual(latest, { executed: '$LATEST', ...ON_DEMAND, code: 'two', ...versionOf('$LATEST'), arn });
    assert.equal((await run(client, { FunctionName, Qualifier: '1' })).arn, `${FARN}:moves:1`);
  });

  test('an alias that is not there is not found; a dry run of one that is runs nothing', async () => {
    const { CreateAliasCommand, DeleteAliasCommand, InvokeCommand, InvokeWithResponseStreamCommand } = lambdaSdk();
    await twoVersions(client, 'dry');
    const live = { FunctionName: 'dry', Qualifier: 'live' };
    const missing = { name: 'ResourceNotFoundException', message: `Function not found: ${FARN}:dry:live` };
    await assert.rejects(client.send(new InvokeCommand(live)), missing);
    await client.send(new CreateAliasCommand({ FunctionName: 'dry', Name: 'live', FunctionVersion: '1' }));
    const { StatusCode } = await client.send(new InvokeCommand({ ...live, InvocationType: 'DryRun' }));
    assert.equal(StatusCode, 204);
    await client.send(new DeleteAliasCommand({ FunctionName: 'dry', Name: 'live' }));
    await assert.rejects(client.send(new InvokeWithResponseStreamCommand(live)), missing);
  });

  test('the AWS CLI moves an alias', async () => {
    await twoVersions(client, 'cli');
    const aws = await awsLambda({ ...withoutAwsSettings(), ...server.env });
    const alias = ['--function-name', 'cli', '--name', 'live'];
    const expected = { AliasArn: `${FARN}:cli:live`, Name: 'live', FunctionVersion: '1', Description: '' };
    const weights = '{"AdditionalVersionWeights":{"2":0.25}}';
    const created = await aws('create-alias', ...alias, '--function-version', '1', '--routing-config', weights);
    assert.deepEqual(without(created), { ...expected, RoutingConfig: JSON.parse(weights) });
    const changes = ['--function-version', '2', '--routing-config', '{}', '--revision-id', created.RevisionId];
    const moved = await aws('update-alias', ...alias, ...changes);
    assert.deepEqual(without(moved), { ...expected, FunctionVersion: '2' });
    assert.deepEqual((await aws('list-aliases', '--function-name', 'cli', '--function-version', '2')).Aliases, [moved]);
    await assert.rejects(aws('update-alias', ...alias, ...changes), /PreconditionFailedException/);
    await aws('delete-alias', ...alias);
    await assert.rejects(aws('get-alias', ...alias), /Cannot find alias arn: .*:cli:live/);
  });

  test('boto3 moves an alias', async () => {
    const { CreateAliasCommand } = lambdaSdk();
    await twoVersions(client, 'boto');
    await client.send(new CreateAliasCommand({ FunctionName: 'boto', Name: 'other', FunctionVersion: '2' }));
    const env = { ...withoutAwsSettings(), ...server.env };
    const script = join(import.meta.dirname, 'boto3-aliases.py');
    const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script, 'boto'], { env });
    const alias = { AliasArn: `${FARN}:boto:live`, Name: 'live', FunctionVersion: '1', Description: '' };
    assert.deepEqual(JSON.parse(stdout), {
      created: { ...alias, RoutingConfig: { AdditionalVersionWeights: { '2': 1 } } },
      first: ['2', alias.AliasArn],
      updated: alias,
      second: ['1', alias.AliasArn],
      stale: 'PreconditionFailedException',
      twice: 'ResourceConflictException',
      pinned: 'ResourceConflictException',
      listed: ['live', 'other'],
      deleted: 'ResourceNotFoundException',
    });
  });

  test('a streamed answer comes from the alias’s version, too', async () => {
    const { CreateAliasCommand, InvokeWithResponseStreamCommand } = lambdaSdk();
    await twoVersions(client, 'streams');
    await client.send(new CreateAliasCommand({ FunctionName: 'streams', Name: 'live', FunctionVersion: '1' }));
    const answer = await client.send(
      new InvokeWithResponseStreamCommand({ FunctionName: 'streams', Qualifier: 'live', Payload: '""' }),
    );
    assert.equal(answer.ExecutedVersion, '1');
    let whole = '';
    for await (const { PayloadChunk } of answer.EventStream ?? []) whole += text(PayloadChunk?.Payload);
    assert.equal(JSON.parse(whole).arn, `${FARN}:streams:live`);
  });

  test('weights hold: half of the invocations run each version, none or all run one', async () => {
    const { CreateAliasCommand, UpdateAliasCommand } = lambdaSdk();
    await twoVersions(client, 'shared');
    const FunctionName = 'shared';
    const live = { FunctionName, Qualifier: 'live' };
    const weight = (number: number) => ({ RoutingConfig: { AdditionalVersionWeights: { '2': number } } });
    const secondOf = async (count: number): Promise<number> => {
      let second = 0;
      for (let done = 0; done < count; done += 1) {
        const { executed, code, variable } = await run(client, live);
        assert.deepEqual([code, variable], [executed === '2' ? 'two' : 'one', executed]);
        if (executed === '2') second += 1;
      }
      return second;
    };
    await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1', ...weight(0.5) }));
    const count = 200;
    // Half of them, give or take seven standard deviations: a wrong alarm in 10^12 runs.
    const second = await secondOf(count);
    const deviations = Math.abs(second - count / 2) / Math.sqrt(count / 4);
    assert.ok(deviations < 7, `${second} of ${count} ran version 2`);
    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', ...weight(0) }));
    assert.equal(await secondOf(20), 0);
    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', ...weight(1) }));
    assert.equal(await secondOf(20), 20);
  });

  test('while an alias is moved to and fro, every invocation runs one of its versions', async () => {
    const { CreateAliasCommand, UpdateAliasCommand } = lambdaSdk();
    await twoVersions(client, 'restless');
    const FunctionName = 'restless';
    await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    const seen = new Set<string>();
    const invoking = (async () => {
      for (let done = 0; done < 60 || seen.size < 2; done += 1) {
        const { executed, code } = await run(client, { FunctionName, Qualifier: 'live' });
        assert.equal(code, executed === '2' ? 'two' : 'one');
        seen.add(executed);
      }
    })();
    let invoked = false;
    const moving = (async () => {
      for (let FunctionVersion = '2'; !invoked; FunctionVersion = FunctionVersion === '2' ? '1' : '2') {
        await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion }));
        await sleep(2);
      }
    })();
    await invoking.finally(() => {
      invoked = true;
    });
    await moving;
  });

  test('provisioned concurrency of an alias serves it and its version, spills over, and moves with it', async (t) => {
    const { CreateAliasCommand, PutProvisionedConcurrencyConfigCommand, UpdateAliasCommand } = lambdaSdk();
    const { GetProvisionedConcurrencyConfigCommand } = lambdaSdk();
    await twoVersions(client, 'ahead');
    const FunctionName = 'ahead';
    const live = { FunctionName, Qualifier: 'live' };
    const ready = async () => {
      for (;;) {
        const { Status, StatusReason } = await client.send(new GetProvisionedConcurrencyConfigCommand(live));
        assert.notEqual(Status, 'FAILED', StatusReason);
        if (Status === 'READY') return;
        await sleep(20);
      }
    };
    const typeOf = async (Qualifier: string, gate = '') => (await run(client, { FunctionName, Qualifier }, gate)).type;

    await client.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    await client.send(new PutProvisionedConcurrencyConfigCommand({ ...live, ProvisionedConcurrentExecutions: 1 }));
    await ready();
    assert.equal(await typeOf('live'), 'provisioned-concurrency');
    assert.equal(await typeOf('1'), 'provisioned-concurrency');
    const { path, reached, open } = await gate(cleanUpOf(t));
    const both = [typeOf('live', path), typeOf('1', path)];
    await reached(2);
    await open();
    const types = await Promise.all(both);
    assert.deepEqual(types.sort(), ['on-demand', 'provisioned-concurrency']);

    await client.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '2' }));
    await ready();
    assert.equal(await typeOf('live'), 'provisioned-concurrency');
    assert.equal(await typeOf('2'), 'provisioned-concurrency');
    assert.equal(await typeOf('1'), 'on-demand');
  });
});

test('an alias that was acknowledged is there after the server was killed, and still runs its version', async (t) => {
  const { CreateAliasCommand, GetAliasCommand } = lambdaSdk();
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const first = await serve(cleanUp, { dataDir, args: ARGS });
  const FunctionName = 'kept';
  const lambda = lambdaClient(cleanUp, first);
  await twoVersions(lambda, FunctionName);
  const RoutingConfig = { AdditionalVersionWeights: { '2': 0 } };
  const alias = { FunctionName, Name: 'live' };
  const created = await lambda.send(new CreateAliasCommand({ ...alias, FunctionVersion: '1', RoutingConfig }));
  await first.process.kill();

  const again = lambdaClient(cleanUp, await serve(cleanUp, { dataDir, args: ARGS }));
  const { $metadata: _, ...shown } = await again.send(new GetAliasCommand(alias));
  const { $metadata: __, ...expected } = created;
  assert.deepEqual(shown, expected);
  assert.equal((await run(again, { FunctionName, Qualifier: 'live' })).code, 'one');
});

const without = ({ RevisionId: _, ...alias }: { RevisionId: string }) => alias;
const ON_DEMAND = { type: 'on-demand' };
const versionOf = (version: string) => ({ version, variable: version });

interface Run {
  readonly executed: string;
  readonly code: string;
  readonly variable: string;
  readonly type: string;
  readonly version: string;
  readonly arn: string;
}

/** What the function answers, and the version that the response names. */
async function run(lambda: LambdaClient, name: { FunctionName: string; Qualifier?: string }, gate = ''): Promise<Run> {
  const { InvokeCommand } = lambdaSdk();
  const answer = await lambda.send(new InvokeCommand({ ...name, Payload: JSON.stringify(gate) }));
  assert.equal(answer.FunctionError, undefined, text(answer.Payload));
  return { executed: answer.ExecutedVersion, ...JSON.parse(text(answer.Payload)) };
}

/** A function whose versions 1 and 2 say so. */
async function twoVersions(lambda: LambdaClient, FunctionName: string): Promise<void> {
  const { PublishVersionCommand, UpdateFunctionCodeCommand } = lambdaSdk();
  const files = (code: string) => ({ 'index.js': source(code) });
  await deploy(lambda, { name: FunctionName, runtime: 'nodejs24.x', timeoutS: 30, files: files('one') });
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zipOf(files('two')) }));
  await settled(lambda, FunctionName);
  await lambda.send(new PublishVersionCommand({ FunctionName }));
}
