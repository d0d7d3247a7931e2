import type {
  EventSourceMappingMetric,
  EventSourceMappingSystemLogLevel,
  KafkaSchemaRegistryAuthType,
  KafkaSchemaRegistryConfig,
  KafkaSchemaValidationAttribute,
  SchemaRegistryEventRecordFormat,
  EventSourceMappingConfiguration as Shown,
  SourceAccessConfiguration,
  SourceAccessType,
} from '@aws-sdk/client-lambda';
import {
  FOREVER,
  type Mapping,
  type MappingState,
  mappingArn,
  type SchemaRegistry,
  type Settings,
  type Source,
  type Start,
  sourceArn,
  targetArn,
} from '../mapping.ts';
import { VIRTUAL_HOST } from './settings-from-aws.ts';

export const POSITIONS = { oldest: 'TRIM_HORIZON', latest: 'LATEST', timestamp: 'AT_TIMESTAMP' } as const;

const STATES: Readonly<Record<MappingState, string>> = {
  creating: 'Creating',
  enabling: 'Enabling',
  enabled: 'Enabled',
  disabling: 'Disabling',
  disabled: 'Disabled',
  updating: 'Updating',
  deleting: 'Deleting',
};

/** A mapping as AWS shows it: which members are there depends on the source (lambda-facts 13.1). `lastResult`: of `Mappings`. */
export function shown(mapping: Mapping, lastResult: string | undefined): Shown {
  const { source, settings } = mapping;
  const isStream = source.kind === 'kinesis' || source.kind === 'dynamodb';
  return {
    UUID: mapping.id,
    EventSourceMappingArn: mappingArn(mapping),
    EventSourceArn: sourceArn(source),
    FunctionArn: targetArn(mapping.target),
    ...('start' in source ? shownStart(source.start) : {}),
    ...shownSource(source, settings),
    ...shownSettings(settings),
    DestinationConfig: shownDestination(settings.failureDestination, isStream),
    LastModified: new Date(mapping.modifiedMs),
    LastProcessingResult: lastResult,
    State: STATES[mapping.state],
    StateTransitionReason: isStream ? 'User action' : 'USER_INITIATED',
  };
}

function shownStart(start: Start): Shown {
  return {
    StartingPosition: POSITIONS[start.position],
    StartingPositionTimestamp: start.position === 'timestamp' ? new Date(start.atMs) : undefined,
  };
}

function shownSource(source: Source, settings: Settings): Shown {
  const { schemaRegistry } = settings;
  switch (source.kind) {
    case 'mq':
      return { Queues: [...source.queues], SourceAccessConfigurations: shownAccess(settings, source.virtualHost) };
    case 'msk':
      return {
        Topics: [...source.topics],
        AmazonManagedKafkaEventSourceConfig: shownKafka(source, schemaRegistry),
        SourceAccessConfigurations: shownAccess(settings),
      };
    case 'kafka':
      return {
        Topics: [...source.topics],
        SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [...source.servers] } },
        SelfManagedKafkaEventSourceConfig: shownKafka(source, schemaRegistry),
        SourceAccessConfigurations: shownAccess(settings),
      };
    case 'documentdb':
      return { SourceAccessConfigurations: shownAccess(settings) };
    default:
      return {};
  }
}

function shownAccess({ access }: Settings, virtualHost?: string): SourceAccessConfiguration[] | undefined {
  const host = virtualHost === undefined ? [] : [{ type: VIRTUAL_HOST, uri: virtualHost }];
  return access && [...access, ...host].map(({ type, uri }) => ({ Type: type as SourceAccessType, URI: uri }));
}

function shownKafka({ consumerGroup }: { consumerGroup: string }, registry: SchemaRegistry | undefined) {
  return { ConsumerGroupId: consumerGroup, SchemaRegistryConfig: shownRegistry(registry) };
}

// SAFE, for the casts of this file: the checks of the request let only the API's own values in.
function shownRegistry(registry: SchemaRegistry | undefined): KafkaSchemaRegistryConfig | undefined {
  return (
    registry && {
      SchemaRegistryURI: registry.uri,
      EventRecordFormat: registry.format as SchemaRegistryEventRecordFormat | undefined,
      AccessConfigs: registry.access?.map(({ type, uri }) => ({ Type: type as KafkaSchemaRegistryAuthType, URI: uri })),
      SchemaValidationConfigs: registry.validated?.map((part) => ({
        Attribute: part as KafkaSchemaValidationAttribute,
      })),
    }
  );
}

function shownSettings(settings: Settings): Shown {
  const { filters, partialFailures, recordAgeMsMax, tumblingWindowMs, concurrencyMax, pollers, database } = settings;
  return {
    BatchSize: settings.batchSize,
    MaximumBatchingWindowInSeconds: seconds(settings.batchWindowMs),
    FilterCriteria: filters && { Filters: filters.map((Pattern) => ({ Pattern })) },
    FunctionResponseTypes:
      partialFailures === undefined ? undefined : partialFailures ? ['ReportBatchItemFailures'] : [],
    MaximumRetryAttempts: settings.retriesMax,
    MaximumRecordAgeInSeconds: recordAgeMsMax === FOREVER ? FOREVER : seconds(recordAgeMsMax),
    BisectBatchOnFunctionError: settings.bisect,
    ParallelizationFactor: settings.perShard,
    TumblingWindowInSeconds: seconds(tumblingWindowMs),
    ScalingConfig: concurrencyMax === undefined ? undefined : { MaximumConcurrency: concurrencyMax },
    ProvisionedPollerConfig: pollers && {
      MinimumPollers: pollers.min,
      MaximumPollers: pollers.max,
      PollerGroupName: pollers.group,
    },
    MetricsConfig: settings.metrics && { Metrics: [...settings.metrics] as EventSourceMappingMetric[] },
    LoggingConfig:
      settings.logLevel === undefined
        ? undefined
        : { SystemLogLevel: settings.logLevel as EventSourceMappingSystemLogLevel },
    DocumentDBEventSourceConfig: database && {
      DatabaseName: database.name,
      CollectionName: database.collection,
      FullDocument: database.fullDocument,
    },
  };
}

/** Streams show an empty one. */
function shownDestination(destination: string | undefined, isStream: boolean): Shown['DestinationConfig'] {
  if (destination !== undefined) return { OnFailure: { Destination: destination } };
  return isStream ? { OnFailure: {} } : undefined;
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1_000);
