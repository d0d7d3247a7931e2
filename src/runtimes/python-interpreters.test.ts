import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { newest } from './interpreter-search.ts';
import { findPythonInterpreters, type PythonSearch } from './python-interpreters.ts';
import { taskDirectory } from './testing/guest-process.ts';

/** A program that tells of itself what an interpreter does when it is asked, and counts how often it is. */
function fakePython(path: string, answer: { version: string; prefix: string; final?: boolean }) {
  const text = JSON.stringify({ final: true, ...answer });
  writeFileSync(path, `#!/bin/sh\necho asked >> '${path}.asked'\necho '${text}'\n#${'-'.repeat(5000)}\n`);
  chmodSync(path, 0o755);
}

function asked(path: string): number {
  return existsSync(`${path}.asked`) ? readFileSync(`${path}.asked`, 'utf8').split('\n').length - 1 : 0;
}

function searchIn(root: string): PythonSearch {
  // No interpreter of the machine has such a version: only the fakes are found.
  return {
    versions: ['3.98', '3.99'],
    env: { PATH: `${root}/bin`, PYENV_ROOT: `${root}/pyenv` },
    home: join(root, 'home'),
    cacheFile: join(root, 'cache/pythons.json'),
    log: pino({ level: 'silent' }),
  };
}

test('interpreters are found on PATH and with a version manager; the newest of a version wins', async () => {
  using root = taskDirectory({ 'bin/x': '', 'pyenv/versions/a/bin/x': '', 'pyenv/versions/b/bin/x': '' });
  const [onPath, a, b] = ['bin', 'pyenv/versions/a/bin', 'pyenv/versions/b/bin'].map((dir) => join(root.path, dir));
  fakePython(`${onPath}/python3.99`, { version: '3.99.2', prefix: '/usr' });
  fakePython(`${a}/python3.99`, { version: '3.99.10', prefix: join(root.path, 'pyenv/versions/a') });
  fakePython(`${b}/python3.98`, { version: '3.98.1', prefix: join(root.path, 'pyenv/versions/b') });
  const found = await findPythonInterpreters(searchIn(root.path));
  assert.deepEqual([...found].map(([name, { version }]) => [name, version]).sort(), [
    ['3.98', '3.98.1'],
    ['3.99', '3.99.10'],
  ]);
});

test('an interpreter is asked once, and again when it has changed', async () => {
  using root = taskDirectory({ 'bin/x': '' });
  const path = join(root.path, 'bin/python3.99');
  const search = searchIn(root.path);
  fakePython(path, { version: '3.99.0', prefix: '/usr' });
  await findPythonInterpreters(search);
  assert.equal((await findPythonInterpreters(search)).get('3.99')?.version, '3.99.0');
  assert.equal(asked(path), 1);
  fakePython(path, { version: '3.99.12', prefix: '/usr' });
  assert.equal((await findPythonInterpreters(search)).get('3.99')?.version, '3.99.12');
  assert.equal(asked(path), 2);
});

test('what is not a whole, final Python of its own is not found', async () => {
  using root = taskDirectory({ 'bin/x': '' });
  const path = join(root.path, 'bin/python3.99');
  const found = async (answer: { version: string; prefix: string; final?: boolean }) => {
    fakePython(path, answer);
    // The size, and so the cache's stamp, may be the same as before.
    writeFileSync(join(root.path, 'cache-off'), '');
    return (await findPythonInterpreters({ ...searchIn(root.path), cacheFile: join(root.path, `${Math.random()}`) }))
      .size;
  };
  assert.equal(await found({ version: '3.99.0', prefix: '/usr' }), 1);
  assert.equal(await found({ version: '3.99.0', prefix: '/usr', final: false }), 0);
  assert.equal(await found({ version: '3.99.0', prefix: '/' }), 0);
  assert.equal(await found({ version: '3.99.0', prefix: root.path }), 0, 'a prefix around the home directory');
  assert.equal(
    await found({ version: '3.99.0', prefix: join(root.path, 'bin') }),
    0,
    'a prefix without bin/python3.99',
  );
});

test('a small script, a program that fails, and an unwritable cache do no harm', async () => {
  using root = taskDirectory({ 'bin/python3.98': '#!/bin/sh\nexit 1\n', cache: 'a file where a directory should be' });
  writeFileSync(join(root.path, 'bin/python3.99'), `#!/bin/sh\nexit 1\n#${'-'.repeat(5000)}`);
  for (const name of ['python3.98', 'python3.99']) chmodSync(join(root.path, 'bin', name), 0o755);
  assert.equal((await findPythonInterpreters(searchIn(root.path))).size, 0);
});

test('patch levels are compared as numbers', () => {
  const versions = ['3.9.9', '3.9.18', '3.9.2', '3.10.0'].map((version) => ({
    version,
    path: version,
    prefix: '/usr',
  }));
  assert.deepEqual(
    [...newest(versions)].map(([name, { version }]) => [name, version]),
    [
      ['3.9', '3.9.18'],
      ['3.10', '3.10.0'],
    ],
  );
});
