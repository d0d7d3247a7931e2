// Calls that come at the same time: what AWS allows happens, whole, and nothing else; nobody is told of an internal error.
// Aliases have theirs beside their other tests.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { noteNothing } from '../../wire/testing/seen-answers.ts';
import { zipOf } from '../testing/zips.ts';
import { type LambdaClient, nodeFunction, serveLambda } from './testing/lambda-client.ts';

noteNothing();

const FunctionName = 'hello';
const CONFLICT = 'ResourceConflictException';
const STALE = 'PreconditionFailedException';
const INVALID = 'InvalidParameterValueException';
/** Calls that come together arrive in another order now and then. */
const ROUNDS = 5;

describe('a function', () => {
  test('that two create at once is created once, and is as that one was told', async (t) => {
    const { lambda, idle } = await serveLambda(t);
    const given = await nodeFunction(FunctionName);
    for (let round = 0; round < ROUNDS; round += 1) {
      const descriptions = ['one', 'two', 'three'];
      const { made, refused } = await all(
        descriptions.map((Description) => lambda.createFunction({ ...given, Description })),
      );
      assert.deepEqual(refused, [CONFLICT, CONFLICT]);
      await idle();
      assert.equal((await lambda.getFunctionConfiguration({ FunctionName })).Description, made[0]?.Description);
      assert.equal((await lambda.listFunctions()).Functions?.length, 1);
      await lambda.deleteFunction({ FunctionName });
    }
    assert.equal((await lambda.getAccountSettings()).AccountUsage?.TotalCodeSize, 0);
  });

  test('that two update at once, code and configuration, has the one update and not the other', async (t) => {
    const { lambda, pass } = await gated(t);
    const other = await zipOf({ 'index.js': 'exports.handler = async () => 2;' });
    const before = await lambda.getFunctionConfiguration({ FunctionName });
    const { made, refused } = await all<{ Description?: string; CodeSha256?: string }>([
      lambda.updateFunctionConfiguration({ FunctionName, Description: 'other' }),
      lambda.updateFunctionCode({ FunctionName, ZipFile: other }),
      lambda.updateFunctionConfiguration({ FunctionName, Description: 'another' }),
    ]);
    assert.deepEqual(refused, [CONFLICT, CONFLICT]);
    await pass();
    const after = await lambda.getFunctionConfiguration({ FunctionName });
    assert.deepEqual([after.Description, after.CodeSha256], [made[0]?.Description, made[0]?.CodeSha256]);
    assert.equal(after.LastUpdateStatus, 'Successful');
    const changed = [after.Description !== before.Description, after.CodeSha256 !== before.CodeSha256];
    assert.equal(changed.filter(Boolean).length, 1);
  });

  test('that two update who know the same revision has the update of the first', async (t) => {
    const { lambda, idle } = await ready(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { RevisionId } = await lambda.getFunctionConfiguration({ FunctionName });
      const { made, refused } = await all(
        ['x', 'y'].map((Description) => lambda.updateFunctionConfiguration({ FunctionName, Description, RevisionId })),
      );
      assert.ok(refused.length === 1 && [STALE, CONFLICT].includes(refused[0] ?? ''), String(refused));
      await idle();
      assert.equal((await lambda.getFunctionConfiguration({ FunctionName })).Description, made[0]?.Description);
    }
  });

  test('that is published, updated or published again while an update goes on, is not; and deleted, is gone', async (t) => {
    const { lambda, pass } = await gated(t);
    await lambda.updateFunctionConfiguration({ FunctionName, Description: 'other' });
    const { made, refused } = await all<unknown>([
      lambda.publishVersion({ FunctionName }),
      lambda.publishVersion({ FunctionName }),
      lambda.updateFunctionConfiguration({ FunctionName }),
    ]);
    assert.deepEqual([made.length, refused], [0, [CONFLICT, CONFLICT, CONFLICT]]);
    await lambda.deleteFunction({ FunctionName });
    // Its successor does not get what was being made for it.
    await lambda.createFunction({ ...(await nodeFunction(FunctionName)), Description: 'successor' });
    await pass();
    const { Description, State, Version } = await lambda.getFunctionConfiguration({ FunctionName });
    assert.deepEqual([Description, State, Version], ['successor', 'Active', '$LATEST']);
    assert.equal((await lambda.listVersionsByFunction({ FunctionName })).Versions?.length, 1);
  });

  test('that is deleted by two at once is gone, and one or both are told so', async (t) => {
    const { lambda, idle } = await ready(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { made, refused } = await all([1, 2].map(() => lambda.deleteFunction({ FunctionName })));
      assert.ok(made.length >= 1 && refused.every((name) => name === 'ResourceNotFoundException'), String(refused));
      assert.deepEqual((await lambda.listFunctions()).Functions, []);
      await lambda.createFunction(await nodeFunction(FunctionName));
      await idle();
    }
  });

  test('that is published by several while another updates it has versions without gaps, each as it was published', async (t) => {
    const { lambda, idle } = await ready(t);
    const published = new Map<string, string | undefined>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const answers = await Promise.allSettled([
        lambda.updateFunctionConfiguration({ FunctionName, Description: `round ${round}` }),
        ...[1, 2, 3].map(() => lambda.publishVersion({ FunctionName })),
      ]);
      await idle();
      for (const answer of answers) {
        if (answer.status === 'rejected') assert.equal(answer.reason.name, CONFLICT);
        else if (answer.value.Version !== '$LATEST')
          published.set(answer.value.Version ?? '', answer.value.Description);
      }
    }
    const { Versions = [] } = await lambda.listVersionsByFunction({ FunctionName });
    const shown = Versions.slice(1).map(({ Version = '', Description }) => [Version, Description] as const);
    assert.deepEqual(
      shown,
      [...published].sort(([one], [other]) => Number(one) - Number(other)),
    );
    assert.deepEqual(
      shown.map(([version]) => version),
      shown.map((_, index) => String(index + 1)),
    );
  });
});

