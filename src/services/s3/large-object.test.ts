// An object of any size passes through a process that does not grow with it. MEGABYTES=5120 is the real thing: minutes,
// and as much disk; by default it is just more than the process may grow.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { recordingLog, temporaryDirectory } from './aws/testing/serve-s3.ts';
import { streamOf } from './content.ts';
import { DEFAULT_ALGORITHM } from './objects.ts';
import { lazyS3 } from './s3.ts';
import { ACTOR, CALLER, OWNER } from './testing/crash-bodies.ts';

const MEGABYTES = Number(process.env.MEGABYTES ?? 192);
/** Twice what it takes for code and buffers. */
const GROWTH_MAX = 128 * 1024 ** 2;
const PARTS = 4;

test(`${MEGABYTES} MB in parts are stored and read without growth`, async (t) => {
  const lazy = lazyS3({
    dataDir: temporaryDirectory(t),
    clock: systemClock,
    log: recordingLog().log,
    randomBytes,
    onChange() {},
  });
  t.after(() => lazy[Symbol.asyncDispose]());
  const { buckets, uploads, objects } = lazy.open();
  await buckets.create('large', OWNER, true);
  const bucket = buckets.reach('large', CALLER);
  const signal = AbortSignal.timeout(3_600_000);
  const chunk = randomBytes(1024 * 1024);
  let peak = 0;
  const before = process.memoryUsage().rss;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage().rss);
  };
  async function* part() {
    for (let written = 0; written < MEGABYTES / PARTS; written += 1) {
      look();
      yield chunk;
    }
  }
  const request = { attributes: { metadata: {} }, tags: {}, algorithm: DEFAULT_ALGORITHM } as const;
  const uploadId = await uploads.begin(bucket, 'k', { ...request, checksumType: 'full-object', isChosen: false });
  const place = { bucket, key: 'k', uploadId };
  const parts = [];
  for (let number = 1; number <= PARTS; number += 1) {
    const demands = { bytes: undefined, md5: undefined, checksum: undefined, signal };
    const { md5: etag } = await uploads.putPart(place, number, part(), demands);
    parts.push({ number, etag, checksum: undefined });
  }
  const end = { checksum: undefined, checksumType: undefined, bytes: undefined, conditions: {}, actor: ACTOR };
  const object = await uploads.complete(place, { parts, ...end });
  assert.equal(object.bytes, MEGABYTES * 1024 ** 2);

  const expected = createHash('md5');
  for (let written = 0; written < MEGABYTES; written += 1) expected.update(chunk);
  const found = createHash('md5');
  for await (const bytes of streamOf(objects.content(object, undefined))) {
    look();
    found.update(bytes);
  }
  assert.equal(found.digest('hex'), expected.digest('hex'));
  const grown = `it grew by ${Math.round((peak - before) / 1024 ** 2)} MiB`;
  t.diagnostic(grown);
  assert.ok(peak - before < GROWTH_MAX, grown);
});
