import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { until } from '../../lib/testing/turns.ts';
import { refusalToAws } from '../aws/refusal-to-aws.ts';
import { functionDirectory } from '../directory.ts';
import type { Functions } from '../functions.ts';
import type { Outcome } from '../life-cycle.ts';
import { Refused } from '../refusal.ts';
import {
  failing,
  HELLO,
  newCode,
  newFunction,
  type TestFunctions,
  type TestOptions,
  testFunctions,
} from '../testing/test-functions.ts';
import { zipOf } from '../testing/zips.ts';

const never = new AbortController().signal;
const DAY_MS = 86_400_000;
const LOOKS_A_DAY = 12;
const START = Date.UTC(2026, 0, 1);
const OTHER = { ...HELLO, name: 'other' };
const NOTHING = { description: undefined, codeSha256: undefined, revisionId: undefined };

test('a version that nobody has used for two weeks becomes inactive, and what was unpacked of it goes', async () => {
  await using days = await calendar();
  await days.functions.create(HELLO, await newFunction('v1', true), never);
  await days.functions.create(OTHER, await newFunction('v2'), never);
  await days.functions.idle();
  await days.functions.updateSettings(HELLO, { timeoutMs: 5_000 }, undefined);
  await days.functions.idle();
  await days.functions.publish(HELLO, NOTHING);
  const before = days.functions.findVersion(HELLO, '2').revisionId;
  for (let day = 1; day <= 13; day += 1) {
    await days.pass(1);
    assert.equal(days.invoke('hello', '1'), 'found');
    assert.deepEqual(days.states('hello'), ['active', 'active', 'active'], `day ${day}`);
  }
  await days.pass(3);
  assert.deepEqual(days.states('hello'), ['active', 'active', 'inactive'], 'what was invoked is in use, and $LATEST');
  assert.deepEqual(days.states('other'), ['inactive']);
  assert.notEqual(days.functions.findVersion(HELLO, '2').revisionId, before);
  const { blobs, unpacked } = await days.contents();
  assert.equal(blobs.length, 2, 'the zips stay');
  assert.deepEqual(unpacked, [days.digestOf('hello')], 'version 1 still runs it');
  await days.pass(13);
  assert.deepEqual(days.states('hello'), ['inactive', 'inactive', 'inactive']);
});

test('an invocation brings an inactive function back, and the next one finds it', async () => {
  let gate = Promise.withResolvers<Outcome>();
  gate.resolve({ ok: true });
  await using days = await calendar({ prepare: () => gate.promise });
  await days.functions.create(HELLO, await newFunction('v1'), never);
  await days.pass(16);
  assert.deepEqual((await days.contents()).unpacked, []);

  gate = Promise.withResolvers();
  assert.equal(days.invoke('hello'), 'restoring');
  await days.until(() => days.states('hello')[0] === 'restoring');
  assert.equal(days.invoke('hello'), 'restoring', 'not yet');
  await assert.rejects(days.functions.updateSettings(HELLO, {}, undefined), /update-in-progress/);
  gate.resolve({ ok: true });
  await days.functions.idle();
  assert.deepEqual(days.states('hello'), ['active']);
  assert.equal(days.invoke('hello'), 'found');
  assert.deepEqual((await days.contents()).unpacked, [days.digestOf('hello')]);
  await days.pass(10);
  assert.deepEqual(days.states('hello'), ['active'], 'it has two weeks again');
});

test('what cannot be brought back is inactive again, says why, and is tried again', async () => {
  let outcome: Outcome = { ok: true };
  await using days = await calendar({ prepare: async () => outcome });
  await days.functions.create(HELLO, await newFunction('v1'), never);
  await days.pass(16);
  outcome = { ok: false, reasonCode: 'InvalidRuntime', reason: 'lambent runtime add nodejs22.x' };
  days.invoke('hello');
  await days.functions.idle();
  const failure = { reasonCode: 'InvalidRuntime', reason: 'lambent runtime add nodejs22.x' };
  assert.deepEqual(days.functions.find(HELLO).head.latest.lifecycle, { kind: 'inactive', failure });
  const refused = days.directory.resolve(HELLO, 'hello', undefined);
  assert.deepEqual(refused.kind === 'restoring' && refused.failure, failure);
  await days.functions.idle();

  outcome = { ok: true };
  days.invoke('hello');
  await days.functions.idle();
  assert.equal(days.invoke('hello'), 'found');
});

