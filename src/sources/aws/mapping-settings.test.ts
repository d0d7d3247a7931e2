import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type {
  EventSourceMappingConfiguration as Shown,
  UpdateEventSourceMappingRequest as Update,
} from '@aws-sdk/client-lambda';
import { refusalOf } from '../../functions/aws/testing/lambda-client.ts';
import {
  BROKER,
  DOCUMENTS,
  FARN,
  FIFO,
  MSK,
  makeHello,
  PLACE,
  QUEUE,
  SECRET,
  SOURCES,
  type SourceMembers,
  STREAM,
  serveMappings,
  TABLE_STREAM,
} from './testing/serve-mappings.ts';

// Defaults, limits and texts of lambda-facts 4.2, 13.1 and 13.2, through the official client.

type Changes = Omit<Update, 'UUID'>;

const DEAD = `arn:aws:sqs:${PLACE}:dead`;
const invalid = (message: string) => ({ name: 'InvalidParameterValueException', message, Type: 'User' });
const unsupported = (member: string) => invalid(`Unsupported ${member} parameter for given event source mapping type.`);

test('each kind of source begins with settings of its own', async (t) => {
  const { created } = await served(t);
  const stream = {
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    BisectBatchOnFunctionError: false,
    DestinationConfig: { OnFailure: {} },
    MaximumRecordAgeInSeconds: -1,
    MaximumRetryAttempts: -1,
    ParallelizationFactor: 1,
    TumblingWindowInSeconds: 0,
    StateTransitionReason: 'User action',
  };
  const queue = { BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [], ...INITIATED };
  const problem = (what: string) => ({ LastProcessingResult: `PROBLEM: Lambent does not poll ${what} yet.` });
  const secret = (Type: string) => ({ SourceAccessConfigurations: [{ Type, URI: SECRET }] });
  for (const [kind, expected] of Object.entries({
    sqs: { EventSourceArn: QUEUE, ...queue },
    fifo: { EventSourceArn: FIFO, ...queue },
    kinesis: { EventSourceArn: STREAM, StartingPosition: 'LATEST', ...stream, ...problem('Kinesis streams') },
    dynamodb: {
      EventSourceArn: TABLE_STREAM,
      StartingPosition: 'TRIM_HORIZON',
      ...stream,
      ...problem('DynamoDB streams'),
    },
    msk: {
      EventSourceArn: MSK,
      BatchSize: 100,
      Topics: ['events'],
      StartingPosition: 'TRIM_HORIZON',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'the UUID' },
      ...INITIATED,
      ...problem('Amazon MSK clusters'),
    },
    kafka: {
      BatchSize: 100,
      Topics: ['events'],
      StartingPosition: 'TRIM_HORIZON',
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ['a.example.com:9092', 'b.example.com:9092'] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'the UUID' },
      ...secret('SASL_SCRAM_512_AUTH'),
      ...INITIATED,
      ...problem('Kafka clusters'),
    },
    mq: {
      EventSourceArn: BROKER,
      BatchSize: 100,
      Queues: ['jobs'],
      ...secret('BASIC_AUTH'),
      ...INITIATED,
      ...problem('Amazon MQ brokers'),
    },
    documentdb: {
      EventSourceArn: DOCUMENTS,
      BatchSize: 100,
      StartingPosition: 'LATEST',
      DocumentDBEventSourceConfig: { DatabaseName: 'shop', FullDocument: 'Default' },
      ...secret('BASIC_AUTH'),
      ...INITIATED,
      ...problem('DocumentDB clusters'),
    },
  })) {
    const {
      UUID: id = '',
      EventSourceMappingArn,
      FunctionArn,
      State,
      LastModified,
      ...rest
    } = await created(SOURCES[kind as keyof typeof SOURCES]);
    assert.deepEqual([FunctionArn, State], [FARN, 'Creating']);
    assert.equal(EventSourceMappingArn, `arn:aws:lambda:${PLACE}:event-source-mapping:${id}`);
    assert.ok(LastModified instanceof Date);
    assert.deepEqual(JSON.parse(JSON.stringify(rest).replaceAll(id, 'the UUID')), expected, kind);
  }
});

