import { resolve } from 'node:path';
import { openLog } from '../lib/log.ts';
import { defaultRuntimesDir, openRuntimes } from '../runtimes/open-runtimes.ts';
import type { RuntimeStatus, Runtimes } from '../runtimes/runtime.ts';
import { table } from './table.ts';

/** Shows every runtime that AWS lists, and whether it can be used here. */
export async function listRuntimes(): Promise<void> {
  const runtimes = await open();
  process.stdout.write(table(runtimes.list().map(row)));
}

/** Installs a runtime, telling its progress on standard error; or takes an interpreter that is there for it. */
export async function addRuntime(name: string, { path }: { path?: string }): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted: nothing was installed')));
  const runtimes = await open();
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const { signal } = interrupted;
  const status = await (path === undefined
    ? runtimes.add(name, progress, signal)
    : runtimes.use(name, resolve(path), signal));
  process.stdout.write(table([row(status)]));
}

/** Undoes `runtime add --path`. */
export async function removeRuntime(name: string): Promise<void> {
  process.stdout.write(table([row((await open()).forget(name))]));
}

function open(): Promise<Runtimes> {
  return openRuntimes({ dir: defaultRuntimesDir(), log: openLog('warn') });
}

function row(status: RuntimeStatus): string[] {
  switch (status.kind) {
    case 'ready':
      return [status.name, 'ready', status.version, status.path];
    case 'missing':
      return [status.name, 'missing', '', `type: ${status.command}`];
    case 'unsupported':
      return [status.name, 'not supported yet', '', ''];
  }
}
