import { createHash } from 'node:crypto';
import type { Interpreter } from './finder.ts';

/** The file, in the guest's directory, with the classes of the guest as this JDK has them in memory. */
export function archiveName({ path, version }: Interpreter): string {
  return `classes-${version}-${createHash('sha256').update(path).digest('hex').slice(0, 8)}.jsa`;
}
