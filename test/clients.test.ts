// The official clients, unmodified, with only the exports of `lambent env`: one function's whole life through each, in
// Node, Python and bash.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { type Application, applications } from './applications.ts';
import { awsLambda } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import {
  cleanUpOf,
  lambdaClient,
  lambdaSdk,
  patience,
  ROLE,
  serve,
  type TestServer,
  temporaryDirectory,
  text,
} from './server.ts';

/** What one life of a function looked like from the client; every client must see the same. */
interface Life {
  created: { state: string | undefined; sha: string | undefined };
  first: Answer;
  changed: { sha: string | undefined };
  second: Answer;
  configuration: { MemorySize?: number; Description?: string; Timeout?: number };
  third: Answer;
  listed: boolean;
  /** The error code of a look for it after it was deleted. */
  deleted: string;
}

interface Answer {
  status: number | undefined;
  version: string | undefined;
  error: string | null;
  message: string;
  log: string;
}

const EXAMPLES = ['hello', 'hello-python', 'shell'] as const;

describe('with only the exports of lambent env, a function is created, invoked, updated and deleted by', () => {
  let server: TestServer;
  let directory: string;
  let apps: Map<string, Application>;
  let env: NodeJS.ProcessEnv;
  const cleanUp = cleanUpOf({ after });

  before(async () => {
    directory = await temporaryDirectory(cleanUp);
    server = await serve(cleanUp);
    apps = new Map((await applications(directory)).map((app) => [app.example, app]));
    // An empty home: nobody's ~/.aws may help.
    env = { ...withoutAwsSettings(), HOME: directory, ...server.env };
  });

  for (const example of EXAMPLES) {
    test(`the AWS CLI (${example})`, (t) => check(t.name, example, awsCli));
    test(`boto3 (${example})`, (t) => check(t.name, example, boto3));
    test(`the AWS SDK for JavaScript (${example})`, (t) => check(t.name, example, javascript));
  }

  async function check(
    title: string,
    example: (typeof EXAMPLES)[number],
    live: (name: string, app: Application) => Promise<Life>,
  ): Promise<void> {
    const app = apps.get(example);
    assert.ok(app);
    const name = title.replaceAll(/[^a-zA-Z0-9]+/g, '-').replace(/-$/, '');
    const life = await live(name, app);
    assert.equal(life.created.state, 'Pending');
    assert.equal(life.created.sha, await sha256(app.zip));
    checkAnswer(life.first, 'Hello, Ada!', 128);
    assert.equal(life.changed.sha, await sha256(app.changedZip));
    checkAnswer(life.second, 'Goodbye, Ada!', 128);
    assert.deepEqual(life.configuration, { MemorySize: 256, Description: 'changed', Timeout: 7 });
    checkAnswer(life.third, 'Goodbye, Ada!', 256);
    assert.equal(life.listed, true);
    assert.equal(life.deleted, 'ResourceNotFoundException');
  }

  async function awsCli(name: string, app: Application): Promise<Life> {
    const lambda = await awsLambda(env);
    const answers = join(directory, `${name}.json`);
    const event = join(directory, `${name}-event.json`);
    await writeFile(event, JSON.stringify({ name: 'Ada' }));
    const invoke = async (): Promise<Answer> => {
      const head = await lambda(
        'invoke',
        '--function-name',
        name,
        '--payload',
        `fileb://${event}`,
        '--log-type',
        'Tail',
        answers,
      );
      return {
        status: head.StatusCode,
        version: head.ExecutedVersion,
        error: head.FunctionError ?? null,
        message: JSON.parse(await readFile(answers, 'utf8')).message,
        log: Buffer.from(head.LogResult, 'base64').toString(),
      };
    };
    const created = await lambda(
      'create-function',
      '--function-name',
      name,
      '--runtime',
      app.runtime,
      '--handler',
      app.handler,
      '--role',
      ROLE,
      '--zip-file',
      `fileb://${app.zip}`,
    );
    await lambda('wait', 'function-active-v2', '--function-name', name);
    const first = await invoke();
    const changed = await lambda(
      'update-function-code',
      '--function-name',
      name,
      '--zip-file',
      `fileb://${app.changedZip}`,
    );
    await lambda('wait', 'function-updated-v2', '--function-name', name);
    const second = await invoke();
    await lambda(
      'update-function-configuration',
      '--function-name',
      name,
      '--memory-size',
      '256',
      '--timeout',
      '7',
      '--description',
      'changed',
    );
    await lambda('wait', 'function-updated-v2', '--function-name', name);
    const { MemorySize, Description, Timeout } = await lambda('get-function-configuration', '--function-name', name);
    const third = await invoke();
    const list = await lambda('list-functions');
    await lambda('delete-function', '--function-name', name);
    const deleted = await lambda('get-function', '--function-name', name).then(
      () => 'still there',
      (error: { stderr?: string }) => /\((\w+)\)/.exec(error.stderr ?? String(error))?.[1] ?? String(error.stderr),
    );
    return {
      created: { state: created.State, sha: created.CodeSha256 },
      first,
      changed: { sha: changed.CodeSha256 },
      second,
      configuration: { MemorySize, Description, Timeout },
      third,
      listed: list.Functions.some((listed: { FunctionName: string }) => listed.FunctionName === name),
      deleted,
    };
  }

  async function boto3(name: string, app: Application): Promise<Life> {
    const script = join(import.meta.dirname, 'boto3-client.py');
    const { stdout } = await promisify(execFile)(
      await pythonWithBoto3(env),
      [script, name, app.runtime, app.handler, ROLE, app.zip, app.changedZip],
      { env },
    );
    return JSON.parse(stdout);
  }

  async function javascript(name: string, app: Application): Promise<Life> {
    const sdk = lambdaSdk();
    const client = lambdaClient(cleanUp, server);
    const named = { FunctionName: name };
    const invoke = async (): Promise<Answer> => {
      const Payload = JSON.stringify({ name: 'Ada' });
      const answer = await client.send(new sdk.InvokeCommand({ ...named, Payload, LogType: 'Tail' }));
      return {
        status: answer.StatusCode,
        version: answer.ExecutedVersion,
        error: answer.FunctionError ?? null,
        message: JSON.parse(text(answer.Payload)).message,
        log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
      };
    };
    const created = await client.send(
      new sdk.CreateFunctionCommand({
        ...named,
        Runtime: app.runtime as import('@aws-sdk/client-lambda').Runtime,
        Handler: app.handler,
        Role: ROLE,
        Code: { ZipFile: await readFile(app.zip) },
      }),
    );
    await sdk.waitUntilFunctionActiveV2(patience(client), named);
    const first = await invoke();
    const changed = await client.send(
      new sdk.UpdateFunctionCodeCommand({ ...named, ZipFile: await readFile(app.changedZip) }),
    );
    await sdk.waitUntilFunctionUpdatedV2(patience(client), named);
    const second = await invoke();
    await client.send(
      new sdk.UpdateFunctionConfigurationCommand({ ...named, MemorySize: 256, Timeout: 7, Description: 'changed' }),
    );
    await sdk.waitUntilFunctionUpdatedV2(patience(client), named);
    const { MemorySize, Description, Timeout } = await client.send(new sdk.GetFunctionConfigurationCommand(named));
    const third = await invoke();
    let listed = false;
    for await (const page of sdk.paginateListFunctions({ client }, {})) {
      listed ||= page.Functions?.some((one) => one.FunctionName === name) ?? false;
    }
    await client.send(new sdk.DeleteFunctionCommand(named));
    const deleted = await client.send(new sdk.GetFunctionCommand(named)).then(
      () => 'still there',
      (error: Error) => error.name,
    );
    return {
      created: { state: created.State, sha: created.CodeSha256 },
      first,
      changed: { sha: changed.CodeSha256 },
      second,
      configuration: { MemorySize, Description, Timeout },
      third,
      listed,
      deleted,
    };
  }
});

function checkAnswer(answer: Answer, message: string, memoryMb: number): void {
  assert.deepEqual(
    { status: answer.status, version: answer.version, error: answer.error, message: answer.message },
    { status: 200, version: '$LATEST', error: null, message },
  );
  assert.match(answer.log, /^START RequestId: [0-9a-f-]{36} Version: \$LATEST$/m);
  assert.match(answer.log, /greeting Ada/);
  assert.match(answer.log, /^END RequestId: [0-9a-f-]{36}$/m);
  assert.match(
    answer.log,
    new RegExp(`^REPORT RequestId: .*\tMemory Size: ${memoryMb} MB\tMax Memory Used: \\d+ MB`, 'm'),
  );
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('base64');
}
