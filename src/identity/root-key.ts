import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { accessKeyId, secretAccessKey } from './access-key.ts';

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
  const dir = join(dataDir, 'identity');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return (await readRootSecrets(dataDir)) ?? (await makeRootSecrets(dataDir));
}

/** The secrets if the data directory has any. Throws as `openRootSecrets`. */
export async function readRootSecrets(dataDir: string): Promise<RootSecrets | undefined> {
  const path = join(dataDir, 'identity', 'root-key.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new Error(`cannot read the root key ${path}; it must be readable by the user who runs Lambent`, { cause });
  }
  await checkOwnerOnly(join(dataDir, 'identity'), 0o077, 'chmod 700');
  await checkOwnerOnly(path, 0o077, 'chmod 600');
  return parse(path, text);
}

async function makeRootSecrets(dataDir: string): Promise<RootSecrets> {
  const dir = join(dataDir, 'identity');
  const path = join(dir, 'root-key.json');
  await checkOwnerOnly(dir, 0o077, 'chmod 700');
  const content = {
    form: FORM,
    accessKeyId: accessKeyId('AKIA', randomBytes(16)),
    secretAccessKey: secretAccessKey(randomBytes(30)),
    sessionSecret: randomBytes(32).toString('base64'),
  };
  const draft = join(dir, `root-key.${randomBytes(8).toString('hex')}.tmp`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // A link, not a rename: of two that start at once, one makes the key and both use it.
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dir);
  const secrets = await readRootSecrets(dataDir);
  if (secrets === undefined) throw new Error(`the root key ${path} vanished while it was made`);
  return secrets;
}

/** Owned by us (or by root), and with none of the `forbidden` permission bits. */
async function checkOwnerOnly(path: string, forbidden: number, remedy: string): Promise<void> {
  const { mode, uid } = await stat(path);
  const ownUid = process.getuid?.();
  if (ownUid === undefined) return; // Windows: permissions are the profile folder's.
  if (uid !== ownUid && uid !== 0) {
    throw new Error(
      `${path} belongs to another user (uid ${uid}), who could replace the root key: chown it to uid ${ownUid}`,
    );
  }
  if ((mode & forbidden) !== 0) {
    const bits = (mode & 0o777).toString(8).padStart(3, '0');
    throw new Error(
      `others can reach the root key: ${path} has mode ${bits}. Run \`${remedy} ${path}\`; if somebody may have read it, delete ${path} so that the next start makes a new key`,
    );
  }
}

function parse(path: string, text: string): RootSecrets {
  const broken = (what: string, cause?: unknown) =>
    new Error(
      `the root key ${path} is broken (${what}). Restore it from a backup, or delete it so that the next start makes a new key`,
      { cause },
    );
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw broken('it is not JSON', cause);
  }
  if (typeof content !== 'object' || content === null) throw broken('it is not an object');
  const { form, accessKeyId, secretAccessKey, sessionSecret } = content as Record<string, unknown>;
  if (form !== FORM) throw broken(`its form is ${String(form)}, not ${FORM}`);
  if (typeof accessKeyId !== 'string' || !/^AKIA[A-Z2-7]{16}$/.test(accessKeyId)) throw broken('accessKeyId');
  if (typeof secretAccessKey !== 'string' || !/^[A-Za-z0-9+/]{40}$/.test(secretAccessKey))
    throw broken('secretAccessKey');
  const secret = Buffer.from(typeof sessionSecret === 'string' ? sessionSecret : '', 'base64');
  if (secret.length !== 32) throw broken('sessionSecret');
  return { rootKey: { accessKeyId, secretAccessKey }, sessionSecret: secret };
}

/** So that the new name, too, survives a crash. */
async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
