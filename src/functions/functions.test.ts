import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { functionDirectory } from './directory.ts';
import type { Version } from './function.ts';
import type { Functions } from './functions.ts';
import type { Outcome } from './life-cycle.ts';
import { type FunctionRefusal, Refused } from './refusal.ts';
import { failing, HELLO, newCode, newFunction, type TestFunctions, testFunctions } from './testing/test-functions.ts';

const never = new AbortController().signal;
const PLACE = { account: HELLO.account, region: HELLO.region };

test('a function is pending until it is prepared, then active, with another revision', async () => {
  const gate = Promise.withResolvers<Outcome>();
  await using opened = await testFunctions({ prepare: () => gate.promise });
  const { functions } = opened;
  const created = await functions.create(HELLO, await newFunction('v1'), never);
  assert.equal(created.lifecycle.kind, 'creating');
  const pending = functionDirectory(functions, Math.random).resolve(PLACE, 'hello', undefined);
  assert.equal(pending.kind === 'not-active' && pending.state, 'Pending');
  await refused(functions.updateCode(HELLO, await newCode('v2'), never), 'update-in-progress');
  await refused(functions.updateSettings(HELLO, { timeoutMs: 1_000 }, undefined), 'update-in-progress');
  await refused(functions.publish(HELLO, NOTHING), 'update-in-progress');
  gate.resolve({ ok: true });
  await functions.idle();
  const { latest } = functions.find(HELLO).head;
  assert.equal(latest.lifecycle.kind, 'active');
  assert.notEqual(latest.revisionId, created.revisionId);
});

test('a function that cannot be prepared has failed, and says why', async () => {
  const failure = { ok: false as const, reasonCode: 'InvalidRuntime', reason: 'lambent runtime add nodejs22.x' };
  await using opened = await testFunctions({ prepare: async () => failure });
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1', true), never);
  await functions.idle();
  for (const version of [functions.find(HELLO).head.latest, functions.findVersion(HELLO, '1')]) {
    assert.deepEqual(version.lifecycle, {
      kind: 'creation-failed',
      reasonCode: failure.reasonCode,
      reason: failure.reason,
    });
  }
  const resolved = functionDirectory(functions, Math.random).resolve(PLACE, 'hello', '1');
  assert.equal(resolved.kind === 'not-active' && resolved.reason, failure.reason);
  await refused(functions.publish(HELLO, NOTHING), 'wrong-state');
});

test('what breaks while a function is prepared makes it fail, not wait for ever', async () => {
  const prepare = () => Promise.reject(new Error('no disk'));
  await using opened = await testFunctions({ prepare });
  await opened.functions.create(HELLO, await newFunction('v1'), never);
  await opened.functions.idle();
  const { lifecycle } = opened.functions.find(HELLO).head.latest;
  assert.equal(lifecycle.kind === 'creation-failed' && lifecycle.reasonCode, 'InternalError');
});

test('a failed function is tried again by an update, and when the server starts', async () => {
  let outcome: Outcome = { ok: false, reasonCode: 'InvalidRuntime', reason: 'missing' };
  const prepare = async () => outcome;
  await using opened = await testFunctions({ prepare });
  await opened.functions.create(HELLO, await newFunction('v1'), never);
  await opened.functions.idle();
  const failedRevision = opened.functions.find(HELLO).head.latest.revisionId;

  await using again = await opened.reopen({ prepare });
  await again.functions.idle();
  assert.equal(again.functions.find(HELLO).head.latest.revisionId, failedRevision, 'failing as before changes nothing');
  outcome = { ok: true };
  const updated = await again.functions.updateSettings(HELLO, { timeoutMs: 5_000 }, undefined);
  assert.equal(updated.lifecycle.kind, 'creating');
  await again.functions.idle();
  assert.equal(again.functions.find(HELLO).head.latest.lifecycle.kind, 'active');
});

