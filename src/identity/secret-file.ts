import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

// Secrets of the platform itself, each a file in `<data dir>/identity/` that its owner alone can reach.

export interface SecretFile {
  readonly dataDir: string;
  /** In the directory, without `.json`. */
  readonly name: string;
  /** As errors call it: `the root key`. */
  readonly what: string;
  /** What to do if somebody may have read it: a sentence's end, behind the path. */
  readonly ifRead: (path: string) => string;
}

export function secretPath({ dataDir, name }: SecretFile): string {
  return join(dataDir, 'identity', `${name}.json`);
}

/**
 * Its text; undefined if there is none. Throws, with a text for the operator, when others can read or replace it. At once,
 * without a wait: a request may come with the key of an account that was added a moment ago.
 */
export function readSecret(file: SecretFile): string | undefined {
  const path = secretPath(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new Error(`cannot read ${file.what} ${path}; it must be readable by the user who runs Lambent`, { cause });
  }
  checkOwnerOnly(file, join(file.dataDir, 'identity'), 'chmod 700');
  checkOwnerOnly(file, path, 'chmod 600');
  return text;
}

/** The members of a secret's text; `broken` words the error when it is not of this form. */
export function secretMembers(
  text: string,
  form: number,
  broken: (what: string) => Error,
): Readonly<Record<string, unknown>> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // Without the cause: the parser quotes what it could not read, which may be a part of the secret.
    throw broken('it is not JSON');
  }
  if (typeof content !== 'object' || content === null) throw broken('it is not an object');
  const members: Readonly<Record<string, unknown>> = { ...content };
  if (members.form !== form) throw broken(`its form is not ${form}`);
  return members;
}

/** Makes it, durably, if there is none; answers the text that is there then. Throws as `readSecret`. */
export async function makeSecret(file: SecretFile, content: object): Promise<string> {
  const dir = join(file.dataDir, 'identity');
  const path = secretPath(file);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  checkOwnerOnly(file, dir, 'chmod 700');
  const draft = join(dir, `${file.name}.${randomBytes(8).toString('hex')}.tmp`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // A link, not a rename: of two that start at once, one makes the secret and both use it.
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dir);
  const text = readSecret(file);
  if (text === undefined) throw new Error(`${file.what} ${path} vanished while it was made`);
  return text;
}

/** Deletes it, durably. Answers false if there was none. */
export async function deleteSecret(file: SecretFile): Promise<boolean> {
  try {
    await unlink(secretPath(file));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  await syncDirectory(join(file.dataDir, 'identity'));
  return true;
}

/** Owned by us (or by root), and out of everybody else's reach. */
function checkOwnerOnly({ what, ifRead }: SecretFile, path: string, remedy: string): void {
  const { mode, uid } = statSync(path);
  const ownUid = process.getuid?.();
  if (ownUid === undefined) return; // Windows: permissions are the profile folder's.
  if (uid !== ownUid && uid !== 0) {
    throw new Error(
      `${path} belongs to another user (uid ${uid}), who could replace ${what}: chown it to uid ${ownUid}`,
    );
  }
  if ((mode & 0o077) !== 0) {
    const bits = (mode & 0o777).toString(8).padStart(3, '0');
    throw new Error(
      `others can reach ${what}: ${path} has mode ${bits}. Run \`${remedy} ${path}\`; if somebody may have read it, ${ifRead(path)}`,
    );
  }
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