test('a mapping keeps every setting that its source has', async (t) => {
  const { created } = await served(t);
  const kept = async (kind: keyof typeof SOURCES, settings: SourceMembers) => {
    const made = await created({ ...SOURCES[kind], ...settings });
    for (const [member, value] of Object.entries(settings)) {
      assert.deepEqual(made[member as keyof Shown], value, `${kind} ${member}`);
    }
  };
  const filters = {
    FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["order"]}}' }, { Pattern: '{"a":[1]}' }] },
  };
  const metrics = { MetricsConfig: { Metrics: ['EventCount' as const] } };
  const partial = { FunctionResponseTypes: ['ReportBatchItemFailures' as const] };
  await kept('sqs', {
    ...filters,
    ...metrics,
    ...partial,
    BatchSize: 10_000,
    MaximumBatchingWindowInSeconds: 300,
    ScalingConfig: { MaximumConcurrency: 1_000 },
  });
  await kept('fifo', {
    ...filters,
    BatchSize: 10,
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 10_000 },
  });
  const retries = {
    BisectBatchOnFunctionError: true,
    MaximumRecordAgeInSeconds: 604_800,
    MaximumRetryAttempts: 10_000,
    DestinationConfig: { OnFailure: { Destination: DEAD } },
  };
  const stream = { ...filters, ...metrics, ...partial, ...retries, BatchSize: 10_000, ParallelizationFactor: 10 };
  await kept('kinesis', {
    ...stream,
    TumblingWindowInSeconds: 900,
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: new Date(1_700_000_000_000),
  });
  await kept('dynamodb', { ...stream, StartingPosition: 'LATEST', MaximumRetryAttempts: 0 });
  const registry = {
    SchemaRegistryURI: 'https://schemas.example.com',
    EventRecordFormat: 'JSON' as const,
    AccessConfigs: [{ Type: 'BASIC_AUTH' as const, URI: SECRET }],
    SchemaValidationConfigs: [{ Attribute: 'KEY' as const }, { Attribute: 'VALUE' as const }],
  };
  const kafka = {
    ...filters,
    ...retries,
    DestinationConfig: { OnFailure: { Destination: 'kafka://given-up' } },
    MetricsConfig: { Metrics: ['EventCount' as const, 'ErrorCount' as const, 'KafkaMetrics' as const] },
    LoggingConfig: { SystemLogLevel: 'DEBUG' as const },
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2_000, PollerGroupName: 'shared' },
    StartingPosition: 'LATEST' as const,
  };
  await kept('msk', {
    ...kafka,
    SourceAccessConfigurations: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: SECRET }],
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group', SchemaRegistryConfig: registry },
  });
  await kept('kafka', {
    ...kafka,
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group', SchemaRegistryConfig: registry },
  });
  await kept('mq', {
    ...filters,
    SourceAccessConfigurations: [
      { Type: 'BASIC_AUTH', URI: SECRET },
      { Type: 'VIRTUAL_HOST', URI: '/' },
    ],
    MaximumBatchingWindowInSeconds: 1,
  });
  await kept('documentdb', {
    ...filters,
    DocumentDBEventSourceConfig: { DatabaseName: 'shop', CollectionName: 'orders', FullDocument: 'UpdateLookup' },
    StartingPosition: 'AT_TIMESTAMP',
    StartingPositionTimestamp: new Date(1_700_000_000_000),
  });
});

