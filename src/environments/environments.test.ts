// Who ends what, and when: real environments in plain processes.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../lib/clock.ts';
import { defaultRuntimesDir, openRuntimes } from '../runtimes/open-runtimes.ts';
import { openSandboxes } from '../sandbox/open-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../sandbox/sandbox.ts';
import { STREAM_BYTES_MAX } from './guests/guest.ts';
import { EnvironmentUnavailable } from './spec.ts';
import { testEnvironments } from './testing/test-environments.ts';
import { discard, WarmPool } from './warm-pool.ts';

const NODE = { runtime: 'nodejs24.x', handler: 'index.handler' };

test('all environments end after their keep-alive, not only every second one', async (t) => {
  const all = await opened(t, { keepAliveMs: 0 });
  const spec = all.deploy({
    ...NODE,
    files: { 'index.mjs': 'export const handler = () => new Promise((resolve) => setTimeout(resolve, 200));' },
  });
  await Promise.all([all.invoke(spec, 1), all.invoke(spec, 2), all.invoke(spec, 3)]);
  await until(() => all.environments.size === 0);
  await until(() => all.retained() === 0);
});

test('a sandbox that cannot start while the code is still being unpacked is an error of that invocation alone', async (t) => {
  const unpacked = Promise.withResolvers<string>();
  const all = await opened(t, {
    codeDir: () => unpacked.promise,
    through: (sandboxes) => ({ ...sandboxes, start: () => Promise.reject(new Error('no more processes')) }),
  });
  const invoked = all.invoke(all.deploy({ ...NODE, files: {} }), {});
  await assert.rejects(invoked, /no more processes/);
  unpacked.resolve('/nowhere');
  assert.equal(all.retained(), 0);
});

test('a stop during a cold start refuses the invocation and leaves nothing', async (t) => {
  const unpacked = Promise.withResolvers<string>();
  const all = await opened(t, { codeDir: () => unpacked.promise });
  const invoked = all.invoke(all.deploy({ ...NODE, files: {} }), {});
  const refused = assert.rejects(invoked, EnvironmentUnavailable);
  await all.environments[Symbol.asyncDispose]();
  unpacked.resolve('/nowhere');
  await refused;
  assert.deepEqual([all.environments.size, all.retained()], [0, 0]);
});

test('a stop during an invocation answers it', async (t) => {
  const all = await opened(t, {});
  const spec = all.deploy({
    ...NODE,
    files: {
      'index.mjs': `export const handler = () => { console.log('here'); return new Promise(() => {}); };
      setInterval(() => {}, 1000);`,
    },
  });
  const invoked = all.invoke(spec, {});
  await until(() => all.logged(spec).some((line) => line.includes('here')));
  await all.environments[Symbol.asyncDispose]();
  assert.match((await invoked).payload.toString(), /signal: killed/);
});

test('a streamed answer of 200 MB arrives, and one of a byte more is broken off', async (t) => {
  const all = await opened(t, {});
  const spec = all.deploy({
    ...NODE,
    files: {
      'index.mjs': `import { once } from 'node:events';
      const piece = Buffer.alloc(1024 * 1024);
      export const handler = awslambda.streamifyResponse(async (more, stream) => {
        for (let count = 0; count < 200; count += 1) if (!stream.write(piece)) await once(stream, 'drain');
        stream.end(Buffer.alloc(more));
      });`,
    },
  });
  const stream = async (more: number) => {
    let bytes = 0;
    const write = (piece: Buffer) => {
      bytes += piece.length;
      return true;
    };
    const sink = { begin: () => {}, write, onDrain: () => {} };
    const { kind, payload } = await all.invoke(spec, more, { sink });
    return { kind, bytes, payload: payload.toString() };
  };
  assert.deepEqual(await stream(0), { kind: 'answer', bytes: STREAM_BYTES_MAX, payload: '' });
  const broken = await stream(1);
  assert.equal(broken.kind, 'function-error');
  assert.match(broken.payload, /"errorType":"Function\.ResponseSizeTooLarge".*\(209715200 bytes\)/);
});

