import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './aws/testing/serve-s3.ts';

const FILLER = join(import.meta.dirname, 'testing', 'fill-the-disk.ts');

test('on a full disk an object is refused, nothing of it stays, and what was there is as it was', (t) => {
  const path = temporaryDirectory(t);
  const shell = 'mount -t tmpfs -o size=24m tmpfs "$1" && exec "$2" --disable-warning=ExperimentalWarning "$3" "$1"';
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', shell, 'sh', path, process.execPath, FILLER];
  // An ordinary user may mount a tmpfs too, in a user namespace of his own.
  const namespaces = process.getuid?.() === 0 ? args : ['--map-root-user', ...args];
  const { status, stdout, stderr } = spawnSync('unshare', namespaces, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const full = 'StorageFull: cannot store an object: the disk that holds the data directory is full';
  assert.deepEqual(JSON.parse(stdout), {
    first: 'stored',
    tooLarge: full,
    unfinished: [],
    replaced: full,
    kept: 2 * 1024 * 1024,
    removed: 'none',
    afterwards: 'stored',
  });
});