test('a source has to be one that mappings read', async (t) => {
  const { refused } = await served(t);
  const unknown = invalid('Unrecognized event source.');
  for (const source of [
    {},
    { EventSourceArn: `arn:aws:sns:${PLACE}:topic` },
    { EventSourceArn: `arn:aws:dynamodb:${PLACE}:table/users`, StartingPosition: 'LATEST' as const },
    { EventSourceArn: 'arn:aws:s3:::bucket' },
    { EventSourceArn: `arn:aws:rds:${PLACE}:db:one` },
  ]) {
    assert.deepEqual(await refused(source), unknown);
  }
  const { name, message } = await refused({ EventSourceArn: 'orders' });
  assert.equal(name, 'ValidationException');
  assert.match(message, /^1 validation error detected: Value 'orders' at 'eventSourceArn' failed .* pattern: arn:/);
  assert.match(
    (await refused({ EventSourceArn: QUEUE.replace('eu-west-1', 'us-east-1') })).message,
    /us-east-1.* is not in the region of the function\. It is expected to be in region eu-west-1\.$/,
  );
  assert.match((await refused({ ...SOURCES.kafka, EventSourceArn: QUEUE })).message, /not both/);
});

test('the consumer of a stream, and a connection to a cluster, are sources', async (t) => {
  const { created } = await served(t);
  const consumer = `${STREAM}/consumer/fast:1700000000`;
  const connection = `arn:aws:kafka:${PLACE}:vpc-connection/123456789012/main/6c5c9a8e-1`;
  assert.equal((await created({ ...SOURCES.kinesis, EventSourceArn: consumer })).EventSourceArn, consumer);
  assert.equal((await created({ ...SOURCES.msk, EventSourceArn: connection })).EventSourceArn, connection);
});

test('a stream is read from where its mapping says, and from where it can be read', async (t) => {
  const { refused, created } = await served(t);
  const NULL = invalid(
    "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
  );
  assert.deepEqual(await refused({ EventSourceArn: STREAM }), NULL);
  assert.deepEqual(await refused({ EventSourceArn: TABLE_STREAM }), NULL);
  assert.deepEqual(await refused({ EventSourceArn: STREAM, StartingPosition: 'EARLIEST' as 'LATEST' }), {
    name: 'ValidationException',
    message:
      "1 validation error detected: Value 'EARLIEST' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
  });
  const at = { StartingPosition: 'AT_TIMESTAMP' as const, StartingPositionTimestamp: new Date(1_700_000_000_000) };
  assert.deepEqual(
    await refused({ EventSourceArn: TABLE_STREAM, ...at }),
    invalid(`Unsupported starting position for arn type: ${TABLE_STREAM}`),
  );
  assert.deepEqual(
    await refused({ EventSourceArn: STREAM, StartingPosition: 'AT_TIMESTAMP' }),
    invalid('Need to specify a timestamp'),
  );
  assert.deepEqual(
    await refused({ EventSourceArn: STREAM, ...at, StartingPositionTimestamp: new Date(Date.now() + 3_600_000) }),
    invalid('StartingPositionTimestamp cannot be in the future.'),
  );
  assert.deepEqual(
    await refused({ ...SOURCES.sqs, StartingPosition: 'LATEST' }),
    invalid('StartingPosition is not valid for SQS event sources.'),
  );
  assert.deepEqual(await refused({ ...SOURCES.mq, StartingPosition: 'LATEST' }), unsupported("'startingPosition'"));
  for (const kind of ['kinesis', 'msk', 'kafka', 'documentdb'] as const) {
    const made = await created({ ...SOURCES[kind], ...at });
    assert.deepEqual(made.StartingPositionTimestamp, at.StartingPositionTimestamp, kind);
  }
});

test('a batch of a queue that is larger than ten is waited for', async (t) => {
  const { refused, created, changed, refusedChange } = await served(t);
  const noWindow = invalid(
    'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
  );
  assert.deepEqual(await refused({ ...SOURCES.sqs, BatchSize: 11 }), noWindow);
  assert.deepEqual(await refused({ ...SOURCES.sqs, BatchSize: 11, MaximumBatchingWindowInSeconds: 0 }), noWindow);
  const { UUID: id } = await created({ ...SOURCES.sqs, BatchSize: 10 });
  assert.deepEqual(await refusedChange(id, { BatchSize: 11 }), noWindow);
  await changed(id, { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 });
  assert.deepEqual(await refusedChange(id, { MaximumBatchingWindowInSeconds: 0 }), noWindow);

  assert.deepEqual(
    await refused({ ...SOURCES.fifo, MaximumBatchingWindowInSeconds: 1 }),
    invalid('Batching window is not supported for FIFO queues'),
  );
  assert.deepEqual(
    await refused({ ...SOURCES.fifo, BatchSize: 11 }),
    invalid('Maximum batch size must be between 1 and 10 inclusive'),
  );
  await created({ ...SOURCES.fifo, BatchSize: 10, MaximumBatchingWindowInSeconds: 0 });
});