test('what an init writes comes before the START of its first invocation, in the log and not in its tail', async (t) => {
  const all = await opened(t, {});
  for (const [runtime, file, code] of [
    ['nodejs24.x', 'index.js', "process.stdout.write('of the init\\n'); exports.handler = async () => 1;"],
    [all.newest('python'), 'index.py', "print('of the init')\ndef handler(event, context): return 1\n"],
  ] as const) {
    const spec = all.deploy({ runtime, handler: 'index.handler', files: { [file]: code } });
    const { tail } = await all.invoke(spec, {}, { wantsTail: true });
    assert.deepEqual(
      all.logged(spec).map((line) => line.split(' ')[0]),
      ['INIT_START', 'of', 'START', 'END', 'REPORT'],
      runtime,
    );
    assert.match(String(tail), /^START .*\nEND .*\nREPORT .*\n$/);
  }
});

test('a version that is replaced while its environment starts leaves none behind', async (t) => {
  const unpacked = Promise.withResolvers<string>();
  const all = await opened(t, { codeDir: () => unpacked.promise });
  const spec = all.deploy({ ...NODE, files: {} });
  const other = await opened(t, {});
  const invoked = all.invoke(spec, {});
  all.environments.retire(spec.id);
  unpacked.resolve(
    other.codePath(other.deploy({ ...NODE, files: { 'index.mjs': 'export const handler = () => 1;' } })),
  );
  assert.equal((await invoked).payload.toString(), '1');
  await until(() => all.environments.size === 0 && all.retained() === 0);
});

test('of those kept initialised, one that ends is replaced, and one too many goes', async (t) => {
  const all = await opened(t, {});
  const code = `export const handler = ({ end }) => (end ? process.exit(1) : process.env.AWS_LAMBDA_INITIALIZATION_TYPE);`;
  const spec = all.deploy({ ...NODE, files: { 'index.mjs': code } });
  const available = () => all.environments.provisioned(spec.id).available;
  all.environments.provision(spec, 2);
  await until(() => available() === 2);
  assert.equal((await all.invoke(spec, { end: true })).kind, 'function-error');
  assert.equal(available(), 1);
  await until(() => available() === 2);
  assert.equal((await all.invoke(spec, {})).payload.toString(), '"provisioned-concurrency"');
  all.environments.provision(spec, 1);
  assert.deepEqual([available(), all.environments.size], [1, 1]);
  all.environments.retire(spec.id);
  await until(() => all.environments.size === 0 && all.retained() === 0);
});

test('a function that spoils its channel, and spins, is ended long before its time is up', async (t) => {
  const all = await opened(t, {});
  const code = `import { writeSync } from 'node:fs';
  export const handler = async ({ spoil }) => {
    if (spoil) writeSync(3, Buffer.alloc(64, 255));
    while (spoil);
  };`;
  const spec = all.deploy({ ...NODE, files: { 'index.mjs': code }, timeoutMs: 60_000 });
  const { payload } = await all.invoke(spec, { spoil: true });
  assert.match(payload.toString(), /"Runtime.ExitError".*signal: killed/);
  assert.equal((await all.invoke(spec, {})).kind, 'answer');
});

test('a function that announces its end after its answer, and stays, is ended', async (t) => {
  const all = await opened(t, {});
  const spec = all.deploy({
    ...NODE,
    files: {
      'index.mjs': `import { writeSync } from 'node:fs';
        export const handler = () => {
          setTimeout(() => writeSync(3, Buffer.from([2, 0, 0, 0, 21, 123, 125])), 5);
          return 'fine';
        };`,
    },
  });
  assert.equal((await all.invoke(spec, {})).payload.toString(), '"fine"');
  await until(() => all.environments.size === 0);
});

test('more invocations than environments are looked for at once, of a version that is replaced meanwhile, leave none behind', async (t) => {
  const unpacked = Promise.withResolvers<string>();
  const all = await opened(t, { codeDir: () => unpacked.promise });
  const spec = all.deploy({
    ...NODE,
    files: {
      'index.mjs': 'export const handler = (event) => new Promise((resolve) => setTimeout(resolve, 500, event));',
    },
  });
  const invoked = Array.from({ length: 10 }, (_, index) => all.invoke(spec, index));
  await sleep(0);
  all.environments.retire(spec.id);
  unpacked.resolve(all.codePath(spec));
  const answers = await Promise.all(invoked);
  assert.deepEqual(
    answers.map(({ payload }) => payload.toString()),
    answers.map((_, index) => String(index)),
  );
  await until(() => all.environments.size === 0);
  await until(() => all.retained() === 0);
});

