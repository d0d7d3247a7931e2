import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Interpreter } from './finder.ts';

/** The interpreters that a person has named for runtimes (`lambent runtime add NAME --path FILE`). */
export interface NamedInterpretersFile {
  /** Also when another process has named it since. */
  get(name: string): Interpreter | undefined;
  set(name: string, interpreter: Interpreter): void;
  /** Whether there was one. */
  remove(name: string): boolean;
}

type Entries = Readonly<Record<string, Interpreter>>;

/** Kept in one small file, which always appears as a whole. Two that write it at once: the later one wins. */
export function namedInterpretersFile(file: string): NamedInterpretersFile {
  let stamp = '';
  let entries: Entries = {};

  const read = (): Entries => {
    const stat = statSync(file, { throwIfNoEntry: false });
    const now = stat === undefined ? '' : `${stat.ino}-${stat.size}-${stat.mtimeMs}`;
    if (now === stamp) return entries;
    try {
      entries = stat === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Entries); // SAFE: only `write` writes it.
    } catch (error) {
      throw new Error(`cannot read the named interpreters in ${file}`, { cause: error });
    }
    stamp = now;
    return entries;
  };
  const write = (next: Entries): void => {
    const temporary = `${file}.${process.pid}`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, `${JSON.stringify(next, undefined, 2)}\n`);
    renameSync(temporary, file);
  };

  return {
    get: (name) => read()[name],
    set: (name, interpreter) => write({ ...read(), [name]: interpreter }),
    remove: (name) => {
      const { [name]: removed, ...others } = read();
      if (removed !== undefined) write(others);
      return removed !== undefined;
    },
  };
}
