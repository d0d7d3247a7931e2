import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { openDelivery } from '../../../../delivery/delivery.ts';
import type { Message } from '../../../../delivery/message.ts';
import { type Outbox, openOutbox } from '../../../../delivery/outbox.ts';
import type { Sender } from '../../../../delivery/sender.ts';
import type { Target } from '../../../../delivery/target.ts';
import { type Clock, systemClock } from '../../../../lib/clock.ts';
import { serve } from '../../../../wire/test-server.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { type OpenEvents, openEvents } from '../../open-events.ts';
import { eventsService } from '../events-service.ts';

const require = createRequire(import.meta.url);
const sdk = require('@aws-sdk/client-eventbridge') as typeof import('@aws-sdk/client-eventbridge');

export type EventsClient = import('@aws-sdk/client-eventbridge').EventBridge;

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
export const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;

/** What a queue or topic was sent. */
export interface Delivered {
  readonly arn: string;
  readonly body: string;
  readonly message: Message;
  readonly sender: Sender;
}

export interface EventsServer {
  readonly client: EventsClient;
  /** What queues and topics were sent, in this order. */
  readonly delivered: Delivered[];
  clientOf(where: { account?: string; region?: string }): EventsClient;
}

export interface EventsServerOptions {
  readonly clock?: Clock;
  /** In the place of queues and topics; by default they take everything, and let EventBridge in. */
  readonly deliver?: (delivered: Delivered) => Promise<void>;
  /** In the place of the outbox. */
  readonly post?: () => Promise<void>;
}

/** Event buses alone behind the real wire, with a real outbox and the official client. The access key is the account. */
export async function serveEvents(t: TestContext, options: EventsServerOptions = {}): Promise<EventsServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lambent-buses-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const clock = options.clock ?? systemClock;
  const log = pino({ level: 'silent' });
  const delivered: Delivered[] = [];
  const taker: Target = {
    action: 'any:Action',
    find: ({ account }) => ({ account, policy: ['{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}'] }),
    async deliver({ text: arn }, message, sender) {
      const one = { arn, message, sender, body: message.body.toString() };
      await options.deliver?.(one);
      delivered.push(one);
    },
  };
  await using opened = new AsyncDisposableStack();
  const events: OpenEvents = opened.use(
    openEvents({
      dataDir,
      clock,
      log,
      random: () => 0,
      uuid: randomUUID,
      post: (posted) => options.post?.() ?? outbox.post(posted),
    }),
  );
  const targets = { sqs: () => taker, sns: () => taker, events: events.target };
  const outbox: Outbox = opened.use(
    openOutbox({
      path: join(dataDir, 'deliveries.db'),
      delivery: openDelivery({ targets, policies: 'enforced', judgeRole: () => undefined }),
      ...{ clock, log, random: () => 0, onGivenUp: () => {} },
    }),
  );
  const owned = opened.move();
  const core = () => events.core();
  const ports = {
    ...{ buses: () => core().buses, archives: () => core().archives },
    ...{ nowMs: () => clock.nowMs(), uuid: randomUUID },
  };
  const { endpoint } = await serve(t, [eventsService(ports)], {
    authenticate: ({ headers }) => {
      const [, account = '', region = ''] = /Credential=(\d+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
      const arn = `arn:aws:iam::${account}:root`;
      const principal = { accessKeyId: account, account, arn, userId: account, kind: 'root' } as const;
      return { principal, region, service: 'events' };
    },
  });
  t.after(() => owned.disposeAsync());
  const clientOf: EventsServer['clientOf'] = ({ account = ACCOUNT, region = REGION }) => {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' };
    const client = new sdk.EventBridge(noting({ endpoint, region, credentials, maxAttempts: 1 }));
    t.after(() => client.destroy());
    return client;
  };
  return { client: clientOf({}), clientOf, delivered };
}

/** Looks until it is so. Throws after a minute. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 10) {
    if (waitedMs >= 60_000) throw new Error(`not yet: ${what}`);
    await systemClock.sleep(10);
  }
}

/** The refusal that a call meets, as the client understood it: `Code: message`. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
  throw new Error('it was not refused');
}

export function arnOf(resource: string, { account = ACCOUNT, region = REGION } = {}): string {
  return `arn:aws:events:${region}:${account}:${resource}`;
}
