import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { Agent, createServer as createSecureServer } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { readRelay } from '../../../../delivery/mail.ts';
import type { Message } from '../../../../delivery/message.ts';
import type { Sender } from '../../../../delivery/sender.ts';
import { type Clock, systemClock } from '../../../../lib/clock.ts';
import { createEngine } from '../../../../wire/engine.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { openSns } from '../../open-sns.ts';
import type { Sns } from '../../sns.ts';
import { snsLinks } from '../links.ts';
import { snsService } from '../sns-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');

export type SnsClient = import('@aws-sdk/client-sns').SNSClient;

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** What a queue or function was sent. */
export interface Delivered {
  readonly arn: string;
  readonly message: Message;
  readonly sender: Sender;
}

export interface SnsServer {
  readonly client: SnsClient;
  readonly endpoint: string;
  readonly dataDir: string;
  readonly core: () => Sns;
  /** What queues and functions were sent, in this order. */
  readonly delivered: Delivered[];
  clientOf(where: { account?: string; region?: string }): SnsClient;
  stop(): Promise<void>;
}

export interface SnsServerOptions {
  readonly dataDir?: string;
  readonly clock?: Clock;
  readonly relay?: string;
  /** In the place of queues and functions; by default they take everything. */
  readonly deliver?: (delivered: Delivered) => Promise<void>;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Topics alone behind the real wire, with the official client in front. The access key is the account. */
export async function serveSns(t: TestContext, options: SnsServerOptions = {}): Promise<SnsServer> {
  const dataDir = options.dataDir ?? (await temporaryDirectory(t));
  const clock = options.clock ?? systemClock;
  const log = pino({ level: 'fatal' });
  const delivered: Delivered[] = [];
  const sns = openSns({
    dataDir,
    clock,
    log,
    random: () => 0,
    randomBytes,
    uuid: randomUUID,
    deliver: async (arn, message, sender) => {
      await options.deliver?.({ arn, message, sender });
      delivered.push({ arn, message, sender });
    },
    relay: options.relay === undefined ? undefined : readRelay(options.relay),
  });
  const engine = createEngine({
    services: [snsService(sns.core)],
    authenticate: ({ headers }) => {
      const [, account = '', region = ''] = /Credential=(\d+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
      const arn = `arn:aws:iam::${account}:root`;
      return {
        principal: { accessKeyId: account, account, arn, userId: account, kind: 'root' },
        region,
        service: 'sns',
      };
    },
    clock: systemClock,
    log,
    newRequestId: randomUUID,
    stopping: new AbortController().signal,
  });
  const links = snsLinks({
    sns: sns.core,
    newRequestId: randomUUID,
    writeError: (response, error, requestId) => engine.writeError(response, 'sns', error, requestId),
  });
  const answer: Parameters<typeof createServer>[1] = (request, response) => {
    if (!links(request, response)) engine.handle(request, response);
  };
  const server = options.tls === undefined ? createServer(answer) : createSecureServer(options.tls, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const scheme = options.tls === undefined ? 'http' : 'https';
  const endpoint = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using opened = new AsyncDisposableStack();
  opened.use(sns);
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const clientOf: SnsServer['clientOf'] = ({ account = ACCOUNT, region = REGION }) => {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' };
    // A certificate of its own is not what these tests are about.
    const requestHandler =
      options.tls === undefined ? {} : { requestHandler: { httpsAgent: new Agent({ rejectUnauthorized: false }) } };
    const client = new sdk.SNSClient(noting({ endpoint, region, credentials, maxAttempts: 1, ...requestHandler }));
    t.after(() => client.destroy());
    return client;
  };
  const client = clientOf({});
  const owned = opened.move();
  t.after(() => owned.disposeAsync());
  return { client, clientOf, endpoint, dataDir, core: sns.core, delivered, stop: () => owned.disposeAsync() };
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-sns-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Looks until it is so. Throws after two minutes. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 10) {
    if (waitedMs >= 120_000) throw new Error(`not yet: ${what}`);
    await systemClock.sleep(10);
  }
}

/** The refusal that a call meets, as the client understood it. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error('it was not refused');
}
