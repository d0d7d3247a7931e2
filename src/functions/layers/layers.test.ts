import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { functionDirectory } from '../directory.ts';
import type { Functions } from '../functions.ts';
import type { Runnable } from '../runnable.ts';
import { failing, HELLO, newFunction, testFunctions } from '../testing/test-functions.ts';
import { zipOf } from '../testing/zips.ts';
import type { AttachedLayer } from './layer.ts';

const never = new AbortController().signal;
const BY = { account: HELLO.account, region: HELLO.region, arn: `arn:aws:iam::${HELLO.account}:root` };

type Files = Parameters<typeof zipOf>[0];

test('layers are laid over each other in their order: directories are joined, of everything else the last one counts', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  const link = (content: string) => ({ content, mode: 0o120777 });
  const layers = await publish(functions, [
    {
      'both/old': 'old',
      'both/same': 'first',
      'bin/run': { content: '#!/bin/sh', mode: 0o100755 },
      'was-a-directory/below': 'gone',
      'was-a-file': 'gone',
      'was-a-link': link('both'),
      'stays-a-link': link('both/same'),
    },
    {
      'both/new': 'new',
      'both/same': 'second',
      'was-a-directory': 'a file now',
      'was-a-file/below': 'a directory now',
      'was-a-link/below': 'a directory now',
      'empty/': { content: '', mode: 0o40755 },
    },
  ]);
  using _ = held(functions, layers);
  const opt = await merged(functions, layers);
  const list = readdirSync(opt, { recursive: true }).map(String).sort();
  assert.deepEqual(list, [
    'bin',
    'bin/run',
    'both',
    'both/new',
    'both/old',
    'both/same',
    'empty',
    'stays-a-link',
    'was-a-directory',
    'was-a-file',
    'was-a-file/below',
    'was-a-link',
    'was-a-link/below',
  ]);
  assert.equal(readFileSync(join(opt, 'both/same'), 'utf8'), 'second');
  assert.equal(readFileSync(join(opt, 'stays-a-link'), 'utf8'), 'second');
  assert.equal(lstatSync(join(opt, 'was-a-link')).isDirectory(), true);
  assert.equal(existsSync(join(opt, 'both/below')), false, 'nothing was written through the link');
  assert.equal(statSync(join(opt, 'bin/run')).mode & 0o777, 0o755);
  assert.equal(statSync(join(opt, 'both/same')).mode & 0o777, 0o644);
  for (const directory of ['', 'both', 'empty']) assert.equal(statSync(join(opt, directory)).mode & 0o777, 0o755);

  using _reversed = held(functions, layers.toReversed());
  const reversed = await merged(functions, layers.toReversed());
  assert.notEqual(reversed, opt);
  assert.equal(readFileSync(join(reversed, 'both/same'), 'utf8'), 'first');
  assert.equal(readlinkSync(join(reversed, 'was-a-link')), 'both');
  assert.equal(await merged(functions, layers), opt, 'made once for the same list');
});

test('a link that another layer turns towards the outside is left out', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  const link = (content: string) => ({ content, mode: 0o120777 });
  const layers = await publish(functions, [
    { 'deep/er/file': 'x', turn: link('deep/er'), out: link('turn/../../deep') },
    { 'turn/file': 'a directory now' },
  ]);
  using _ = held(functions, layers);
  const opt = await merged(functions, layers);
  assert.deepEqual(readdirSync(opt).sort(), ['deep', 'turn']);
});

test('without layers there is nothing, and a single one is not copied', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  const directory = functionDirectory(functions, Math.random);
  assert.equal(await directory.layersDir([]), undefined);
  const [layer] = await publish(functions, [{ file: 'content' }]);
  const digests = [layer?.code.digest ?? ''];
  assert.equal(await directory.layersDir(digests), await directory.codeDir(digests[0] ?? ''));
});

test('a function goes on with a layer that was deleted, also after a restart, and the layer’s package goes with it', async () => {
  await using opened = await testFunctions();
  let { functions } = opened;
  const layers = await publish(functions, [{ one: '1' }, { two: '2' }]);
  await createWith(functions, layers);
  for (const version of ['layer-0', 'layer-1'].map(keyOf)) await functions.layers.delete(version, 1);
  await functions.idle();
  await using again = await opened.reopen();
  functions = again.functions;
  const { layerDigests } = runnableOf(functions);
  assert.deepEqual(
    layerDigests,
    layers.map(({ code }) => code.digest),
  );
  const opt = await functionDirectory(functions, Math.random).layersDir(layerDigests);
  assert.deepEqual(readdirSync(opt ?? '').sort(), ['one', 'two']);
  assert.equal((await again.contents()).blobs.length, 3);

  await functions.delete(HELLO, undefined);
  await functions.idle();
  assert.deepEqual((await again.contents()).blobs, []);
  assert.deepEqual((await again.contents()).unpacked, []);
  assert.equal(existsSync(opt ?? ''), false);
});

test('a layer that no function uses keeps its package until its last version of that content is deleted', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  const zip = await zipOf({ file: 'content' });
  const request = { zip, description: '', runtimes: undefined, architectures: undefined, license: undefined };
  for (const name of ['one', 'other']) await functions.layers.publish(keyOf(name), request, never);
  await functions.layers.delete(keyOf('one'), 1);
  await functions.idle();
  await using again = await opened.reopen();
  assert.equal((await again.contents()).blobs.length, 1);
  await again.functions.layers.delete(keyOf('other'), 1);
  await again.functions.idle();
  assert.deepEqual((await again.contents()).blobs, []);
});

