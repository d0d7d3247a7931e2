import { launchFrame, launchScript, WRAPPER_VARIABLE } from '../../runtimes/launch-script.ts';
import { bootstrapProblem, findBootstrap } from '../../runtimes/provided/bootstrap.ts';
import type { Entrypoint, Runtime } from '../../runtimes/runtime.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Guest, GuestStart } from './guest.ts';
import { runtimeApi } from './runtime-api.ts';
import type { SandboxApi } from './sandbox-api.ts';

/**
 * A guest that speaks AWS's HTTP Runtime API: a custom runtime's `bootstrap`. The first process of the sandbox is the
 * launcher (`guest/launch/launch.sh`), which waits for a script on descriptor 3 and becomes the bootstrap, or what the
 * runtime's `entrypoint` finds.
 */
export function runtimeApiGuest(sandbox: Sandbox, api: SandboxApi, entrypoint?: Runtime['entrypoint']): Guest {
  const runtime = runtimeApi();
  api.route(runtime.route);
  // SAFE: it carries one script to a shell of ours. If that cannot be written the shell has ended, which `exited` tells;
  // once it has become the program, nothing is written or read any more.
  sandbox.channel.on('error', () => {});
  sandbox.channel.resume();

  return {
    up: Promise.resolve(),
    own: runtime.own,
    init: (start) => {
      const script = start.launchScript ?? programScript(start, entrypoint, runtime.failInit);
      if (script === undefined) return;
      runtime.begin(start.snapStart);
      sandbox.channel.end(launchFrame(script));
    },
    // What waits is a shell, which takes a script and nothing else.
    wake: () => {},
    restore: runtime.restore,
    invoke: runtime.invoke,
    pause: runtime.pause,
    resume: runtime.resume,
    close: () => {
      runtime.close();
      sandbox.channel.destroy();
    },
  };
}

/** The start of the function's program; undefined when there is none that runs, which has been told. */
function programScript(
  start: GuestStart,
  entrypoint: Runtime['entrypoint'],
  fail: (problem: string) => void,
): string | undefined {
  const found = entrypoint === undefined ? bootstrap(start) : entrypoint(start);
  if (found.kind === 'missing') {
    fail(found.problem);
    return undefined;
  }
  const { program, args, keepChannel } = found;
  // Custom runtimes have no wrapper scripts (AWS, lambda-facts 7.4).
  const wrapper = entrypoint === undefined ? undefined : start.variables[WRAPPER_VARIABLE];
  return launchScript({ env: start.variables, cwd: start.paths.task, program, args, keepChannel, wrapper });
}

/** What the code or its layers bring as `bootstrap`. */
function bootstrap({ paths, codeDir, optDir }: GuestStart): Entrypoint {
  const layers = optDir === undefined ? undefined : { hostDir: optDir, inside: paths.opt };
  const found = findBootstrap({ hostDir: codeDir, inside: paths.task }, layers);
  return found.kind === 'found'
    ? { kind: 'found', program: found.path, args: [], keepChannel: false }
    : { kind: 'missing', problem: bootstrapProblem(found) };
}
