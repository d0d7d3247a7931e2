import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataDirectory } from '../store/data-directory.ts';
import { everyRecord } from '../store/records.ts';
import { functionDirectory } from './directory.ts';
import type { Functions } from './functions.ts';
import { HELLO, newCode, newFunction, type TestFunctions, testFunctions } from './testing/test-functions.ts';

const never = new AbortController().signal;
const SECRET = 'hunter2-correct-horse-battery';
const NEXT_SECRET = 'tr0ub4dor-and-three';
const VARIABLES = { PASSWORD: SECRET };

test('the variables of a function are nowhere to be found in the data directory, and survive a restart', async () => {
  await using opened = await testFunctions();
  await liveWith(opened.functions, VARIABLES);
  assert.deepEqual(filesWith(opened, SECRET), [], 'while the server runs');
  await opened.functions.updateSettings(HELLO, { variables: { PASSWORD: NEXT_SECRET } }, undefined);
  assert.deepEqual(filesWith(opened, NEXT_SECRET), [], 'while an update is under way');
  await opened.functions.idle();
  await using again = await opened.reopen();
  for (const text of [SECRET, NEXT_SECRET]) assert.deepEqual(filesWith(again, text), [], 'after a restart');
  assert.deepEqual(variablesOf(again.functions), { PASSWORD: NEXT_SECRET });
  assert.deepEqual(variablesOf(again.functions, '1'), VARIABLES);
});

test('variables that an earlier version stored in the clear are read, and encrypted at the first start', async () => {
  await using opened = await testFunctions();
  await liveWith(opened.functions, VARIABLES);
  let before: string[] = [];
  await using again = await opened.reopen({}, async () => {
    await writeAsEarlierVersions(opened.path);
    before = filesWith(opened, SECRET);
  });
  assert.deepEqual(before, ['records.db']);
  assert.deepEqual(variablesOf(again.functions), VARIABLES);
  assert.deepEqual(variablesOf(again.functions, '1'), VARIABLES);
  await using once = await again.reopen();
  assert.deepEqual(filesWith(once, SECRET), []);
  assert.deepEqual(variablesOf(once.functions), VARIABLES);
});

test('without the key that encrypted them, the start fails and says which file is missing', async () => {
  await using opened = await testFunctions();
  await liveWith(opened.functions, VARIABLES);
  await assert.rejects(
    opened.reopen({}, async () => rmSync(join(opened.path, 'identity', 'variables-key.json'))),
    (error: Error) => {
      assert.equal(
        error.message,
        'cannot read the environment variables of the function arn:aws:lambda:eu-west-1:123456789012:function:hello',
      );
      assert.match(String(error.cause), /variables-key\.json holds the key .* Restore it from a backup/);
      return true;
    },
  );
});

/** A function with a published version, one that is being changed, and what was published last. */
async function liveWith(functions: Functions, variables: Record<string, string>): Promise<void> {
  const request = await newFunction('v1');
  await functions.create(HELLO, { ...request, settings: { ...request.settings, variables } }, never);
  await functions.idle();
  await functions.publish(HELLO, { description: undefined, codeSha256: undefined, revisionId: undefined });
  await functions.updateCode(HELLO, await newCode('v2'), never);
  await functions.idle();
}

/** Variables where they belong, and no layers. */
async function writeAsEarlierVersions(path: string): Promise<void> {
  await using data = await openDataDirectory(path);
  for (const prefix of ['fn/', 'fnv/']) {
    for await (const { key, value, revision } of everyRecord(data.records, prefix)) {
      const earlier = value
        .replaceAll(/"sealedVariables":"[^"]*"/g, `"variables":${JSON.stringify(VARIABLES)}`)
        .replaceAll('"layers":[],', '');
      assert.notEqual(earlier, value);
      await data.records.put(key, earlier, { ifRevision: revision });
    }
  }
}

function variablesOf(functions: Functions, qualifier?: string) {
  const resolved = functionDirectory(functions, Math.random).resolve(HELLO, HELLO.name, qualifier);
  assert.ok(resolved.kind === 'found');
  return resolved.runnable.variables;
}

function filesWith({ path }: TestFunctions, text: string): string[] {
  return readdirSync(path, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(path, name)).isFile() && readFileSync(join(path, name)).includes(text));
}
