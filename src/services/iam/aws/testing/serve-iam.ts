import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../../../../lib/clock.ts';
import { openDataDirectory } from '../../../../store/data-directory.ts';
import { createEngine } from '../../../../wire/engine.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { type Iam, openIam } from '../../iam.ts';
import { iamService } from '../iam-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-iam') as typeof import('@aws-sdk/client-iam');

export const ACCOUNT = '123456789012';

export interface IamServer {
  readonly client: import('@aws-sdk/client-iam').IAMClient;
  /** A client of another account, or for another region. */
  clientOf(where: { account?: string; region?: string }): import('@aws-sdk/client-iam').IAMClient;
  readonly iam: Iam;
  stop(): Promise<void>;
}

/** IAM alone behind the real wire and the real store, with the official client in front. The access key is the account. */
export async function serveIam(t: TestContext, dataDir?: string): Promise<IamServer> {
  const data = await openDataDirectory(dataDir ?? (await temporaryDirectory(t)));
  const iam = await openIam({ records: data.records, clock: systemClock, randomBytes });
  const engine = createEngine({
    services: [iamService(iam)],
    authenticate: ({ headers }) => {
      const [, account = '', region = ''] = /Credential=(\d+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
      const arn = `arn:aws:iam::${account}:root`;
      return {
        principal: { accessKeyId: account, account, arn, userId: account, kind: 'root' },
        region,
        service: 'iam',
      };
    },
    clock: systemClock,
    log: pino({ level: 'fatal' }),
    newRequestId: randomUUID,
    stopping: new AbortController().signal,
  });
  const server = createServer(engine.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using opened = new AsyncDisposableStack();
  opened.use(data);
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const clientOf: IamServer['clientOf'] = ({ account = ACCOUNT, region = 'us-east-1' }) => {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' };
    const client = new sdk.IAMClient(noting({ endpoint, region, credentials, maxAttempts: 1 }));
    t.after(() => client.destroy());
    return client;
  };
  const owned = opened.move();
  t.after(() => owned.disposeAsync());
  return { client: clientOf({}), clientOf, iam, stop: () => owned.disposeAsync() };
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-iam-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A trust policy for a service. */
export function trusting(service = 'lambda.amazonaws.com'): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
}

/** A permissions policy that allows one action. */
export function allowing(Action: unknown = 's3:ListBucket', changes: object = {}): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*', ...changes } });
}

/** A document of so many characters: white space does not count, and some is put in. */
export function ofSize(characters: number): string {
  const sized = (fill: number) => allowing(`s3:${'a'.repeat(fill)}`);
  return sized(3 + characters - sized(3).length).replace('{', '{ \n');
}
