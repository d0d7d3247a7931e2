import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HEADS } from '../functions/catalogue.ts';
import { LAYER_VERSIONS } from '../functions/layers/layers.ts';
import {
  addAccount,
  assertAccount,
  listAccounts,
  readAccountKey,
  removeAccount,
  smtpPassword,
} from '../identity/index.ts';
import { PIPES } from '../services/pipes/pipe.ts';
import { MAPPINGS } from '../sources/mappings.ts';
import { countByRegion } from '../store/count-by-region.ts';
import { openSqliteRecords } from '../store/sqlite/sqlite-records.ts';
import { table } from './table.ts';

/** Makes an account; a server that runs takes its key at once. */
export async function add(account: string, { dataDir }: { dataDir: string }): Promise<void> {
  await addAccount(dataDir, account);
  process.stdout.write(
    `The account ${account} is there. To use it, type: eval "$(lambent env --account ${account} --data-dir ${dataDir})"\n`,
  );
}

/** Shows the accounts and the ids of their keys; never the secrets. */
export function list({ dataDir }: { dataDir: string }): void {
  const accounts = listAccounts(dataDir);
  if (accounts.length === 0) {
    throw new Error(`${dataDir} has no account yet: start the server once with "lambent serve --data-dir ${dataDir}"`);
  }
  process.stdout.write(table(accounts.map(({ account, key }) => [account, key.accessKeyId])));
}

/** Removes an account's key: a server that runs refuses it, and all sessions of the account, within two seconds. */
export async function remove(account: string, { dataDir }: { dataDir: string }): Promise<void> {
  assertAccount(account);
  await assertEmpty(account, dataDir);
  await removeAccount(dataDir, account);
  process.stdout.write(`The account ${account} is gone, and its key with it.\n`);
}

/** What would go on, or lie there, without anybody who can reach it. */
const KEPT = {
  function: HEADS,
  'layer version': LAYER_VERSIONS,
  'event source mapping': MAPPINGS,
  pipe: PIPES,
} as const;

/** Throws while there is anything in it that nobody could reach any more. */
async function assertEmpty(account: string, dataDir: string): Promise<void> {
  const path = join(dataDir, 'records.db');
  // No server has run here yet.
  if (!existsSync(path)) return;
  // Readers are never in the way of the server that may be running: the file has a write-ahead log.
  await using records = openSqliteRecords(path);
  const left: string[] = [];
  for (const [what, prefix] of Object.entries(KEPT)) {
    for (const [region, count] of await countByRegion(records, prefix, account)) {
      left.push(`${count} ${what}${count === 1 ? '' : 's'} in ${region}`);
    }
  }
  if (left.length === 0) return;
  throw new Error(
    `the account ${account} still has ${left.join(', ')}. Delete them first, with its own key: eval "$(lambent env --account ${account} --data-dir ${dataDir})"`,
  );
}

/** Prints what mail programs are set up with. */
export function smtp(id: string, { dataDir, region }: { dataDir: string; region: string }): void {
  const { accessKeyId, secretAccessKey } = readAccountKey(dataDir, id);
  process.stdout.write(`name ${accessKeyId}\npassword ${smtpPassword(secretAccessKey, region)}\n`);
}
