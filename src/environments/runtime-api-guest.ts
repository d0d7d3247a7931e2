import { launchFrame, launchScript } from '../runtimes/launch-script.ts';
import { bootstrapProblem, findBootstrap } from '../runtimes/provided/bootstrap.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Guest, GuestStart } from './guest.ts';
import { runtimeApi } from './runtime-api.ts';
import type { SandboxApi } from './sandbox-api.ts';

/**
 * A guest that speaks AWS's HTTP Runtime API: a custom runtime's `bootstrap`. The first process of the sandbox is the
 * launcher (`guest/launch/launch.sh`), which waits for a script on descriptor 3 and becomes the bootstrap.
 */
export function runtimeApiGuest(sandbox: Sandbox, api: SandboxApi): Guest {
  const runtime = runtimeApi();
  api.route(runtime.route);
  // SAFE: the shell's end of the channel closes when it becomes the bootstrap; a lost sandbox is reported by `exited`.
  sandbox.channel.on('error', () => {});
  sandbox.channel.resume();

  return {
    up: Promise.resolve(),
    own: runtime.own,
    init: (start) => {
      const script = start.launchScript ?? bootstrapScript(start, runtime.failInit);
      if (script === undefined) return;
      runtime.begin(start.snapStart);
      sandbox.channel.end(launchFrame(script));
    },
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

/** Starts what the code or its layers bring as `bootstrap`; undefined when there is none that runs, which has been told. */
function bootstrapScript(start: GuestStart, fail: (problem: string) => void): string | undefined {
  const { paths, codeDir, optDir, variables } = start;
  const layers = optDir === undefined ? undefined : { hostDir: optDir, inside: paths.opt };
  const bootstrap = findBootstrap({ hostDir: codeDir, inside: paths.task }, layers);
  if (bootstrap.kind !== 'found') {
    fail(bootstrapProblem(bootstrap));
    return undefined;
  }
  return launchScript({ env: variables, cwd: paths.task, program: bootstrap.path, args: [], keepChannel: false });
}
