import type { Constraints } from '../../../wire/service.ts';
import { elements, keys, length, oneOf, pattern, range, required, values } from '../../../wire/validation.ts';
import type { Lambda } from '../operation.ts';
import { NAMESPACED_FUNCTION_NAME } from './names.ts';
import { ARN, ARN_OR_NOTHING, DESTINATION, MAX_ITEMS, SYSTEM_LOG_LEVELS, TAGS } from './shared.ts';

const URI = [length(1, 200), pattern('[ a-zA-Z0-9-\\/*:_+=.@-]*')];

const ID = { uUID: [required, length(36, 36)] };

/** Members of the two kinds of Kafka sources. */
const KAFKA = {
  consumerGroupId: URI,
  'schemaRegistryConfig.schemaRegistryURI': [length(1, 10_000), pattern('[a-zA-Z0-9-\\/*:_+=.@-]*')],
  'schemaRegistryConfig.eventRecordFormat': [oneOf(['JSON', 'SOURCE'])],
  'schemaRegistryConfig.accessConfigs.*': {
    type: [oneOf(['BASIC_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH', 'SERVER_ROOT_CA_CERTIFICATE', 'OAUTHBEARER_AUTH'])],
    uRI: ARN,
  },
  'schemaRegistryConfig.schemaValidationConfigs.*': { attribute: [oneOf(['KEY', 'VALUE'])] },
};

/** Members that can be changed later. */
const CHANGEABLE = {
  batchSize: [range(1, 10_000)],
  'filterCriteria.filters.*': { pattern: [length(0, 4_096), pattern('[\\s\\S]*')] },
  kMSKeyArn: ARN_OR_NOTHING,
  'metricsConfig.metrics': [length(0, 3), elements(oneOf(['EventCount', 'ErrorCount', 'KafkaMetrics']))],
  'loggingConfig.systemLogLevel': [oneOf(SYSTEM_LOG_LEVELS)],
  'scalingConfig.maximumConcurrency': [range(2, 1_000)],
  maximumBatchingWindowInSeconds: [range(0, 300)],
  parallelizationFactor: [range(1, 10)],
  'destinationConfig.onSuccess.destination': DESTINATION,
  'destinationConfig.onFailure.destination': DESTINATION,
  maximumRecordAgeInSeconds: [range(-1, 604_800)],
  maximumRetryAttempts: [range(-1, 10_000)],
  tumblingWindowInSeconds: [range(0, 900)],
  sourceAccessConfigurations: [length(0, 23)],
  'sourceAccessConfigurations.*': {
    type: [
      oneOf([
        'BASIC_AUTH',
        'VPC_SUBNET',
        'VPC_SECURITY_GROUP',
        'SASL_SCRAM_512_AUTH',
        'SASL_SCRAM_256_AUTH',
        'VIRTUAL_HOST',
        'CLIENT_CERTIFICATE_TLS_AUTH',
        'SERVER_ROOT_CA_CERTIFICATE',
        'OAUTHBEARER_AUTH',
        'OAUTHBEARER_SCOPE',
        'OAUTHBEARER_AUDIENCE',
        'OAUTHBEARER_LOGICAL_CLUSTER',
        'OAUTHBEARER_IDENTITY_POOL',
        'IAM_AUTH',
        'IAM_OAUTHBEARER_AUTH',
      ]),
    ],
    uRI: URI,
  },
  functionResponseTypes: [length(0, 1), elements(oneOf(['ReportBatchItemFailures']))],
  ...under('amazonManagedKafkaEventSourceConfig', KAFKA),
  ...under('selfManagedKafkaEventSourceConfig', KAFKA),
  'selfManagedKafkaEventSourceConfig.consumptionMode': [oneOf(['Stream', 'Queue'])],
  'documentDBEventSourceConfig.databaseName': [length(1, 63), pattern('[^ /\\.$\\x22]*')],
  'documentDBEventSourceConfig.collectionName': [length(1, 57), pattern('(^(?!(system\\x2e)))(^[_a-zA-Z0-9])([^$]*)')],
  'documentDBEventSourceConfig.fullDocument': [oneOf(['UpdateLookup', 'Default'])],
  'provisionedPollerConfig.minimumPollers': [range(1, 200)],
  'provisionedPollerConfig.maximumPollers': [range(1, 10_000)],
  'provisionedPollerConfig.pollerGroupName': [length(0, 128), pattern('[a-zA-Z0-9-_]*')],
};

export const EVENT_SOURCE_MAPPING_CONSTRAINTS: Constraints<Lambda> = {
  CreateEventSourceMapping: {
    eventSourceArn: ARN,
    // The order of values is a recorded one (lambda-facts 13.2).
    startingPosition: [oneOf(['LATEST', 'AT_TIMESTAMP', 'TRIM_HORIZON'])],
    topics: [length(1, 1), elements(length(1, 249), pattern('[^.]([a-zA-Z0-9\\-_.]+)'))],
    queues: [length(1, 1), elements(length(1, 1_000), pattern('[\\s\\S]*'))],
    'selfManagedEventSource.endpoints': [
      length(1, 2),
      keys(oneOf(['KAFKA_BOOTSTRAP_SERVERS'])),
      values(
        length(1, 10),
        elements(
          length(1, 300),
          pattern(
            '(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]*[a-zA-Z0-9])\\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\\-]*[A-Za-z0-9]):[0-9]{1,5}',
          ),
        ),
      ),
    ],
    ...CHANGEABLE,
    tags: TAGS,
    functionName: [required, ...NAMESPACED_FUNCTION_NAME],
  },
  UpdateEventSourceMapping: { ...ID, ...CHANGEABLE, functionName: NAMESPACED_FUNCTION_NAME },
  GetEventSourceMapping: ID,
  DeleteEventSourceMapping: ID,
  ListEventSourceMappings: {
    eventSourceArn: ARN,
    maxItems: MAX_ITEMS,
    functionName: NAMESPACED_FUNCTION_NAME,
  },
};

function under<T>(prefix: string, members: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).map(([path, constraints]) => [`${prefix}.${path}`, constraints]));
}
