import { createRequire } from 'node:module';
import type { TestContext } from 'node:test';
import type { CreateEventSourceMappingRequest } from '@aws-sdk/client-lambda';
import { pino } from 'pino';
import { lambdaService } from '../../../functions/aws/lambda-service.ts';
import type { Lambda as Client } from '../../../functions/aws/operation.ts';
import { type LambdaClient, nodeFunction } from '../../../functions/aws/testing/lambda-client.ts';
import { type TestFunctions, testFunctions } from '../../../functions/testing/test-functions.ts';
import { type Clock, systemClock } from '../../../lib/clock.ts';
import { countedMetrics } from '../../../lib/metrics.ts';
import type { Records } from '../../../store/records.ts';
import { clientOf, serve } from '../../../wire/test-server.ts';
import { noting } from '../../../wire/testing/seen-answers.ts';
import { openMappings } from '../../mappings.ts';
import { Pollers } from '../../pollers.ts';
import type { MayRead, SourceQueues } from '../../sqs/source-queues.ts';
import { mappingPart } from '../mapping-part.ts';

const { Lambda } = createRequire(import.meta.url)('@aws-sdk/client-lambda') as Client;

/** Waits are not waited for; everything else is the real time. */
const impatient: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(1, signal) };

/** Every queue is there, but for `nowhere`; those of the name `hasty` hide their messages for a second only. */
const queues: SourceQueues = {
  find: async (arn) =>
    arn.endsWith(':nowhere') ? undefined : { visibilityMs: arn.endsWith(':hasty') ? 1_000 : 30_000 },
  receive: async () => [],
  delete: async () => {},
  release: async () => {},
};

/** All but those of the account 999999999999. */
const mayRead: MayRead = (_role, _name, arn) => !arn.includes(':999999999999:');

export interface Served {
  readonly lambda: LambdaClient;
  /** A client in another region. */
  readonly elsewhere: LambdaClient;
  /** Warnings that the log was told. */
  readonly warnings: readonly string[];
  /** Resolves when every mapping is in a stable state. */
  readonly idle: () => Promise<void>;
  /** As a server that ends, and another one over the same data directory. */
  readonly restart: (options?: ServeOptions) => Promise<Served>;
}

export interface ServeOptions {
  /** What the mappings get for their records. */
  readonly wrapRecords?: (records: Records) => Records;
}

type Open = (options: { uuid: () => string; wrapRecords: (records: Records) => Records }) => Promise<TestFunctions>;

/** The control plane with its mappings over a real store, and the official client, over HTTP. */
export async function serveMappings(t: TestContext, options: ServeOptions = {}): Promise<Served> {
  return served(t, (given) => testFunctions(given), options);
}

async function served(t: TestContext, open: Open, { wrapRecords = (records) => records }: ServeOptions) {
  const stores: Records[] = [];
  const uuid = () => crypto.randomUUID();
  const opened = await open({
    uuid,
    wrapRecords: (records) => {
      stores.push(records);
      return records;
    },
  });
  const [store] = stores;
  if (store === undefined) throw new Error('the functions were opened without records');
  const { functions } = opened;
  const warnings: string[] = [];
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line);
    if (level === 40) warnings.push(msg);
  };
  const log = pino({ level: 'warn' }, { write });
  // Nothing is polled: what pollers do is another test's matter.
  const pollers = new Pollers({
    queues,
    mayRead,
    metrics: countedMetrics(),
    functions,
    invoke: () => Promise.reject(),
    clock: impatient,
    uuid,
    log,
  });
  const records = wrapRecords(store);
  const mappings = await openMappings({ records, clock: impatient, uuid, log, functions, pollers, queues, mayRead });
  let isOpen = true;
  const close = async () => {
    isOpen = false;
    await mappings[Symbol.asyncDispose]();
  };
  t.after(async () => {
    if (!isOpen) return;
    await close();
    await opened[Symbol.asyncDispose]();
  });
  const server = await serve(t, [lambdaService(functions, () => '', [mappingPart(mappings)])]);
  const client = (region = 'eu-west-1') => {
    const lambda = new Lambda(noting({ ...clientOf(server), region }));
    t.after(() => lambda.destroy());
    return lambda;
  };
  return {
    lambda: client(),
    elsewhere: client('us-east-1'),
    warnings,
    idle: () => mappings.idle(),
    async restart(again: ServeOptions = {}): Promise<Served> {
      await close();
      return served(t, (given) => opened.reopen(given), again);
    },
  };
}

/** The function `hello`, with the version 1 and the alias `live`. */
export async function makeHello(lambda: LambdaClient): Promise<void> {
  await lambda.createFunction(await nodeFunction('hello'));
  for (;;) {
    const { State } = await lambda.getFunctionConfiguration({ FunctionName: 'hello' });
    if (State === 'Active') break;
  }
  await lambda.publishVersion({ FunctionName: 'hello' });
  await lambda.createAlias({ FunctionName: 'hello', Name: 'live', FunctionVersion: '1' });
}

export const PLACE = 'eu-west-1:123456789012';
export const FARN = `arn:aws:lambda:${PLACE}:function:hello`;
export const QUEUE = `arn:aws:sqs:${PLACE}:orders`;
export const FIFO = `${QUEUE}.fifo`;
export const STREAM = `arn:aws:kinesis:${PLACE}:stream/clicks`;
export const TABLE_STREAM = `arn:aws:dynamodb:${PLACE}:table/users/stream/2026-01-01T00:00:00.000`;
export const MSK = `arn:aws:kafka:${PLACE}:cluster/main/6c5c9a8e-0000-0000-0000-000000000000-1`;
export const BROKER = `arn:aws:mq:${PLACE}:broker:main:b-6c5c9a8e-0000-0000-0000-000000000000`;
export const DOCUMENTS = `arn:aws:rds:${PLACE}:cluster:docs`;
export const SECRET = `arn:aws:secretsmanager:${PLACE}:secret:credentials-abc`;

/** What CreateEventSourceMapping needs of a source. */
export type SourceMembers = Omit<CreateEventSourceMappingRequest, 'FunctionName'>;

const sources = <Kind extends string>(all: Record<Kind, SourceMembers>) => all;

export const SOURCES = sources({
  sqs: { EventSourceArn: QUEUE },
  fifo: { EventSourceArn: FIFO },
  kinesis: { EventSourceArn: STREAM, StartingPosition: 'LATEST' },
  dynamodb: { EventSourceArn: TABLE_STREAM, StartingPosition: 'TRIM_HORIZON' },
  msk: { EventSourceArn: MSK, Topics: ['events'] },
  kafka: {
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['a.example.com:9092', 'b.example.com:9092'] } },
    SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: SECRET }],
    Topics: ['events'],
  },
  mq: {
    EventSourceArn: BROKER,
    Queues: ['jobs'],
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: SECRET }],
  },
  documentdb: {
    EventSourceArn: DOCUMENTS,
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: SECRET }],
    DocumentDBEventSourceConfig: { DatabaseName: 'shop' },
  },
});
