// What AWS has been seen to do over several requests: revisions, versions, sizes (lambda-facts 3.4, 4.3, 5.1 and 5.3).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { zipOf } from './deploy.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, ROLE, sender, serve, settled } from './server.ts';

const FARN = 'arn:aws:lambda:us-east-1:000000000000:function';
const zip = await zipOf({ 'index.js': 'exports.handler = async () => 1;' });
const otherZip = await zipOf({ 'index.js': 'exports.handler = async () => "another";' });

/** What of the answers is looked at here. */
interface Answer {
  readonly RevisionId?: string;
  readonly Version?: string;
  readonly State?: string;
  readonly LastUpdateStatus?: string;
  readonly Description?: string;
  readonly Versions?: readonly { readonly Version?: string }[];
  readonly Aliases?: readonly unknown[];
  readonly Policy?: string;
  readonly AccountUsage?: { readonly TotalCodeSize?: number; readonly FunctionCount?: number };
  readonly Tags?: Readonly<Record<string, string>>;
  readonly ReservedConcurrentExecutions?: number;
}

describe('as recorded', () => {
  let client: LambdaClient;
  let send: ReturnType<typeof sender<Answer>>;
  const cleanUp = cleanUpOf({ after });

  before(async () => {
    client = lambdaClient(cleanUp, await serve(cleanUp), { maxAttempts: 1 });
    send = sender(client);
  });

  const create = (FunctionName: string, more: object = {}) =>
    send('CreateFunction', {
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: zip },
      ...more,
    });
  const revision = async (FunctionName: string, Qualifier?: string) =>
    (await send('GetFunctionConfiguration', { FunctionName, Qualifier })).RevisionId;
  const distinct = (...revisions: readonly (string | undefined)[]) =>
    assert.deepEqual([new Set(revisions).size, revisions.includes(undefined)], [revisions.length, false]);

  test('every step of a function’s life has a revision of its own, also an update that changes nothing', async () => {
    const FunctionName = 'life';
    const revisions: (string | undefined)[] = [(await create(FunctionName)).RevisionId];
    const settles = async () => {
      await settled(client, FunctionName);
      revisions.push(await revision(FunctionName));
    };
    await settles();
    revisions.push((await send('UpdateFunctionCode', { FunctionName, ZipFile: otherZip })).RevisionId);
    await settles();
    for (const Description of ['other', 'other']) {
      revisions.push((await send('UpdateFunctionConfiguration', { FunctionName, Description })).RevisionId);
      await settles();
    }
    await send('PublishVersion', { FunctionName });
    revisions.push(await revision(FunctionName), await revision(FunctionName, '1'));
    await send('TagResource', { Resource: `${FARN}:${FunctionName}`, Tags: { k: 'v' } });
    revisions.push(await revision(FunctionName));
    await send('UntagResource', { Resource: `${FARN}:${FunctionName}`, TagKeys: ['k'] });
    revisions.push(await revision(FunctionName));
    distinct(...revisions);
  });

  test('aliases and policies change no revision of the function, and have their own', async () => {
    const FunctionName = 'apart';
    await create(FunctionName, { Publish: true });
    await settled(client, FunctionName);
    const known = [await revision(FunctionName), await revision(FunctionName, '1')];
    distinct(...known);
    const alias = { FunctionName, Name: 'live' };
    const created = await send('CreateAlias', { ...alias, FunctionVersion: '1' });
    const changed = await send('UpdateAlias', alias);
    const permission = (RevisionId?: string, Qualifier?: string) => ({
      FunctionName,
      Qualifier,
      RevisionId,
      StatementId: crypto.randomUUID(),
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    });
    await send('AddPermission', permission());
    const policy = async (Qualifier?: string) => (await send('GetPolicy', { FunctionName, Qualifier })).RevisionId;
    const first = await policy();
    // An alias that has no policy yet takes its own revision for that of its policy.
    await send('AddPermission', permission(changed.RevisionId, 'live'));
    assert.equal(await policy(), first);
    await send('AddPermission', permission(first));
    distinct(...known, created.RevisionId, changed.RevisionId, first, await policy(), await policy('live'));
    assert.deepEqual([await revision(FunctionName), await revision(FunctionName, '1')], known);

    const second = await policy();
    await send('UpdateFunctionConfiguration', { FunctionName, Description: 'other' });
    await settled(client, FunctionName);
    await send('PublishVersion', { FunctionName });
    assert.equal(await policy(), second);
    await assert.rejects(policy('2'), { name: 'ResourceNotFoundException' });
  });

  test('a version is published once for each change, keeps what it is, and its number does not come back', async () => {
    const FunctionName = 'versions';
    await create(FunctionName);
    await settled(client, FunctionName);
    const one = await send('PublishVersion', { FunctionName, Description: 'one' });
    const again = await send('PublishVersion', { FunctionName });
    assert.deepEqual([one.Version, again.Version, again.RevisionId], ['1', '1', one.RevisionId]);
    for (const change of [{ Description: 'x' }, { Timeout: 5 }, { Environment: { Variables: { AB: 'c' } } }]) {
      await send('UpdateFunctionConfiguration', { FunctionName, ...change });
      await settled(client, FunctionName);
      await send('PublishVersion', { FunctionName });
    }
    await send('UpdateFunctionCode', { FunctionName, ZipFile: otherZip });
    await settled(client, FunctionName);
    const five = await send('PublishVersion', { FunctionName });
    assert.equal(five.Version, '5');
    const kept = await send('GetFunctionConfiguration', { FunctionName, Qualifier: '1' });
    assert.deepEqual([kept.Description, kept.RevisionId, kept.State], ['one', one.RevisionId, 'Active']);
    await send('DeleteFunction', { FunctionName, Qualifier: '5' });
    await send('UpdateFunctionConfiguration', { FunctionName, Description: 'y' });
    await settled(client, FunctionName);
    assert.equal((await send('PublishVersion', { FunctionName })).Version, '6');
    const { Versions = [] } = await send('ListVersionsByFunction', { FunctionName });
    assert.deepEqual(
      Versions.map(({ Version }) => Version),
      ['$LATEST', '1', '2', '3', '4', '6'],
    );
  });

  test('code that is published while it is updated is a Pending version, and $LATEST is updated meanwhile', async () => {
    const FunctionName = 'published';
    await create(FunctionName);
    await settled(client, FunctionName);
    const version = await send('UpdateFunctionCode', { FunctionName, ZipFile: otherZip, Publish: true });
    assert.deepEqual([version.Version, version.State, version.LastUpdateStatus], ['1', 'Pending', undefined]);
    const latest = await send('GetFunctionConfiguration', { FunctionName });
    distinct(version.RevisionId, latest.RevisionId);
    await settled(client, FunctionName);
    await settled(client, `${FunctionName}:1`);
  });

  test('a function that is made again under its name has nothing of the old one', async () => {
    const FunctionName = 'again';
    await create(FunctionName, { Publish: true, Tags: { k: 'v' } });
    await settled(client, FunctionName);
    await send('CreateAlias', { FunctionName, Name: 'live', FunctionVersion: '1' });
    await send('PutFunctionConcurrency', { FunctionName, ReservedConcurrentExecutions: 5 });
    await send('PutFunctionEventInvokeConfig', { FunctionName, MaximumRetryAttempts: 0 });
    await send('CreateFunctionUrlConfig', { FunctionName, AuthType: 'NONE' });
    await send('AddPermission', {
      FunctionName,
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
    });
    await send('DeleteFunction', { FunctionName });
    await create(FunctionName);
    await settled(client, FunctionName);
    assert.equal((await send('ListVersionsByFunction', { FunctionName })).Versions?.length, 1);
    assert.deepEqual((await send('ListAliases', { FunctionName })).Aliases, []);
    assert.deepEqual((await send('ListTags', { Resource: `${FARN}:${FunctionName}` })).Tags, {});
    assert.equal((await send('GetFunctionConcurrency', { FunctionName })).ReservedConcurrentExecutions, undefined);
    for (const operation of ['GetPolicy', 'GetFunctionUrlConfig', 'GetFunctionEventInvokeConfig']) {
      await assert.rejects(send(operation, { FunctionName }), { name: 'ResourceNotFoundException' });
    }
    await send('UpdateFunctionConfiguration', { FunctionName, Description: 'other' });
    await settled(client, FunctionName);
    assert.equal((await send('PublishVersion', { FunctionName })).Version, '1');
  });

  test('each function, each new version and each version of a layer takes the size of its code, and nothing else any', async () => {
    const FunctionName = 'sized';
    const size = async () => (await send('GetAccountSettings')).AccountUsage?.TotalCodeSize ?? 0;
    let known = await size();
    const grows = async (bytes: number, what: string) => {
      assert.equal((await size()) - known, bytes, what);
      known += bytes;
    };
    await create(FunctionName);
    await grows(zip.length, 'a function');
    await settled(client, FunctionName);
    await send('PublishVersion', { FunctionName });
    await grows(zip.length, 'its first version');
    await send('PublishVersion', { FunctionName });
    await grows(0, 'the same once more');
    await send('UpdateFunctionConfiguration', { FunctionName, Description: 'other' });
    await settled(client, FunctionName);
    await grows(0, 'another configuration');
    await send('PublishVersion', { FunctionName });
    await grows(zip.length, 'a version of it');
    for (const Content of [{ ZipFile: zip }, { ZipFile: zip }]) {
      await send('PublishLayerVersion', { LayerName: 'sized', Content });
      await grows(zip.length, 'a version of a layer');
    }
    await send('DeleteFunction', { FunctionName });
    await grows(-3 * zip.length, 'a function that is gone');
  });
});
