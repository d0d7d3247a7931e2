// Tools that other people wrote to deploy functions, as they are published. Fetched with npm and pip, and kept in the user's cache.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hasProgram, isUnreachable, run } from './runtime-client-builds.ts';

export interface DeploymentTool {
  readonly name: string;
  readonly version: string;
  readonly needs: readonly string[];
  readonly install: (directory: string) => Promise<void>;
}

/** Speaks Lambda and IAM through version 2 of the AWS SDK for JavaScript. */
export const CLAUDIA: DeploymentTool = {
  name: 'claudia',
  version: '5.14.1',
  needs: ['npm'],
  install: (directory) => {
    const quiet = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', directory];
    return run('npm', ['install', ...quiet, 'claudia@5.14.1', 'aws-sdk@2.1693.0'], directory);
  },
};

/** Speaks Lambda, IAM, SQS and SNS through botocore. */
export const CHALICE: DeploymentTool = {
  name: 'chalice',
  version: '1.34.0',
  needs: ['python3'],
  install: (directory) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', directory];
    return run('python3', [...pip, 'chalice==1.34.0'], directory);
  },
};

/** Where the tool is; or a sentence: why it is not here. */
export async function installed(tool: DeploymentTool): Promise<string | { leftOut: string }> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lambent-test');
  const kept = join(cache, `${tool.name}-${tool.version}`);
  if (existsSync(kept)) return kept;
  for (const program of tool.needs) {
    if (!(await hasProgram(program))) return { leftOut: `${tool.name} is left out: there is no ${program} here` };
  }
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, `.${tool.name}-`));
  try {
    await tool.install(making);
    renameSync(making, kept);
  } catch (error) {
    if (isUnreachable(error)) return { leftOut: `${tool.name} is left out: its registry cannot be reached` };
    // Another run may have been faster; what it has put there is as good.
    if (!existsSync(kept)) throw error;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return kept;
}
