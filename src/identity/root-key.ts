import { randomBytes } from 'node:crypto';
import { accessKeyId, secretAccessKey } from './access-key.ts';
import { makeSecret, readSecret, type SecretFile, secretMembers, secretPath } from './secret-file.ts';

// The root key and the secret that seals session tokens, in a directory of their own: `<data dir>/identity/root-key.json`.
// They are made with the system's own randomness, not with one handed in: keys that a test could repeat are no keys.

export interface RootKey {
  /** `AKIA…` */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RootSecrets {
  readonly rootKey: RootKey;
  /** 32 bytes; everything about role sessions is derived from them. */
  readonly sessionSecret: Buffer;
}

const FORM = 1;

/**
 * The secrets of this data directory; makes them at the first start. Throws, with a text for the operator, when others
 * can read or replace them, or when the file is broken: to go on with new ones would lock every client out.
 */
export async function openRootSecrets(dataDir: string): Promise<RootSecrets> {
  const found = readRootSecrets(dataDir);
  if (found !== undefined) return found;
  const file = rootFile(dataDir);
  const made = await makeSecret(file, {
    form: FORM,
    ...newRootKey(),
    sessionSecret: randomBytes(32).toString('base64'),
  });
  return parse(secretPath(file), made);
}

/** The secrets if the data directory has any. Throws as `openRootSecrets`. */
export function readRootSecrets(dataDir: string): RootSecrets | undefined {
  const file = rootFile(dataDir);
  const text = readSecret(file);
  return text === undefined ? undefined : parse(secretPath(file), text);
}

export function newRootKey(): RootKey {
  return { accessKeyId: accessKeyId('AKIA', randomBytes(16)), secretAccessKey: secretAccessKey(randomBytes(30)) };
}

/** The key among a secret's members; `broken` words the error when it is none. */
export function rootKeyOf(members: Readonly<Record<string, unknown>>, broken: (what: string) => Error): RootKey {
  const { accessKeyId, secretAccessKey } = members;
  if (typeof accessKeyId !== 'string' || !isRootKeyId(accessKeyId)) throw broken('accessKeyId');
  if (typeof secretAccessKey !== 'string' || !/^[A-Za-z0-9+/]{40}$/.test(secretAccessKey))
    throw broken('secretAccessKey');
  return { accessKeyId, secretAccessKey };
}

/** Whether a key of ours could have this id. */
export function isRootKeyId(text: string): boolean {
  return /^AKIA[A-Z2-7]{16}$/.test(text);
}

function rootFile(dataDir: string): SecretFile {
  const ifRead = (path: string) => `delete ${path} so that the next start makes a new key`;
  return { dataDir, name: 'root-key', what: 'the root key', ifRead };
}

function parse(path: string, text: string): RootSecrets {
  const broken = (what: string) =>
    new Error(
      `the root key ${path} is broken (${what}). Restore it from a backup, or delete it so that the next start makes a new key`,
    );
  const members = secretMembers(text, FORM, broken);
  const rootKey = rootKeyOf(members, broken);
  const { sessionSecret } = members;
  const secret = Buffer.from(typeof sessionSecret === 'string' ? sessionSecret : '', 'base64');
  if (secret.length !== 32) throw broken('sessionSecret');
  return { rootKey, sessionSecret: secret };
}