test('a function that lacks its runtime is tried again when that is there, and tells what it lacks then', async () => {
  let outcome: Outcome = { ok: false, reasonCode: 'InvalidRuntime', reason: 'missing' };
  let version: string | undefined;
  let tries = 0;
  const prepare = async () => {
    tries += 1;
    return outcome;
  };
  await using opened = await testFunctions({ prepare, runtimeVersion: () => version });
  const { functions } = opened;
  const look = async () => {
    functions.lookForRuntimes();
    // Nothing is prepared twice at once.
    functions.lookForRuntimes();
    await functions.idle();
    return functions.find(HELLO).head.latest.lifecycle;
  };
  await functions.create(HELLO, await newFunction('v1', true), never);
  await functions.idle();
  await look();
  assert.equal(tries, 1, 'the runtime is not there yet');
  version = '22.1.0';
  outcome = { ok: false, reasonCode: 'InvalidConfiguration', reason: 'another processor' };
  assert.deepEqual(await look(), { kind: 'creation-failed', reasonCode: outcome.reasonCode, reason: outcome.reason });
  outcome = { ok: true };
  assert.equal((await look()).kind, 'creation-failed', 'what lacks something else is not tried again');
  assert.equal(tries, 2);
});

test('a function becomes active, with its versions, when the runtime that it lacked is there', async () => {
  let outcome: Outcome = { ok: false, reasonCode: 'InvalidRuntime', reason: 'missing' };
  await using opened = await testFunctions({ prepare: async () => outcome });
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1', true), never);
  await functions.idle();
  outcome = { ok: true };
  functions.lookForRuntimes();
  await functions.idle();
  for (const version of [functions.find(HELLO).head.latest, functions.findVersion(HELLO, '1')])
    assert.equal(version.lifecycle.kind, 'active');
});

test('while an update is prepared, invocations run the old code; afterwards the new, and the old is retired', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1'), never);
  await functions.idle();
  const gate = Promise.withResolvers<void>();
  await using gated = await opened.reopen({ prepare: () => gate.promise.then(() => ({ ok: true })) });
  const directory = functionDirectory(gated.functions, Math.random);
  const retired: string[] = [];
  directory.onRetired((id) => retired.push(id));

  const before = running(gated.functions);
  const updated = await gated.functions.updateCode(HELLO, await newCode('v2'), never);
  assert.equal(updated.lifecycle.kind, 'updating');
  assert.deepEqual(running(gated.functions), before);
  assert.equal(readFileSync(join(await directory.codeDir(before.codeDigest), 'index.js'), 'utf8'), 'v1');
  assert.deepEqual(retired, []);

  gate.resolve();
  await gated.functions.idle();
  const after = running(gated.functions);
  assert.notEqual(after.id, before.id);
  assert.equal(readFileSync(join(await directory.codeDir(after.codeDigest), 'index.js'), 'utf8'), 'v2');
  assert.deepEqual(retired, [before.id]);
  assert.deepEqual((await gated.contents()).blobs, [after.codeDigest]);
});

test('a failed update leaves the old code running, also after a restart', async () => {
  let outcome: Outcome = { ok: true };
  const prepare = async () => outcome;
  await using opened = await testFunctions({ prepare });
  await opened.functions.create(HELLO, await newFunction('v1'), never);
  await opened.functions.idle();
  const before = running(opened.functions);
  outcome = { ok: false, reasonCode: 'InvalidRuntime', reason: 'missing' };
  await opened.functions.updateSettings(HELLO, { runtime: 'python3.13' }, undefined);
  await opened.functions.idle();
  await using again = await opened.reopen({ prepare });
  await again.functions.idle();
  assert.equal(again.functions.find(HELLO).head.latest.lifecycle.kind, 'update-failed');
  assert.deepEqual(running(again.functions), before);
});

