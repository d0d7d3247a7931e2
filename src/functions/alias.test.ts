import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseVersion } from './alias.ts';
import { functionDirectory } from './directory.ts';
import type { Alias } from './function.ts';
import { failing, HELLO, newFunction, testFunctions } from './testing/test-functions.ts';

const never = new AbortController().signal;
const LIVE = { name: 'live', version: '1', description: '', routing: [] };

test('a weight is the share of the random numbers below it', () => {
  const alias: Alias = {
    name: 'a',
    version: '1',
    description: '',
    routing: { version: '2', weight: 0.25 },
    revisionId: 'r',
  };
  const below = (number: number) => chooseVersion(alias, () => number);
  assert.deepEqual([below(0), below(0.2499), below(0.25), below(0.9999)], ['2', '2', '1', '1']);
  const at = (weight: number, number: number) =>
    chooseVersion({ ...alias, routing: { version: '2', weight } }, () => number);
  assert.deepEqual([at(0, 0), at(1, 0.999_999_999_999)], ['1', '2']);
});

test('an alias of one version takes no random number', () => {
  const alias: Alias = { name: 'a', version: '1', description: '', routing: undefined, revisionId: 'r' };
  assert.equal(
    chooseVersion(alias, () => assert.fail('it was asked for one')),
    '1',
  );
});

test('each invocation of an alias chooses anew, and keeps the alias in its ARN', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  await publishTwo(functions);
  await functions.createAlias(HELLO, { ...LIVE, routing: [{ version: '2', weight: 0.5 }] });
  const numbers = [0.1, 0.6, 0.4, 0.9];
  const directory = functionDirectory(functions, () => numbers.shift() ?? assert.fail('asked too often'));
  const resolve = (qualifier: string | undefined) => {
    const resolved = directory.resolve(HELLO, HELLO.name, qualifier);
    assert.ok(resolved.kind === 'found');
    return [resolved.runnable.version, resolved.invokedArn.split(':').slice(6).join(':')];
  };
  assert.deepEqual(
    [1, 2, 3, 4].map(() => resolve('live')),
    ['2', '1', '2', '1'].map((version) => [version, 'hello:live']),
  );
  assert.deepEqual(resolve('2'), ['2', 'hello:2']);
  assert.deepEqual(resolve(undefined), ['$LATEST', 'hello']);
  const runnable = (qualifier: string) => {
    const resolved = directory.resolve(HELLO, HELLO.name, qualifier);
    return resolved.kind === 'found' ? resolved.runnable : undefined;
  };
  await functions.updateAlias(HELLO, 'live', { routing: [] });
  // The same environments serve a version by its number and by its aliases.
  assert.equal(runnable('live'), runnable('1'));
});

test('an alias outlives a restart, with all that belongs to it', async () => {
  const opened = await testFunctions();
  const { functions } = opened;
  await publishTwo(functions);
  const routing = [{ version: '2', weight: 0.125 }];
  await functions.createAlias(HELLO, { ...LIVE, description: 'd' });
  await functions.provision(HELLO, 'live', 3);
  const alias = await functions.updateAlias(HELLO, 'live', { routing });
  await functions.addPermission(HELLO, 'live', { id: 's', json: '{}' }, undefined);
  await using again = await opened.reopen();
  assert.deepEqual(again.functions.alias(HELLO, 'live'), alias);
  assert.equal(again.functions.provisioned(HELLO, 'live').requested, 3);
  assert.deepEqual(again.functions.policy(HELLO, 'live').statements, [{ id: 's', json: '{}' }]);
});

test('an outage while an alias is changed leaves it as it was, or as it was to be', async () => {
  for (let failAt = 1, through = false; !through; failAt += 1) {
    await using opened = await testFunctions();
    await publishTwo(opened.functions);
    await opened.functions.createAlias(HELLO, LIVE);
    const { wrapRecords, hasStruck } = failing(failAt, true);
    const broken = await opened.reopen({ wrapRecords });
    const moved = await broken.functions.updateAlias(HELLO, 'live', { version: '2' }).then(
      () => true,
      () => false,
    );
    // What a caller is told is what is there, then and after the restart.
    assert.equal(broken.functions.alias(HELLO, 'live').version, moved ? '2' : '1');
    await using again = await broken.reopen();
    assert.equal(again.functions.alias(HELLO, 'live').version, moved ? '2' : '1');
    through = !hasStruck();
  }
});

async function publishTwo(functions: Awaited<ReturnType<typeof testFunctions>>['functions']): Promise<void> {
  await functions.create(HELLO, await newFunction('v1', true), never);
  await functions.idle();
  await functions.updateSettings(HELLO, { description: 'two' }, undefined);
  await functions.idle();
  await functions.publish(HELLO, { description: undefined, codeSha256: undefined, revisionId: undefined });
}
