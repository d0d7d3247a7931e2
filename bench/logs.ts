// A search of a million log lines: FilterLogEvents over a group of ten streams, by the official client, page after page until
// there is none, for a word that one line has, for a regular expression, and for a word that one line of a thousand has. Beside
// it stands the least that a search can do: the same lines in one file, read, cut into lines, and tested for the word. Lines
// have 130 bytes, as a function's own do. Not covered: functions that write meanwhile, groups with thousands of streams.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { logsClient, logsSdk } from '../test/logs.ts';
import { serve, temporaryDirectory } from '../test/server.ts';
import { median } from './statistics.ts';
import { table } from './table.ts';

const LINES = 1_000_000;
const STREAMS = 10;
const ROUNDS = 5;
const BATCH = 5_000;
const GROUP = 'bench';
const SEARCHES = [
  { what: 'a word of one line', filterPattern: 'LOST', found: () => 1 },
  { what: 'a word of each thousandth line', filterPattern: 'returned', found: (count: number) => count / 1_000 },
  { what: 'a regular expression', filterPattern: '%L[O0]ST%', found: () => 1 },
] as const;

export async function measureLogs(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp, {});
  const client = logsClient(server);
  cleanUp.defer(() => client.destroy());
  const sdk = logsSdk();
  const count = Math.round(LINES * scale);
  const lines = Array.from({ length: count }, (_, n) => lineOf(n, count));
  const raw = join(await temporaryDirectory(cleanUp), 'lines');
  writeFileSync(raw, lines.join(''));

  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
  const startMs = Date.now() - 3_600_000;
  const streams = Array.from({ length: STREAMS }, (_, n) => `stream ${n}`);
  for (const logStreamName of streams) {
    await client.send(new sdk.CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
  }
  for (let from = 0; from < count; from += BATCH) {
    const logStreamName = streams[(from / BATCH) % STREAMS];
    // A thousand lines a second: the streams overlap.
    const logEvents = lines
      .slice(from, from + BATCH)
      .map((message, index) => ({ timestamp: startMs + Math.floor(from / STREAMS) + index, message }));
    await client.send(new sdk.PutLogEventsCommand({ logGroupName: GROUP, logStreamName, logEvents }));
  }

  const search = async (filterPattern: string): Promise<number> => {
    let found = 0;
    const pages = sdk.paginateFilterLogEvents({ client }, { logGroupName: GROUP, filterPattern });
    for await (const { events = [] } of pages) found += events.length;
    return found;
  };
  const rawMs: number[] = [];
  const ours = new Map<string, number[]>(SEARCHES.map(({ what }) => [what, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    rawMs.push(await timed(async () => readRaw(raw), 1));
    for (const { what, filterPattern, found } of SEARCHES) {
      ours.get(what)?.push(await timed(() => search(filterPattern), found(count)));
    }
  }
  const bound = median(rawMs);
  const perSecond = (ms: number) => `${(count / ms / 1_000).toFixed(2)} M`;
  print(`Searches of ${count.toLocaleString('en')} log lines\n`);
  print(
    table(
      ['Search', 'ms', 'lines a second', 'ratio'],
      [
        ['a file, read and tested line by line', bound.toFixed(0), perSecond(bound), '1.00'],
        ...SEARCHES.map(({ what }) => {
          const ms = median(ours.get(what) ?? []);
          return [`${what}: **Lambent**`, ms.toFixed(0), perSecond(ms), `**${(bound / ms).toFixed(2)}**`];
        }),
      ],
    ),
  );
  print('');
}

function lineOf(n: number, count: number): string {
  const what = n === Math.floor(count * 0.7) + 1 ? 'LOST' : n % 1_000 === 0 ? 'returned' : 'shipped';
  const id = `7e2a6d3c-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return `2026-03-01T12:00:00.000Z\t${id}\tINFO\tan order of ${n % 97} pieces was ${what} to customer ${(n * 31) % 10_007}\n`;
}

function readRaw(path: string): number {
  let found = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) if (line.includes('LOST')) found += 1;
  return found;
}

/** A search with another answer has no speed. */
async function timed(search: () => Promise<number>, expected: number): Promise<number> {
  const startMs = performance.now();
  const found = await search();
  const ms = performance.now() - startMs;
  if (found !== expected) throw new Error(`${found} lines were found, not ${expected}`);
  return ms;
}
