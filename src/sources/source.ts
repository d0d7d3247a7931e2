import type { Place } from '../functions/function.ts';
import type { Source, SourceKind, Start } from './mapping.ts';
import { MappingRefused } from './refusal.ts';

/** What a request says of the source; which of it belongs to which kind is decided here. */
export interface SourceRequest {
  readonly arn?: string | undefined;
  /** Of a Kafka cluster of one's own, `host:port` each. */
  readonly servers?: readonly string[] | undefined;
  readonly topics?: readonly string[] | undefined;
  readonly queues?: readonly string[] | undefined;
  readonly consumerGroup?: string | undefined;
  readonly virtualHost?: string | undefined;
  readonly position?: Start['position'] | undefined;
  readonly atMs?: number | undefined;
}

/** The resource in an ARN: `arn:aws:sqs:eu-west-1:123456789012:orders`. */
const ARN = /^arn:[^:]+:(?<service>[^:]+):(?<region>[^:]+):\d{12}:(?<resource>.+)$/;

const KINDS: readonly { kind: SourceKind; service: string; resource: RegExp }[] = [
  { kind: 'sqs', service: 'sqs', resource: /^[^:/]+$/ },
  { kind: 'kinesis', service: 'kinesis', resource: /^stream\/[^/]+(\/consumer\/.+)?$/ },
  { kind: 'dynamodb', service: 'dynamodb', resource: /^table\/[^/]+\/stream\/.+$/ },
  { kind: 'msk', service: 'kafka', resource: /^(cluster|vpc-connection)\/.+$/ },
  { kind: 'mq', service: 'mq', resource: /^broker:.+$/ },
  // DocumentDB shares the names of RDS, whose other clusters cannot be told from it.
  { kind: 'documentdb', service: 'rds', resource: /^cluster:.+$/ },
];

/** Throws `MappingRefused` for what no mapping can read. */
export function kindOf({ arn, servers }: SourceRequest): SourceKind {
  if (arn !== undefined && servers !== undefined) throw new MappingRefused({ kind: 'two-sources' });
  if (servers !== undefined) return 'kafka';
  const { service, resource = '' } = ARN.exec(arn ?? '')?.groups ?? {};
  const found = KINDS.find((one) => one.service === service && one.resource.test(resource));
  if (found === undefined) throw new MappingRefused({ kind: 'unknown-source' });
  return found.kind;
}

/** The source of a new mapping with this id. Throws `MappingRefused`. */
export function sourceOf(
  request: SourceRequest,
  { place, id, nowMs }: { place: Place; id: string; nowMs: number },
): Source {
  const kind = kindOf(request);
  const { arn = '', servers = [] } = request;
  const region = ARN.exec(arn)?.groups?.region;
  if (region !== undefined && region !== place.region) {
    throw new MappingRefused({ kind: 'source-elsewhere', arn, region: place.region });
  }
  for (const part of ['topics', 'queues'] as const) {
    const isItsOwn = part === 'queues' ? kind === 'mq' : kind === 'msk' || kind === 'kafka';
    const isGiven = (request[part]?.length ?? 0) > 0;
    if (isGiven && !isItsOwn) throw new MappingRefused({ kind: 'setting-not-supported', setting: part });
    if (!isGiven && isItsOwn) throw new MappingRefused({ kind: 'setting-missing', setting: part });
  }
  const { topics = [], queues = [], consumerGroup = id } = request;
  switch (kind) {
    case 'sqs':
    case 'mq':
      if (request.position !== undefined) throw new MappingRefused({ kind: 'start-of-queue', source: kind });
      return kind === 'mq' ? { kind, arn, queues, virtualHost: request.virtualHost } : { kind, arn };
    case 'kinesis':
    case 'dynamodb':
      if (request.position === undefined) throw new MappingRefused({ kind: 'no-start' });
      if (kind === 'dynamodb' && request.position === 'timestamp') {
        throw new MappingRefused({ kind: 'start-not-supported', arn });
      }
      return { kind, arn, start: startOf(request, request.position, nowMs) };
    case 'documentdb':
      return { kind, arn, start: startOf(request, 'latest', nowMs) };
    case 'msk':
      return { kind, arn, topics, consumerGroup, start: startOf(request, 'oldest', nowMs) };
    case 'kafka':
      return { kind, servers, topics, consumerGroup, start: startOf(request, 'oldest', nowMs) };
  }
}

function startOf({ position, atMs }: SourceRequest, initial: Start['position'], nowMs: number): Start {
  const chosen = position ?? initial;
  if (chosen !== 'timestamp') return { position: chosen };
  if (atMs === undefined) throw new MappingRefused({ kind: 'no-start-timestamp' });
  if (atMs > nowMs) throw new MappingRefused({ kind: 'start-in-future' });
  return { position: chosen, atMs };
}
