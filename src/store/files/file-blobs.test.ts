import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { blobsContract } from '../blobs-contract.ts';
import { openFileBlobs } from './file-blobs.ts';

const parent = await mkdtemp(join(tmpdir(), 'lambent-blobs-'));
after(() => rm(parent, { recursive: true }));

blobsContract('file', async () => {
  const directory = await mkdtemp(join(parent, 'store-'));
  return { blobs: await openFileBlobs(directory), leftovers: () => readdir(join(directory, 'unfinished')) };
});

test('what a dead process left half written is gone when the store is opened', async () => {
  const directory = await mkdtemp(join(parent, 'store-'));
  await openFileBlobs(directory);
  await writeFile(join(directory, 'unfinished', '1'), 'half');
  const blobs = await openFileBlobs(directory);
  assert.deepEqual(await readdir(join(directory, 'unfinished')), []);
  assert.deepEqual(await Array.fromAsync(blobs.list()), []);
});
