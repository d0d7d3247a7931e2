import type { Settings } from '../mapping.ts';

/** The API's members for our settings, as its errors name them. */
export const MEMBERS: Readonly<Record<keyof Settings | 'topics' | 'queues', string>> = {
  topics: 'topics',
  queues: 'queues',
  batchSize: 'batchSize',
  batchWindowMs: 'maximumBatchingWindowInSeconds',
  filters: 'filterCriteria',
  partialFailures: 'functionResponseTypes',
  retriesMax: 'maximumRetryAttempts',
  recordAgeMsMax: 'maximumRecordAgeInSeconds',
  bisect: 'bisectBatchOnFunctionError',
  perShard: 'parallelizationFactor',
  tumblingWindowMs: 'tumblingWindowInSeconds',
  failureDestination: 'destinationConfig',
  concurrencyMax: 'scalingConfig',
  pollers: 'provisionedPollerConfig',
  metrics: 'metricsConfig',
  logLevel: 'loggingConfig',
  access: 'sourceAccessConfigurations',
  schemaRegistry: 'schemaRegistryConfig',
  database: 'documentDBEventSourceConfig',
};
