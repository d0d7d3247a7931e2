import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { externalExtensions } from './external-extension.ts';

test('what the system would not run is known before it is tried, in the system’s words', (t) => {
  const optDir = mkdtempSync(join(tmpdir(), 'lambent-test-'));
  t.after(() => rmSync(optDir, { recursive: true }));
  assert.deepEqual(externalExtensions(optDir), []);
  mkdirSync(join(optDir, 'extensions/directory'), { recursive: true });
  const own = readFileSync(process.execPath).subarray(0, 64);
  const foreign = Buffer.from(own);
  foreign.writeUInt16LE(process.arch === 'arm64' ? 62 : 183, 18);
  const files: [name: string, content: string | Buffer, launch: string, mode?: number][] = [
    ['a-own', own, 'unsure'],
    ['b-foreign', foreign, 'exec format error'],
    ['c-cut', own.subarray(0, 19), 'exec format error'],
    ['d-empty', '', 'exec format error'],
    ['e-no-shebang', 'echo hello\n', 'exec format error'],
    ['f-script', '#! /bin/sh -e\n', 'sure'],
    ['g-dos', '#!/bin/sh\r\n', 'no such file or directory'],
    ['h-mode', '#!/bin/sh\n', 'permission denied', 0o754],
    ['i-runtime', '#!/var/lang/bin/python3\n', 'unsure'],
    ['j-layer', '#!/opt/extensions/f-script\n', 'sure'],
    ['k-no-layer', '#!/opt/bin/bash\n', 'no such file or directory'],
    ['l-relative', '#!bash\n', 'unsure'],
  ];
  for (const [name, content, , mode = 0o755] of files) {
    writeFileSync(join(optDir, 'extensions', name), content, { mode });
  }
  symlinkSync('/opt/nowhere', join(optDir, 'extensions/m-link'));
  assert.deepEqual(externalExtensions(optDir), [
    ...files.map(([name, , launch]) => ({ name, launch })),
    { name: 'm-link', launch: 'unsure' },
  ]);
  rmSync(join(optDir, 'extensions'), { recursive: true });
  writeFileSync(join(optDir, 'extensions'), '');
  assert.deepEqual(externalExtensions(optDir), []);
});
