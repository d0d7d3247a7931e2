import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { taskDirectory } from '../testing/guest-process.ts';
import { bootstrapProblem, findBootstrap } from './bootstrap.ts';

function find(task: Record<string, [text: string, mode: number]>, opt: Record<string, [string, number]> = {}) {
  using taskDir = filled(task);
  using optDir = filled(opt);
  return findBootstrap({ hostDir: taskDir.path, inside: '/var/task' }, { hostDir: optDir.path, inside: '/opt' });
}

function filled(files: Record<string, [text: string, mode: number]>) {
  const directory = taskDirectory(Object.fromEntries(Object.entries(files).map(([name, [text]]) => [name, text])));
  for (const [name, [, mode]] of Object.entries(files)) chmodSync(join(directory.path, name), mode);
  return directory;
}

const SCRIPT: [string, number] = ['#!/bin/sh\n', 0o755];

test('the bootstrap of the code is found before that of a layer', () => {
  assert.deepEqual(find({ bootstrap: SCRIPT }, { bootstrap: SCRIPT }), { kind: 'found', path: '/var/task/bootstrap' });
  assert.deepEqual(find({}, { bootstrap: SCRIPT }), { kind: 'found', path: '/opt/bootstrap' });
});

test('a program for this machine is found', () => {
  using task = taskDirectory({});
  copyFileSync(process.execPath, join(task.path, 'bootstrap'));
  assert.equal(findBootstrap({ hostDir: task.path, inside: '/var/task' }, undefined).kind, 'found');
});

test('no bootstrap, or a directory of that name, is missing', () => {
  using task = taskDirectory({});
  mkdirSync(join(task.path, 'bootstrap'));
  const missing = findBootstrap({ hostDir: task.path, inside: '/var/task' }, undefined);
  assert.deepEqual([missing, find({})], [{ kind: 'missing' }, { kind: 'missing' }]);
  assert.equal(problem(missing), "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]");
});

test('a bootstrap that nobody may execute is refused, also when a layer has a good one', () => {
  const found = find({ bootstrap: ['#!/bin/sh\n', 0o644] }, { bootstrap: SCRIPT });
  assert.equal(problem(found), 'fork/exec /var/task/bootstrap: permission denied');
});

test('a bootstrap without an interpreter line, or for another processor, is refused', () => {
  const words = 'fork/exec /var/task/bootstrap: exec format error';
  assert.equal(problem(find({ bootstrap: ['echo hello\n', 0o755] })), words);
  assert.equal(problem(find({ bootstrap: ['', 0o755] })), words);
  const sparc = `\x7fELF\x02\x01\x01${'\0'.repeat(9)}\x02\0\x2b\0`;
  assert.equal(problem(find({ bootstrap: [sparc, 0o755] })), words);
});

function problem(found: ReturnType<typeof findBootstrap>): string {
  assert.notEqual(found.kind, 'found');
  return found.kind === 'found' ? '' : bootstrapProblem(found);
}