test('settings that a source does not have are refused, by name', async (t) => {
  const { refused, created, refusedChange } = await served(t);
  const queue: Record<string, SourceMembers & Changes> = {
    "'parallelizationFactor'": { ParallelizationFactor: 2 },
    "'tumblingWindowInSeconds'": { TumblingWindowInSeconds: 1 },
    "'maximumRetryAttempts'": { MaximumRetryAttempts: 1 },
    "'maximumRecordAgeInSeconds'": { MaximumRecordAgeInSeconds: 60 },
    "'bisectBatchOnFunctionError'": { BisectBatchOnFunctionError: true },
    DestinationConfig: { DestinationConfig: { OnFailure: { Destination: DEAD } } },
    "'loggingConfig'": { LoggingConfig: { SystemLogLevel: 'INFO' } },
    "'sourceAccessConfigurations'": { SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: SECRET }] },
    "'documentDBEventSourceConfig'": { DocumentDBEventSourceConfig: { DatabaseName: 'shop' } },
    "'amazonManagedKafkaEventSourceConfig'": { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' } },
    "'selfManagedKafkaEventSourceConfig'": { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'g' } },
  };
  const { UUID: id } = await created(SOURCES.sqs);
  for (const [member, settings] of Object.entries(queue)) {
    assert.deepEqual(await refused({ ...SOURCES.sqs, ...settings }), unsupported(member));
    assert.deepEqual(await refusedChange(id, settings), unsupported(member));
  }
  assert.deepEqual(await refused({ ...SOURCES.sqs, Topics: ['events'] }), unsupported("'topics'"));
  assert.deepEqual(await refused({ ...SOURCES.kinesis, Queues: ['jobs'] }), unsupported("'queues'"));
  for (const [kind, member, settings] of [
    ['kinesis', "'scalingConfig'", { ScalingConfig: { MaximumConcurrency: 2 } }],
    ['dynamodb', "'provisionedPollerConfig'", { ProvisionedPollerConfig: { MaximumPollers: 2 } }],
    ['mq', "'metricsConfig'", { MetricsConfig: { Metrics: ['EventCount'] } }],
    ['documentdb', "'functionResponseTypes'", { FunctionResponseTypes: ['ReportBatchItemFailures'] }],
    ['kafka', "'parallelizationFactor'", { ParallelizationFactor: 2 }],
    ['kafka', "'amazonManagedKafkaEventSourceConfig'", { AmazonManagedKafkaEventSourceConfig: {} }],
    ['msk', "'selfManagedKafkaEventSourceConfig'", { SelfManagedKafkaEventSourceConfig: {} }],
  ] as const) {
    assert.deepEqual(await refused({ ...SOURCES[kind], ...(settings as SourceMembers) }), unsupported(member), member);
  }
  // Nothing has a destination for what went well.
  const onSuccess = { DestinationConfig: { OnSuccess: { Destination: DEAD } } };
  assert.deepEqual(await refused({ ...SOURCES.kinesis, ...onSuccess }), unsupported('DestinationConfig'));
  assert.deepEqual(await refusedChange(id, onSuccess), unsupported('DestinationConfig'));
});

test('what a source cannot do without has to be given', async (t) => {
  const { refused } = await served(t);
  const missing = (member: string) => invalid(`Required '${member}' parameter is missing.`);
  const without = (kind: keyof typeof SOURCES, member: keyof SourceMembers) =>
    refused({ ...SOURCES[kind], [member]: undefined });
  assert.deepEqual(await without('kafka', 'SourceAccessConfigurations'), missing('sourceAccessConfigurations'));
  assert.deepEqual(await without('kafka', 'Topics'), missing('topics'));
  assert.deepEqual(await without('msk', 'Topics'), missing('topics'));
  assert.deepEqual(await without('mq', 'Queues'), missing('queues'));
  assert.deepEqual(await without('mq', 'SourceAccessConfigurations'), missing('sourceAccessConfigurations'));
  assert.deepEqual(await without('documentdb', 'DocumentDBEventSourceConfig'), missing('documentDBEventSourceConfig'));
});

