// Of the AWS CLI: what the tests that type its commands share.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs `aws lambda …` and answers what it prints. */
export const awsLambda = (env: NodeJS.ProcessEnv) => awsCli(env, 'lambda');

/** Runs commands of one service and answers what they print. `aws`: the program, by default the first on the path. */
export async function awsCli(env: NodeJS.ProcessEnv, service: string, aws = 'aws') {
  const run = promisify(execFile);
  const { stdout, stderr } = await run(aws, ['--version'], { env });
  const [, major, minor] = /aws-cli\/(\d+)\.(\d+)/.exec(stdout + stderr) ?? [];
  // The CLI reads AWS_ENDPOINT_URL since 1.29 and 2.13 (2023); an older one is told.
  const isOlder = Number(minor) < (major === '1' ? 29 : 13);
  // Version 1 has an address of its own for queues, which only the option overrides.
  const isDeaf = major === '1' && service === 'sqs';
  const endpoint = isOlder || isDeaf ? ['--endpoint-url', env.AWS_ENDPOINT_URL ?? ''] : [];
  return async (...args: string[]) => {
    const answer = await run(aws, [service, ...args, '--output', 'json', ...endpoint], { env });
    return answer.stdout.trim() === '' ? {} : JSON.parse(answer.stdout);
  };
}
