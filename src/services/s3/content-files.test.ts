import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { openContentFiles } from './content-files.ts';

test('whatever lies among unfinished files goes with the next start, but not what it points to', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-contents-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const unfinished = join(directory, 'unfinished');
  await mkdir(join(unfinished, 'strange', 'deep'), { recursive: true });
  await writeFile(join(directory, 'other'), 'kept');
  await symlink(join(directory, 'other'), join(unfinished, 'link'));
  openContentFiles(directory, { newName: () => 'aa', isReferredTo: () => false, log: pino({ level: 'silent' }) });
  assert.deepEqual(await readdir(unfinished), []);
  assert.ok((await readdir(directory)).includes('other'));
});
