import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import { recordingLog, temporaryDirectory } from './aws/testing/serve-s3.ts';
import { openS3Store } from './s3-store.ts';

test('the file of the buckets becomes small again after most of the small objects in it have been deleted', async (t) => {
  const dataDir = temporaryDirectory(t);
  const clock = manualClock(1_000_000);
  const store = openS3Store({ dataDir, clock, log: recordingLog().log, randomBytes, onChange() {} });
  t.after(() => store.close());
  const path = join(dataDir, 's3', 's3.db');
  const contents = Array.from({ length: 1_000 }, (_, at) => at);
  const data = Buffer.alloc(10_000, 'x');
  await store.commit(() => {
    const place = { kind: 'inline', data } as const;
    for (const contentId of contents) {
      store.segments.put(contentId, { number: 1, bytes: 10_000, md5: '', checksum: undefined, modifiedMs: 0, place });
    }
  });
  await store.free(() => {
    for (const contentId of contents) store.segments.removeAll(contentId);
  });
  const full = statSync(path).size;
  clock.advance(120_000);
  assert.ok(full > 9_000_000, `${full} bytes`);
  assert.ok(statSync(path).size < 5_000_000, `${statSync(path).size} bytes`);
});
