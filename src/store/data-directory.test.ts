import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { openDataDirectory } from './data-directory.ts';
import { DataDirectoryInUse } from './data-directory-lock.ts';

const parent = mkdtempSync(join(tmpdir(), 'lambent-data-'));
after(() => rmSync(parent, { recursive: true }));
const newDirectory = () => join(mkdtempSync(join(parent, 'case-')), 'data');
const WRITER = join(import.meta.dirname, 'testing', 'write-until-killed.ts');
const FILLER = join(import.meta.dirname, 'testing', 'fill-the-disk.ts');

test('the directory is made for its owner only, even where a wider one stood', async () => {
  const path = newDirectory();
  mkdirSync(path, { mode: 0o755 });
  await using _ = await openDataDirectory(path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

test('a second server in the same process is refused with the directory and the pid', async () => {
  const path = newDirectory();
  await using _ = await openDataDirectory(path);
  await assert.rejects(openDataDirectory(path), (error: Error) => {
    assert.ok(error instanceof DataDirectoryInUse);
    assert.match(error.message, new RegExp(`${path} is in use by the process ${process.pid}:`));
    return true;
  });
});

test('a closed directory can be opened again', async () => {
  const path = newDirectory();
  await (await openDataDirectory(path))[Symbol.asyncDispose]();
  await using again = await openDataDirectory(path);
  assert.equal(again.path, path);
});

test('a directory that cannot be opened is not left locked', async () => {
  const path = newDirectory();
  mkdirSync(path);
  mkdirSync(join(path, 'records.db'));
  await assert.rejects(openDataDirectory(path));
  rmSync(join(path, 'records.db'), { recursive: true });
  await using _ = await openDataDirectory(path);
});

test('kill -9 frees the directory and loses nothing that was acknowledged', async () => {
  const path = newDirectory();
  const acknowledged: { key: string; revision: number; digest: string }[] = [];
  const seed = Number(process.env.SEED ?? 1);
  for (let round = 0; round < 6; round += 1) {
    const writer = spawn(process.execPath, [WRITER, path, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
    // Rounds strike after different numbers of acknowledgements, some of them right in the first writes.
    const before = acknowledged.length + ((seed * 7_919 * (round + 1)) % 40);
    for await (const line of createInterface({ input: outputOf(writer) })) {
      acknowledged.push(JSON.parse(line));
      if (round === 0 && acknowledged.length === 1) {
        await assert.rejects(openDataDirectory(path), new RegExp(`in use by the process ${writer.pid}:`));
      }
      if (acknowledged.length > before) writer.kill('SIGKILL');
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
    assert.equal(writer.signalCode, 'SIGKILL');

    await using reopened = await openDataDirectory(path);
    for (const { key, revision, digest } of acknowledged) {
      assert.equal((await reopened.records.get(key))?.revision, revision, `${key}, SEED=${seed}`);
      const blob = await reopened.blobs.get(digest);
      assert.ok(blob, `the blob of ${key}, SEED=${seed}`);
      assert.equal(Buffer.concat(await Array.fromAsync(blob.content)).toString(), `content of ${key} `.repeat(5_000));
    }
    assert.deepEqual(readdirSync(join(path, 'blobs', 'unfinished')), []);
  }
});

test('on a full disk writes fail with a clear error, nothing half is kept, and the store goes on', async () => {
  const path = newDirectory();
  const shell = `mount -t tmpfs -o size=8m lambent "$1" && exec "$2" "$3" "$1/data"`;
  mkdirSync(path);
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', shell, 'sh', path, process.execPath, FILLER];
  // An ordinary user may mount a tmpfs too, in a user namespace of his own.
  const namespaces = process.getuid?.() === 0 ? args : ['--map-root-user', ...args];
  const { status, stdout, stderr } = spawnSync('unshare', namespaces, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    blob: 'StorageFull: cannot store a blob: the disk that holds the data directory is full',
    unfinished: [],
    record: 'StorageFull: cannot write to the records: the disk that holds the data directory is full',
    lost: [],
    afterwards: 'written',
    survivors: 'all',
  });
});

test('a lock file that somebody copied or left behind locks nobody out', async () => {
  const path = newDirectory();
  mkdirSync(path);
  writeFileSync(join(path, 'pid'), '1');
  execFileSync(process.execPath, [
    '-e',
    `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(join(path, 'lock.db'))}).exec('PRAGMA user_version = 1')`,
  ]);
  await using _ = await openDataDirectory(path);
});

function outputOf(child: ChildProcess) {
  assert.ok(child.stdout);
  return child.stdout;
}
