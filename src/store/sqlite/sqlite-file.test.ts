import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { SqliteFile } from './sqlite-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambent-sqlite-'));
after(() => rmSync(directory, { recursive: true }));
let named = 0;
const newPath = () => {
  named += 1;
  return join(directory, `${named}.db`);
};

const FIRST = 'CREATE TABLE things (name TEXT PRIMARY KEY) STRICT';
const FORM = { what: 'the things', formats: [FIRST] } as const;
const names = (file: SqliteFile) =>
  file
    .sql('SELECT name FROM things ORDER BY name')
    .all()
    .map(({ name }) => name);
const add = (file: SqliteFile, name: string) => file.sql('INSERT INTO things (name) VALUES (?)').run(name);

describe('a file', () => {
  test('that is missing is made, kept in WAL, and holds what was written after it was closed', async () => {
    const path = newPath();
    const file = new SqliteFile(path, { ...FORM, pragmas: { auto_vacuum: 'INCREMENTAL' } });
    const settings = ['journal_mode', 'synchronous', 'auto_vacuum', 'user_version'].map(
      (name) => Object.values(file.sql(`PRAGMA ${name}`).get() ?? {})[0],
    );
    assert.deepEqual(settings, ['wal', 2, 2, 1], 'WAL, FULL, INCREMENTAL, the first format');
    await file.write(() => add(file, 'a'));
    const last = file.write(() => add(file, 'b'));
    file.close();
    file.close();
    await last;
    await assert.rejects(
      file.write(() => add(file, 'c')),
      /cannot write to the things: it is closed/,
    );
    const again = new SqliteFile(path, FORM);
    assert.deepEqual(names(again), ['a', 'b']);
    again.close();
  });

  test('of an older format is brought to the newest one with all that it holds, or left as it was', () => {
    const path = newPath();
    const old = new SqliteFile(path, FORM);
    old.transaction(() => add(old, 'a'));
    old.close();
    const second = 'ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7';
    assert.throws(
      () => new SqliteFile(path, { ...FORM, formats: [FIRST, second, 'ALTER TABLE wonders ADD COLUMN x'] }),
      { message: `cannot open the things ${path}: no such table: wonders` },
    );
    const reopened = new SqliteFile(path, FORM);
    assert.deepEqual(names(reopened), ['a']);
    reopened.close();
    const formats = [FIRST, second, 'CREATE TABLE others (id INTEGER)'] as const;
    for (const round of ['first', 'again']) {
      const file = new SqliteFile(path, { ...FORM, formats });
      assert.deepEqual({ ...file.sql('SELECT * FROM things').get() }, { name: 'a', size: 7 }, round);
      assert.equal(file.sql('SELECT * FROM others').get(), undefined);
      file.close();
    }
  });

  test('of a newer format is refused with the way out, and not touched', () => {
    const path = newPath();
    const future = new DatabaseSync(path);
    future.exec('CREATE TABLE wonders (id); PRAGMA user_version = 2');
    future.close();
    const before = readFileSync(path);
    assert.throws(() => new SqliteFile(path, FORM), {
      message: `cannot open the things ${path}: it was written by a newer Lambent (format 2, this one reads 1); start that one, or give another data directory with --data-dir`,
    });
    assert.deepEqual(readFileSync(path), before);
  });

  test('that cannot be opened is named, with what to do', () => {
    const nowhere = join(directory, 'nowhere', 'things.db');
    assert.throws(() => new SqliteFile(nowhere, FORM), {
      message: `cannot open the things ${nowhere}: unable to open database file: its directory must be there, and the user of this process must be allowed to write it`,
    });
    const letter = newPath();
    writeFileSync(letter, 'Dear customer, '.repeat(1_000));
    assert.throws(() => new SqliteFile(letter, FORM), {
      message: `cannot open the things ${letter}: file is not a database: put a backup in its place, or move it away with the -wal and -shm beside it, to begin with an empty one`,
    });
    const held = newPath();
    using holder = new DatabaseSync(held);
    holder.exec('BEGIN EXCLUSIVE; CREATE TABLE x (id)');
    assert.throws(() => new SqliteFile(held, FORM), {
      message: `cannot open the things ${held}: database is locked: another process has it open; stop that one`,
    });
    const folder = newPath();
    mkdirSync(folder);
    assert.throws(
      () => new SqliteFile(folder, FORM),
      /cannot open the things .*: unable to open database file: its dir/,
    );
  });

  test('whose store cannot read what it needs at once counts as one that cannot be opened', () => {
    const path = newPath();
    const read = (file: SqliteFile) => void file.sql('SELECT * FROM wonders').get();
    assert.throws(() => new SqliteFile(path, FORM, read), {
      message: `cannot open the things ${path}: no such table: wonders`,
    });
  });
});

describe('writes', () => {
  test('of one turn are made together, and a refusal among them undoes no other', async () => {
    const file = new SqliteFile(newPath(), FORM);
    const refuse = () => {
      throw new Error('no');
    };
    const outcomes = await Promise.allSettled([
      file.write(() => add(file, 'a').changes),
      file.write(refuse),
      file.write(() => add(file, 'b').changes, 'written'),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(names(file), ['a', 'b']);
    file.close();
  });

  test('are all undone when SQLite fails one of them, and the store goes on', async () => {
    const file = new SqliteFile(newPath(), FORM);
    const twice = [file.write(() => add(file, 'a')), file.write(() => add(file, 'a'))];
    for (const outcome of await Promise.allSettled(twice)) {
      assert.equal(String(outcome.status === 'rejected' && outcome.reason), 'Error: cannot write to the things');
    }
    assert.deepEqual(names(file), []);
    await file.write(() => add(file, 'a'));
    assert.deepEqual(names(file), ['a']);
    file.close();
  });

  test('of a transaction are there at once, or not at all when its work throws', () => {
    const file = new SqliteFile(newPath(), FORM);
    assert.equal(
      file.transaction(() => add(file, 'a').changes, 'written'),
      1,
    );
    const work = () => {
      add(file, 'b');
      throw new Error('no');
    };
    assert.throws(() => file.transaction(work), { message: 'no' });
    assert.deepEqual(names(file), ['a']);
    file.close();
  });

  test('wait for the disk again after some that did not', async () => {
    const file = new SqliteFile(newPath(), FORM);
    const synchronous = () => file.sql('PRAGMA synchronous').get()?.synchronous;
    assert.equal(await file.write(synchronous, 'written'), 1);
    assert.equal(await file.write(synchronous), 2);
    assert.deepEqual(await Promise.all([file.write(synchronous, 'written'), file.write(synchronous)]), [2, 2]);
    file.close();
  });
});

test('free pages are given back to the file system, as many as asked for', () => {
  const path = newPath();
  const file = new SqliteFile(path, { ...FORM, pragmas: { auto_vacuum: 'INCREMENTAL' } });
  const pages = () => Number(file.sql('PRAGMA page_count').get()?.page_count);
  file.transaction(() => {
    for (let at = 0; at < 100; at += 1) add(file, `${at} ${'x'.repeat(8_000)}`);
  });
  const full = pages();
  assert.equal(file.isMostlyFree(10), false);
  file.transaction(() => file.sql('DELETE FROM things').run());
  assert.equal(file.isMostlyFree(10), true);
  assert.equal(file.isMostlyFree(full), false);
  file.giveBack(50);
  assert.equal(pages(), full - 50);
  file.giveBack(full);
  file.checkpoint();
  assert.equal(readFileSync(path).length, pages() * 4_096);
  file.close();
});
