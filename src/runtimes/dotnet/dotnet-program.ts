import { existsSync, globSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Entrypoint, EntrypointSearch } from '../runtime.ts';
import { LANG_DIR } from '../variables.ts';

export const DOTNET = `${LANG_DIR}/bin/dotnet`;

/** What drives class libraries: on the host, and as inside the sandbox before `mounted()`. */
export interface DotnetGuest {
  readonly hostPath: string;
  readonly inside: string;
}

/**
 * What a .NET function's handler names. `Assembly::Type::Method`: a class library, which our guest loads as
 * Amazon.Lambda.RuntimeSupport does. An assembly, with or without `.dll`, or a program of this machine: it asks the Runtime
 * API for events itself. The rules, the words and the exit statuses are those of AWS's own start script.
 */
export function dotnetProgram(search: EntrypointSearch, guest: DotnetGuest): Entrypoint {
  return search.handler.includes(':') ? classLibrary(search, guest) : executable(search);
}

function executable({ handler, codeDir, paths }: EntrypointSearch): Entrypoint {
  // The handler comes from the function's configuration: it may name files of its own code only.
  const inside = join('/', handler);
  const assembly = inside.endsWith('.dll') ? inside : `${inside}.dll`;
  if (isFile(codeDir, assembly)) return dotnet(paths, [join(paths.task, assembly)]);
  if (isFile(codeDir, inside)) return { kind: 'found', program: join(paths.task, inside), args: [], keepChannel: true };
  const wanted = join(paths.task, assembly);
  return failing(104, `executable assembly ${wanted} or binary ${join(paths.task, inside)} not found.`);
}

function classLibrary({ handler, variables, codeDir, paths }: EntrypointSearch, guest: DotnetGuest): Entrypoint {
  if (!existsSync(guest.hostPath)) {
    return {
      kind: 'missing',
      problem: `Lambent runs .NET class libraries (${handler}) with a library of its own, which a .NET SDK compiles once: install one, and type: lambent runtime add ${variables.LAMBDA_RUNTIME_NAME}`,
    };
  }
  const main = variables.LAMBDA_DOTNET_MAIN_ASSEMBLY || handler.slice(0, handler.indexOf(':'));
  const name = basename(main.replace(/\.dll$/, ''));
  const fileOf = (suffix: string): string | undefined => {
    if (isFile(codeDir, name + suffix)) return join(paths.task, name + suffix);
    const [only, ...others] = globSync(`*${suffix}`, { cwd: codeDir });
    return only === undefined || others.length > 0 ? undefined : join(paths.task, only);
  };
  const absent = (suffix: string) =>
    `.NET binaries for Lambda function are not correctly installed in the ${paths.task} directory of the image when the image was built. The ${paths.task} directory is missing the required ${suffix} file.`;
  const deps = fileOf('.deps.json');
  if (deps === undefined) return failing(105, absent('.deps.json'));
  const config = fileOf('.runtimeconfig.json');
  if (config === undefined) return failing(106, absent('.runtimeconfig.json'));
  return dotnet(paths, ['--depsfile', deps, '--runtimeconfig', config, paths.mounted(guest.inside), handler]);
}

function dotnet({ mounted }: EntrypointSearch['paths'], args: readonly string[]): Entrypoint {
  return { kind: 'found', program: mounted(DOTNET), args: ['exec', ...args], keepChannel: true };
}

/** AWS's script says what is wrong, and ends: the answer is a `Runtime.ExitError`. */
function failing(status: number, problem: string): Entrypoint {
  const script = 'printf "Error: %s\\n" "$1" >&2; exit "$0"';
  return { kind: 'found', program: '/bin/sh', args: ['-c', script, String(status), problem], keepChannel: false };
}

function isFile(codeDir: string, name: string): boolean {
  return statSync(join(codeDir, name), { throwIfNoEntry: false })?.isFile() === true;
}
