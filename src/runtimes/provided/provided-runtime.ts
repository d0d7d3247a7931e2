import { fileURLToPath } from 'node:url';
import type { SandboxPaths } from '../../sandbox/sandbox.ts';
import type { Runtime } from '../runtime.ts';
import { AWS_PATHS, commonVariables, LANG_DIR, RUNTIME_DIR, searchPaths } from '../variables.ts';

const GUEST_DIR = fileURLToPath(new URL('../../../guest/provided', import.meta.url));

/** A custom runtime: the function brings its own program, `bootstrap`, which speaks the HTTP Runtime API. */
export function providedRuntime(name: string): Runtime {
  const variables = (paths: SandboxPaths): Record<string, string> => ({
    ...commonVariables(paths),
    // Recorded: `provided.al2023` names /var/lang, where nothing is; `provided.al2` does not (lambda-facts 7.1).
    ...searchPaths(paths, name === 'provided.al2' ? undefined : `${LANG_DIR}/bin/bootstrap`),
  });
  return {
    name,
    family: 'provided',
    channel: 'http',
    // There is no interpreter; AWS's versions of these are operating systems.
    version: name.slice('provided.'.length),
    launchDependsOnMemory: false,
    launch: () => ({
      command: ['/bin/sh', `${RUNTIME_DIR}/launch.sh`],
      env: variables(AWS_PATHS),
      mounts: [{ source: GUEST_DIR, target: RUNTIME_DIR }],
    }),
    variables,
  };
}
