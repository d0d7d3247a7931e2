import { pino } from 'pino';
import { defaultRuntimesDir, openRuntimes } from '../open-runtimes.ts';
import type { Runtime, RuntimeFamily, Runtimes } from '../runtime.ts';

const INSTALL_MS_MAX = 300_000;

/** These runtimes; what is missing is installed where a user's would be, once. */
export async function installedRuntimes(names: readonly string[]): Promise<Runtime[]> {
  const runtimes = await machineRuntimes();
  const signal = AbortSignal.timeout(INSTALL_MS_MAX);
  await Promise.all(names.map((name) => runtimes.add(name, () => {}, signal)));
  return names.map((name) => runtimes.get(name));
}

/** All that this machine has of a family. */
export async function readyRuntimes(family: RuntimeFamily): Promise<Runtime[]> {
  const runtimes = await machineRuntimes();
  return runtimes
    .list()
    .filter(({ kind }) => kind === 'ready')
    .map(({ name }) => runtimes.get(name))
    .filter((runtime) => runtime.family === family);
}

function machineRuntimes(): Promise<Runtimes> {
  return openRuntimes({ dir: defaultRuntimesDir(), log: pino({ level: 'silent' }) });
}