test('what is given up between a take and its refill is not filled again', async (t) => {
  const { pool, poolClass, timers, starts } = await testPool(t);
  await discard(await pool.take(poolClass, AbortSignal.timeout(60_000)));
  await pool.shrink(true);
  timers.run();
  await sleep(0);
  assert.equal(starts(), 1);
});

test('a runtime that could not start is kept warm again as soon as it can', async (t) => {
  const { pool, poolClass, timers, failNext } = await testPool(t);
  failNext(3);
  for (let failure = 0; failure < 3; failure += 1) {
    pool.expect(poolClass);
    timers.run();
    await sleep(0);
  }
  await discard(await pool.take(poolClass, AbortSignal.timeout(60_000)));
  pool.expect(poolClass);
  timers.run();
  await until(() => pool.waiting === 1);
});

test('a sandbox that was being made for the pool and goes to a caller is replaced', async (t) => {
  const { pool, poolClass, timers } = await testPool(t);
  pool.expect(poolClass);
  timers.run();
  const taking = pool.take(poolClass, AbortSignal.timeout(60_000));
  timers.run();
  await discard(await taking);
  timers.run();
  await until(() => pool.waiting === 1);
});

test('what waits with an interpreter that has been replaced is thrown away, and so is what was being started', async (t) => {
  const { pool, poolClass, timers, sandboxes } = await testPool(t);
  pool.expect(poolClass);
  timers.run();
  await until(() => pool.waiting === 1);
  const replaced = { ...poolClass, runtime: { ...poolClass.runtime } };
  const [first] = sandboxes;
  const warm = await pool.take(replaced, AbortSignal.timeout(60_000));
  assert.ok(first !== undefined && warm.sandbox !== first);
  // Killed, or ended by itself when its channel was closed, whichever is first.
  await first.exited;
  await discard(warm);

  // Its refill is under way when the interpreter changes once more.
  timers.run();
  pool.expect(poolClass);
  await until(() => sandboxes.length === 3);
  assert.ok(await sandboxes[2]?.exited);
  assert.equal(pool.waiting, 0);
});

async function testPool(t: TestContext) {
  const { log } = await opened(t, {});
  const runtimes = await openRuntimes({ dir: defaultRuntimesDir(), log });
  const sandboxes = await openSandboxes({ kind: 'process', log, clock: systemClock });
  t.after(() => sandboxes[Symbol.asyncDispose]());
  let starts = 0;
  let failures = 0;
  const started: Sandbox[] = [];
  const counted: Sandboxes = {
    ...sandboxes,
    start: async (spec, signal) => {
      starts += 1;
      if (failures > 0) {
        failures -= 1;
        throw new Error('not now');
      }
      const sandbox = await sandboxes.start(spec, signal);
      started.push(sandbox);
      return sandbox;
    },
  };
  const timers = handClock();
  const pool = new WarmPool({ sandboxes: counted, clock: timers.clock, log, platform: createServer(), size: 1 });
  t.after(() => pool[Symbol.asyncDispose]());
  return {
    ...{ pool, timers, sandboxes: started, starts: () => starts },
    poolClass: { runtime: runtimes.get(NODE.runtime), memoryMb: 128, launchesLate: false, supervised: false },
    failNext: (count: number) => {
      failures = count;
    },
  };
}

/** A clock whose timers go off when the test says so. */
function handClock(): { clock: Clock; run(): void } {
  const timers = new Set<() => void>();
  return {
    clock: {
      ...systemClock,
      after: (_ms, then) => {
        timers.add(then);
        return { [Symbol.dispose]: () => timers.delete(then) };
      },
    },
    run: () => {
      for (const then of [...timers]) {
        timers.delete(then);
        then();
      }
    },
  };
}

async function opened(t: TestContext, options: Parameters<typeof testEnvironments>[0]) {
  const all = await testEnvironments(options);
  t.after(() => all[Symbol.asyncDispose]());
  return all;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 20) {
    assert.ok(waitedMs < 120_000, `not yet: ${isSo}`);
    await sleep(20);
  }
}
