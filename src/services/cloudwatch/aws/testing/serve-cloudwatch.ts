import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Posted } from '../../../../delivery/outbox.ts';
import { type Clock, systemClock } from '../../../../lib/clock.ts';
import { createEngine } from '../../../../wire/engine.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { type OpenCloudWatch, openCloudWatch } from '../../open-cloudwatch.ts';
import { cloudWatchService } from '../cloudwatch-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-cloudwatch') as typeof import('@aws-sdk/client-cloudwatch');

export type CloudWatchClient = import('@aws-sdk/client-cloudwatch').CloudWatchClient;

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

export interface CloudWatchServer {
  readonly client: CloudWatchClient;
  readonly endpoint: string;
  readonly dataDir: string;
  readonly cloudWatch: OpenCloudWatch;
  /** What topics and functions are to be told, in this order. */
  readonly posted: Posted[];
  clientOf(where: { account?: string; region?: string }): CloudWatchClient;
  stop(): Promise<void>;
}

/** Metrics alone behind the real wire, with the official client in front. The access key is the account. */
export async function serveCloudWatch(
  t: TestContext,
  options: { clock?: Clock; dataDir?: string; post?: (posted: Posted) => Promise<void> } = {},
): Promise<CloudWatchServer> {
  const dataDir = options.dataDir ?? (await temporaryDirectory(t));
  const log = pino({ level: 'fatal' });
  const posted: Posted[] = [];
  const cloudWatch = openCloudWatch({
    ...{ dataDir, clock: options.clock ?? systemClock, log, uuid: randomUUID },
    post: async (one) => {
      await options.post?.(one);
      posted.push(one);
    },
  });
  const engine = createEngine({
    services: [cloudWatchService(cloudWatch)],
    authenticate: ({ headers }) => {
      const [, account = '', region = ''] = /Credential=(\d+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
      const arn = `arn:aws:iam::${account}:root`;
      return {
        principal: { accessKeyId: account, account, arn, userId: account, kind: 'root' },
        region,
        service: 'monitoring',
      };
    },
    clock: systemClock,
    log,
    newRequestId: randomUUID,
    stopping: new AbortController().signal,
  });
  const server = createServer((request, response) => engine.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using opened = new AsyncDisposableStack();
  opened.use(cloudWatch);
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const clientOf: CloudWatchServer['clientOf'] = ({ account = ACCOUNT, region = REGION }) => {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' };
    const client = new sdk.CloudWatchClient(noting({ endpoint, region, credentials, maxAttempts: 1 }));
    t.after(() => client.destroy());
    return client;
  };
  const owned = opened.move();
  t.after(() => owned.disposeAsync());
  return { client: clientOf({}), clientOf, endpoint, dataDir, cloudWatch, posted, stop: () => owned.disposeAsync() };
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-cloudwatch-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The refusal that a call meets, as the client understood it. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
  throw new Error('it was not refused');
}
