import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import { isRootKeyId, newRootKey, type RootKey, readRootSecrets, rootKeyOf } from './root-key.ts';
import { deleteSecret, makeSecret, readSecret, type SecretFile, secretMembers, secretPath } from './secret-file.ts';

// Accounts beside the first one: each is a file, `<data dir>/identity/account-<id>.json`, which holds its root key. They are
// added and removed by another process (`lambent account`) while the server runs.

/** The account that every data directory has. */
export const FIRST_ACCOUNT = '000000000000';

export interface AccountKey {
  readonly account: string;
  readonly key: RootKey;
}

const FORM = 1;
const FILE = /^account-(\d{12})\.json$/;

/** Makes an account with a root key. Throws, with a text for the operator, if it is there or cannot be one. */
export async function addAccount(dataDir: string, account: string): Promise<RootKey> {
  assertFurther(account, 'is there from the start, and its key too: "lambent env" prints it');
  const made = newRootKey();
  const file = accountFile(dataDir, account);
  // Of two that add the same account at once, one has made the file, and both read that.
  const { key } = parse(file, account, await makeSecret(file, { form: FORM, account, ...made }));
  if (key.accessKeyId !== made.accessKeyId) {
    throw new Error(`the account ${account} is there already: "lambent env --account ${account}" prints its key`);
  }
  return key;
}

/** Removes an account's key; what it owns stays. Throws, with a text for the operator, if there is none. */
export async function removeAccount(dataDir: string, account: string): Promise<void> {
  assertFurther(account, 'cannot be removed: every server has it');
  if (!(await deleteSecret(accountFile(dataDir, account)))) throw new Error(missing(account));
}

/** All accounts, the first one before the others; without it before the first start. Throws as `readAccountKey`. */
export function listAccounts(dataDir: string): AccountKey[] {
  const first = readRootSecrets(dataDir);
  const further = accountsIn(join(dataDir, 'identity')).map((account) => readAccount(dataDir, account) ?? []);
  return [first === undefined ? [] : { account: FIRST_ACCOUNT, key: first.rootKey }, further].flat(2);
}

/** The root key of an account. Throws, with a text for the operator, if there is none or others can read it. */
export function readAccountKey(dataDir: string, account: string): RootKey {
  assertAccount(account);
  if (account === FIRST_ACCOUNT) {
    const first = readRootSecrets(dataDir);
    if (first !== undefined) return first.rootKey;
    throw new Error(`${dataDir} has no key yet: start the server once with "lambent serve --data-dir ${dataDir}"`);
  }
  const found = readAccount(dataDir, account);
  if (found === undefined) throw new Error(missing(account));
  return found.key;
}

/** Throws, with a text for the operator. */
export function assertAccount(account: string): void {
  if (!/^\d{12}$/.test(account)) {
    throw new Error(`${JSON.stringify(account)} is no account: one is 12 digits, for example 111122223333`);
  }
}

export interface Accounts {
  /** Whose root key this is. Looks into the directory for a key that is not known yet. */
  ownerOf(accessKeyId: string): AccountKey | undefined;
  has(account: string): boolean;
  /** Reads the directory again if it has changed: to be called now and then, for what was removed. */
  look(): void;
}

/** Directories' times are as coarse as the kernel's ticks (10 ms at most) and as the clock is steady. */
const SAME_TIME_MS = 1_000;

/**
 * The further accounts as they are now. Throws a text for the operator if a key can be read by others or is broken; one that
 * becomes so later is told to `onUnusable`, and its account is shut until it is mended.
 */
export function openAccounts(dataDir: string, clock: Clock, onUnusable: (error: unknown) => void): Accounts {
  const directory = join(dataDir, 'identity');
  let byKey = new Map<string, AccountKey>();
  let ids = new Set<string>();
  let changedMs = 0;
  let lookedMs = 0;

  const read = (onError: (error: unknown) => void): void => {
    const found = new Map<string, AccountKey>();
    lookedMs = clock.nowMs();
    changedMs = changed(directory);
    for (const account of accountsIn(directory)) {
      try {
        const one = readAccount(dataDir, account);
        if (one !== undefined) found.set(one.key.accessKeyId, one);
      } catch (error) {
        onError(error);
      }
    }
    byKey = found;
    ids = new Set([...found.values()].map(({ account }) => account));
  };
  const look = (): void => {
    // A change in the moment of the last look may have left the directory's time as it was.
    const isSettled = lookedMs - changedMs > SAME_TIME_MS;
    if (isSettled && changed(directory) === changedMs) return;
    read(onUnusable);
  };
  read((error) => {
    throw error;
  });

  return {
    ownerOf(accessKeyId) {
      const known = byKey.get(accessKeyId);
      if (known !== undefined || !isRootKeyId(accessKeyId)) return known;
      look();
      return byKey.get(accessKeyId);
    },
    has: (account) => ids.has(account),
    look,
  };
}

function changed(directory: string): number {
  return statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The ids, ascending. */
function accountsIn(directory: string): string[] {
  // Before the first start there is no directory.
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(directory)
    .flatMap((name) => FILE.exec(name)?.[1] ?? [])
    .sort();
}

function readAccount(dataDir: string, account: string): AccountKey | undefined {
  const file = accountFile(dataDir, account);
  const text = readSecret(file);
  return text === undefined ? undefined : parse(file, account, text);
}

function parse(file: SecretFile, account: string, text: string): AccountKey {
  const broken = (what: string) =>
    new Error(
      `the key of the account ${account}, ${secretPath(file)}, is broken (${what}). Restore it from a backup, or delete it and type: lambent account add ${account}`,
    );
  return { account, key: rootKeyOf(secretMembers(text, FORM, broken), broken) };
}

function accountFile(dataDir: string, account: string): SecretFile {
  const ifRead = (path: string) => `delete ${path} and type: lambent account add ${account}`;
  return { dataDir, name: `account-${account}`, what: `the key of the account ${account}`, ifRead };
}

function assertFurther(account: string, text: string): void {
  assertAccount(account);
  if (account === FIRST_ACCOUNT) throw new Error(`the account ${account} ${text}`);
}

function missing(account: string): string {
  return `there is no account ${account} here. "lambent account list" shows those that are, "lambent account add ${account}" makes it`;
}
