import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSecretBox } from './index.ts';

async function dataDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-box-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const keyFile = (dataDir: string) => join(dataDir, 'identity', 'variables-key.json');

test('what was sealed is read back after a restart, and does not show what it is', async (t) => {
  const dataDir = await dataDirectory(t);
  const box = await openSecretBox(dataDir);
  for (const text of ['', '{"PASSWORD":"hunter2"}', 'ü'.repeat(4_096)]) {
    const sealed = box.seal(text, 'arn:one');
    assert.match(sealed, /^1\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/);
    assert.notEqual(box.seal(text, 'arn:one'), sealed, 'the same text never looks the same');
    assert.equal((await openSecretBox(dataDir)).open(sealed, 'arn:one'), text);
  }
});

test('what was sealed for one function is not opened for another, nor when one bit has changed', async (t) => {
  const box = await openSecretBox(await dataDirectory(t));
  const sealed = box.seal('{"PASSWORD":"hunter2"}', 'arn:one');
  const changed = { message: /^what is stored was changed after it was encrypted\. Restore/ };
  assert.throws(() => box.open(sealed, 'arn:two'), changed);
  const [form, id, content = ''] = sealed.split('.');
  const bytes = Buffer.from(content, 'base64url');
  for (const at of [0, 12, bytes.length - 1]) {
    const other = Buffer.from(bytes);
    other[at] = (other[at] ?? 0) ^ 1;
    assert.throws(() => box.open(`${form}.${id}.${other.toString('base64url')}`, 'arn:one'), changed);
  }
  assert.throws(() => box.open(`${form}.${id}.AAAA`, 'arn:one'), changed);
});

test('another key says so, names both and what to do', async (t) => {
  const dataDir = await dataDirectory(t);
  const sealed = (await openSecretBox(dataDir)).seal('secret', 'arn:one');
  await rm(keyFile(dataDir));
  const made = await openSecretBox(dataDir);
  assert.throws(() => made.open(sealed, 'arn:one'), {
    message:
      /^it was encrypted with the key [0-9a-f]{16}, and .*variables-key\.json holds the key [0-9a-f]{16}: .*Restore it from a backup/,
  });
});

test('the key is its owner’s alone, and the start stops when others can reach it or it is broken', async (t) => {
  const dataDir = await dataDirectory(t);
  await openSecretBox(dataDir);
  const path = keyFile(dataDir);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await chmod(path, 0o640);
  await assert.rejects(openSecretBox(dataDir), {
    message: `others can reach the variables' key: ${path} has mode 640. Run \`chmod 600 ${path}\`; if somebody may have read it, change the secrets in the variables of all functions`,
  });
  await chmod(path, 0o600);
  for (const broken of ['', 'null', '{"form":2}', '{"form":1,"key":"AAAA"}']) {
    await writeFile(path, broken);
    await assert.rejects(openSecretBox(dataDir), { message: /^the variables' key .* is broken \(.*\)\. Restore it/ });
    assert.equal(await readFile(path, 'utf8'), broken);
  }
});

test('of several that start at once, all have the same key', async (t) => {
  const dataDir = await dataDirectory(t);
  const boxes = await Promise.all(Array.from({ length: 10 }, () => openSecretBox(dataDir)));
  const sealed = boxes[0]?.seal('secret', 'c') ?? '';
  for (const box of boxes) assert.equal(box.open(sealed, 'c'), 'secret');
});