test('what was under way when the server ended is finished by the next one', async () => {
  const untilStopped = (_: unknown, signal: AbortSignal) =>
    new Promise<Outcome>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await using opened = await testFunctions({ prepare: untilStopped });
  await opened.functions.create(HELLO, await newFunction('v1', true), never);
  await using again = await opened.reopen();
  await again.functions.idle();
  assert.equal(again.functions.find(HELLO).head.latest.lifecycle.kind, 'active');
  assert.equal(again.functions.findVersion(HELLO, '1').lifecycle.kind, 'active');
});

test('code stays while an environment holds it, and goes afterwards', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1'), never);
  await functions.idle();
  const { codeDigest } = running(functions);
  const directory = functionDirectory(functions, Math.random);
  const environment = directory.retain(codeDigest, []);
  await functions.delete(HELLO, undefined);
  await functions.idle();
  assert.equal(readFileSync(join(await directory.codeDir(codeDigest), 'index.js'), 'utf8'), 'v1');
  environment[Symbol.dispose]();
  await functions.idle();
  assert.deepEqual(await opened.contents(), { records: [], blobs: [], unpacked: [] });
});

test('a deleted function retires all its versions, and its successor shares nothing with it', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1', true), never);
  await functions.idle();
  await functions.addPermission(HELLO, '1', { id: 's', json: '{}' }, undefined);
  const retired: string[] = [];
  functions.onRetired((id) => retired.push(id));
  const ids = [running(functions).id, running(functions, '1').id];
  await functions.delete(HELLO, undefined);
  assert.deepEqual(retired.toSorted(), ids.toSorted());

  await functions.create(HELLO, await newFunction('v1'), never);
  await functions.idle();
  assert.throws(() => functions.findVersion(HELLO, '1'), Refused);
  assert.throws(() => functions.policy(HELLO, '1'), Refused);
  assert.equal(await publish(functions), '1');
  assert.ok(!ids.includes(running(functions, '1').id));
});

test('a function deleted while it is prepared stays deleted, and does not touch its successor', async () => {
  const gates = [Promise.withResolvers<Outcome>(), Promise.withResolvers<Outcome>()];
  let call = 0;
  await using opened = await testFunctions({
    prepare: () => {
      call += 1;
      return gates[call - 1]?.promise ?? Promise.resolve({ ok: true });
    },
  });
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1'), never);
  await functions.delete(HELLO, undefined);
  await functions.create(HELLO, await newFunction('v2'), never);
  gates[0]?.resolve({ ok: false, reasonCode: 'X', reason: 'of the first' });
  gates[1]?.resolve({ ok: true });
  await functions.idle();
  assert.equal(functions.find(HELLO).head.latest.lifecycle.kind, 'active');
});

test('publishing without a change makes no new version, also after a restart; any change does', async () => {
  await using opened = await testFunctions();
  await opened.functions.create(HELLO, await newFunction('v1'), never);
  await opened.functions.idle();
  assert.equal(await publish(opened.functions), '1');
  await using again = await opened.reopen();
  const { functions } = again;
  await functions.updateSettings(HELLO, {}, undefined);
  await functions.idle();
  assert.equal(await publish(functions), '1', 'an update that changes nothing');
  await functions.updateSettings(HELLO, { variables: { A: '1' } }, undefined);
  await functions.idle();
  assert.equal(await publish(functions), '2');
  await functions.updateCode(HELLO, await newCode('v2'), never);
  await functions.idle();
  assert.equal(await publish(functions), '3');
  await functions.delete(HELLO, '3');
  assert.equal(await publish(functions), '4', 'a deleted number is never given again');
});

test('a published version keeps its code, settings and revision while $LATEST moves on', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1', true), never);
  await functions.idle();
  const before = functions.findVersion(HELLO, '1');
  await functions.updateCode(HELLO, await newCode('v2'), never);
  await functions.idle();
  await functions.updateSettings(HELLO, { timeoutMs: 9_000 }, undefined);
  await functions.idle();
  assert.deepEqual(functions.findVersion(HELLO, '1'), before);
  await using again = await opened.reopen();
  assert.deepEqual(again.functions.findVersion(HELLO, '1'), JSON.parse(JSON.stringify(before)));
});