test('filters are patterns, and at most five', async (t) => {
  const { refused, created, changed, refusedChange } = await served(t);
  const filters = (...patterns: (string | undefined)[]) => ({
    FilterCriteria: { Filters: patterns.map((Pattern) => ({ Pattern })) },
  });
  const wrong = invalid('Invalid filter pattern definition.');
  for (const pattern of ['', 'x', '[]', '{"a":[]}', '{"a":"b"}', undefined]) {
    assert.deepEqual(await refused({ ...SOURCES.sqs, ...filters('{"a":["b"]}', pattern) }), wrong, pattern);
  }
  const { UUID: id, FilterCriteria } = await created({ ...SOURCES.sqs, FilterCriteria: { Filters: [] } });
  assert.equal(FilterCriteria, undefined);
  assert.deepEqual(await refusedChange(id, filters('{')), wrong);
  const five = filters(...Array.from({ length: 5 }, (_, index) => `{"a":[${index}]}`));
  assert.deepEqual((await changed(id, five)).FilterCriteria, five.FilterCriteria);
  const six = filters(...Array.from({ length: 6 }, (_, index) => `{"a":[${index}]}`));
  assert.deepEqual(await refusedChange(id, six), invalid('An event source mapping has at most 5 filters.'));
  // An empty one takes them away.
  assert.equal((await changed(id, { FilterCriteria: {} })).FilterCriteria, undefined);

  const long = (letters: number) => filters(`{"a":["${'x'.repeat(letters - 10)}"]}`);
  await changed(id, long(4_096));
  assert.match(
    (await refusedChange(id, long(4_097))).message,
    /at 'filterCriteria\.filters\.1\.member\.pattern' failed .*: Member must have length less than or equal to 4096$/,
  );
});

test('values lie within the limits of the model', async (t) => {
  const { created, changed, refusedChange } = await served(t);
  const stream = await created(SOURCES.kinesis);
  const queue = await created(SOURCES.sqs);
  const check = async (
    id: string | undefined,
    path: string,
    change: (value: number) => Changes,
    limits: [number, number],
  ) => {
    const [min, max] = limits;
    await changed(id, change(min));
    await changed(id, change(max));
    for (const [value, limit] of [
      [min - 1, `greater than or equal to ${min}`],
      [max + 1, `less than or equal to ${max}`],
    ] as const) {
      assert.deepEqual(await refusedChange(id, change(value)), {
        name: 'ValidationException',
        message: `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: Member must have value ${limit}`,
      });
    }
  };
  await check(stream.UUID, 'batchSize', (BatchSize) => ({ BatchSize }), [1, 10_000]);
  await check(
    stream.UUID,
    'maximumBatchingWindowInSeconds',
    (MaximumBatchingWindowInSeconds) => ({ MaximumBatchingWindowInSeconds }),
    [0, 300],
  );
  await check(stream.UUID, 'parallelizationFactor', (ParallelizationFactor) => ({ ParallelizationFactor }), [1, 10]);
  await check(
    stream.UUID,
    'tumblingWindowInSeconds',
    (TumblingWindowInSeconds) => ({ TumblingWindowInSeconds }),
    [0, 900],
  );
  await check(stream.UUID, 'maximumRetryAttempts', (MaximumRetryAttempts) => ({ MaximumRetryAttempts }), [-1, 10_000]);
  await check(
    stream.UUID,
    'maximumRecordAgeInSeconds',
    (MaximumRecordAgeInSeconds) => ({ MaximumRecordAgeInSeconds }),
    [-1, 604_800],
  );
  await check(
    queue.UUID,
    'scalingConfig.maximumConcurrency',
    (MaximumConcurrency) => ({ ScalingConfig: { MaximumConcurrency } }),
    [2, 1_000],
  );
  const age = invalid('MaximumRecordAgeInSeconds must be -1, or at least 60.');
  assert.deepEqual(await refusedChange(stream.UUID, { MaximumRecordAgeInSeconds: 59 }), age);
  assert.deepEqual(await refusedChange(stream.UUID, { MaximumRecordAgeInSeconds: 0 }), age);
  assert.equal((await changed(stream.UUID, { MaximumRecordAgeInSeconds: 60 })).MaximumRecordAgeInSeconds, 60);
});

