import { isFilterPattern } from './filter-pattern.ts';
import { FOREVER, type Settings, type Source, type SourceKind, sourceArn } from './mapping.ts';
import { MappingRefused } from './refusal.ts';

/** What a request gives: undefined leaves a setting as it is, null takes it back to what the source begins with. */
export type SettingsRequest = {
  readonly [Key in keyof Settings]?: (Key extends 'pollers' | 'database' ? Part<Settings[Key]> : Settings[Key]) | null;
};

type Part<Setting> = Partial<NonNullable<Setting>> | undefined;

const STREAMS = ['kinesis', 'dynamodb'] as const;
const KAFKAS = ['msk', 'kafka'] as const;
const ALL: readonly SourceKind[] = ['sqs', ...STREAMS, ...KAFKAS, 'mq', 'documentdb'];

/** Which kinds of sources have which settings: the API's model and AWS's guide. */
const SUPPORTED: Readonly<Record<keyof Settings, readonly SourceKind[]>> = {
  batchSize: ALL,
  batchWindowMs: ALL,
  filters: ALL,
  partialFailures: ['sqs', ...STREAMS, ...KAFKAS],
  retriesMax: [...STREAMS, ...KAFKAS],
  recordAgeMsMax: [...STREAMS, ...KAFKAS],
  bisect: [...STREAMS, ...KAFKAS],
  perShard: STREAMS,
  tumblingWindowMs: STREAMS,
  failureDestination: [...STREAMS, ...KAFKAS],
  concurrencyMax: ['sqs'],
  pollers: ['sqs', ...KAFKAS],
  metrics: ['sqs', ...STREAMS, ...KAFKAS],
  logLevel: KAFKAS,
  access: [...KAFKAS, 'mq', 'documentdb'],
  schemaRegistry: KAFKAS,
  database: ['documentdb'],
};

const NEEDED: Readonly<Partial<Record<SourceKind, readonly (keyof Settings)[]>>> = {
  kafka: ['access'],
  mq: ['access'],
  documentdb: ['access', 'database'],
};

const STREAM: Settings = {
  batchSize: 100,
  batchWindowMs: 0,
  partialFailures: false,
  retriesMax: FOREVER,
  recordAgeMsMax: FOREVER,
  bisect: false,
  perShard: 1,
  tumblingWindowMs: 0,
};

/** What a mapping begins with (lambda-facts 13.1). */
const INITIAL: Readonly<Record<SourceKind, Settings>> = {
  sqs: { batchSize: 10, batchWindowMs: 0, partialFailures: false },
  kinesis: STREAM,
  dynamodb: STREAM,
  msk: { batchSize: 100 },
  kafka: { batchSize: 100 },
  mq: { batchSize: 100 },
  documentdb: { batchSize: 100 },
};

const FILTERS_MAX = 5; // AWS: quota of a mapping.
const FIFO_BATCH_MAX = 10; // AWS: quota of a FIFO queue.
const BATCH_WITHOUT_WINDOW_MAX = 10;
const RECORD_AGE_MS_MIN = 60_000;

/** The settings of a new mapping. Throws `MappingRefused`. */
export const newSettings = (source: Source, request: SettingsRequest): Settings =>
  changedSettings(source, INITIAL[source.kind], request);

/** The settings after a change. Throws `MappingRefused`. */
export function changedSettings(source: Source, current: Settings, request: SettingsRequest): Settings {
  const initial = INITIAL[source.kind];
  const settings: { -readonly [Key in keyof Settings]: Settings[Key] } = { ...current };
  for (const setting of Object.keys(request) as (keyof Settings)[]) {
    const value = request[setting];
    if (value === undefined) continue;
    // To ask that there be none of what cannot be is no mistake.
    if (value !== null && !SUPPORTED[setting].includes(source.kind)) {
      throw new MappingRefused({ kind: 'setting-not-supported', setting });
    }
    Object.assign(settings, { [setting]: value === null ? initial[setting] : value });
  }
  // Of these two a part may be given, and the rest stays.
  if (request.pollers) settings.pollers = pollersOf(source, { ...current.pollers, ...defined(request.pollers) });
  if (request.database) settings.database = databaseOf({ ...current.database, ...defined(request.database) });
  for (const setting of NEEDED[source.kind] ?? []) {
    if (settings[setting] === undefined) throw new MappingRefused({ kind: 'setting-missing', setting });
  }
  assertBatches(source, settings);
  assertFilters(settings);
  assertFailures(source, settings);
  assertAccess(source, settings);
  assertPollers(source, settings);
  return settings;
}

