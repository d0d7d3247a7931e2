// Fills a small disk with objects and prints what the store said. Runs in a mount namespace of its own.
import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock.ts';
import { openLog } from '../../../lib/log.ts';
import { lazyS3 } from '../s3.ts';
import { ACTOR, CALLER, OWNER } from './crash-bodies.ts';

const [dataDir = ''] = process.argv.slice(2);
const lazy = lazyS3({ dataDir, clock: systemClock, log: openLog(), randomBytes, onChange() {} });
const { buckets, objects } = lazy.open();
await buckets.create('full', OWNER, true);
const bucket = buckets.reach('full', CALLER);
const put = (key: string, megabytes: number) =>
  objects
    .put(bucket, key, body(megabytes), {
      attributes: { metadata: {} },
      tags: {},
      conditions: {},
      actor: ACTOR,
      changeKind: 'ObjectCreated:Put',
      signal: AbortSignal.timeout(300_000),
    })
    .then(() => 'stored', String);

const first = await put('first', 2);
const tooLarge = await put('too-large', 20);
const unfinished = readdirSync(join(dataDir, 's3', 'objects', 'unfinished'));
const replaced = await put('first', 20);
const kept = objects.read(bucket, 'first', undefined).bytes;
try {
  for (;;) appendFileSync(join(dataDir, 'ballast'), Buffer.alloc(4_096));
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
}
// Not a byte is left.
const [removal] = await objects.remove(bucket, [{ key: 'first', versionId: undefined }], ACTOR);
if (removal instanceof Error) throw removal;
rmSync(join(dataDir, 'ballast'));
// Its bytes leave the disk after the answer.
let afterwards = await put('afterwards', 3);
for (let tries = 0; afterwards !== 'stored' && tries < 50; tries += 1) afterwards = await put('afterwards', 3);
await lazy[Symbol.asyncDispose]();
process.stdout.write(
  JSON.stringify({ first, tooLarge, unfinished, replaced, kept, removed: removal?.marker, afterwards }),
);

async function* body(megabytes: number) {
  for (let written = 0; written < megabytes; written += 1) yield Buffer.alloc(1024 * 1024, written);
}
