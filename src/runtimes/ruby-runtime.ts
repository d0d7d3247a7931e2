import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReadOnlyMount, SandboxPaths } from '../sandbox/sandbox.ts';
import type { Interpreter } from './finder.ts';
import { everyProgramReadsAtStart } from './read-at-start.ts';
import type { Runtime } from './runtime.ts';
import { AWS_PATHS, commonVariables, LANG_DIR, RUNTIME_DIR, searchPaths } from './variables.ts';

const GUEST_DIR = fileURLToPath(new URL('../../guest/ruby', import.meta.url));
const RUBY = `${LANG_DIR}/bin/ruby`;

/** `name` is usually that of the interpreter's version; people may name another interpreter for it. */
export function rubyRuntime(name: string, interpreter: Interpreter): Runtime {
  const variables = (paths: SandboxPaths) => rubyVariables(name, paths);
  return {
    name,
    family: 'ruby',
    channel: 'frames',
    version: interpreter.version,
    launchDependsOnMemory: false,
    launch: () => ({
      command: [RUBY, ...FLAGS, `${RUNTIME_DIR}/bootstrap.rb`],
      env: variables(AWS_PATHS),
      mounts: [...langMounts(interpreter), { source: GUEST_DIR, target: RUNTIME_DIR }],
    }),
    // The guest applies RUBYLIB, GEM_HOME and GEM_PATH itself.
    readsAtStart: (variable) => READ_AT_START.test(variable) || everyProgramReadsAtStart(variable),
    variables,
  };
}

const READ_AT_START = /^(RUBYOPT|RUBYSHELL|RUBY_.+)$/;

/** The guest loads RubyGems itself. AWS's locale, which hosts may lack, is UTF-8. */
const FLAGS = ['--disable-gems', '-EUTF-8'];

/**
 * A Ruby looks for its library where it was built to be, so a prefix is also mounted at its own place. The system's Ruby
 * is in `/usr`, which every sandbox has: only its program is mounted.
 */
function langMounts({ path, prefix }: Interpreter): ReadOnlyMount[] {
  return prefix === '/usr' || prefix.startsWith('/usr/')
    ? [{ source: path, target: RUBY }]
    : [
        { source: prefix, target: LANG_DIR },
        { source: prefix, target: prefix },
      ];
}

/** lambda-facts 7.2. AWS's Ruby knows its path twice. */
function rubyVariables(name: string, paths: SandboxPaths): Record<string, string> {
  const { opt, task } = paths;
  const runtime = paths.mounted(RUNTIME_DIR);
  const api = `${name.slice('ruby'.length)}.0`;
  const { PATH = '', LD_LIBRARY_PATH = '' } = searchPaths(paths, RUBY);
  const twice = (path: string) => [path.split(delimiter)[0], path].join(delimiter);
  return {
    ...commonVariables(paths),
    PATH: twice(PATH),
    LD_LIBRARY_PATH: twice(LD_LIBRARY_PATH),
    AWS_EXECUTION_ENV: `AWS_Lambda_${name}`,
    GEM_HOME: runtime,
    GEM_PATH: [`${task}/vendor/bundle/ruby/${api}`, `${opt}/ruby/gems/${api}`, runtime, `${runtime}/ruby/${api}`].join(
      delimiter,
    ),
    RUBYLIB: [task, `${runtime}/lib`, `${opt}/ruby/lib`].join(delimiter),
    PWD: task,
    SHLVL: '0',
  };
}
