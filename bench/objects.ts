// Objects: puts and gets of 1 KB and 1 MB, signed by the official client, each caller with a key of its own, beside files
// that are written and synced, and read, by as many at once in this process. Rounds alternate. What is read lies in the
// system's memory, for both.
import { type S3Client, s3Client, s3Sdk } from '../test/s3.ts';
import { serve, type TestServer } from '../test/server.ts';
import { rawDisk } from './raw.ts';
import { signedBytes } from './signed-request.ts';
import { table } from './table.ts';
import { COMPARED_HEAD, compared, comparedRow, requestsPerSecond } from './throughput.ts';

const LOADS = [
  { callers: 16, bytes: 1_000 },
  { callers: 16, bytes: 1_000_000 },
] as const;
const ROUNDS = 5;
const ROUND_MS = 2_000;
const BUCKET = 'bench';

export async function measureObjects(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const { CreateBucketCommand } = s3Sdk();
  const server = await serve(cleanUp);
  const { port } = server.process;
  await s3Client(cleanUp, server).send(new CreateBucketCommand({ Bucket: BUCKET }));
  const disk = await rawDisk(cleanUp);
  const ms = ROUND_MS * scale;
  const rows: string[][] = [];
  for (const { callers, bytes } of LOADS) {
    const { puts, gets } = await requestsOf(server, callers, bytes);
    const look = (body: Buffer) => {
      if (body.length !== bytes) throw new Error(`a wrong answer: ${body.length} bytes`);
    };
    const put = () => requestsPerSecond({ port, callers, ms, requests: puts });
    const get = () => requestsPerSecond({ port, callers, ms, requests: gets, look });
    const written = await compared(ROUNDS, put, () => disk.writes(callers, ms, bytes));
    const read = await compared(ROUNDS, get, () => disk.reads(callers, ms, bytes));
    const size = bytes < 1e6 ? `${bytes / 1e3} KB` : `${bytes / 1e6} MB`;
    rows.push(comparedRow(`put of ${size}`, 'a file written, synced, renamed', written));
    rows.push(comparedRow(`get of ${size}`, 'a file read', read));
  }
  print(`Objects, signed, ${LOADS[0].callers} callers\n`);
  print(table(COMPARED_HEAD, rows));
  print('');
}

async function requestsOf(server: TestServer, callers: number, bytes: number) {
  const { GetObjectCommand, PutObjectCommand } = s3Sdk();
  const Body = Buffer.alloc(bytes, 'x');
  const keys = Array.from({ length: callers }, (_, who) => ({ Bucket: BUCKET, Key: `${bytes}/${who}` }));
  return {
    puts: await Promise.all(
      keys.map((key) => signed(server, (client) => client.send(new PutObjectCommand({ ...key, Body })))),
    ),
    gets: await Promise.all(keys.map((key) => signed(server, (client) => client.send(new GetObjectCommand(key))))),
  };
}

function signed(server: TestServer, send: (client: S3Client) => Promise<unknown>): Promise<Buffer> {
  const { S3Client } = s3Sdk();
  return signedBytes(server, (configuration) => send(new S3Client({ ...configuration, forcePathStyle: true })));
}
