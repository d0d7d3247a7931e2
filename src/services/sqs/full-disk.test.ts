import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './testing/fixture.ts';

const FILLER = join(import.meta.dirname, 'testing', 'fill-the-disk.ts');
const FULL = 'cannot write to the queue store: the disk that holds the data directory is full';

test('a queue that has filled the disk takes no more, loses nothing, can be emptied, and then takes messages again', (t) => {
  const path = temporaryDirectory(t);
  const shell = 'mount -t tmpfs -o size=128m tmpfs "$1" && exec "$2" --disable-warning=ExperimentalWarning "$3" "$1"';
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', shell, 'sh', path, process.execPath, FILLER];
  // An ordinary user may mount a tmpfs too, in a user namespace of his own.
  const namespaces = process.getuid?.() === 0 ? args : ['--map-root-user', ...args];
  const { status, stdout, stderr } = spawnSync('unshare', namespaces, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { logged, ...seen } = JSON.parse(stdout);
  assert.deepEqual(seen, {
    refused: [FULL, FULL, FULL],
    ballastEnded: 'ENOSPC',
    some: true,
    lost: [],
    more: 0,
    again: 5,
  });
  assert.match(logged[0], /^the disk is full: the queue store takes nothing new .* Make room on the disk/);
  assert.match(logged.at(-1), /^there is room on the disk again: the queue store takes new data/);
});
