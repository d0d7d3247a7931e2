import { dirname } from 'node:path';
import type { SandboxPaths } from '../../sandbox/sandbox.ts';
import type { Interpreter } from '../finder.ts';
import { LAUNCHER_COMMAND, LAUNCHER_MOUNT } from '../launcher.ts';
import type { Runtime } from '../runtime.ts';
import { AWS_PATHS, commonVariables, searchPaths } from '../variables.ts';
import { DOTNET, dotnetProgram } from './dotnet-program.ts';

/** Functions are programs that `dotnet` runs and that speak the Runtime API. */
export function dotnetRuntime(name: string, { version, prefix }: Interpreter): Runtime {
  const variables = (paths: SandboxPaths): Record<string, string> => ({
    ...commonVariables(paths),
    ...searchPaths(paths, DOTNET),
    AWS_EXECUTION_ENV: `AWS_Lambda_${name}`,
    LAMBDA_RUNTIME_NAME: name,
    DOTNET_ROOT: dirname(paths.mounted(DOTNET)),
    PWD: paths.task,
    SHLVL: '0',
  });
  return {
    name,
    family: 'dotnet',
    channel: 'http',
    version,
    launchDependsOnMemory: false,
    launch: () => ({
      command: LAUNCHER_COMMAND,
      env: variables(AWS_PATHS),
      mounts: [LAUNCHER_MOUNT, { source: prefix, target: dirname(DOTNET) }],
    }),
    entrypoint: dotnetProgram,
    // The shell that waits in its place becomes another program, which reads its variables at its own start.
    readsAtStart: () => false,
    variables,
  };
}
