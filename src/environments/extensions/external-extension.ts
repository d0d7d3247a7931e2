import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Why the system does not run a file, in its words, which AWS hands on. */
export type LaunchProblem = 'permission denied' | 'exec format error' | 'no such file or directory';

/** An executable of `/opt/extensions`. */
export interface ExternalExtension {
  readonly name: string;
  /** `unsure`: what runs it is only in the sandbox, and may be missing there. */
  readonly launch: LaunchProblem | 'sure' | 'unsure';
}

/** The bits of a mode by which others than its owner may run a file: `/opt` is not the function's user's. */
const OTHERS_MAY_RUN = 0o001;
/** As much of a script's first line as Linux reads. */
const HEAD_BYTES = 256;
const ELF = Buffer.from('\x7fELF', 'latin1');
const ELF_MACHINE_AT = 18;
/** ELF's numbers for what a machine runs: its own programs, and those of its 32-bit forerunner. */
const MACHINES: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183, 40] };
/** What the sandbox has of its own, and not of the host. */
const SANDBOX_ONLY = /^\/(?:var|tmp|proc|dev)\//;

/** Every file in `/opt/extensions`, by name (AWS), and whether it can be run. `optDir`: the layers as they lie on this host. */
export function externalExtensions(optDir: string): ExternalExtension[] {
  const directory = join(optDir, 'extensions');
  // A layer may have a file of that name: then it brings none.
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map((entry) => ({
      name: entry.name,
      // Where a link leads is for the sandbox to see.
      launch: entry.isFile() ? launchOf(join(directory, entry.name), optDir) : 'unsure',
    }));
}

function launchOf(file: string, optDir: string): ExternalExtension['launch'] {
  if ((statSync(file).mode & OTHERS_MAY_RUN) === 0) return 'permission denied';
  const head = headOf(file);
  if (head.subarray(0, ELF.length).equals(ELF)) {
    const machine = head.length < ELF_MACHINE_AT + 2 ? undefined : head.readUInt16LE(ELF_MACHINE_AT);
    const runs = machine !== undefined && MACHINES[process.arch]?.includes(machine);
    // A program that is linked for another C library has a loader that is not there.
    return runs ? 'unsure' : 'exec format error';
  }
  const interpreter = /^#![ \t]*([^ \t\n]+)/.exec(head.toString('latin1'))?.[1];
  // The shells run such a file as a script. The system does not, and AWS starts extensions by the system.
  if (interpreter === undefined) return 'exec format error';
  if (!interpreter.startsWith('/') || SANDBOX_ONLY.test(interpreter)) return 'unsure';
  const here = interpreter.startsWith('/opt/') ? join(optDir, interpreter.slice('/opt'.length)) : interpreter;
  return statSync(here, { throwIfNoEntry: false }) === undefined ? 'no such file or directory' : 'sure';
}

function headOf(file: string): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    return head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}
