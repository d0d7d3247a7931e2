import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Entrypoint, EntrypointSearch } from '../runtime.ts';
import { LANG_DIR } from '../variables.ts';

export const DOTNET = `${LANG_DIR}/bin/dotnet`;

/**
 * What a .NET function's handler names: an assembly, with or without `.dll`, or a program of this machine. It brings
 * Amazon.Lambda.RuntimeSupport and asks the Runtime API for events itself. The words are those of AWS's own start script.
 */
export function dotnetProgram({ handler, codeDir, paths }: EntrypointSearch): Entrypoint {
  if (handler.includes('::')) {
    return {
      kind: 'missing',
      problem: `Lambent does not run .NET class libraries (${handler}) yet: make the project an executable and its assembly's name the handler`,
    };
  }
  // The handler comes from the function's configuration: it may name files of its own code only.
  const inside = join('/', handler);
  const assembly = inside.endsWith('.dll') ? inside : `${inside}.dll`;
  const isFile = (name: string) => statSync(join(codeDir, name), { throwIfNoEntry: false })?.isFile() === true;
  if (isFile(assembly)) {
    return { kind: 'found', program: paths.mounted(DOTNET), args: ['exec', join(paths.task, assembly)] };
  }
  if (isFile(inside)) return { kind: 'found', program: join(paths.task, inside), args: [] };
  const wanted = join(paths.task, assembly);
  return {
    kind: 'missing',
    problem: `executable assembly ${wanted} or binary ${join(paths.task, inside)} not found.`,
  };
}
