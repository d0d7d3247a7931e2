import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { checkout } from '../scripts/server-process.ts';

/** The machine, the Node and the commit that a number belongs to. */
export function here(): string {
  const processors = cpus();
  const git = (...args: string[]) => execFileSync('git', args, { cwd: checkout, encoding: 'utf8' }).trim();
  const commit = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`;
  return [
    `${processors.length} x ${processors[0]?.model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release().split('-')[0]}`,
    `Node ${process.versions.node}`,
    `commit ${commit}`,
  ].join(' · ');
}