test('of two who create the same function at once, one is refused, and its code is not kept', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  const requests = await Promise.all([newFunction('one'), newFunction('two')]);
  const outcomes = await Promise.allSettled(requests.map((request) => functions.create(HELLO, request, never)));
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  await functions.idle();
  const { blobs, unpacked } = await opened.contents();
  assert.equal(blobs.length, 1);
  assert.deepEqual(unpacked, blobs);
});

test('a refused package, role or variable leaves nothing behind', async () => {
  await using opened = await testFunctions({
    assumable: (role) => (role.endsWith('/good') ? 'assumable' : 'not-assumable'),
  });
  const { functions } = opened;
  const request = await newFunction('v1');
  const good = { ...request, settings: { ...request.settings, roleArn: 'arn:aws:iam::123456789012:role/good' } };
  await refused(functions.create(HELLO, request, never), 'role-not-assumable');
  await refused(functions.create(HELLO, { ...good, zip: Buffer.from('x') }, never), 'unreadable-zip');
  const tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [String(index), '']));
  await refused(functions.create(HELLO, { ...good, tags }, never), 'too-many-tags');
  await functions.idle();
  assert.deepEqual(await opened.contents(), { records: [], blobs: [], unpacked: [] });
});

test('code storage is counted for $LATEST and each version; the quota may be used up, and no byte more', async () => {
  const request = await newFunction('v1');
  const limits = {
    zippedBytesMax: 1_000_000,
    unzippedBytesMax: 1_000_000,
    entriesMax: 10,
    totalCodeBytesMax: request.zip.length * 2,
  };
  await using opened = await testFunctions({ limits });
  const { functions } = opened;
  await functions.create(HELLO, { ...request, publish: true }, never);
  await functions.idle();
  assert.deepEqual(functions.usage(PLACE), { functions: 1, codeBytes: request.zip.length * 2 });
  await refused(functions.create({ ...HELLO, name: 'other' }, request, never), 'code-storage-full');
  await functions.updateSettings(HELLO, { timeoutMs: 5_000 }, undefined);
  await functions.idle();
  await refused(functions.publish(HELLO, NOTHING), 'code-storage-full');
  for (const other of [
    { ...HELLO, region: 'us-east-1' },
    { ...HELLO, account: '210987654321' },
  ]) {
    assert.deepEqual(functions.usage(other), { functions: 0, codeBytes: 0 });
    await functions.create(other, request, never);
  }
});

test('a dry run tells what would be, and changes nothing', async () => {
  await using opened = await testFunctions();
  const { functions } = opened;
  await functions.create(HELLO, await newFunction('v1'), never);
  await functions.idle();
  const before = functions.find(HELLO);
  const contents = await opened.contents();
  const wouldBe = await functions.updateCode(HELLO, { ...(await newCode('v2')), dryRun: true }, never);
  assert.notEqual(wouldBe.definition.code.digest, before.head.latest.definition.code.digest);
  assert.equal(functions.find(HELLO), before);
  assert.deepEqual(await opened.contents(), contents);
});

test('a package that a crash left without a function is gone after the next start', async () => {
  await using opened = await testFunctions();
  await opened.blobs.put(Readable.from([Buffer.from('orphan')]));
  await using again = await opened.reopen();
  await again.functions.idle();
  assert.deepEqual(await again.contents(), { records: [], blobs: [], unpacked: [] });
});

