/** What a sandbox of a custom runtime becomes: absolute paths, and the whole environment of the program. */
export interface ProgramLaunch {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * The POSIX shell script that `guest/provided/launch.sh` evaluates. The environment goes through `env -i` and never
 * through shell variables: some of those are read-only or checked by the shell (`UID`, `OPTIND`), others it adds itself
 * (`PWD`, `SHLVL`, `_`), and AWS's custom runtimes have none of them (lambda-facts 7.1).
 * Throws when a name or value cannot be in an environment.
 */
export function launchScript({ env, cwd, program, args }: ProgramLaunch): string {
  const variables = Object.entries(env).map(([name, value]) => {
    if (name === '' || /[=\0]/.test(name)) throw new Error(`not the name of a variable: ${JSON.stringify(name)}`);
    return `${name}=${value}`;
  });
  // `env` would take it for one more variable.
  if (program.includes('=')) throw new Error(`cannot launch a program with "=" in its path: ${program}`);
  const command = ['/usr/bin/env', '-i', ...variables, program, ...args];
  return `cd ${quoted(cwd)} || exit 1\nexec ${command.map(quoted).join(' ')}\n`;
}

/** One word, whatever it holds: between single quotes a shell reads everything as it stands. */
function quoted(text: string): string {
  if (text.includes('\0')) throw new Error(`a zero byte cannot be passed to a program: ${JSON.stringify(text)}`);
  return `'${text.replaceAll("'", "'\\''")}'`;
}
