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
import type { Message } from '../../../../delivery/message.ts';
import type { Sender } from '../../../../delivery/sender.ts';
import type { RoleVerdict } from '../../../../identity/index.ts';
import { systemClock } from '../../../../lib/clock.ts';
import { type ManualClock, manualClock } from '../../../../lib/testing/manual-clock.ts';
import { turns } from '../../../../lib/testing/turns.ts';
import { createEngine } from '../../../../wire/engine.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { openScheduler } from '../../open-scheduler.ts';
import type { Scheduler } from '../../scheduler.ts';
import { schedulerService } from '../scheduler-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-scheduler') as typeof import('@aws-sdk/client-scheduler');

export type Client = import('@aws-sdk/client-scheduler').Scheduler;

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/scheduler`;
export const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:jobs`;
/** A Saturday. */
export const START_MS = Date.parse('2026-01-03T10:00:00Z');

/** What a target was sent. */
export interface Delivered {
  readonly arn: string;
  readonly message: Message;
  readonly sender: Sender;
  readonly atMs: number;
}

export interface SchedulerServer {
  readonly client: Client;
  readonly clock: ManualClock;
  readonly dataDir: string;
  readonly core: () => Scheduler;
  /** What targets were sent, in this order. */
  readonly delivered: Delivered[];
  /** What was counted, each time with its group. */
  readonly counted: string[];
  /** What the log has warned of. */
  readonly warned: Record<string, unknown>[];
  clientOf(where: { account?: string; region?: string }): Client;
  /** Moves the clock, in steps of `stepMs` (a second), and lets what falls due be done. */
  pass(ms: number, stepMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface SchedulerServerOptions {
  readonly dataDir?: string;
  readonly startMs?: number;
  readonly random?: () => number;
  readonly role?: RoleVerdict;
  /** In the place of targets; by default they take everything. */
  readonly deliver?: (delivered: Delivered) => Promise<void>;
}

/** The scheduler alone behind the real wire, with the official client in front. The access key is the account. */
export async function serveScheduler(t: TestContext, options: SchedulerServerOptions = {}): Promise<SchedulerServer> {
  const dataDir = options.dataDir ?? (await temporaryDirectory(t));
  const clock = manualClock(options.startMs ?? START_MS);
  const warned: Record<string, unknown>[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => warned.push(JSON.parse(line)) });
  const delivered: Delivered[] = [];
  const counted: string[] = [];
  const scheduler = openScheduler({
    dataDir,
    clock,
    log,
    random: options.random ?? (() => 0),
    count: (name, { group }) => counted.push(`${group} ${name}`),
    deliver: async (arn, message, sender) => {
      const one = { arn, message, sender, atMs: clock.nowMs() };
      await options.deliver?.(one);
      delivered.push(one);
    },
  });
  const service = schedulerService({
    scheduler: scheduler.core,
    assumable: () => options.role ?? 'assumable',
    nowMs: clock.nowMs,
  });
  const engine = createEngine({
    services: [service],
    authenticate: ({ headers }) => {
      const [, account = '', region = ''] = /Credential=(\d+)\/\d+\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
      const arn = `arn:aws:iam::${account}:root`;
      return {
        principal: { accessKeyId: account, account, arn, userId: account, kind: 'root' },
        region,
        service: 'scheduler',
      };
    },
    clock: systemClock,
    log,
    newRequestId: randomUUID,
    stopping: new AbortController().signal,
  });
  const server = createServer(engine.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using opened = new AsyncDisposableStack();
  opened.use(scheduler);
  opened.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const clientOf: SchedulerServer['clientOf'] = ({ account = ACCOUNT, region = REGION }) => {
    const credentials = { accessKeyId: account, secretAccessKey: 'any' };
    const client = new sdk.Scheduler(noting({ endpoint, region, credentials, maxAttempts: 1 }));
    t.after(() => client.destroy());
    return client;
  };
  const client = clientOf({});
  const owned = opened.move();
  t.after(() => owned.disposeAsync());
  return {
    ...{ client, clientOf, clock, counted, dataDir, delivered, warned, core: scheduler.core },
    pass: async (ms, stepMs = 1_000) => {
      for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
        clock.advance(Math.min(stepMs, ms - passedMs));
        await turns();
      }
    },
    stop: () => owned.disposeAsync(),
  };
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lambent-scheduler-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The refusal that a call meets, as the client understood it. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return `${$metadata?.httpStatusCode} ${name}: ${message}`;
  }
  throw new Error('it was not refused');
}

/** A schedule of a queue, with as little as possible. */
export function schedule(name: string, expression: string) {
  return {
    Name: name,
    ScheduleExpression: expression,
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    Target: { Arn: QUEUE, RoleArn: ROLE, Input: '<aws.scheduler.scheduled-time>' },
  };
}
