import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { openFileBlobs } from '../../store/files/file-blobs.ts';
import { zipOf } from '../testing/zips.ts';
import { openCodeStore } from './code-store.ts';
import { openLayerStacks } from './layer-stacks.ts';
import { PACKAGE_LIMITS } from './limits.ts';

const FILES = 300;

test('layers that are needed again while their directory goes are all there', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'lambent-stacks-'));
  after(() => rmSync(parent, { recursive: true }));
  const onError = (error: unknown) => assert.fail(String(error));
  const blobs = await openFileBlobs(join(parent, 'blobs'));
  const root = join(parent, 'code');
  await using code = await openCodeStore({ blobs, root, limits: PACKAGE_LIMITS, onError });
  await using stacks = await openLayerStacks({ code, root: join(root, 'layers'), onError });
  const layer = async (name: string) => {
    const files = Array.from({ length: FILES }, (_, index) => [`${name}/${index}`, `${name} ${index}`]);
    const added = await code.add(await zipOf(Object.fromEntries(files)), new AbortController().signal);
    return 'kind' in added ? assert.fail(added.kind) : added;
  };
  const [one, two] = await Promise.all([layer('one'), layer('two')]);
  using _one = one.held;
  using _two = two.held;
  const digests = [one.code.digest, two.code.digest];
  // As a function that is deleted, and created again a moment later.
  for (let turns = 0; turns < 20; turns += 1) {
    const first = stacks.hold(digests);
    await stacks.directory(digests);
    first[Symbol.dispose]();
    for (let passed = 0; passed < turns; passed += 1) await turn();
    const second = stacks.hold(digests);
    const directory = (await stacks.directory(digests)) ?? assert.fail('no directory');
    await stacks.idle();
    const files = readdirSync(directory, { recursive: true }).filter((path) => String(path).includes('/'));
    assert.equal(files.length, 2 * FILES, `after ${turns} turns`);
    second[Symbol.dispose]();
    await stacks.idle();
  }
});
