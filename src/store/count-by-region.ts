import { everyRecord, type Records } from './records.ts';

/**
 * How many records an account has under a prefix, by region; for keys of the form `<prefix><account>/<region>/…`. Reads
 * only, so that a process beside the server can ask.
 */
export async function countByRegion(records: Records, prefix: string, account: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const { key } of everyRecord(records, `${prefix}${account}/`)) {
    const region = key.slice(prefix.length).split('/')[1] ?? '';
    counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  return counts;
}
