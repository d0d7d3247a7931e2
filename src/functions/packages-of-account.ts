import { everyRecord, type Records } from '../store/records.ts';
import { HEADS } from './catalogue.ts';
import { LAYER_VERSIONS } from './layers/layers.ts';

/** What an account has stored, by region. Reads the records only, so that a process beside the server can ask. */
export async function countPackages(
  records: Records,
  account: string,
): Promise<{ functions: ReadonlyMap<string, number>; layers: ReadonlyMap<string, number> }> {
  return { functions: await count(records, HEADS, account), layers: await count(records, LAYER_VERSIONS, account) };
}

/** Keys are `<prefix><account>/<region>/…`. */
async function count(records: Records, prefix: string, account: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const { key } of everyRecord(records, `${prefix}${account}/`)) {
    const region = key.slice(prefix.length).split('/')[1] ?? '';
    counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  return counts;
}
