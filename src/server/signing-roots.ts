import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readSigningRoots } from '../functions/code-signing/signing-roots.ts';

/** The certificates in a file. Throws, with a text for the operator. */
export function signingRootsIn(path: string): X509Certificate[] {
  try {
    return readSigningRoots(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`cannot use ${path} for --signing-roots`, { cause });
  }
}