test('an environment keeps what it runs with, while the function gets other layers or goes', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  const layers = await publish(functions, [{ one: '1' }, { two: '2' }]);
  await createWith(functions, layers);
  const directory = functionDirectory(functions, Math.random);
  const { codeDigest, layerDigests } = runnableOf(functions);
  const environment = directory.retain(codeDigest, layerDigests);
  const opt = (await directory.layersDir(layerDigests)) ?? '';
  await functions.updateSettings(HELLO, { layers: layers.slice(0, 1) }, undefined);
  await functions.idle();
  assert.deepEqual(runnableOf(functions).layerDigests, layerDigests.slice(0, 1));
  assert.deepEqual(readdirSync(opt).sort(), ['one', 'two']);
  environment[Symbol.dispose]();
  await functions.idle();
  assert.equal(existsSync(opt), false);
});

test('a published version keeps the layers it was published with', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  const layers = await publish(functions, [{ one: '1' }, { two: '2' }]);
  await createWith(functions, layers);
  await functions.publish(HELLO, { description: undefined, codeSha256: undefined, revisionId: undefined });
  await functions.updateSettings(HELLO, { layers: [] }, undefined);
  await functions.idle();
  const digests = layers.map(({ code }) => code.digest);
  assert.deepEqual(runnableOf(functions).layerDigests, []);
  assert.deepEqual(runnableOf(functions, '1').layerDigests, digests);
  assert.deepEqual(readdirSync((await functionDirectory(functions, Math.random).layersDir(digests)) ?? '').sort(), [
    'one',
    'two',
  ]);
});

test('merged layers that were lost are made again, and the start removes those that nobody needs', async () => {
  await using opened = await testFunctions();
  const layers = await publish(opened.functions, [{ one: '1' }, { two: '2' }]);
  await createWith(opened.functions, layers);
  const needed = await merged(opened.functions, layers);
  const held = opened.functions.retain(...digestsOf(opened.functions, layers.toReversed()));
  const left = await merged(opened.functions, layers.toReversed());
  await using again = await opened.reopen();
  assert.deepEqual([existsSync(needed), existsSync(left)], [true, false]);
  held[Symbol.dispose]();
  rmSync(needed, { recursive: true });
  assert.equal(await merged(again.functions, layers), needed);
  assert.deepEqual(readdirSync(needed).sort(), ['one', 'two']);
});

test('wherever a publish or a delete is struck, no number is given twice and no package is left over', async () => {
  const zip = await zipOf({ file: 'content' });
  const request = { zip, description: '', runtimes: undefined, architectures: undefined, license: undefined };
  for (let failAt = 1, through = false; !through; failAt += 1) {
    const { wrapRecords, hasStruck } = failing(failAt, true);
    await using opened = await testFunctions({ wrapRecords });
    const given: number[] = [];
    const work = async () => {
      for (let round = 0; round < 2; round += 1) {
        const { version } = await opened.functions.layers.publish(keyOf('one'), request, never);
        given.push(version);
        await opened.functions.layers.delete(keyOf('one'), version);
      }
    };
    await work().catch(() => assert.ok(hasStruck()));
    through = !hasStruck();
    await using again = await opened.reopen();
    const { layers } = again.functions;
    const next = await layers.publish(keyOf('one'), request, never);
    assert.equal(given.includes(next.version), false, `failed write ${failAt}`);
    for (const { version } of layers.versions(keyOf('one'))) await layers.delete(keyOf('one'), version);
    await again.functions.idle();
    assert.deepEqual((await again.contents()).blobs, [], `failed write ${failAt}`);
  }
});

const keyOf = (name: string) => ({ account: HELLO.account, region: HELLO.region, name });

/** One layer for each set of files, attached in this order. */
async function publish(functions: Functions, all: readonly Files[]): Promise<AttachedLayer[]> {
  const arns: string[] = [];
  for (const [index, files] of all.entries()) {
    const key = keyOf(`layer-${index}`);
    const zip = await zipOf(files);
    const layer = { zip, description: '', runtimes: undefined, architectures: undefined, license: undefined };
    const { version } = await functions.layers.publish(key, layer, never);
    arns.push(`arn:aws:lambda:${key.region}:${key.account}:layer:${key.name}:${version}`);
  }
  using attached = functions.layers.attach(arns, BY);
  return [...attached.layers];
}

async function createWith(functions: Functions, layers: readonly AttachedLayer[]): Promise<void> {
  const request = await newFunction('v1');
  await functions.create(HELLO, { ...request, settings: { ...request.settings, layers } }, never);
  await functions.idle();
}

/** Keeps what is made of them, as an environment does. */
function held(functions: Functions, layers: readonly AttachedLayer[]): Disposable {
  const digests = layers.map(({ code }) => code.digest);
  return functions.retain(digests[0] ?? assert.fail('no layers'), digests);
}

async function merged(functions: Functions, layers: readonly AttachedLayer[]): Promise<string> {
  const directory = await functionDirectory(functions, Math.random).layersDir(layers.map(({ code }) => code.digest));
  assert.ok(directory);
  return directory;
}

function digestsOf(functions: Functions, layers: readonly AttachedLayer[]): [string, string[]] {
  return [runnableOf(functions).codeDigest, layers.map(({ code }) => code.digest)];
}

function runnableOf(functions: Functions, qualifier?: string): Runnable {
  const resolved = functionDirectory(functions, Math.random).resolve(HELLO, HELLO.name, qualifier);
  assert.ok(resolved.kind === 'found');
  return resolved.runnable;
}
