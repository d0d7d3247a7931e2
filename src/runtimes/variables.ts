import { delimiter, dirname } from 'node:path';
import type { SandboxPaths } from '../sandbox/sandbox.ts';

/** Where AWS's images have the interpreter, and the client that drives it. */
export const LANG_DIR = '/var/lang';
export const RUNTIME_DIR = '/var/runtime';

/** Paths as inside an isolated sandbox: what is known before there is one. */
export const AWS_PATHS: SandboxPaths = { task: '/var/task', opt: '/opt', tmp: '/tmp', mounted: (target) => target };

/**
 * The variables that every runtime has and that depend on no function (lambda-facts 7.1). Nothing listens at the X-Ray
 * daemon's address; its clients send datagrams and expect no answer.
 */
export function commonVariables(paths: SandboxPaths): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    LAMBDA_TASK_ROOT: paths.task,
    LAMBDA_RUNTIME_DIR: paths.mounted(RUNTIME_DIR),
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
    _AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
  };
}

/** PATH and LD_LIBRARY_PATH; `interpreter` is the program under `/var/lang/bin`, if the runtime has one. */
export function searchPaths(paths: SandboxPaths, interpreter: string | undefined): Record<string, string> {
  const bin = interpreter === undefined ? [] : [dirname(paths.mounted(interpreter))];
  const lib = interpreter === undefined ? [] : [`${dirname(dirname(paths.mounted(interpreter)))}/lib`];
  const runtime = paths.mounted(RUNTIME_DIR);
  return {
    // The slash after `/usr/bin` is AWS's.
    PATH: [...bin, '/usr/local/bin', '/usr/bin/', '/bin', `${paths.opt}/bin`].join(delimiter),
    LD_LIBRARY_PATH: [
      ...lib,
      '/lib64',
      '/usr/lib64',
      runtime,
      `${runtime}/lib`,
      paths.task,
      `${paths.task}/lib`,
      `${paths.opt}/lib`,
    ].join(delimiter),
  };
}