function assertBatches(source: Source, { batchSize, batchWindowMs }: Settings): void {
  if (source.kind !== 'sqs') return;
  if (isFifo(source)) {
    if (batchWindowMs !== 0) throw new MappingRefused({ kind: 'window-of-fifo' });
    if (batchSize > FIFO_BATCH_MAX) throw new MappingRefused({ kind: 'batch-size-of-fifo', max: FIFO_BATCH_MAX });
  } else if (batchSize > BATCH_WITHOUT_WINDOW_MAX && batchWindowMs === 0) {
    throw new MappingRefused({ kind: 'window-missing' });
  }
}

function assertFilters({ filters = [] }: Settings): void {
  if (!filters.every(isFilterPattern)) throw new MappingRefused({ kind: 'invalid-filter' });
  if (filters.length > FILTERS_MAX) throw new MappingRefused({ kind: 'too-many-filters', max: FILTERS_MAX });
}

function assertFailures(source: Source, { recordAgeMsMax = FOREVER, failureDestination }: Settings): void {
  if (recordAgeMsMax !== FOREVER && recordAgeMsMax < RECORD_AGE_MS_MIN)
    throw new MappingRefused({ kind: 'record-age' });
  if (failureDestination?.startsWith('kafka://') && !isKafka(source)) {
    throw new MappingRefused({ kind: 'destination-of-other-source', destination: failureDestination });
  }
}

/** By which means which sources are reached (the API's model). A cluster of one's own takes them all. */
const ACCESS: Readonly<Partial<Record<SourceKind, readonly string[]>>> = {
  msk: ['SASL_SCRAM_512_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'],
  mq: ['BASIC_AUTH'],
  documentdb: ['BASIC_AUTH'],
};

function assertAccess({ kind }: Source, { access = [] }: Settings): void {
  // A virtual host is part of the source of Amazon MQ; no other source has one.
  const allowed = (type: string) => ACCESS[kind]?.includes(type) ?? type !== 'VIRTUAL_HOST';
  const other = access.find(({ type }) => !allowed(type));
  if (other !== undefined) throw new MappingRefused({ kind: 'access-of-other-source', type: other.type });
}

function assertPollers(source: Source, { pollers, concurrencyMax, metrics = [], schemaRegistry }: Settings): void {
  const metric = metrics.find((name) => name !== 'EventCount' && !isKafka(source));
  if (metric !== undefined) throw new MappingRefused({ kind: 'metric-of-other-source', metric });
  if (pollers === undefined) {
    if (schemaRegistry !== undefined) throw new MappingRefused({ kind: 'schema-registry-without-pollers' });
    return;
  }
  if (concurrencyMax !== undefined) throw new MappingRefused({ kind: 'pollers-and-concurrency' });
  if (pollers.group !== undefined && !isKafka(source)) {
    throw new MappingRefused({ kind: 'poller-group-of-other-source' });
  }
  const { minMin, maxMax } = POLLERS[isKafka(source) ? 'kafka' : 'sqs'];
  if (pollers.min < minMin || pollers.max > maxMax || pollers.min > pollers.max) {
    throw new MappingRefused({ kind: 'pollers-out-of-range', minMin, maxMax });
  }
}

/** Pollers of provisioned mode (the API's model). */
const POLLERS = { sqs: { minMin: 2, maxMax: 10_000 }, kafka: { minMin: 1, maxMax: 2_000 } } as const;
const POLLERS_MAX = 200; // AWS: where only the least number was given.

/** What provisioned mode has where a part of it was not given. */
function pollersOf(source: Source, { min: givenMin, max, group }: NonNullable<Part<Settings['pollers']>>) {
  const min = givenMin ?? POLLERS[isKafka(source) ? 'kafka' : 'sqs'].minMin;
  return { min, max: max ?? Math.max(min, POLLERS_MAX), group };
}

function databaseOf({ name, collection, fullDocument = 'Default' }: NonNullable<Part<Settings['database']>>) {
  return name === undefined ? undefined : { name, collection, fullDocument };
}

const defined = <Given extends object>(given: Given): Given =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Given; // SAFE: its own members.

const isKafka = ({ kind }: Source) => kind === 'msk' || kind === 'kafka';
const isFifo = (source: Source) => sourceArn(source)?.endsWith('.fifo') ?? false;
