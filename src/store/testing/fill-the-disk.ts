// Fills a small disk and prints what the store said. Runs in a mount namespace of its own.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDataDirectory } from '../data-directory.ts';

const [path = ''] = process.argv.slice(2);
const revisions = new Map<string, number>();
const data = await openDataDirectory(path);

const blob = await data.blobs.put(megabytes(20)).catch(String);
const unfinished = readdirSync(join(path, 'blobs', 'unfinished'));

const { digest: ballast } = await data.blobs.put(megabytes(3));
let record: unknown;
for (let count = 0; record === undefined; count += 1) {
  try {
    revisions.set(`k${count}`, await data.records.put(`k${count}`, 'x'.repeat(50_000), { ifRevision: 0 }));
  } catch (error) {
    record = String(error);
  }
}
const lost = await missing();
await data.blobs.delete(ballast);
const afterwards = await data.records.put('afterwards', '1', { ifRevision: 0 }).then(() => 'written', String);
await data[Symbol.asyncDispose]();

const reopened = await openDataDirectory(path);
const survivors = (await missing(reopened)).length === 0 && revisions.size > 0 ? 'all' : 'not all';
await reopened[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify({ blob: String(blob), unfinished, record, lost, afterwards, survivors }));

async function missing({ records } = data): Promise<string[]> {
  const keys: string[] = [];
  for (const [key, revision] of revisions) {
    if ((await records.get(key))?.revision !== revision) keys.push(key);
  }
  return keys;
}

async function* megabytes(count: number) {
  for (let written = 0; written < count; written += 1) yield Buffer.alloc(1024 * 1024, written);
}