test('everything that is wrong is told at once', async (t) => {
  const { refused } = await served(t);
  const { name, message } = await refused({
    EventSourceArn: 'orders',
    BatchSize: 0,
    FunctionResponseTypes: ['Everything' as 'ReportBatchItemFailures'],
    SourceAccessConfigurations: [{ Type: 'PASSWORD' as 'BASIC_AUTH', URI: '§' }],
    Topics: ['.'],
    DestinationConfig: { OnFailure: { Destination: 'nowhere' } },
    LoggingConfig: { SystemLogLevel: 'TRACE' as 'DEBUG' },
  });
  assert.equal(name, 'ValidationException');
  assert.match(message, /^8 validation errors detected: /);
  for (const part of [
    "'batchSize' failed to satisfy constraint: Member must have value greater than or equal to 1",
    "Value '[Everything]' at 'functionResponseTypes' failed",
    "Value 'PASSWORD' at 'sourceAccessConfigurations.1.member.type' failed",
    "Value '§' at 'sourceAccessConfigurations.1.member.uRI' failed",
    "Value 'nowhere' at 'destinationConfig.onFailure.destination' failed",
    "Value 'TRACE' at 'loggingConfig.systemLogLevel' failed to satisfy constraint: Member must satisfy enum value set: [DEBUG, INFO, WARN]",
  ]) {
    assert.ok(message.includes(part), part);
  }
});

test('provisioned mode has a least and a greatest number of pollers', async (t) => {
  const { refused, created, changed, refusedChange } = await served(t);
  const pollers = (MinimumPollers?: number, MaximumPollers?: number) => ({
    ProvisionedPollerConfig: { MinimumPollers, MaximumPollers },
  });
  const { UUID: queue } = await created(SOURCES.sqs);
  const { UUID: cluster } = await created(SOURCES.kafka);
  const shown = async (id: string | undefined, change: Changes) => (await changed(id, change)).ProvisionedPollerConfig;
  assert.deepEqual(await shown(queue, pollers(undefined, 5)), { MinimumPollers: 2, MaximumPollers: 5 });
  assert.deepEqual(await shown(cluster, pollers(3)), { MinimumPollers: 3, MaximumPollers: 200 });
  for (const [id, wrong] of [
    [queue, pollers(1, 5)],
    [queue, pollers(5, 4)],
    [cluster, pollers(1, 2_001)],
  ] as const) {
    assert.match((await refusedChange(id, wrong)).message, /^MinimumPollers must be at least /);
  }
  const group = { ProvisionedPollerConfig: { MinimumPollers: 2, PollerGroupName: 'shared' } };
  assert.deepEqual(await refusedChange(queue, group), invalid('Only Kafka event sources have a PollerGroupName.'));
  const both = invalid('ScalingConfig and ProvisionedPollerConfig cannot be used together.');
  assert.deepEqual(await refusedChange(queue, { ScalingConfig: { MaximumConcurrency: 2 } }), both);
  assert.deepEqual(
    await refused({ ...SOURCES.fifo, ...pollers(2, 5), ScalingConfig: { MaximumConcurrency: 2 } }),
    both,
  );
  // A part of it leaves the rest.
  assert.deepEqual(await shown(queue, pollers(3)), { MinimumPollers: 3, MaximumPollers: 5 });
  // An empty one ends it.
  assert.equal(await shown(queue, { ProvisionedPollerConfig: {} }), undefined);
  await changed(queue, { ScalingConfig: { MaximumConcurrency: 2 } });
  assert.equal((await changed(queue, { ScalingConfig: {} })).ScalingConfig, undefined);
});