describe('what belongs to a function', () => {
  test('tags that several set at once are all set', async (t) => {
    const { lambda } = await ready(t);
    const Resource = (await lambda.getFunctionConfiguration({ FunctionName })).FunctionArn;
    const keys = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(keys.map((key) => lambda.tagResource({ Resource, Tags: { [key]: key } })));
    const { Tags = {} } = await lambda.listTags({ Resource });
    assert.deepEqual(Object.keys(Tags).sort(), keys);
    await Promise.all([
      lambda.untagResource({ Resource, TagKeys: ['a', 'b'] }),
      lambda.untagResource({ Resource, TagKeys: ['b', 'c'] }),
      lambda.tagResource({ Resource, Tags: { f: 'f' } }),
    ]);
    assert.deepEqual(Object.keys((await lambda.listTags({ Resource })).Tags ?? {}).sort(), ['d', 'e', 'f']);
  });

  test('permissions of different ids are all added, of one id once, and of one revision the first', async (t) => {
    const { lambda } = await ready(t);
    const add = (StatementId: string, RevisionId?: string) =>
      lambda.addPermission({
        FunctionName,
        StatementId,
        RevisionId,
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
      });
    const sids = async () => {
      const { Policy = '{}' } = await lambda.getPolicy({ FunctionName });
      return (JSON.parse(Policy) as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid).sort();
    };
    assert.deepEqual((await all(['a', 'b', 'c'].map((id) => add(id)))).refused, []);
    assert.deepEqual((await all(['d', 'd', 'd'].map((id) => add(id)))).refused, [CONFLICT, CONFLICT]);
    assert.deepEqual(await sids(), ['a', 'b', 'c', 'd']);
    const { RevisionId } = await lambda.getPolicy({ FunctionName });
    assert.deepEqual((await all(['e', 'f'].map((id) => add(id, RevisionId)))).refused, [STALE]);
    assert.equal((await sids()).length, 5);
  });

  test('an alias counts every change of those who change it only as they know it', async (t) => {
    const { lambda } = await ready(t);
    await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '$LATEST', Description: '0' });
    const increments = async () => {
      let made = 0;
      while (made < 5) {
        const { Description, RevisionId } = await lambda.getAlias({ FunctionName, Name: 'live' });
        await lambda
          .updateAlias({ FunctionName, Name: 'live', RevisionId, Description: String(Number(Description) + 1) })
          .then(
            () => {
              made += 1;
            },
            (error: Error) => assert.equal(error.name, STALE),
          );
      }
    };
    await Promise.all([increments(), increments(), increments()]);
    assert.equal((await lambda.getAlias({ FunctionName, Name: 'live' })).Description, '15');
  });
});

