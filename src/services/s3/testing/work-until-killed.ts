// Puts, replaces, copies, uploads in parts and deletes for ever, and prints each outcome once it has been acknowledged: the
// crash test kills it. A body follows from its name, so that whoever finds it knows whether it is whole.
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../../lib/clock.ts';
import { openLog } from '../../../lib/log.ts';
import { PART_BYTES_MIN } from '../object.ts';
import { DEFAULT_ALGORITHM } from '../objects.ts';
import { lazyS3 } from '../s3.ts';
import { ACTOR, bodyOf, CALLER, OWNER } from './crash-bodies.ts';

const [dataDir = '', round = ''] = process.argv.slice(2);
const { buckets, objects, uploads } = lazyS3({
  dataDir,
  clock: systemClock,
  log: openLog(),
  randomBytes,
  onChange() {},
}).open();
await buckets.create('crash', OWNER, true);
const bucket = buckets.reach('crash', CALLER);
const signal = AbortSignal.timeout(300_000);
const put = { attributes: { metadata: {} }, tags: {}, conditions: {}, actor: ACTOR, signal };
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

await Promise.all([work(1), work(2), work(3)]);

async function work(worker: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const key = `${round}-${worker}-${count % 7}`;
    const seed = `${key}-${count} `;
    const bytes = [10, 40_000, 400_000][count % 3] ?? 0;
    say({ began: key });
    if (count % 11 === 10) {
      const parts = [PART_BYTES_MIN, bytes];
      const request = { ...put, algorithm: DEFAULT_ALGORITHM, checksumType: 'full-object', isChosen: false } as const;
      const place = { bucket, key, uploadId: await uploads.begin(bucket, key, request) };
      const listed = [];
      for (const [index, size] of parts.entries()) {
        const demands = { bytes: size, md5: undefined, checksum: undefined, signal };
        const { md5: etag } = await uploads.putPart(place, index + 1, once(bodyOf(seed, size)), demands);
        listed.push({ number: index + 1, etag, checksum: undefined });
      }
      const end = { checksum: undefined, checksumType: undefined, bytes: undefined, conditions: {}, actor: ACTOR };
      await uploads.complete(place, { parts: listed, ...end });
      say({ key, seed, parts });
    } else if (count % 5 === 4) {
      await objects.remove(bucket, [{ key, versionId: undefined }], ACTOR);
      say({ key, gone: true });
    } else {
      await objects.put(bucket, key, once(bodyOf(seed, bytes)), { ...put, changeKind: 'ObjectCreated:Put' });
      say({ key, seed, parts: [bytes] });
    }
  }
}

async function* once(body: Buffer) {
  yield body;
}
