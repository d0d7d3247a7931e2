import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { recordsContract } from '../records-contract.ts';
import { openSqliteRecords } from './sqlite-records.ts';

const directory = await mkdtemp(join(tmpdir(), 'lambent-records-'));
after(() => rm(directory, { recursive: true }));
let opened = 0;
const newPath = () => {
  opened += 1;
  return join(directory, `${opened}.db`);
};

recordsContract('sqlite', async () => openSqliteRecords(newPath()));

test('what was written is there after the store was closed and opened again', async () => {
  const path = newPath();
  {
    await using records = openSqliteRecords(path);
    await records.put('a', '1', { ifRevision: 0 });
  }
  await using records = openSqliteRecords(path);
  const found = await records.get('a');
  assert.equal(found?.value, '1');
  assert.ok((await records.put('b', '2', { ifRevision: 0 })) > found.revision);
});

test('writes that wait when the store is closed are still made', async () => {
  const path = newPath();
  const records = openSqliteRecords(path);
  const write = records.put('a', '1', { ifRevision: 0 });
  await records[Symbol.asyncDispose]();
  await write;
  await using again = openSqliteRecords(path);
  assert.equal((await again.get('a'))?.value, '1');
});

test('an error in the database rejects the writes of that turn, and the next ones go through', async () => {
  const path = newPath();
  await using records = openSqliteRecords(path);
  const saboteur = new DatabaseSync(path);
  saboteur.exec(
    "CREATE TRIGGER broken BEFORE INSERT ON records WHEN new.key = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END",
  );
  saboteur.close();
  const outcomes = await Promise.allSettled([
    records.put('good', '1', { ifRevision: 0 }),
    records.put('bad', '1', { ifRevision: 0 }),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(await records.get('good'), undefined);
  await records.put('good', '2', { ifRevision: 0 });
  assert.equal((await records.get('good'))?.value, '2');
});

test('a file of a newer version is refused, and left alone', async () => {
  const path = newPath();
  const future = new DatabaseSync(path);
  future.exec('PRAGMA user_version = 99');
  future.close();
  assert.throws(() => openSqliteRecords(path), /newer Lambent/);
});
