import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$LAMBENT_DATA_DIR`, else /var/lib/lambent for root, else the user's data directory. */
export function defaultDataDir(): string {
  const given = process.env.LAMBENT_DATA_DIR;
  if (given !== undefined && given !== '') return given;
  // The launcher maps an ordinary user to root of a namespace of its own, and says so.
  if (process.getuid?.() === 0 && process.env.LAMBENT_USER_NAMESPACE === undefined) return '/var/lib/lambent';
  const base = process.env.XDG_DATA_HOME;
  return join(base === undefined || base === '' ? join(homedir(), '.local/share') : base, 'lambent');
}
