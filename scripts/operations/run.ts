// Around a run of the tests (`node --test --test-global-setup`): they note which answers they see, and in the end the
// document is held against these notes, or written from them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SEEN_ANSWERS_DIR } from '../../src/wire/testing/seen-answers.ts';
import { services } from './api.ts';
import { readNotes } from './notes.ts';
import { claims, needless, unproven, unseen, written } from './table.ts';

const document = resolve(import.meta.dirname, '../../docs/compatibility.md');
let directory: string | undefined;

export function globalSetup(): void {
  directory = mkdtempSync(join(tmpdir(), 'lambent-seen-'));
  process.env[SEEN_ANSWERS_DIR] = directory; // Test processes inherit it.
}

export function globalTeardown(): void {
  if (directory === undefined) return;
  const known = services();
  const seen = readNotes(directory, known);
  rmSync(directory, { recursive: true });
  directory = undefined;
  // Where tests have failed, they may not have seen all, and that they failed is what has to be mended.
  if (process.exitCode !== undefined && process.exitCode !== 0) return;
  const text = readFileSync(document, 'utf8');
  if (process.env.LAMBENT_COMPATIBILITY === 'write') {
    writeFileSync(document, written(text, known, seen));
    console.error('docs/compatibility.md is written.');
  } else {
    tell('docs/compatibility.md says that tests see these answers, and none did', unproven(claims(text, known), seen));
  }
  tell(
    'No test sees these answers. Write one, or in scripts/operations/remarks.ts why they do not come up',
    unseen(known, seen),
  );
  tell('scripts/operations/remarks.ts gives reasons that are not needed', needless(known, seen));
}

function tell(what: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  console.error(`${what}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  process.exitCode = 1;
}
