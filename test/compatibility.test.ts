// docs/compatibility.md tells of each operation whether it works, and which answers tests have seen from it. That it
// does not claim more than a run of all tests sees is found out at the end of that run (scripts/operations/run.ts).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { services } from '../scripts/operations/api.ts';
import { ABSENCES, REMARKS } from '../scripts/operations/remarks.ts';
import { claims, needless, unproven, unseen, written } from '../scripts/operations/table.ts';

const document = readFileSync(resolve(import.meta.dirname, '../docs/compatibility.md'), 'utf8');
const known = services();
const claimed = claims(document, known);

test('docs/compatibility.md agrees with the handlers and the remarks; if not: npm run compatibility', () => {
  assert.ok((claimed.get('lambda CreateFunction')?.size ?? 0) > 1, 'the tables cannot be read');
  assert.equal(document, written(document, known, claimed));
});

test('remarks are about operations and errors that there are', () => {
  for (const [service, remarks] of Object.entries(REMARKS)) {
    const operations = known.find(({ name }) => name === service)?.operations.map(({ name }) => name) ?? [];
    assert.deepEqual(
      Object.keys(remarks).filter((name) => !operations.includes(name)),
      [],
      service,
    );
  }
  for (const [service, absences] of Object.entries(ABSENCES)) {
    const operations = known.find(({ name }) => name === service)?.operations ?? [];
    const errors = new Set(operations.flatMap((operation) => operation.errors));
    assert.deepEqual(
      absences.flatMap((absence) => absence.errors).filter((error) => !errors.has(error)),
      [],
      service,
    );
  }
});

test('a table that claims more than tests have seen, or conceals what they should see, is found out', () => {
  const row = /^\| GetAlias \|.*$/m;
  const lying = document.replace(row, '| GetAlias | works | success, TooManyRequestsException | |');
  assert.deepEqual(unproven(claims(lying, known), claimed), ['lambda GetAlias: TooManyRequestsException']);
  assert.deepEqual(unproven(claimed, claimed), []);
  const silent = claims(document.replace(row, '| GetAlias | works | | |'), known);
  assert.ok(unseen(known, silent).includes('lambda GetAlias: success'));
  assert.ok(unseen(known, silent).includes('lambda GetAlias: ResourceNotFoundException'));
  assert.notEqual(
    written(document.replace(row, '| GetAlias | not yet | | |'), known, claimed),
    document.replace(row, ''),
  );
});

test('what AWS’s model says of an operation that works was either seen by a test, or there is a reason', () => {
  assert.deepEqual(unseen(known, claimed), []);
  assert.deepEqual(needless(known, claimed), []);
});
