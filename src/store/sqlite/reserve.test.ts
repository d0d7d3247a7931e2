import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { openReserve } from './reserve.ts';

const BYTES = 1_500_000;

test('a reserve takes its part of the disk, is given up once, and is made again when there is room', (t) => {
  const { path, open, told } = prepared(t);
  const reserve = open(BYTES);
  assert.equal(statSync(path).size, BYTES);
  assert.equal(reserve.isGone(), false);
  reserve.giveUp();
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
  reserve.giveUp();
  assert.equal(reserve.isGone(), false);
  assert.equal(statSync(path).size, BYTES);
  assert.deepEqual(told, ['the disk is full: the things', 'there is room on the']);
});

test('one that a crash has cut short is made whole', (t) => {
  const { path, open } = prepared(t);
  writeFileSync(path, 'x');
  open(BYTES);
  assert.equal(statSync(path).size, BYTES);
});

test('where there is no room for it from the beginning, that is told, and nothing new is taken', (t) => {
  const { path, open, told } = prepared(t);
  const reserve = open(2 ** 60);
  assert.equal(reserve.isGone(), true);
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
  assert.deepEqual(told, ['the disk is full: the things']);
});

function prepared(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'lambent-reserve-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const told: string[] = [];
  const log = pino(
    {},
    {
      write: (line: string) =>
        told.push(/^(?:the disk is full: the things|there is room on the)/.exec(JSON.parse(line).msg)?.[0] ?? line),
    },
  );
  const file = join(directory, 'things.db');
  return {
    path: `${file}-reserve`,
    told,
    open: (bytes: number) => openReserve(file, { what: 'the things', bytes, log }),
  };
}
