import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SandboxPaths } from '../sandbox/sandbox.ts';
import { everyProgramReadsAtStart } from './read-at-start.ts';
import type { Runtime, RuntimeLaunch } from './runtime.ts';
import { AWS_PATHS, commonVariables, LANG_DIR, RUNTIME_DIR, searchPaths } from './variables.ts';

const GUEST_DIR = fileURLToPath(new URL('../../guest/node', import.meta.url));
const NODE = `${LANG_DIR}/bin/node`;

/** `source`: a directory that holds `bin/node` of that version, or that program itself. `major` is the runtime's. */
export function nodeRuntime(options: { major: number; version: string; source: string }): Runtime {
  const { major, version, source } = options;
  const variables = (paths: SandboxPaths) => nodeVariables(major, paths);
  return {
    name: `nodejs${major}.x`,
    family: 'nodejs',
    channel: 'frames',
    version,
    launchDependsOnMemory: true,
    launch: (memoryMb): RuntimeLaunch => ({
      command: [NODE, ...memoryFlags(memoryMb), ...featureFlags(major), `${RUNTIME_DIR}/bootstrap.cjs`],
      env: variables(AWS_PATHS),
      mounts: [
        { source, target: statSync(source).isFile() ? NODE : LANG_DIR },
        { source: GUEST_DIR, target: RUNTIME_DIR },
      ],
    }),
    readsAtStart: (variable) => READ_AT_START.test(variable) || everyProgramReadsAtStart(variable),
    variables,
  };
}

/**
 * Node's documentation, "Environment variables", but for what it looks up when it is needed, and NODE_PATH, which the guest
 * applies. NODE_ENV is missing on purpose: it is the libraries' convention, Node itself does not read it.
 */
const READ_AT_START =
  /^(NODE_(OPTIONS|EXTRA_CA_CERTS|DEBUG|DEBUG_NATIVE|ICU_DATA|NO_WARNINGS|PENDING_DEPRECATION|PENDING_PIPE_INSTANCES|PRESERVE_SYMLINKS|PRESERVE_SYMLINKS_MAIN|REDIRECT_WARNINGS|SKIP_PLATFORM_CHECK|TLS_REJECT_UNAUTHORIZED|USE_ENV_PROXY|USE_SYSTEM_CA|V8_COVERAGE|COMPILE_CACHE|COMPILE_CACHE_PORTABLE|DISABLE_COMPILE_CACHE|DISABLE_COLORS)|UV_.+|NO_COLOR|FORCE_COLOR)$/;

/** Below this, V8's default young generation leaves too little for the rest (FINDINGS "Kill, memory"). */
const SMALL_MEMORY_MB = 512;

/**
 * V8's limits cannot be changed after the start. As on AWS the old generation may take 90 % of the memory and a half of
 * the young one (a "semi-space") 5 %; without limits V8 goes by the machine's memory and is killed at the sandbox's. A
 * small function that only makes garbage is killed even so, because a large young generation is collected too late:
 * it gets 4 MB halves.
 */
export function memoryFlags(memoryMb: number): string[] {
  const semiSpaceMb = memoryMb < SMALL_MEMORY_MB ? 4 : Math.floor(memoryMb / 20);
  return [`--max-semi-space-size=${semiSpaceMb}`, `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`];
}

/** Experimental features that AWS switches off, so that code behaves the same on both ("Building Lambda functions with Node.js"). */
function featureFlags(major: number): string[] {
  if (major === 20) return ['--no-experimental-require-module'];
  if (major === 22) return ['--no-experimental-require-module', '--no-experimental-detect-module'];
  return [];
}

function nodeVariables(major: number, paths: SandboxPaths): Record<string, string> {
  const { opt, task } = paths;
  const runtime = paths.mounted(RUNTIME_DIR);
  return {
    ...commonVariables(paths),
    ...searchPaths(paths, NODE),
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${major}.x`,
    NODE_PATH: `${opt}/nodejs/node${major}/node_modules:${opt}/nodejs/node_modules:${runtime}/node_modules:${runtime}:${task}`,
    PWD: task,
    SHLVL: '0',
  };
}
