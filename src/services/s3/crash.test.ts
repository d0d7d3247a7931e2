import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { generator } from '../../lib/testing/random.ts';
import { recordingLog, temporaryDirectory } from './aws/testing/serve-s3.ts';
import { streamOf } from './content.ts';
import { S3Refused } from './refusal.ts';
import { lazyS3, type S3 } from './s3.ts';
import { bodyOf, CALLER } from './testing/crash-bodies.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 4);
const seed = Number(process.env.SEED ?? 20_261_121);
const WORKER = join(import.meta.dirname, 'testing', 'work-until-killed.ts');

interface Acknowledged {
  readonly key: string;
  /** Undefined: it is deleted. */
  readonly body: Buffer | undefined;
}

test(`what was acknowledged is whole after kill -9, and nothing else is on the disk (SEED=${seed})`, async (t) => {
  const dataDir = temporaryDirectory(t);
  const random = generator(seed);
  let checked = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { acknowledged, underWay } = await killedRound(t, dataDir, String(round), 15 + random() * 60);
    const lazy = lazyS3({ dataDir, clock: systemClock, log: recordingLog().log, randomBytes, onChange() {} });
    const s3 = lazy.open();
    for (const { key, body } of acknowledged.values()) {
      const found = await read(s3, key);
      // Of what was under way, either outcome is right, and nothing in between.
      if (underWay.has(key)) assert.ok(found === undefined || isWhole(key, found), key);
      else assert.ok(body === undefined ? found === undefined : found?.equals(body), `round ${round}: ${key}`);
      checked += 1;
    }
    const referred = s3.store.database.sql('SELECT count(*) AS count FROM segments WHERE file IS NOT NULL').get();
    await lazy[Symbol.asyncDispose]();
    assert.equal(filesIn(dataDir), Number(referred?.count), `round ${round}: files and records`);
  }
  assert.ok(checked > 20, `${checked} objects were acknowledged`);
});

test('a start removes what nobody refers to, and keeps what somebody does', async (t) => {
  const dataDir = temporaryDirectory(t);
  const open = () => lazyS3({ dataDir, clock: systemClock, log: recordingLog().log, randomBytes, onChange() {} });
  const first = open();
  first.open();
  await first[Symbol.asyncDispose]();
  writeFileSync(join(dataDir, 's3', 'objects', 'unfinished', 'f'.repeat(32)), 'half');
  const second = open();
  second.open();
  await second[Symbol.asyncDispose]();
  assert.equal(filesIn(dataDir), 0);
});

/** Lets the worker work until so much has been acknowledged, and kills it. */
async function killedRound(t: TestContext, dataDir: string, round: string, acknowledgements: number) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WORKER, dataDir, round], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const acknowledged = new Map<string, Acknowledged>();
  const underWay = new Set<string>();
  let count = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    const line: { began?: string; key?: string; seed?: string; parts?: number[] } = JSON.parse(text);
    if (line.began !== undefined) underWay.add(line.began);
    if (line.key === undefined) continue;
    const { key, seed: text_ = '', parts } = line;
    const body = parts && Buffer.concat(parts.map((bytes) => bodyOf(text_, bytes)));
    acknowledged.set(key, { key, body });
    underWay.delete(key);
    count += 1;
    if (count >= acknowledgements) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
  return { acknowledged, underWay };
}

/** One of the bodies of its key, from beginning to end. */
function isWhole(key: string, found: Buffer): boolean {
  const text = found.toString('latin1', 0, 40);
  const seedText = /^\S+ /.exec(text)?.[0] ?? text;
  const firstPart = 5 * 1024 ** 2;
  const parts = found.length > firstPart ? [firstPart, found.length - firstPart] : [found.length];
  return (
    text.startsWith(key.slice(0, 10)) && found.equals(Buffer.concat(parts.map((bytes) => bodyOf(seedText, bytes))))
  );
}

async function read({ buckets, objects }: S3, key: string): Promise<Buffer | undefined> {
  try {
    const content = objects.content(objects.read(buckets.reach('crash', CALLER), key, undefined), undefined);
    return Buffer.concat(await Array.fromAsync(streamOf(content)));
  } catch (error) {
    if (error instanceof S3Refused) return undefined;
    throw error;
  }
}

function filesIn(dataDir: string): number {
  const entries = readdirSync(join(dataDir, 's3', 'objects'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}
