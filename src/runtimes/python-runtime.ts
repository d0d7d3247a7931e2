import { fileURLToPath } from 'node:url';
import type { ReadOnlyMount, SandboxPaths } from '../sandbox/sandbox.ts';
import type { Interpreter } from './finder.ts';
import { everyProgramReadsAtStart } from './read-at-start.ts';
import type { Runtime } from './runtime.ts';
import { AWS_PATHS, commonVariables, LANG_DIR, RUNTIME_DIR, searchPaths } from './variables.ts';

const GUEST_DIR = fileURLToPath(new URL('../../guest/python', import.meta.url));

/** `name` is usually that of the interpreter's version; people may name another interpreter for it. */
export function pythonRuntime(name: string, interpreter: Interpreter): Runtime {
  const [major, minor] = interpreter.version.split('.').map(Number) as [number, number];
  const program = `${LANG_DIR}/bin/python${major}.${minor}`;
  const variables = (paths: SandboxPaths): Record<string, string> => ({
    ...commonVariables(paths),
    ...searchPaths(paths, program),
    AWS_EXECUTION_ENV: `AWS_Lambda_${name}`,
    PYTHONPATH: paths.mounted(RUNTIME_DIR),
    ...(minor >= 12 ? { LC_CTYPE: 'C.UTF-8' } : {}),
    PWD: paths.task,
    SHLVL: '0',
  });
  return {
    name,
    family: 'python',
    channel: 'frames',
    version: interpreter.version,
    launchDependsOnMemory: false,
    launch: () => ({
      command: [program, ...FLAGS, `${RUNTIME_DIR}/bootstrap.py`],
      env: variables(AWS_PATHS),
      mounts: [...langMounts(interpreter, program), { source: GUEST_DIR, target: RUNTIME_DIR }],
    }),
    // The guest applies PYTHONPATH itself.
    readsAtStart: (variable) =>
      (variable.startsWith('PYTHON') && variable !== 'PYTHONPATH') || everyProgramReadsAtStart(variable),
    variables,
  };
}

/**
 * Python finds its library from where its program is, so a prefix works at another place. The system's own Python finds
 * `/usr`, which every sandbox has, from any place: only its program is mounted.
 */
function langMounts(interpreter: Interpreter, program: string): ReadOnlyMount[] {
  return interpreter.prefix === '/usr'
    ? [{ source: interpreter.path, target: program }]
    : [{ source: interpreter.prefix, target: LANG_DIR }];
}

/**
 * Nothing that the host's user has arranged for every start (`-s`, `-S`), and no byte code beside a function's files
 * (`-B`). The guest adds what is installed into an interpreter's own prefix, as boto3 is on AWS; modules of the system's
 * Python belong to the system's tools and stay hidden.
 */
const FLAGS = ['-s', '-S', '-B'];
