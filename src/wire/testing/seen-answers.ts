import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Notes which answers the tests have seen from which operation, as the official clients understood them: what
 * `docs/compatibility.md` says of each operation is written, and checked, from these notes (`scripts/operations`).
 */

/** Names the directory where each test process keeps a file of notes. Unset: nothing is noted. */
export const SEEN_ANSWERS_DIR = 'LAMBENT_SEEN_ANSWERS';

/** What a client's logger is told of each call. */
interface Call {
  readonly clientName?: string;
  readonly commandName?: string;
  readonly error?: { readonly name: string; readonly $metadata?: { readonly httpStatusCode?: number } };
}

const noted = new Set<string>();

/** The configuration of an official client whose calls reach real handlers; those of made-up services are not to be noted. */
export function noting<Config extends object>(config: Config) {
  const directory = process.env[SEEN_ANSWERS_DIR];
  return { ...config, ...(directory === undefined ? {} : { logger: notesIn(directory) }) };
}

/** For tests whose answers are another time others: nothing is to be claimed from them. Holds for the whole process. */
export function noteNothing(): void {
  delete process.env[SEEN_ANSWERS_DIR];
}

function notesIn(directory: string) {
  const note = ({ clientName, commandName, error }: Call) => {
    // Whoever was not answered has seen nothing.
    if (clientName === undefined || (error !== undefined && error.$metadata?.httpStatusCode === undefined)) return;
    const line = `${clientName} ${commandName} ${error?.name ?? 'success'}\n`;
    if (noted.has(line)) return;
    noted.add(line);
    // A file of its own for each process, written at once: no test waits for another, and none that ends early loses its notes.
    appendFileSync(join(directory, String(process.pid)), line);
  };
  const nothing = () => {};
  return { trace: nothing, debug: nothing, info: note, warn: nothing, error: note };
}
