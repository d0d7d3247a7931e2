import { type FunctionKey, functionArn, type Place } from '../functions/function.ts';

/** What a mapping can read. `kafka` is a cluster of one's own, `msk` one that AWS manages. */
export type SourceKind = 'sqs' | 'kinesis' | 'dynamodb' | 'msk' | 'kafka' | 'mq' | 'documentdb';

/** Where in a stream reading begins. */
export type Start =
  | { readonly position: 'oldest' }
  | { readonly position: 'latest' }
  | { readonly position: 'timestamp'; readonly atMs: number };

/** What is read. It never changes: another source is another mapping. */
export type Source =
  | { readonly kind: 'sqs'; readonly arn: string }
  | { readonly kind: 'kinesis' | 'dynamodb' | 'documentdb'; readonly arn: string; readonly start: Start }
  | ({ readonly kind: 'msk'; readonly arn: string } & Topics)
  | ({ readonly kind: 'kafka'; readonly servers: readonly string[] } & Topics)
  | {
      readonly kind: 'mq';
      readonly arn: string;
      readonly queues: readonly string[];
      /** Of RabbitMQ; undefined: `/`. */
      readonly virtualHost?: string | undefined;
    };

interface Topics {
  readonly topics: readonly string[];
  readonly consumerGroup: string;
  readonly start: Start;
}

/** Of a number that has no limit: AWS's own sign for it. */
export const FOREVER = -1;

/** What UpdateEventSourceMapping changes. undefined: this kind of source has no such setting, or it was never given. */
export interface Settings {
  readonly batchSize: number;
  /** How long to gather a batch; undefined: the source's own half second. */
  readonly batchWindowMs?: number | undefined;
  /** An item that matches none of these patterns, JSON each, is not for the function; without patterns all are. */
  readonly filters?: readonly string[] | undefined;
  /** Whether the function answers which items of a batch it could not do. */
  readonly partialFailures?: boolean | undefined;
  /** Retries of a batch, or `FOREVER`. */
  readonly retriesMax?: number | undefined;
  /** Items older than this are given up; `FOREVER`: none is. */
  readonly recordAgeMsMax?: number | undefined;
  /** Halves a batch that failed, to find the item that makes it fail. */
  readonly bisect?: boolean | undefined;
  /** Batches of one shard at a time. */
  readonly perShard?: number | undefined;
  /** 0: no tumbling windows. */
  readonly tumblingWindowMs?: number | undefined;
  /** An ARN, or `kafka://` and a topic, to which what was given up is told. */
  readonly failureDestination?: string | undefined;
  /** Invocations at a time. */
  readonly concurrencyMax?: number | undefined;
  /** Pollers that are always there, and how many there may be. */
  readonly pollers?: { readonly min: number; readonly max: number; readonly group?: string | undefined } | undefined;
  readonly metrics?: readonly string[] | undefined;
  readonly logLevel?: string | undefined;
  /** Credentials and networks by which the source is reached. */
  readonly access?: readonly Access[] | undefined;
  readonly schemaRegistry?: SchemaRegistry | undefined;
  readonly database?: Database | undefined;
}

export interface Access {
  readonly type: string;
  readonly uri?: string | undefined;
}

export interface SchemaRegistry {
  readonly uri?: string | undefined;
  readonly format?: string | undefined;
  readonly access?: readonly Access[] | undefined;
  /** Which parts of a record are checked: `KEY`, `VALUE`. */
  readonly validated?: readonly string[] | undefined;
}

export interface Database {
  readonly name: string;
  /** undefined: all of the database. */
  readonly collection?: string | undefined;
  readonly fullDocument: 'UpdateLookup' | 'Default';
}

/** Between a stable state and the next one; `enabled` and `disabled` are the stable ones. */
export type MappingState = 'creating' | 'enabling' | 'enabled' | 'disabling' | 'disabled' | 'updating' | 'deleting';

/** A function, or one of its versions or aliases, as it was named. */
export interface MappedFunction {
  readonly key: FunctionKey;
  readonly qualifier?: string | undefined;
}

/** Ties a source to a function; one record. */
export interface Mapping {
  readonly place: Place;
  /** A UUID. */
  readonly id: string;
  readonly source: Source;
  /** It may have been deleted: a mapping outlives its function. */
  readonly target: MappedFunction;
  readonly settings: Settings;
  readonly state: MappingState;
  /** What its user wants, and what a state that is not stable leads to. */
  readonly enabled: boolean;
  /** When it was changed, or its state. */
  readonly modifiedMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

export function mappingArn({ place, id }: Pick<Mapping, 'place' | 'id'>): string {
  return `arn:aws:lambda:${place.region}:${place.account}:event-source-mapping:${id}`;
}

export const targetArn = ({ key, qualifier }: MappedFunction): string => functionArn(key, qualifier);

export const sourceArn = (source: Source): string | undefined => ('arn' in source ? source.arn : undefined);
