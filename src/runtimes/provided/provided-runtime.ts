import type { SandboxPaths } from '../../sandbox/sandbox.ts';
import { LAUNCHER_COMMAND, LAUNCHER_MOUNT } from '../launcher.ts';
import type { Runtime } from '../runtime.ts';
import { AWS_PATHS, commonVariables, LANG_DIR, searchPaths } from '../variables.ts';

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
      command: LAUNCHER_COMMAND,
      env: variables(AWS_PATHS),
      mounts: [LAUNCHER_MOUNT],
    }),
    // The shell that waits in its place becomes another program, which reads its variables at its own start.
    readsAtStart: () => false,
    variables,
  };
}
