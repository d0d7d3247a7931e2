import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { hasEveryUser } from './user-numbers.ts';
import { HANDED_OVER_MAX, Volume } from './volume.ts';

// Between users there is something to hand over only where there are several: not in an ordinary user's namespace.
const [ONE, OTHER] = hasEveryUser() ? [2 ** 20, 2 ** 20 + 1] : [undefined, undefined];

test('a /tmp is handed over with every file, whose links lead nowhere', () =>
  handedOver((path) => {
    mkdirSync(`${path}/a/b`, { recursive: true });
    writeFileSync(`${path}/a/b/file`, '');
    symlinkSync(import.meta.filename, `${path}/a/link`);
    symlinkSync('..', `${path}/a/b/around`);
    const before = statSync(import.meta.filename).uid;
    return () => {
      for (const name of ['a', 'a/b', 'a/b/file', 'a/link', 'a/b/around']) {
        assert.equal(lstatSync(`${path}/${name}`).uid, OTHER ?? process.getuid?.(), name);
      }
      assert.equal(statSync(import.meta.filename).uid, before);
    };
  }));

test(`${HANDED_OVER_MAX} files are handed over`, () => handedOver(files(HANDED_OVER_MAX, HANDED_OVER_MAX)));

test('of more files none is there, rather than that the server stands still', () =>
  handedOver(files(HANDED_OVER_MAX + 1, OTHER === undefined ? HANDED_OVER_MAX + 1 : 0)));

test('of files that lie deeper than a path can be long, none is there', () =>
  handedOver((path) => {
    const start = process.cwd();
    process.chdir(path);
    for (let i = 0; i < 25; i += 1) {
      mkdirSync('d'.repeat(200));
      process.chdir('d'.repeat(200));
    }
    process.chdir(start);
    return () => assert.equal(readdirSync(path).length, OTHER === undefined ? 1 : 0);
  }));

function files(count: number, expected: number) {
  return (path: string) => {
    for (let i = 0; i < count; i += 1) writeFileSync(`${path}/${i}`, '');
    return () => assert.equal(readdirSync(path).length, expected);
  };
}

function handedOver(fill: (path: string) => () => void): void {
  const dir = mkdtempSync(`${tmpdir()}/volume-`);
  {
    using volume = new Volume(`${dir}/1`, 64 * 1024 * 1024);
    volume.take(ONE);
    const check = fill(volume.path);
    volume.giveBack();
    volume.take(OTHER);
    check();
    assert.equal(statSync(volume.path).mode & 0o7777, 0o1777);
  }
  assert.deepEqual(readdirSync(dir), []);
  rmSync(dir, { recursive: true });
}
