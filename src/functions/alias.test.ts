import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from '../lib/testing/random.ts';
import { chooseVersion } from './alias.ts';
import { functionDirectory } from './directory.ts';
import type { Alias, Head } from './function.ts';
import type { Functions } from './functions.ts';
import { Refused } from './refusal.ts';
import { memoryProvisioner } from './testing/memory-provisioner.ts';
import { failing, HELLO, newFunction, testFunctions } from './testing/test-functions.ts';

const seed = Number(process.env.SEED ?? 20_261_121);
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

test(`of many invocations a version gets its share (SEED=${seed})`, () => {
  const random = generator(seed);
  const count = 10_000;
  for (const weight of [0, 0.01, 0.25, 0.5, 0.9, 1]) {
    const alias: Alias = {
      name: 'a',
      version: '1',
      description: '',
      routing: { version: '2', weight },
      revisionId: 'r',
    };
    let second = 0;
    for (let done = 0; done < count; done += 1) if (chooseVersion(alias, random) === '2') second += 1;
    const deviation = Math.sqrt(count * weight * (1 - weight));
    assert.ok(Math.abs(second - count * weight) <= 5 * deviation, `${second} of ${count} at a weight of ${weight}`);
  }
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

test(`whatever is done at once, and in whatever order, no alias leads nowhere, and nothing is provisioned for what is gone (SEED=${seed})`, async () => {
  const random = generator(seed);
  const pick = <T>(...all: T[]): T => all[Math.floor(random() * all.length)] as T; // SAFE: random() < 1, and lists are not empty.
  const opened = await testFunctions();
  const { functions } = opened;
  const environments = memoryProvisioner();
  functions.keepProvisioned(environments.provisioner);
  await publishTwo(functions);
  const done = new Map<string, number>();
  const step = async (): Promise<void> => {
    const name = pick('a', 'b', 'c');
    const numbers = ['1', ...functions.find(HELLO).versions.keys()];
    const version = pick(...numbers, '$LATEST');
    const routing = pick([], [{ version: pick(...numbers), weight: 0.5 }]);
    const [what, run] = pick<[string, () => Promise<unknown>]>(
      ['create', () => functions.createAlias(HELLO, { name, version, description: '', routing })],
      ['move', () => functions.updateAlias(HELLO, name, { version })],
      ['weigh', () => functions.updateAlias(HELLO, name, { routing })],
      ['delete alias', () => functions.deleteAlias(HELLO, name)],
      ['delete version', () => functions.delete(HELLO, pick(...numbers))],
      ['provision', () => functions.provision(HELLO, pick(name, version), 1 + Math.floor(random() * 3))],
      ['unprovision', () => functions.unprovision(HELLO, pick(name, version))],
      ['publish', () => publishAnother(functions, String(random()))],
    );
    try {
      await run();
      done.set(what, (done.get(what) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  };
  for (let round = 0; round < 100; round += 1) {
    await Promise.all([step(), step(), step()]);
    const { head, versions } = functions.find(HELLO);
    const exists = (version: string) => version === '$LATEST' || versions.has(version);
    const aliases = functions.aliases(HELLO);
    for (const { version, routing } of aliases) assert.ok(exists(version) && exists(routing?.version ?? version));
    const names = new Set([...versions.keys(), ...aliases.map(({ name }) => name)]);
    const provisioned = Object.entries(head.provisioned ?? {});
    for (const [qualifier] of provisioned) assert.ok(names.has(qualifier), `${qualifier} is provisioned and gone`);
    const targets = provisioned.map(([qualifier]) => functions.findVersion(HELLO, qualifier).version);
    assert.equal(new Set(targets).size, targets.length, 'a version is provisioned twice');
    const claimed = provisioned.reduce((sum, [, { requested }]) => sum + requested, 0);
    assert.equal(functions.claimed(HELLO), claimed);
    assert.deepEqual(ready(environments.asked), wanted(head));
  }
  assert.equal(done.size, 8, `not everything was done: ${[...done]}`);
  const before = JSON.stringify(functions.aliases(HELLO));
  await using again = await opened.reopen();
  assert.equal(JSON.stringify(again.functions.aliases(HELLO)), before);
});

/** What the data plane was asked for last, by version. */
function ready(asked: readonly { version: string; count: number }[]): Map<string, number> {
  const last = new Map(asked.map(({ version, count }) => [version, count]));
  return new Map([...last].filter(([, count]) => count > 0).sort());
}

/** First what a version has by itself or by an alias that points to it, then what comes by a weight. */
function wanted({ provisioned = {}, aliases = {} }: Head): Map<string, number> {
  const all = new Map<string, number>();
  for (const [qualifier, { requested }] of Object.entries(provisioned)) {
    all.set(aliases[qualifier]?.version ?? qualifier, requested);
  }
  for (const [qualifier, { requested }] of Object.entries(provisioned)) {
    const weighted = aliases[qualifier]?.routing?.version;
    if (weighted !== undefined && !all.has(weighted)) all.set(weighted, requested);
  }
  return new Map([...all].sort());
}

async function publishAnother(functions: Functions, description: string): Promise<void> {
  await functions.updateSettings(HELLO, { description }, undefined);
  await functions.idle();
  await functions.publish(HELLO, { description: undefined, codeSha256: undefined, revisionId: undefined });
}

async function publishTwo(functions: Functions): Promise<void> {
  await functions.create(HELLO, await newFunction('v1', true), never);
  await functions.idle();
  await publishAnother(functions, 'two');
}
