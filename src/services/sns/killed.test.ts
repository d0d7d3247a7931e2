import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../../lib/clock.ts';
import { openSns } from './open-sns.ts';

test('what was acknowledged before kill -9 reaches every subscription at the next start', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-sns-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const script = join(import.meta.dirname, 'testing', 'publish-until-killed.ts');
  const publisher = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const some of publisher.stdout.setEncoding('utf8')) {
    output += some;
    if (output.split('published ').length > 200) publisher.kill('SIGKILL');
  }
  // Where it was cut off there may be half a line.
  const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
  const numbersOf = (what: string) =>
    lines.flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []));
  const published = numbersOf('published');
  assert.ok(published.length > 20, `only ${published.length} were published`);

  const got = new Map<string, Set<string>>();
  const sns = openSns({
    dataDir,
    clock: systemClock,
    log: pino({ level: 'fatal' }),
    random: Math.random,
    randomBytes,
    uuid: randomUUID,
    deliver: async (arn, { body }) => {
      const numbers = got.get(arn) ?? new Set();
      got.set(arn, numbers.add(body.toString()));
    },
    relay: undefined,
  });
  t.after(() => sns[Symbol.asyncDispose]());
  const missing = () =>
    ['one', 'two'].flatMap((name) => {
      const arn = `arn:aws:sqs:us-east-1:123456789012:${name}`;
      const there = new Set([...(got.get(arn) ?? []), ...numbersOf(arn)]);
      return published.filter((number) => !there.has(number));
    });
  // Nobody asks: it goes on by itself. A retry that was planned may be some seconds away.
  for (let waitedMs = 0; missing().length > 0 && waitedMs < 120_000; waitedMs += 20) await systemClock.sleep(20);
  assert.deepEqual(missing(), []);
});
