import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SandboxPaths } from '../../sandbox/sandbox.ts';
import type { Interpreter } from '../finder.ts';
import { LAUNCHER_COMMAND, LAUNCHER_MOUNT } from '../launcher.ts';
import type { Runtime } from '../runtime.ts';
import { AWS_PATHS, commonVariables, RUNTIME_DIR, searchPaths } from '../variables.ts';
import { guestFile } from './dotnet-guest.ts';
import { DOTNET, dotnetProgram } from './dotnet-program.ts';

/**
 * Functions are programs that `dotnet` runs and that speak the Runtime API, or class libraries that our guest in `guestDir`
 * drives: that directory may be empty until a person has asked for it.
 */
export function dotnetRuntime(name: string, { version, prefix }: Interpreter, guestDir: string): Runtime {
  const file = guestFile({ version });
  const guest = { hostPath: join(guestDir, file), inside: `${RUNTIME_DIR}/${file}` };
  const variables = (paths: SandboxPaths): Record<string, string> => ({
    ...commonVariables(paths),
    ...searchPaths(paths, DOTNET),
    AWS_EXECUTION_ENV: `AWS_Lambda_${name}`,
    LAMBDA_RUNTIME_NAME: name,
    DOTNET_ROOT: dirname(paths.mounted(DOTNET)),
    // The number is ours; AWS has 62.
    _LAMBDA_TELEMETRY_LOG_FD: '4',
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
      mounts: [
        LAUNCHER_MOUNT,
        { source: prefix, target: dirname(DOTNET) },
        ...(existsSync(guestDir) ? [{ source: guestDir, target: RUNTIME_DIR }] : []),
      ],
    }),
    entrypoint: (search) => dotnetProgram(search, guest),
    // The shell that waits in its place becomes another program, which reads its variables at its own start.
    readsAtStart: () => false,
    variables,
  };
}
