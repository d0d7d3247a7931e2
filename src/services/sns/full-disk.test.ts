import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const FILLER = join(import.meta.dirname, 'testing', 'fill-the-disk.ts');

test('messages that have filled the disk can still be delivered, and then topics take messages again', (t) => {
  const path = mkdtempSync(join(tmpdir(), 'lambent-sns-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  const shell = 'mount -t tmpfs -o size=48m tmpfs "$1" && exec "$2" --disable-warning=ExperimentalWarning "$3" "$1"';
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', shell, 'sh', path, process.execPath, FILLER];
  // An ordinary user may mount a tmpfs too, in a user namespace of his own.
  const namespaces = process.getuid?.() === 0 ? args : ['--map-root-user', ...args];
  const { status, stdout, stderr } = spawnSync('unshare', namespaces, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const refused = 'cannot write to the topics: the disk that holds the data directory is full';
  assert.deepEqual(JSON.parse(stdout), { refused, some: true, missing: 0, again: 'accepted' });
});
