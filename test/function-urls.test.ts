// Function URLs and event-invoke configuration of a whole server, as the AWS CLI, boto3 and whoever opens a URL see them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { awsLambda } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy } from './deploy.ts';
import {
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  temporaryDirectory,
  text,
} from './server.ts';

const FARN = 'arn:aws:lambda:us-east-1:000000000000:function';
const ARGS = ['--sandbox', 'process', '--pool', '0'];
const SOURCE = { runtime: 'nodejs24.x', files: { 'index.js': 'exports.handler = async () => "called";' } };
const URL_FORM = /^http:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:\d+\/$/;
const NOT_YET = {
  message:
    'Lambent keeps function URLs, and does not serve requests to them yet. Call the function with Invoke until it does, for example: aws lambda invoke --function-name NAME answer.json',
};

describe('function URLs and event-invoke configuration', () => {
  const cleanUp = cleanUpOf({ after });
  let dataDir: string;
  let server: TestServer;
  let client: LambdaClient;
  before(async () => {
    dataDir = await temporaryDirectory(cleanUp);
    server = await serve(cleanUp, { dataDir, args: ARGS });
    client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    for (const name of ['hello', 'cli', 'other']) await deploy(client, { ...SOURCE, name });
  });

  test('a function URL answers, by its host and by its path, that it is not served yet, and what to do', async () => {
    const { CreateFunctionUrlConfigCommand, DeleteFunctionUrlConfigCommand, InvokeCommand } = lambdaSdk();
    const { port } = server.process;
    const FunctionName = 'hello';
    const created = await client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE' }));
    assert.match(created.FunctionUrl ?? '', URL_FORM);
    const { host, hostname } = new URL(created.FunctionUrl ?? '');
    assert.ok(host.endsWith(`.localhost:${port}`));
    const id = hostname.slice(0, 32);

    const forms = [
      { host, path: '/' },
      { host: `${id}.lambda-url.us-east-1.on.aws`, path: '/a/b?c=d' },
      { host, path: '/2015-03-31/functions/hello/invocations' },
      { host: `127.0.0.1:${port}`, path: `/_lambent/function-url/${id}/a/b` },
    ];
    for (const { host: named, path } of forms) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const answer = await ask(port, { method, path, headers: { host: named } }, method === 'POST' ? '{}' : '');
        assert.deepEqual([answer.status, JSON.parse(answer.body)], [501, NOT_YET], `${method} ${named}${path}`);
        assert.equal(answer.headers['x-amzn-errortype'], 'NotImplemented');
        assert.equal(answer.headers['content-type'], 'application/json');
      }
      assert.equal((await ask(port, { method: 'HEAD', path, headers: { host: named } })).status, 501);
    }
    assert.equal(text((await client.send(new InvokeCommand({ FunctionName }))).Payload), '"called"');

    await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    for (const { host: named, path } of forms) await assertUnknown(port, named, path);
  });

  test('a function URL that nobody made is forbidden, as on AWS', async () => {
    const { port } = server.process;
    const id = 'a'.repeat(32);
    await assertUnknown(port, `${id}.lambda-url.us-east-1.localhost:${port}`, '/');
    for (const path of [`${id}/`, 'x', '', '?a=b']) {
      await assertUnknown(port, `127.0.0.1:${port}`, `/_lambent/function-url/${path}`);
    }
  });

  test('the AWS CLI makes a function URL and configures asynchronous invocations', async () => {
    const aws = await awsLambda({ ...withoutAwsSettings(), ...server.env });
    const named = ['--function-name', 'cli'];
    const cors = { AllowMethods: ['GET'], AllowOrigins: ['https://example.com'] };
    const settings = ['--auth-type', 'NONE', '--cors', JSON.stringify(cors)];
    const created = await aws('create-function-url-config', ...named, ...settings);
    const { FunctionUrl, CreationTime, ...rest } = created;
    assert.match(FunctionUrl, URL_FORM);
    assert.deepEqual(rest, { FunctionArn: `${FARN}:cli`, AuthType: 'NONE', Cors: cors });
    const config = { ...created, InvokeMode: 'BUFFERED', LastModifiedTime: CreationTime };
    assert.deepEqual(await aws('list-function-url-configs', ...named), { FunctionUrlConfigs: [config] });
    await aws('delete-function-url-config', ...named);

    const destinations = { OnSuccess: {}, OnFailure: { Destination: `${FARN}:other` } };
    const limits = ['--maximum-retry-attempts', '1', '--destination-config', JSON.stringify(destinations)];
    const put = await aws('put-function-event-invoke-config', ...named, ...limits);
    const { LastModified, ...shown } = put;
    assert.ok(LastModified);
    const FunctionArn = `${FARN}:cli:$LATEST`;
    assert.deepEqual(shown, { FunctionArn, MaximumRetryAttempts: 1, DestinationConfig: destinations });
    const listed = await aws('list-function-event-invoke-configs', ...named);
    assert.deepEqual(listed, { FunctionEventInvokeConfigs: [put] });
  });

  test('boto3 makes a function URL and configures asynchronous invocations', async () => {
    const env = { ...withoutAwsSettings(), ...server.env };
    const script = join(import.meta.dirname, 'boto3-urls.py');
    const python = await pythonWithBoto3(env);
    const { stdout } = await promisify(execFile)(python, [script, 'hello', `${FARN}:other`], { env });
    const { url, ...seen } = JSON.parse(stdout);
    assert.match(url, URL_FORM);
    const created = { FunctionArn: `${FARN}:hello`, AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' };
    const updated = { ...created, AuthType: 'AWS_IAM' };
    const put = {
      FunctionArn: `${FARN}:hello:$LATEST`,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnSuccess: { Destination: `${FARN}:other` }, OnFailure: {} },
    };
    const merged = { ...put, MaximumEventAgeInSeconds: 60 };
    assert.deepEqual(seen, {
      created: { ...created, Cors: { AllowOrigins: ['*'], MaxAge: 5 } },
      twice: 'ResourceConflictException',
      updated,
      same: true,
      listed: [updated],
      deleted: 'ResourceNotFoundException',
      put,
      'is time': true,
      merged,
      configs: [merged],
      gone: 'ResourceNotFoundException',
    });
  });

  test('a function URL that was acknowledged is known after the server was killed', async () => {
    const { CreateFunctionUrlConfigCommand } = lambdaSdk();
    const command = new CreateFunctionUrlConfigCommand({ FunctionName: 'other', AuthType: 'AWS_IAM' });
    const { hostname } = new URL((await client.send(command)).FunctionUrl ?? '');
    await server.process.kill();
    const { port } = (await serve(cleanUp, { dataDir, args: ARGS })).process;
    assert.equal((await ask(port, { path: '/', headers: { host: `${hostname}:${port}` } })).status, 501);
  });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request to the server, without a signature, whatever it calls its host. */
async function ask(
  port: number,
  options: { method?: string; path: string; headers: Record<string, string> },
  body = '',
): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port, ...options });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  return { status: answer.statusCode, headers: answer.headers, body: await textOf(answer) };
}

async function assertUnknown(port: number, host: string, path: string): Promise<void> {
  const { status, headers, body } = await ask(port, { path, headers: { host } });
  assert.deepEqual([status, JSON.parse(body)], [403, { Message: null }], `${host}${path}`);
  assert.equal(headers['x-amzn-errortype'], 'AccessDeniedException');
  assert.equal(headers['content-type'], 'application/json');
}
