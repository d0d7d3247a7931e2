// The official clients as a function brings them along: the files that they load, at the paths where Node looks for them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkout } from '../scripts/server-process.ts';
import type { Files } from './deploy.ts';

const LIST = `
for (const name of process.argv.slice(1)) require(name);
console.log(JSON.stringify(Object.keys(require.cache)));`;
const FOLDER = '/node_modules/';

/** What these packages load when they are required; what they load later, as for credentials from a file, is left out. */
export function filesOfPackages(names: readonly string[]): Files {
  const stdout = execFileSync(process.execPath, ['-e', LIST, ...names], { cwd: checkout, encoding: 'utf8' });
  const files: Record<string, Buffer> = {};
  for (const path of JSON.parse(stdout) as string[]) {
    add(files, path);
    // Node reads of a package where its files are, and of which kind.
    for (let folder = dirname(path); folder.includes(FOLDER); folder = dirname(folder))
      add(files, join(folder, 'package.json'));
  }
  return files;
}

function add(files: Record<string, Buffer>, path: string): void {
  const inZip = path.slice(path.indexOf(FOLDER) + 1);
  if (files[inZip] === undefined && existsSync(path)) files[inZip] = readFileSync(path);
}
