import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { defaultRuntimesDir, openRuntimes } from '../open-runtimes.ts';
import type { Runtime } from '../runtime.ts';

const INSPECT_MS_MAX = 60_000;

export interface TestRuby extends Disposable {
  readonly runtime: Runtime;
  /** The runtimes directory that it is found with. */
  readonly dir: string;
}

/**
 * A Ruby to test with: the newest runtime that this machine has; else the system's Ruby in the place of the oldest one, as
 * `lambent runtime add ruby3.2 --path` would have it (Debian 12 has 3.1, which AWS no longer runs). Throws without any.
 */
export async function testRuby(): Promise<TestRuby> {
  const log = pino({ level: 'silent' });
  const dir = defaultRuntimesDir();
  const found = await openRuntimes({ dir, log });
  const ready = found.list().find(({ kind, name }) => kind === 'ready' && name.startsWith('ruby'));
  if (ready !== undefined) return { runtime: found.get(ready.name), dir, [Symbol.dispose]: () => {} };
  const own = mkdtempSync(join(tmpdir(), 'lambent-runtimes-'));
  const remove = () => rmSync(own, { recursive: true, force: true });
  try {
    const named = await openRuntimes({ dir: own, log });
    await named.use('ruby3.2', '/usr/bin/ruby', AbortSignal.timeout(INSPECT_MS_MAX));
    return { runtime: named.get('ruby3.2'), dir: own, [Symbol.dispose]: remove };
  } catch (error) {
    remove();
    throw new Error('this machine has no Ruby to test with; install one: apt-get install ruby', { cause: error });
  }
}
