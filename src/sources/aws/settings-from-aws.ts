import type {
  CreateEventSourceMappingRequest,
  KafkaSchemaRegistryConfig,
  UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda';
import { notSupportedYet } from '../../functions/aws/unsupported.ts';
import { type Access, FOREVER, type SchemaRegistry, type Source } from '../mapping.ts';
import type { SettingsRequest } from '../settings.ts';
import { unsupported } from './refusal-to-aws.ts';

/** Members that CreateEventSourceMapping and UpdateEventSourceMapping have in common. */
type Members = Omit<UpdateEventSourceMappingRequest & CreateEventSourceMappingRequest, 'UUID' | 'FunctionName'>;

/** Throws AwsError for what Lambent cannot do yet, and for what no mapping can. */
export function assertMembers({ KMSKeyArn, DestinationConfig, SelfManagedKafkaEventSourceConfig }: Members): void {
  if (DestinationConfig?.OnSuccess !== undefined) throw unsupported('destinationConfig');
  // Filters that only seem to be encrypted would be worse than none.
  if (KMSKeyArn !== undefined && KMSKeyArn !== '') throw notSupportedYet('KMSKeyArn');
  if (SelfManagedKafkaEventSourceConfig?.ConsumptionMode === 'Queue') throw notSupportedYet('ConsumptionMode Queue');
}

/** What is asked for of a source. An empty structure takes a setting away, as in AWS's guide. Throws AwsError. */
export function settingsFromAws(input: Members, source: Source): SettingsRequest {
  const { FilterCriteria, DestinationConfig, ScalingConfig, MetricsConfig, LoggingConfig } = input;
  const { MaximumRecordAgeInSeconds: ageSeconds, FunctionResponseTypes: responses } = input;
  const registry = kafkaConfig(input, source)?.SchemaRegistryConfig;
  const pollers = input.ProvisionedPollerConfig;
  return {
    batchSize: input.BatchSize,
    batchWindowMs: milliseconds(input.MaximumBatchingWindowInSeconds),
    filters: given(FilterCriteria, ({ Filters }) => Filters?.map(({ Pattern = '' }) => Pattern)),
    partialFailures: responses === undefined ? undefined : responses.length > 0 || null,
    retriesMax: input.MaximumRetryAttempts,
    recordAgeMsMax: ageSeconds === FOREVER ? FOREVER : milliseconds(ageSeconds),
    bisect: input.BisectBatchOnFunctionError,
    perShard: input.ParallelizationFactor,
    tumblingWindowMs: milliseconds(input.TumblingWindowInSeconds),
    failureDestination: given(DestinationConfig, ({ OnFailure }) => OnFailure?.Destination),
    concurrencyMax: given(ScalingConfig, ({ MaximumConcurrency }) => MaximumConcurrency),
    pollers: given(pollers, ({ MinimumPollers: min, MaximumPollers: max, PollerGroupName }) =>
      part({ min, max, group: PollerGroupName || undefined }),
    ),
    metrics: given(MetricsConfig, ({ Metrics }) => Metrics),
    logLevel: given(LoggingConfig, ({ SystemLogLevel }) => SystemLogLevel),
    access: given(input.SourceAccessConfigurations, () => accessFromAws(input, source)),
    schemaRegistry: given(registry, schemaRegistry),
    database: given(
      input.DocumentDBEventSourceConfig,
      ({ DatabaseName: name, CollectionName: collection, FullDocument: fullDocument }) =>
        part({ name, collection, fullDocument }),
    ),
  };
}

/** The block of this kind of Kafka. Throws AwsError if that of another source is given. */
export function kafkaConfig(input: Members, { kind }: Pick<Source, 'kind'>) {
  const { AmazonManagedKafkaEventSourceConfig: managed, SelfManagedKafkaEventSourceConfig: own } = input;
  if (managed !== undefined && kind !== 'msk') throw unsupported('amazonManagedKafkaEventSourceConfig');
  if (own !== undefined && kind !== 'kafka') throw unsupported('selfManagedKafkaEventSourceConfig');
  return managed ?? own;
}

function schemaRegistry(config: KafkaSchemaRegistryConfig): SchemaRegistry | undefined {
  const { SchemaRegistryURI, EventRecordFormat, AccessConfigs, SchemaValidationConfigs } = config;
  if (SchemaRegistryURI === undefined) return undefined;
  return {
    uri: SchemaRegistryURI,
    format: EventRecordFormat,
    access: AccessConfigs?.map(({ Type: type = '', URI: uri }) => ({ type, uri })),
    validated: SchemaValidationConfigs?.flatMap(({ Attribute }) => Attribute ?? []),
  };
}

/** Amazon MQ's virtual host is told among the credentials, and is part of the source. */
export function virtualHostOf({ SourceAccessConfigurations: all }: Members): string | undefined {
  return all?.find(({ Type }) => Type === VIRTUAL_HOST)?.URI;
}

function accessFromAws({ SourceAccessConfigurations: all = [] }: Members, { kind }: Source): Access[] {
  return all
    .filter(({ Type }) => kind !== 'mq' || Type !== VIRTUAL_HOST)
    .map(({ Type: type = '', URI: uri }) => ({ type, uri }));
}

export const VIRTUAL_HOST = 'VIRTUAL_HOST';

/** undefined for a structure without members. */
function part<Members extends object>(members: Members): Members | undefined {
  return Object.values(members).every((member) => member === undefined) ? undefined : members;
}

/** null for a member that is given and asks for nothing. */
function given<Member, Setting>(
  member: Member | undefined,
  read: (member: Member) => Setting | undefined,
): Setting | null | undefined {
  if (member === undefined) return undefined;
  const setting = read(member);
  const isNothing = setting === undefined || setting === '' || (Array.isArray(setting) && setting.length === 0);
  return isNothing ? null : setting;
}

const milliseconds = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000);
