// Holds functions until a test lets them go on, so that it knows which run at the same time, however slow the machine is.
// For servers without isolation (`--sandbox process`): their functions see directories of the host.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory, until } from './server.ts';

export interface Gate {
  /** The event of a function that waits here. */
  readonly path: string;
  /** Resolves when so many wait at the gate. */
  reached(count: number): Promise<void>;
  /** Lets all go on, also those who come later. */
  open(): Promise<void>;
}

/** For a function's code: `await passed(gate)` tells that it is there, and waits until the gate is open. '': no gate. */
export const PASSED = `
const passed = async (gate) => {
  const { existsSync, writeFileSync } = require('node:fs');
  if (gate) writeFileSync(gate + '/waiting/' + process.pid, '');
  while (gate && !existsSync(gate + '/open')) await new Promise((done) => setTimeout(done, 10));
};`;

export async function gate(cleanUp: AsyncDisposableStack): Promise<Gate> {
  const path = await temporaryDirectory(cleanUp);
  const waiting = join(path, 'waiting');
  await mkdir(waiting);
  return {
    path,
    reached: (count) => until(`${count} wait at the gate`, async () => (await readdir(waiting)).length >= count),
    open: () => writeFile(join(path, 'open'), ''),
  };
}
