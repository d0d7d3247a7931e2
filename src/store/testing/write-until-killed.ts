// Writes blobs and records for ever, and prints each once it has been acknowledged. The crash test kills it.
import { openDataDirectory } from '../data-directory.ts';

const [path = '', round = ''] = process.argv.slice(2);
const { records, blobs } = await openDataDirectory(path);

async function writeForEver(writer: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const key = `${round}/${writer}/${count}`;
    const { digest } = await blobs.put(contentOf(key));
    const revision = await records.put(key, digest, { ifRevision: 0 });
    process.stdout.write(`${JSON.stringify({ key, revision, digest })}\n`);
  }
}

async function* contentOf(key: string) {
  for (let part = 0; part < 5_000; part += 500) yield Buffer.from(`content of ${key} `.repeat(500));
}

await Promise.all([0, 1, 2].map(writeForEver));
