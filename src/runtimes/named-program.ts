import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Interpreter } from './finder.ts';

const INSPECT_MS_MAX = 30_000;

/**
 * Runs an interpreter with arguments that make it print `{"version", "prefix"}`, and `"final": false` if it is not released. Throws, in a sentence for people, when
 * there is no such program or it prints something else.
 */
export async function inspectProgram(
  path: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Interpreter> {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    throw new Error(`There is no ${path}.`, { cause: error });
  }
  let told: unknown;
  try {
    // SAFE: the program is one that this machine's owner has installed or named; it gets fixed arguments and no environment.
    const { stdout } = await promisify(execFile)(real, [...args], { timeout: INSPECT_MS_MAX, env: {}, signal });
    told = JSON.parse(stdout);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${path} does not run on this machine, or is not the interpreter that is wanted.`, {
      cause: error,
    });
  }
  if (!isTold(told)) throw new Error(`${path} does not tell its version.`);
  if (told.final === false) throw new Error(`${path} is ${told.version} before its release.`);
  return { path: real, version: told.version, prefix: told.prefix };
}

function isTold(told: unknown): told is { version: string; prefix: string; final?: unknown } {
  if (typeof told !== 'object' || told === null || !('version' in told) || !('prefix' in told)) return false;
  return typeof told.version === 'string' && /^\d+\.\d+/.test(told.version) && typeof told.prefix === 'string';
}
