import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../lib/clock.ts';
import { CREDENTIALS, serveLogs } from '../services/logs/aws/testing/serve.ts';
import { GROUP, HERE } from '../services/logs/testing/fixture.ts';
import { logsTail, NothingLogged, type TailOptions } from './logs-tail.ts';

const MINUTE_MS = 60_000;

test('everything since then is printed once, oldest first, and then the command ends', async (t) => {
  const { sink, endpoint } = await serveLogs(t, systemClock);
  const nowMs = systemClock.nowMs();
  const [a, b] = ['a', 'b'].map((stream) => sink.open({ ...HERE, group: GROUP, stream }));
  a?.write('too old\n', nowMs - 11 * MINUTE_MS);
  a?.write('second\n', nowMs - 8 * MINUTE_MS);
  b?.write('first\n', nowMs - 9 * MINUTE_MS);
  a?.write('no line break', nowMs);
  const printed: string[] = [];
  await logsTail({ ...options(endpoint), write: (text) => printed.push(text) });
  assert.deepEqual(printed, ['first\n', 'second\n', 'no line break\n']);
});

test('only what the pattern matches is printed, over many pages', async (t) => {
  const { sink, endpoint } = await serveLogs(t, systemClock);
  const stream = sink.open({ ...HERE, group: GROUP, stream: 'a' });
  const nowMs = systemClock.nowMs();
  for (let line = 0; line < 30_000; line += 1)
    stream.write(`${line % 2 ? 'odd' : 'even'} ${line}\n`, nowMs - MINUTE_MS);
  const printed: string[] = [];
  await logsTail({ ...options(endpoint), filterPattern: 'odd', write: (text) => printed.push(text) });
  assert.equal(printed.length, 15_000);
  assert.equal(printed.at(-1), 'odd 29999\n');
});

test('a function that has not run gives a hint instead of a stack trace', async (t) => {
  const { endpoint } = await serveLogs(t, systemClock);
  await assert.rejects(logsTail(options(endpoint)), (error: Error) => {
    assert.ok(error instanceof NothingLogged);
    assert.match(error.message, /^greet has not logged anything: .*aws lambda invoke --function-name greet/);
    return true;
  });
});

test('following waits for the first run, then prints every line once in its order until it is stopped', async (t) => {
  const { sink, endpoint } = await serveLogs(t, systemClock);
  const stop = new AbortController();
  const printed: string[] = [];
  const notes: string[] = [];
  const waiting = Promise.withResolvers<void>();
  const tail = logsTail({
    ...options(endpoint),
    follow: true,
    signal: stop.signal,
    write: (text) => {
      printed.push(text);
      if (printed.length === 200) stop.abort();
    },
    notify: (text) => {
      notes.push(text);
      waiting.resolve();
    },
  });
  await waiting.promise;
  const stream = sink.open({ ...HERE, group: GROUP, stream: 'a' });
  const expected = Array.from({ length: 200 }, (_, line) => `${line}\n`);
  for (const [line, text] of expected.entries()) {
    stream.write(text, systemClock.nowMs());
    // Some polls fall between these, so that lines of one millisecond are seen in several of them.
    if (line % 20 === 0) await systemClock.sleep(100);
  }
  await tail;
  assert.deepEqual(printed, expected);
  assert.equal(notes.length, 1);
});

function options(endpoint: string): TailOptions {
  return {
    endpoint,
    region: HERE.region,
    credentials: CREDENTIALS,
    functionName: 'greet',
    sinceMs: 10 * MINUTE_MS,
    follow: false,
    write: () => {},
    signal: new AbortController().signal,
    clock: systemClock,
  };
}
