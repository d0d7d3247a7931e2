import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where something is made before it is moved into place beside it; gone when disposed, unless it has been moved. */
export function makingDirectory(parent: string): { path: string } & Disposable {
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, `.making-${process.pid}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