test('an inactive function is updated and published as an active one', async () => {
  await using days = await calendar();
  for (const key of [HELLO, OTHER]) await days.functions.create(key, await newFunction(key.name), never);
  await days.pass(16);

  const updated = await days.functions.updateCode(HELLO, await newCode('v2'), never);
  assert.equal(updated.lifecycle.kind, 'updating');
  assert.equal(days.invoke('hello'), 'found', 'meanwhile, what it ran before');
  const published = await days.functions.publish(OTHER, NOTHING);
  assert.equal(published.lifecycle.kind, 'creating');
  await days.functions.idle();
  assert.deepEqual(days.states('hello'), ['active']);
  assert.deepEqual(days.states('other'), ['inactive', 'active']);
  assert.equal(days.invoke('other', '1'), 'found');
});

test('a function with provisioned concurrency is in use, and an inactive one is not given any', async () => {
  await using days = await calendar();
  for (const key of [HELLO, OTHER]) await days.functions.create(key, await newFunction(key.name, true), never);
  await days.functions.idle();
  await days.functions.provision(HELLO, '1', 1);
  await days.pass(16);
  assert.deepEqual(days.states('hello'), ['active', 'active']);
  const refused = await days.functions.provision(OTHER, '1', 1).catch((error: unknown) => error);
  assert.ok(refused instanceof Refused);
  assert.match(refusalToAws(refused.refusal).message, /state: Inactive\. An invocation brings it back\.$/);
});

test('the layers of an inactive function lie on each other no more, and do again when it comes back', async () => {
  await using days = await calendar();
  const { layers } = days.functions;
  const digests: string[] = [];
  for (const name of ['one', 'two']) {
    const zip = await zipOf({ [`${name}.txt`]: name });
    const key = { ...HELLO, name };
    const published = await layers.publish(key, { ...NEW_LAYER, zip }, never);
    digests.push(published.code.digest);
  }
  const arns = ['one', 'two'].map((name) => `arn:aws:lambda:${HELLO.region}:${HELLO.account}:layer:${name}:1`);
  const request = await newFunction('v1');
  {
    using attached = layers.attach(arns, { ...HELLO, arn: 'arn' });
    const settings = { ...request.settings, layers: attached.layers };
    await days.functions.create(HELLO, { ...request, settings }, never);
  }
  for (const name of ['one', 'two']) await layers.delete({ ...HELLO, name }, 1);
  await days.functions.idle();
  assert.equal((await days.contents()).unpacked.length, 3);
  await days.pass(16);
  assert.deepEqual((await days.contents()).unpacked, []);
  assert.equal((await days.contents()).blobs.length, 3);

  days.invoke('hello');
  await days.functions.idle();
  assert.equal((await days.contents()).unpacked.length, 3);
  assert.ok(await days.functions.layersDir(digests));
});

test('restarts do not begin the two weeks anew, and the time in which no server runs does not count', async () => {
  await using days = await calendar();
  await days.functions.create(HELLO, await newFunction('v1'), never);
  for (let restart = 0; restart < 4; restart += 1) {
    await days.pass(3);
    days.clock.advance(365 * DAY_MS);
    assert.deepEqual(days.states('hello'), ['active']);
    await days.restart();
  }
  await days.pass(4);
  assert.deepEqual(days.states('hello'), ['inactive']);
  await days.restart();
  assert.deepEqual(days.states('hello'), ['inactive']);
});

test('a use that was not written down when the server was killed does not get lost', async () => {
  // From the kill on, nothing reaches the disk.
  let isDead = false;
  const wrapRecords: TestOptions['wrapRecords'] = (records) => ({
    ...records,
    put: (key, value, condition) => (isDead ? Promise.reject(new Error('killed')) : records.put(key, value, condition)),
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  });
  await using days = await calendar({ wrapRecords });
  await days.functions.create(HELLO, await newFunction('v1'), never);
  await days.pass(13);
  days.invoke('hello');
  isDead = true;
  await days.restart(() => {
    isDead = false;
  });
  await days.pass(13);
  assert.deepEqual(days.states('hello'), ['active']);
  await days.pass(2);
  assert.deepEqual(days.states('hello'), ['inactive']);
});

