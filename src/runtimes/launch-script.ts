/** A script that is run in place of a managed runtime's program, with that as its arguments (AWS). */
export const WRAPPER_VARIABLE = 'AWS_LAMBDA_EXEC_WRAPPER';

/** What a sandbox that waits at the launcher becomes: absolute paths, and the whole environment of the program. */
export interface ProgramLaunch {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the program gets descriptors 3 and 4, the platform's: our guests do, a custom runtime does not. */
  readonly keepChannel: boolean;
  /** Is run instead, with the program and its arguments as its own: `AWS_LAMBDA_EXEC_WRAPPER`. Any text of a customer's; empty: none. */
  readonly wrapper?: string | undefined;
}

/**
 * The POSIX shell script that `guest/launch/launch.sh` evaluates; `launchFrame` makes of it what is sent. The environment
 * goes through `env -i` and never through shell variables: some of those are read-only or checked by the shell (`UID`,
 * `OPTIND`), others it adds itself (`PWD`, `SHLVL`, `_`), and AWS's custom runtimes have none of them (lambda-facts 7.1).
 * A program or wrapper that is not there ends with the exit status 127, as on AWS (lambda-facts 6.3).
 * Throws when a name or value cannot be in an environment.
 */
export function launchScript({ env, cwd, program, args, keepChannel, wrapper }: ProgramLaunch): string {
  const variables = Object.entries(env).map(([name, value]) => {
    if (name === '' || /[=\0]/.test(name)) throw new Error(`not the name of a variable: ${JSON.stringify(name)}`);
    // Names only: values are secrets, and errors are logged.
    if (value.includes('\0')) throw new Error(`a zero byte cannot be passed to a program: the variable ${name}`);
    return `${name}=${value}`;
  });
  const run = wrapper ? [wrapper, program, ...args] : [program, ...args];
  // `env` would take a program with "=" in its path for one more variable.
  const detour = run[0]?.includes('=') ? ['/bin/sh', '-c', 'exec "$0" "$@"'] : [];
  const command = ['/usr/bin/env', '-i', ...variables, ...detour, ...run].map(quoted).join(' ');
  return `cd ${quoted(cwd)} || exit 1\nexec ${command}${keepChannel ? '' : ' 3<&- 4>&-'}\n`;
}

/** A script as `guest/launch/launch.sh` reads it from descriptor 3; what follows it there is the program's. */
export function launchFrame(script: string): Buffer {
  return Buffer.from(`:${script.replaceAll('\n', '\n:')}\n.\n`);
}

/** One word, whatever it holds: between single quotes a shell reads everything as it stands. */
function quoted(text: string): string {
  if (text.includes('\0')) throw new Error('a zero byte cannot be passed to a program');
  return `'${text.replaceAll("'", "'\\''")}'`;
}
