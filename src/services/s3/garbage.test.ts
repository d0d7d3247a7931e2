import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../lib/testing/turns.ts';
import { recordingLog, temporaryDirectory } from './aws/testing/serve-s3.ts';
import { openContentFiles } from './content-files.ts';
import { openGarbage } from './garbage.ts';
import { S3Database } from './s3-database.ts';
import { segmentTable } from './segment-table.ts';

test('bytes that become garbage just when a collection ends go at once, and not with the next deletion', async (t) => {
  const directory = temporaryDirectory(t);
  const { log } = recordingLog();
  const database = new S3Database(join(directory, 's3.db'), log);
  const segments = segmentTable(database);
  const files = openContentFiles(join(directory, 'objects'), {
    newName: () => randomBytes(16).toString('hex'),
    isReferredTo: segments.refersTo,
    log,
  });
  for (const contentId of [1, 2]) {
    const { file, finish } = await files.create();
    await finish();
    const place = { kind: 'file', file } as const;
    await database.write(() =>
      segments.put(contentId, { number: 1, bytes: 0, md5: '', checksum: undefined, modifiedMs: 0, place }),
    );
    await files.settle(file);
  }
  const deleteContent = async (contentId: number) => {
    await database.write(() => segments.removeAll(contentId));
    garbage.collect();
  };
  let second: Promise<void> | undefined;
  const garbage = openGarbage(
    {
      segments,
      files,
      database: {
        free(work) {
          const collected = database.free(work);
          // Durable in the same moment as what the first collection has done.
          second ??= deleteContent(2);
          return collected;
        },
      },
    },
    log,
  );
  t.after(async () => {
    await garbage.close();
    database.close();
  });
  await deleteContent(1);
  const left = () =>
    readdirSync(join(directory, 'objects'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  await until(() => left().length === 0);
  await second;
});

test('many that are still read keep no others, and all of them go when they are read no more', async (t) => {
  const directory = temporaryDirectory(t);
  const { log } = recordingLog();
  const database = new S3Database(join(directory, 's3.db'), log);
  const segments = segmentTable(database);
  const files = openContentFiles(join(directory, 'objects'), {
    newName: () => randomBytes(16).toString('hex'),
    isReferredTo: segments.refersTo,
    log,
  });
  const garbage = openGarbage({ database, segments, files }, log);
  t.after(async () => {
    await garbage.close();
    database.close();
  });
  const names = Array.from({ length: 450 }, (_, at) => String(at).padStart(32, '0'));
  await database.write(() => {
    for (const [contentId, file] of names.entries()) {
      const place = { kind: 'file', file } as const;
      segments.put(contentId, { number: 1, bytes: 0, md5: '', checksum: undefined, modifiedMs: 0, place });
      segments.removeAll(contentId);
    }
  });
  const left = () => segments.garbage('', names.length);
  const read = names.slice(0, 220);
  const reading = files.hold(read);
  garbage.collect();
  await until(() => left().length === read.length);
  assert.deepEqual(left(), read);
  reading[Symbol.dispose]();
  await until(() => left().length === 0);
});
