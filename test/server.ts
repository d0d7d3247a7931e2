// What the tests of the whole server share: a server of their own, seen only from outside, and clients for it.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  exportsOf,
  runLambent,
  type ServerProcess,
  startServer,
  withoutAwsSettings,
} from '../scripts/server-process.ts';
import { noting } from '../src/wire/testing/seen-answers.ts';

export type LambdaClient = import('@aws-sdk/client-lambda').LambdaClient;

const require = createRequire(import.meta.url);

export const ROLE = 'arn:aws:iam::000000000000:role/test';

export interface TestServer {
  readonly process: ServerProcess;
  readonly dataDir: string;
  /** The exports of `lambent env`, and nothing else of AWS. */
  readonly env: Record<string, string>;
}

/**
 * What a test or suite holds, given back when it ends, last first: a server stops before its directory goes. Runs when
 * the test times out too.
 */
export function cleanUpOf(scope: { after(run: () => Promise<void>): void }): AsyncDisposableStack {
  const cleanUp = new AsyncDisposableStack();
  scope.after(() => cleanUp.disposeAsync());
  return cleanUp;
}

export async function temporaryDirectory(cleanUp: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-test-'));
  // Again, where what was killed still wrote into it.
  cleanUp.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 20 }));
  return directory;
}

/** A server on a free port. `dataDir`: by default a new one. */
export async function serve(
  cleanUp: AsyncDisposableStack,
  options: { dataDir?: string; args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await temporaryDirectory(cleanUp));
  const started = await startServer({
    args: ['--port', '0', '--data-dir', dataDir, ...(options.args ?? [])],
    env: { ...withoutAwsSettings(), ...options.env },
  });
  cleanUp.use(started);
  const env = await exportsOf(['--data-dir', dataDir, '--port', String(started.port)]);
  return { process: started, dataDir, env };
}

/** The same server as another of its accounts sees it. Adds that account to it. */
export async function addAccount(server: TestServer, account: string): Promise<TestServer> {
  const { code, stderr } = await runLambent(['account', 'add', account, '--data-dir', server.dataDir]);
  if (code !== 0) throw new Error(`the account ${account} was not added: ${stderr}`);
  return asAccount(server, account);
}

/** The same server as another of its accounts sees it, which is there already. */
export async function asAccount(server: TestServer, account: string): Promise<TestServer> {
  const args = ['--account', account, '--data-dir', server.dataDir, '--port', String(server.process.port)];
  return { ...server, env: await exportsOf(args) };
}

/** The same server, account and key, in another region. */
export function inRegion(server: TestServer, region: string): TestServer {
  return { ...server, env: { ...server.env, AWS_REGION: region, AWS_DEFAULT_REGION: region } };
}

/** The official client, set up with the exports alone. */
export function lambdaClient(
  cleanUp: AsyncDisposableStack,
  server: TestServer,
  options: { maxAttempts?: number } = {},
): LambdaClient {
  const { LambdaClient } = lambdaSdk();
  const client = new LambdaClient(
    noting({
      endpoint: server.env.AWS_ENDPOINT_URL ?? '',
      region: server.env.AWS_REGION ?? '',
      credentials: {
        accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
      },
      ...options,
    }),
  );
  cleanUp.defer(() => client.destroy());
  return client;
}

/** Loaded when first used, since it takes a while. */
export function lambdaSdk(): typeof import('@aws-sdk/client-lambda') {
  return require('@aws-sdk/client-lambda') as typeof import('@aws-sdk/client-lambda');
}

/** Sends operations by their names, for tests that are tables. Throws for a name that the SDK does not have. */
export function sender<Answer>(client: LambdaClient): (operation: string, input?: object) => Promise<Answer> {
  // SAFE: what a table says of an answer is looked at; a member that is not there is undefined to it.
  const sdk = lambdaSdk() as unknown as Record<string, new (input: object) => never>;
  const send = client.send.bind(client) as (command: never) => Promise<unknown>;
  return (operation, input = {}) => {
    const Command = sdk[`${operation}Command`];
    if (Command === undefined) throw new Error(`the SDK has no operation ${operation}`);
    return send(new Command(input)) as Promise<Answer>;
  };
}

/** The SDK's own waiters, with patience for a busy machine. */
export function patience(client: LambdaClient) {
  return { client, maxWaitTime: 300, minDelay: 0.05, maxDelay: 0.5 };
}

/**
 * Resolves when the function is neither being created nor updated. Unlike the SDK's waiters it gives up at once when
 * the server does not answer. Throws when the function has failed.
 */
export async function settled(client: LambdaClient, name: string): Promise<void> {
  const { GetFunctionConfigurationCommand } = lambdaSdk();
  for (;;) {
    const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    if (found.State === 'Failed' || found.LastUpdateStatus === 'Failed') {
      throw new Error(`${name} has failed: ${found.StateReason ?? found.LastUpdateStatusReason}`);
    }
    if (found.State === 'Active' && found.LastUpdateStatus === 'Successful') return;
    await sleep(20);
  }
}

/** Looks until it is so. Throws after two minutes: only what never comes takes that long. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await isSo()); waitedMs += 50) {
    if (waitedMs >= 120_000) throw new Error(`not yet: ${what}`);
    await sleep(50);
  }
}

/** The newest Python that this machine can run. Throws when it has none. */
export async function readyPython(): Promise<string> {
  const { stdout, stderr } = await runLambent(['runtime', 'list']);
  const minors = [...stdout.matchAll(/^python3\.(\d+)\s+ready\b/gm)].map((match) => Number(match[1]));
  const newest = minors.length > 0 ? `python3.${Math.max(...minors)}` : undefined;
  if (newest === undefined) throw new Error(`no Python is ready: ${stdout}${stderr}`);
  return newest;
}

export const text = (payload: Uint8Array | undefined): string => Buffer.from(payload ?? []).toString('utf8');
