// Lists as the tools read them that are not the JavaScript SDK: page by page with their own paginators, after their own waiters.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { awsLambda } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy } from './deploy.ts';
import { makeQueue, queueClient } from './queues.ts';
import { cleanUpOf, lambdaClient, serve } from './server.ts';

const FARN = 'arn:aws:lambda:us-east-1:000000000000:function:listed';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:queue';

test('boto3 and the AWS CLI read every list to its end', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const client = lambdaClient(cleanUp, server);
  const files = { 'index.js': 'exports.handler = async () => 1;' };
  for (const name of ['a', 'listed', 'z']) await deploy(client, { name, runtime: 'nodejs24.x', files });
  const queues = queueClient(cleanUp, server);
  for (const number of [1, 2, 3]) await makeQueue(queues, `queue${number}`);
  const env = { ...withoutAwsSettings(), ...server.env };
  const script = join(import.meta.dirname, 'boto3-lists.py');
  const { stdout } = await promisify(execFile)(await pythonWithBoto3(env), [script, 'listed', QUEUE], { env });
  const numbers = ['1', '2', '3'];
  assert.deepEqual(JSON.parse(stdout), {
    functions: ['a', 'listed', 'z'],
    versions: ['$LATEST', ...numbers],
    aliases: numbers.map((number) => `alias${number}`),
    events: numbers.map((number) => `${FARN}:${number}`),
    urls: numbers.map((number) => `${FARN}:alias${number}`),
    provisioned: numbers.map((number) => `${FARN}:${number}`),
    mappings: numbers.map((number) => `${QUEUE}${number}`),
  });

  const aws = await awsLambda(env);
  const { Versions } = await aws('list-versions-by-function', '--function-name', 'listed', '--page-size', '1');
  assert.deepEqual(
    Versions.map(({ Version }: { Version: string }) => Version),
    ['$LATEST', ...numbers],
  );
  // The CLI's own marker goes on in the middle of a page.
  const first = await aws('list-functions', '--max-items', '2', '--page-size', '50');
  const rest = await aws('list-functions', '--starting-token', first.NextToken);
  assert.deepEqual(
    [...first.Functions, ...rest.Functions].map(({ FunctionName }: { FunctionName: string }) => FunctionName),
    ['a', 'listed', 'z'],
  );
});
