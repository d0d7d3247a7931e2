// CloudWatch Logs of the whole server through boto3 and the AWS CLI.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { logsClient, logsSdk } from './logs.ts';
import { cleanUpOf, serve } from './server.ts';

const run = promisify(execFile);

describe('logs of the whole server', () => {
  const cleanUp = cleanUpOf({ after });
  let env: NodeJS.ProcessEnv;
  before(async () => {
    env = { ...process.env, ...(await serve(cleanUp)).env };
  });

  test('boto3 puts, reads, searches and describes them', async () => {
    const python = await pythonWithBoto3(env);
    const { stdout } = await run(python, [join(import.meta.dirname, 'boto3-logs.py')], { env });
    assert.deepEqual(JSON.parse(stdout), {
      rejected: { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 1 },
      paid: [0, 2, 4, 6, 8],
      read: [0, 1, 2, 3, 4],
      tested: [{ $order: '7', $item: 'bread' }],
      retention: 7,
      streams: ['b', 'a'],
      subscribed: [
        'InvalidParameterException',
        'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
      ],
      tags: { team: 'shop' },
      missing: ['ResourceNotFoundException', 'The specified log group does not exist.'],
    });
  });

  test('the AWS CLI filters them, and follows them with tail', async (t) => {
    const aws = await secondVersion(env);
    // Version 1 has no tail; Debian's package is version 2.
    if (aws === undefined) return t.diagnostic('no AWS CLI of version 2 is here: `aws logs tail` was not run');
    const logs = await awsCli(env, 'logs', aws);
    const sdk = logsSdk();
    const client = logsClient({ env });
    cleanUp.defer(() => client.destroy());
    const one = { logGroupName: 'orders', logStreamName: 'one' };
    await client.send(new sdk.CreateLogGroupCommand(one));
    await client.send(new sdk.CreateLogStreamCommand(one));
    const put = (...messages: string[]) => {
      const logEvents = messages.map((message) => ({ timestamp: Date.now(), message }));
      return client.send(new sdk.PutLogEventsCommand({ ...one, logEvents }));
    };
    await put('first ERROR', 'second');
    const found = await logs('filter-log-events', '--log-group-name', 'orders', '--filter-pattern', 'ERROR');
    assert.deepEqual(
      found.events.map(({ message }: { message: string }) => message),
      ['first ERROR'],
    );
    const endpoint = ['--endpoint-url', env.AWS_ENDPOINT_URL ?? ''];
    const tail = ['logs', 'tail', 'orders', '--format', 'short', ...endpoint];
    const { stdout } = await run(aws, tail, { env });
    assert.deepEqual(stdout.trim().split('\n').map(textOf), ['first ERROR', 'second']);

    // Unbuffered: Python keeps what it prints into a pipe.
    const unbuffered = { ...env, PYTHONUNBUFFERED: '1' };
    const following = spawn(aws, [...tail, '--follow'], { env: unbuffered, stdio: ['ignore', 'pipe', 'inherit'] });
    cleanUp.defer(() => void following.kill());
    const lines = createInterface({ input: following.stdout })[Symbol.asyncIterator]();
    const line = async () => textOf((await lines.next()).value ?? '');
    assert.deepEqual([await line(), await line()], ['first ERROR', 'second']);
    await put('third');
    assert.equal(await line(), 'third');
    following.kill();
  });
});

/** `2026-03-01T12:00:00 text` without its time. */
const textOf = (line: string): string => line.replace(/^\S+ /, '');

/** The first AWS CLI of version 2; the first on the path may be an older one that the system's packages are not for. */
async function secondVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const aws of ['aws', '/usr/bin/aws']) {
    const told = await run(aws, ['--version'], { env }).catch(() => ({ stdout: '' }));
    if (told.stdout.startsWith('aws-cli/2.')) return aws;
  }
  return undefined;
}