// Each operation is struck at its first, second, … write until it gets through: once as a single failed write, once as
// a server that dies there.
for (const dead of [false, true]) {
  const how = dead ? 'a crash' : 'a failed write';
  test(`${how} during create leaves the function whole or not at all`, () =>
    strike(
      dead,
      async () => {},
      async (functions) => void (await functions.create(HELLO, await newFunction('v1', true), never)),
    ));
  test(`${how} during an update that publishes leaves no version half`, () =>
    strike(
      dead,
      created,
      async (functions) => void (await functions.updateCode(HELLO, await newCode('v2', true), never)),
    ));
  test(`${how} during publish leaves no version half`, () =>
    strike(dead, created, async (functions) => void (await publish(functions))));
  test(`${how} while a version is deleted leaves it whole or not at all`, () =>
    strike(dead, created, (functions) => functions.delete(HELLO, '1')));
  test(`${how} during delete leaves the function whole or not at all`, () =>
    strike(dead, created, (functions) => functions.delete(HELLO, undefined)));
}

async function created(functions: Functions): Promise<void> {
  await functions.create(HELLO, await newFunction('v0', true), never);
  await functions.idle();
  await functions.updateSettings(HELLO, { timeoutMs: 7_000 }, undefined);
  await functions.idle();
}

async function strike(
  dead: boolean,
  before: (functions: Functions) => Promise<void>,
  operation: (functions: Functions) => Promise<void>,
): Promise<void> {
  for (let failAt = 1, through = false; !through; failAt += 1) {
    await using opened = await testFunctions();
    await before(opened.functions);
    const known = opened.functions.get(HELLO)?.head;
    const { wrapRecords, hasStruck } = failing(failAt, dead);
    await using struck = await opened.reopen({ wrapRecords });
    const answered = await operation(struck.functions).then(
      () => true,
      () => false,
    );
    // A server that is dead cannot finish what it began in the background; ours here gives up when it is closed.
    if (!dead) await struck.functions.idle();
    const asSeen = struck.functions.get(HELLO)?.head;
    if (!answered) assert.deepEqual(asSeen?.published, known?.published, `write ${failAt}: refused, and yet changed`);

    await using after = await struck.reopen();
    await after.functions.idle();
    await assertSound(after, `write ${failAt}`);
    if (answered)
      assert.deepEqual(after.functions.get(HELLO)?.head.published, asSeen?.published, `write ${failAt}: lost`);
    // The operation can simply be tried again.
    if (!answered) await operation(after.functions);
    await after.functions.idle();
    await assertSound(after, `write ${failAt}, again`);
    through = !hasStruck();
  }
}

/** Every listed version has its record and its code, is active, and nothing lies about that nobody refers to. */
async function assertSound(opened: TestFunctions, when: string): Promise<void> {
  const entry = opened.functions.get(HELLO);
  const { records, blobs, unpacked } = await opened.contents();
  const versions: Version[] = entry === undefined ? [] : [entry.head.latest, ...entry.versions.values()];
  const numbers = entry?.head.published ?? [];
  const expected =
    entry === undefined
      ? []
      : ['fn/123456789012/eu-west-1/hello', ...numbers.map((number) => `fnv/${entry.head.uid}/${number}`)];
  assert.deepEqual(records, expected, `${when}: records`);
  assert.deepEqual([...(entry?.versions.keys() ?? [])], numbers.map(String), `${when}: versions`);
  assert.ok(
    versions.every(({ lifecycle }) => lifecycle.kind === 'active'),
    `${when}: all active`,
  );
  const digests = [...new Set(versions.map(({ definition }) => definition.code.digest))].sort();
  assert.deepEqual(blobs, digests, `${when}: blobs`);
  assert.deepEqual(unpacked, digests, `${when}: unpacked code`);
}

const NOTHING = { description: undefined, codeSha256: undefined, revisionId: undefined };

async function publish(functions: Functions): Promise<string> {
  return (await functions.publish(HELLO, NOTHING)).version;
}

function running(functions: Functions, qualifier?: string) {
  const resolved = functionDirectory(functions, Math.random).resolve(PLACE, 'hello', qualifier);
  assert.ok(resolved.kind === 'found', JSON.stringify(resolved));
  return resolved.runnable;
}

async function refused(promise: Promise<unknown>, kind: FunctionRefusal['kind']): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof Refused && error.refusal.kind === kind);
}
