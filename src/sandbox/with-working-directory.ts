import type { SandboxSpec } from './sandbox.ts';

/**
 * The command, in an environment that has the given `PWD`: shells and `bwrap` on the way to it set that variable to
 * where they are, so it has to be said last.
 */
export function withWorkingDirectory({ command, env }: Pick<SandboxSpec, 'command' | 'env'>): readonly string[] {
  return env.PWD === undefined ? command : ['/usr/bin/env', `PWD=${env.PWD}`, ...command];
}