test('what happens while nothing is noted counts, too', async () => {
  await using days = await calendar();
  await days.functions.create(HELLO, await newFunction('v1'), never);
  await days.pass(13);
  await days.restart(() => {}, { inactiveAfterMs: undefined });
  days.invoke('hello');
  await days.pass(20);
  assert.deepEqual(days.states('hello'), ['active']);
  await days.restart();
  await days.pass(13);
  assert.deepEqual(days.states('hello'), ['active']);
});

test('a use that cannot be stored is kept in mind', async () => {
  const struck = failing(Number.POSITIVE_INFINITY, false);
  let isFull = false;
  await using days = await calendar({
    wrapRecords: (records) => ({
      ...struck.wrapRecords(records),
      put: (key, value, condition) =>
        isFull ? Promise.reject(new Error('the disk is full')) : records.put(key, value, condition),
    }),
  });
  await days.functions.create(HELLO, await newFunction('v1'), never);
  await days.pass(13);
  isFull = true;
  days.invoke('hello');
  await days.pass(2);
  isFull = false;
  await days.pass(13);
  assert.deepEqual(days.states('hello'), ['active']);
});

test('a function that is deleted and made again has two weeks of its own', async () => {
  await using days = await calendar();
  await days.functions.create(HELLO, await newFunction('v1'), never);
  await days.pass(13);
  await days.functions.delete(HELLO, undefined);
  await days.functions.create(HELLO, await newFunction('v1'), never);
  await days.pass(13);
  assert.deepEqual(days.states('hello'), ['active']);
});

test('a server that starts goes on with what was being brought back, and unpacks nothing that is inactive', async () => {
  await using days = await calendar();
  for (const key of [HELLO, OTHER]) await days.functions.create(key, await newFunction(key.name), never);
  await days.pass(16);
  const hung: TestOptions = { prepare: () => new Promise(() => {}) };
  await days.restart(() => {}, hung);
  assert.deepEqual((await days.contents()).unpacked, []);
  days.invoke('hello');
  await days.until(() => days.states('hello')[0] === 'restoring');
  await days.restart();
  await days.functions.idle();
  assert.deepEqual(days.states('hello'), ['active']);
  assert.deepEqual(days.states('other'), ['inactive']);
});

const NEW_LAYER = { description: '', runtimes: undefined, architectures: undefined, license: undefined };

/** Functions that become inactive after two weeks, and a clock that the test moves. */
async function calendar(options: TestOptions = {}) {
  const clock = manualClock(START);
  const given: TestOptions = { clock, inactiveAfterMs: 14 * DAY_MS, uuid: () => crypto.randomUUID(), ...options };
  let opened: TestFunctions = await testFunctions(given);
  const versions = (functions: Functions, name: string) => {
    const { head, versions } = functions.find({ ...HELLO, name });
    return [head.latest, ...versions.values()];
  };
  const directory = () => functionDirectory(opened.functions, Math.random);
  let data = directory();
  return {
    clock,
    get functions() {
      return opened.functions;
    },
    get directory() {
      return data;
    },
    contents: () => opened.contents(),
    digestOf: (name: string) => versions(opened.functions, name)[0]?.definition.code.digest,
    states: (name: string) => versions(opened.functions, name).map(({ lifecycle }) => lifecycle.kind),
    /** What an invocation would find. */
    invoke: (name: string, qualifier?: string) => data.resolve(HELLO, name, qualifier).kind,
    /** Lets so many days pass, with a server that runs. */
    async pass(days: number) {
      for (let look = 0; look < days * LOOKS_A_DAY; look += 1) {
        clock.advance(DAY_MS / LOOKS_A_DAY);
        await opened.functions.idle();
      }
    },
    until,
    async restart(between = () => {}, other: TestOptions = {}) {
      opened = await opened.reopen({ ...given, ...other }, async () => between());
      data = directory();
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
