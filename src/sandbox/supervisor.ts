import type { Socket } from 'node:net';
import type { SandboxExit, SideProcess } from './sandbox.ts';
import { sandboxExit } from './sandbox-exit.ts';

// In a supervised sandbox a shell beside the first process starts further ones. It is asked over a socket, and answers
// there. It runs as the function does, so a function can break it: what it says is believed only as far as it tells
// about the sandbox itself, and nothing outside depends on it.
//   to it:    `run ID`, then a shell script, each of its lines behind a `+`, then a `.`; or `TERM PID`, `KILL PID`
//   from it:  `first PID` once and `exited STATUS` once, and `ID STATUS` for each script that has ended; statuses are a shell's

/** The descriptors that the shell is started with, beyond those of the first process. */
export interface SupervisorDescriptors {
  readonly control: number;
  readonly side: number;
}

const LINE_LENGTH_MAX = 1_000;

/**
 * A piece of shell script: runs "$@" in the foreground, as signals are ignored in the background, and leaves its status in
 * `$?`, and goes on, without the first one's descriptors, for as long as the supervisor does. The first process has neither of the two descriptors; nor has a side process, nor any other of the first one's.
 * No variable is set before the first process is started: its environment is not ours.
 */
export function supervised({ control, side }: SupervisorDescriptors): string {
  const close = `exec ${control}<&- ${side}>&-`;
  const first = `printf 'first %s\\n' "$$" >&${control}; ${close}; unset PWD OLDPWD; exec "$@"`;
  const runScript = [
    'script=',
    `while IFS= read -r line <&${control} && [ "$line" != . ]; do script="$script\${line#+}\n"; done`,
    `{ (${close}; exec </dev/null; eval "$script"); printf '%s %s\\n' "$id" "$?" >&${control}; } &`,
  ].join('\n');
  return `{
exec 1>&${side} 2>&${side} 3<&- 4>&-
while read -r word id <&${control}; do
case $word in
run)
${runScript}
;;
TERM | KILL) kill -s "$word" "$id";;
esac
done
} &
${quietly(`/bin/sh -c ${quoted(first)} sh "$@"`)}
printf 'exited %s\\n' "$?" >&${control}; exec 1>&- 2>&- 3<&- 4>&- 9>&-; wait`;
}

/**
 * A piece of shell script: runs the command, and keeps to itself what a shell says of one that ends by a signal
 * ("Segmentation fault"): its standard error is the function's log.
 */
export function quietly(command: string): string {
  // A shell redirects itself, too, while it waits for a simple command; not while it waits for a subshell.
  return `exec 9>&2 2>/dev/null; (exec ${command} 2>&9 9>&-)`;
}

/** The host's side of it. */
export class Supervisor {
  /** Resolves when the first process has ended, unless the sandbox is gone before that is heard; never rejects. */
  readonly firstExited: Promise<SandboxExit>;
  readonly #control: Socket;
  readonly #running = new Map<number, (exit: SandboxExit) => void>();
  /** Whether the kernel has killed something here for its memory. */
  readonly #memoryKilled: () => boolean;
  readonly #firstEnds: (exit: SandboxExit) => void;
  #numbered = 0;
  #first: number | 'awaited' | 'ended' = 'awaited';
  #wanted: 'SIGTERM' | 'SIGKILL' | undefined;
  #isGone = false;

  /** `gone`: all processes of the sandbox have ended. */
  constructor(options: { control: Socket; gone: Promise<SandboxExit>; memoryKilled: () => boolean }) {
    const { control, gone, memoryKilled } = options;
    const { promise, resolve } = Promise.withResolvers<SandboxExit>();
    this.firstExited = promise;
    this.#firstEnds = resolve;
    this.#control = control;
    this.#memoryKilled = memoryKilled;
    control.on('error', () => {}); // SAFE: its end is told by `gone`, or a function has broken what is its own.
    let text = '';
    control.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.#hear(line);
      if (text.length > LINE_LENGTH_MAX) control.destroy();
    });
    // SAFE: `gone` never rejects.
    void gone.then(({ killedForMemory }) => {
      this.#isGone = true;
      for (const resolve of this.#running.values()) resolve({ code: undefined, signal: 'SIGKILL', killedForMemory });
      this.#running.clear();
    });
  }

  async run(process: SideProcess): Promise<SandboxExit> {
    const lines = sideScript(process)
      .split('\n')
      .map((line) => `+${line}\n`);
    if (this.#isGone || !this.#control.writable) throw new Error('the sandbox starts no process any more');
    this.#numbered += 1;
    const { promise, resolve } = Promise.withResolvers<SandboxExit>();
    this.#running.set(this.#numbered, resolve);
    this.#control.write(`run ${this.#numbered}\n${lines.join('')}.\n`);
    return promise;
  }

  terminate(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#wanted = signal;
    if (typeof this.#first !== 'number' || !this.#control.writable) return;
    this.#control.write(`${signal.slice('SIG'.length)} ${this.#first}\n`);
  }

  #hear(line: string): void {
    const [, name, number] = /^(first|exited|\d+) (\d{1,10})$/.exec(line) ?? [];
    if (name === 'first') {
      // The first one says so before it is the function's program; what comes later is made up.
      if (this.#first !== 'awaited') return;
      this.#first = Number(number);
      if (this.#wanted !== undefined) this.terminate(this.#wanted);
      return;
    }
    const exit = sandboxExit({ kind: 'code', code: Number(number) }, this.#memoryKilled());
    if (name === 'exited') {
      this.#first = 'ended';
      return this.#firstEnds(exit);
    }
    const id = Number(name);
    const resolve = this.#running.get(id);
    if (resolve === undefined) return;
    this.#running.delete(id);
    resolve(exit);
  }
}

/** For a program with a `=` in its path, which `env` would take for one more variable. The shell sets the two by itself. */
const THROUGH_SHELL = ['/bin/sh', '-c', 'unset PWD OLDPWD; exec "$0" "$@"'];

/** The environment goes through `env -i` and never through shell variables, some of which are the shell's own. */
function sideScript({ command, cwd, env }: SideProcess): string {
  const variables = Object.entries(env).map(([name, value]) => {
    if (name === '' || name.includes('=')) throw new Error(`not the name of a variable: ${JSON.stringify(name)}`);
    // Names only: values are secrets, and errors are logged.
    if (value.includes('\0')) throw new Error(`a NUL character cannot be passed to a program: the variable ${name}`);
    return `${name}=${value}`;
  });
  const [program = ''] = command;
  const words = ['/usr/bin/env', '-i', ...variables, ...(program.includes('=') ? THROUGH_SHELL : []), ...command];
  return `cd ${quoted(cwd)} || exit 1\nexec ${words.map(quoted).join(' ')}`;
}

/** One word, whatever it holds: between single quotes a shell reads everything as it stands. */
function quoted(text: string): string {
  if (text.includes('\0')) throw new Error('a NUL character cannot be passed to a program');
  return `'${text.replaceAll("'", "'\\''")}'`;
}