test('what only Kafka has is refused for others', async (t) => {
  const { refused } = await served(t);
  assert.deepEqual(
    await refused({ ...SOURCES.kinesis, MetricsConfig: { Metrics: ['KafkaMetrics'] } }),
    invalid('Only Kafka event sources have the metric KafkaMetrics.'),
  );
  assert.deepEqual(
    await refused({ ...SOURCES.kinesis, DestinationConfig: { OnFailure: { Destination: 'kafka://t1' } } }),
    invalid('Only Kafka event sources can have the destination kafka://t1.'),
  );
  for (const [kind, Type] of [
    ['mq', 'CLIENT_CERTIFICATE_TLS_AUTH'],
    ['documentdb', 'VPC_SUBNET'],
    ['msk', 'BASIC_AUTH'],
    ['kafka', 'VIRTUAL_HOST'],
  ] as const) {
    assert.deepEqual(
      await refused({ ...SOURCES[kind], SourceAccessConfigurations: [{ Type, URI: SECRET }] }),
      invalid(`The source access configuration ${Type} is not supported for this event source.`),
    );
  }
});

test('the group of a Kafka consumer is not changed, and its schema registry is', async (t) => {
  const { refused, created, changed, refusedChange } = await served(t);
  const registry = {
    SchemaRegistryURI: 'https://schemas.example.com',
    SchemaValidationConfigs: [{ Attribute: 'KEY' as const }],
  };
  const needs = invalid('SchemaRegistryConfig needs a ProvisionedPollerConfig.');
  const ownConfig = (SchemaRegistryConfig: typeof registry | Record<string, never>) => ({
    SelfManagedKafkaEventSourceConfig: { SchemaRegistryConfig },
  });
  assert.deepEqual(await refused({ ...SOURCES.kafka, ...ownConfig(registry) }), needs);
  const { UUID: id } = await created({
    ...SOURCES.kafka,
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' },
  });
  assert.deepEqual(
    await refusedChange(id, { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' } }),
    unsupported("'selfManagedKafkaEventSourceConfig.consumerGroupId'"),
  );
  const { UUID: managed } = await created(SOURCES.msk);
  assert.deepEqual(
    await refusedChange(managed, { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'other' } }),
    unsupported("'amazonManagedKafkaEventSourceConfig.consumerGroupId'"),
  );
  const made = await changed(id, { ...ownConfig(registry), ProvisionedPollerConfig: { MinimumPollers: 1 } });
  assert.deepEqual(made.SelfManagedKafkaEventSourceConfig, {
    ConsumerGroupId: 'group',
    SchemaRegistryConfig: registry,
  });
  const cleared = await changed(id, ownConfig({}));
  assert.deepEqual(cleared.SelfManagedKafkaEventSourceConfig, { ConsumerGroupId: 'group' });
});

test('a virtual host is part of a broker, and is not changed', async (t) => {
  const { created, refused, changed, refusedChange } = await served(t);
  const credentials = (URI: string) => ({ Type: 'BASIC_AUTH' as const, URI });
  const host = (URI: string) => ({ Type: 'VIRTUAL_HOST' as const, URI });
  const { UUID: id } = await created({
    ...SOURCES.mq,
    SourceAccessConfigurations: [credentials(SECRET), host('shop')],
  });
  const other = `${SECRET}-other`;
  const { SourceAccessConfigurations } = await changed(id, { SourceAccessConfigurations: [credentials(other)] });
  assert.deepEqual(SourceAccessConfigurations, [credentials(other), host('shop')]);
  assert.deepEqual(
    await refusedChange(id, { SourceAccessConfigurations: [credentials(other), host('shop')] }),
    invalid('VIRTUAL_HOST cannot be changed. Make another mapping.'),
  );
  await created(SOURCES.mq);
  assert.equal(
    (await refused({ ...SOURCES.mq, SourceAccessConfigurations: [credentials(SECRET), host('/')] })).name,
    'ResourceConflictException',
  );
  assert.deepEqual(
    await refused({ ...SOURCES.mq, SourceAccessConfigurations: [host('other')] }),
    invalid("Required 'sourceAccessConfigurations' parameter is missing."),
  );
});

test('of a database a part may be changed', async (t) => {
  const { created, changed } = await served(t);
  const { UUID: id } = await created(SOURCES.documentdb);
  const change = async (config: NonNullable<Changes['DocumentDBEventSourceConfig']>) =>
    (await changed(id, { DocumentDBEventSourceConfig: config })).DocumentDBEventSourceConfig;
  assert.deepEqual(await change({ FullDocument: 'UpdateLookup' }), {
    DatabaseName: 'shop',
    FullDocument: 'UpdateLookup',
  });
  assert.deepEqual(await change({ CollectionName: 'orders' }), {
    DatabaseName: 'shop',
    CollectionName: 'orders',
    FullDocument: 'UpdateLookup',
  });
});

test('what takes a setting away leaves what the mapping began with', async (t) => {
  const { created, changed } = await served(t);
  const { UUID: stream } = await created({
    ...SOURCES.kinesis,
    DestinationConfig: { OnFailure: { Destination: DEAD } },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MetricsConfig: { Metrics: ['EventCount'] },
  });
  const cleared = await changed(stream, {
    DestinationConfig: {},
    FunctionResponseTypes: [],
    MetricsConfig: { Metrics: [] },
  });
  assert.deepEqual(cleared.DestinationConfig, { OnFailure: {} });
  assert.deepEqual(cleared.FunctionResponseTypes, []);
  assert.equal(cleared.MetricsConfig, undefined);
  // What is not given stays as it is.
  const { BatchSize, MaximumRetryAttempts } = await changed(stream, { BatchSize: 7, MaximumRetryAttempts: 3 });
  assert.deepEqual([BatchSize, MaximumRetryAttempts], [7, 3]);
  const after = await changed(stream, { ParallelizationFactor: 2 });
  assert.deepEqual([after.BatchSize, after.MaximumRetryAttempts, after.ParallelizationFactor], [7, 3, 2]);
});

test('what Lambent cannot do yet is refused, and what asks for nothing passes', async (t) => {
  const { refused, created, refusedChange } = await served(t);
  const KMSKeyArn = `arn:aws:kms:${PLACE}:key/k`;
  const noKeys = invalid('Lambent does not support KMSKeyArn yet. Leave it out to go on without it.');
  assert.deepEqual(await refused({ ...SOURCES.sqs, KMSKeyArn }), noKeys);
  const { UUID: id, KMSKeyArn: shown } = await created({ ...SOURCES.sqs, KMSKeyArn: '' });
  assert.equal(shown, undefined);
  assert.deepEqual(await refusedChange(id, { KMSKeyArn }), noKeys);
  const queue = { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' as const } };
  assert.deepEqual(
    await refused({ ...SOURCES.kafka, ...queue }),
    invalid('Lambent does not support ConsumptionMode Queue yet. Leave it out to go on without it.'),
  );
  await created({ ...SOURCES.kafka, SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Stream' } });
});

const INITIATED = { StateTransitionReason: 'USER_INITIATED' };

async function served(t: TestContext) {
  const { lambda, idle } = await serveMappings(t);
  await makeHello(lambda);
  const create = (source: SourceMembers) => lambda.createEventSourceMapping({ FunctionName: 'hello', ...source });
  const update = async (UUID: string | undefined, changes: Changes) => {
    await idle();
    return lambda.updateEventSourceMapping({ UUID, ...changes });
  };
  return {
    async created(source: SourceMembers): Promise<Shown> {
      const { $metadata, ...made } = await create(source);
      return made;
    },
    changed: update,
    refused: (source: SourceMembers) => refusalOf(create(source)),
    refusedChange: (id: string | undefined, changes: Changes) => refusalOf(update(id, changes)),
  };
}
