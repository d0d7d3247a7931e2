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
import { readRelay } from '../../../../delivery/mail.ts';
import type { Message } from '../../../../delivery/message.ts';
import type { Sender } from '../../../../delivery/sender.ts';
import { Undeliverable } from '../../../../delivery/undeliverable.ts';
import { type Clock, systemClock } from '../../../../lib/clock.ts';
import { createEngine } from '../../../../wire/engine.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import type { DomainOwners } from '../../identity.ts';
import type { AskFunction } from '../../incoming-work.ts';
import { type OpenSes, openSes } from '../../open-ses.ts';
import { sesService } from '../ses-service.ts';
import { sesV2Service } from '../v2/ses-v2-service.ts';
import { verifyDoor } from '../verify-door.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-ses') as typeof import('@aws-sdk/client-ses');

export const sdkV2 = require('@aws-sdk/client-sesv2') as typeof import('@aws-sdk/client-sesv2');

export type SesV2Client = import('@aws-sdk/client-sesv2').SESv2Client;
export type SesClient = import('@aws-sdk/client-ses').SESClient;

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** What a bucket, function or topic was sent. */
export interface Delivered {
  readonly arn: string;
  readonly message: Message;
  readonly sender: Sender;
}

export interface SesServer {
  readonly client: SesClient;
  readonly clientV2: SesV2Client;
  readonly ses: OpenSes;
  readonly endpoint: string;
  readonly dataDir: string;
  /** What buckets, functions and topics were sent, in this order. */
  readonly delivered: Delivered[];
  clientOf(where: { account?: string; region?: string }): SesClient;
  stop(): Promise<void>;
}

export interface SesServerOptions {
  readonly dataDir?: string;
  readonly clock?: Clock;
  readonly relay?: string;
  /** By default `example.com` is the account's. */
  readonly owners?: DomainOwners;
  /** In the place of buckets, functions and topics; by default they take everything. */
  readonly deliver?: (delivered: Delivered) => Promise<void>;
  readonly ask?: AskFunction;
}

/** Mail alone behind the real wire, with the official client in front. The access key is the account. */
export async function serveSes(t: TestContext, options: SesServerOptions = {}): Promise<SesServer> {
  const dataDir = options.dataDir ?? (await temporaryDirectory(t));
  const clock = options.clock ?? systemClock;
  const log = pino({ level: 'fatal' });
  const delivered: Delivered[] = [];
  const deliver = async (arn: string, message: Message, sender: Sender) => {
    await options.deliver?.({ arn, message, sender });
    delivered.push({ arn, message, sender });
  };
  const ses = openSes({
    dataDir,
    clock,
    log,
    randomBytes,
    uuid: randomUUID,
    relay: options.relay === undefined ? undefined : readRelay(options.relay),
    owners: options.owners ?? [{ domain: 'example.com', account: ACCOUNT }],
    deliver,
    assertDeliverable: async (arn) => {
      if (arn.endsWith('missing')) throw new Undeliverable('no-such-target', `${arn} does not exist`);
    },
    ask: options.ask ?? (async () => undefined),
    post: ({ arn, message, from }) => deliver(arn, message, from),
  });
  const engine = createEngine({
    services: [sesService(ses.core), sesV2Service(ses.core)],
    authenticate: ({ headers }) => {
      const [, account = '', region = ''] = /Credential=(\d+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
      const arn = `arn:aws:iam::${account}:root`;
      return {
        principal: { accessKeyId: account, account, arn, userId: account, kind: 'root' },
        region,
        service: 'ses',
      };
    },
    clock: systemClock,
    log,
    newRequestId: randomUUID,
    stopping: new AbortController().signal,
  });
  const door = verifyDoor({ ses: ses.core, log });
  const server = createServer((request, response) => {
    if (!door(request, response)) engine.handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using opened = new AsyncDisposableStack();
  opened.use(ses);
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  await ses.resume();
  const clientOf: SesServer['clientOf'] = ({ account = ACCOUNT, region = REGION }) => {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' };
    const client = new sdk.SESClient(noting({ endpoint, region, credentials, maxAttempts: 1 }));
    t.after(() => client.destroy());
    return client;
  };
  const client = clientOf({});
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'any' };
  const clientV2 = new sdkV2.SESv2Client(noting({ endpoint, region: REGION, credentials, maxAttempts: 1 }));
  t.after(() => clientV2.destroy());
  const owned = opened.move();
  t.after(() => owned.disposeAsync());
  return { client, clientV2, clientOf, ses, endpoint, dataDir, delivered, stop: () => owned.disposeAsync() };
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-ses-'));
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
export async function refusal(call: Promise<unknown>): Promise<[name: string, message: string]> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return [name, message];
  }
  throw new Error('it was not refused');
}