describe('what is shared', () => {
  test('the concurrency of the account is not reserved twice', async (t) => {
    const { lambda, idle } = await serveLambda(t);
    const names = ['one', 'two', 'three'];
    for (const name of names) await lambda.createFunction(await nodeFunction(name));
    await idle();
    for (let round = 0; round < ROUNDS; round += 1) {
      // 900 of 1,000 can be reserved.
      const { made, refused } = await all(
        names.map((name) => lambda.putFunctionConcurrency({ FunctionName: name, ReservedConcurrentExecutions: 450 })),
      );
      assert.deepEqual([made.length, refused], [2, [INVALID]]);
      const { AccountLimit } = await lambda.getAccountSettings();
      assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 100);
      await all(names.map((name) => lambda.deleteFunctionConcurrency({ FunctionName: name })));
    }
    assert.equal((await lambda.getAccountSettings()).AccountLimit?.UnreservedConcurrentExecutions, 1000);
  });

  test('a function’s reserved concurrency is not provisioned twice, nor taken away from under what is provisioned', async (t) => {
    const { lambda, idle } = await ready(t);
    for (const Description of ['one', 'two']) {
      await lambda.updateFunctionConfiguration({ FunctionName, Description });
      await idle();
      await lambda.publishVersion({ FunctionName });
    }
    await lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 10 });
    const provision = (Qualifier: string) =>
      lambda.putProvisionedConcurrencyConfig({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: 6 });
    const provisioned = await all(['1', '2'].map(provision));
    assert.deepEqual([provisioned.made.length, provisioned.refused], [1, [INVALID]]);
    await all(['1', '2'].map((Qualifier) => lambda.deleteProvisionedConcurrencyConfig({ FunctionName, Qualifier })));
    const [less, one] = await Promise.allSettled([
      lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions: 5 }),
      provision('1'),
    ]);
    // Whoever comes second is refused.
    assert.notEqual(less.status, one.status);
  });

  test('versions of a layer that are published at once have numbers of their own', async (t) => {
    const { lambda } = await serveLambda(t);
    const ZipFile = await zipOf({ 'a.txt': 'a' });
    const publish = () => lambda.publishLayerVersion({ LayerName: 'layer', Content: { ZipFile } });
    const published = await Promise.all([publish(), publish(), publish(), publish()]);
    assert.deepEqual(published.map(({ Version }) => Version).sort(), [1, 2, 3, 4]);
    assert.equal((await lambda.getAccountSettings()).AccountUsage?.TotalCodeSize, 4 * ZipFile.length);
  });
});

/** Answers of those that were made, and the codes of those that were refused. */
async function all<Answer>(calls: readonly Promise<Answer>[]): Promise<{ made: Answer[]; refused: string[] }> {
  const answers = await Promise.allSettled(calls);
  return {
    made: answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
    refused: answers.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as Error).name] : [])),
  };
}

async function ready(t: TestContext): Promise<{ lambda: LambdaClient; idle: () => Promise<void> }> {
  const served = await serveLambda(t);
  await served.lambda.createFunction(await nodeFunction(FunctionName));
  await served.idle();
  return served;
}

/** The function is active, and each further change goes on until `pass`. */
async function gated(t: TestContext) {
  let opening = Promise.withResolvers<void>();
  opening.resolve();
  const served = await serveLambda(t, { prepare: () => opening.promise.then(() => ({ ok: true })) });
  await served.lambda.createFunction(await nodeFunction(FunctionName));
  await served.idle();
  opening = Promise.withResolvers();
  return {
    ...served,
    async pass() {
      opening.resolve();
      await served.idle();
    },
  };
}
