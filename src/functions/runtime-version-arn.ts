import { createHash } from 'node:crypto';

/** AWS names a runtime version by a hash; ours is one of the runtime's name and the interpreter's version. */
export function runtimeVersionArn(region: string, runtime: string, version: string): string {
  const hash = createHash('sha256').update(`${runtime} ${version}`).digest('hex');
  return `arn:aws:lambda:${region}::runtime:${hash}`;
}
