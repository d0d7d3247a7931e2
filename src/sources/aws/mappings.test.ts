import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventSourceMappingConfiguration as Shown } from '@aws-sdk/client-lambda';
import { refusalOf } from '../../functions/aws/testing/lambda-client.ts';
import { StorageFull } from '../../store/outage.ts';
import type { Records } from '../../store/records.ts';
import {
  FARN,
  makeHello,
  PLACE,
  QUEUE,
  type Served,
  type ServeOptions,
  SOURCES,
  type SourceMembers,
  STREAM,
  serveMappings,
  TABLE_STREAM,
} from './testing/serve-mappings.ts';

// Answers and texts are those that AWS gave (lambda-facts 13.1 and 13.2), through the official client.

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MISSING = '00000000-0000-4000-8000-000000000000';
const NOT_THERE = {
  name: 'ResourceNotFoundException',
  message: 'The resource you requested does not exist.',
  Type: 'User',
};
const invalid = (message: string) => ({ name: 'InvalidParameterValueException', message, Type: 'User' });
const conflict = (message: string) => ({ name: 'ResourceConflictException', message, Type: 'User' });
const inUse = (wanted: string) => ({
  name: 'ResourceInUseException',
  message: `Cannot ${wanted} the event source mapping because it is in use.`,
  Type: 'User',
});

test('a mapping of a queue is created, and then enabled', async (t) => {
  const { lambda, idle, warnings } = await served(t);
  const made = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  assert.equal(made.$metadata.httpStatusCode, 202);
  const { UUID: id = '', LastModified, $metadata, ...rest } = made;
  assert.match(id, UUID);
  assert.ok(LastModified instanceof Date && Math.abs(LastModified.getTime() - Date.now()) < 60_000);
  assert.deepEqual(rest, {
    EventSourceMappingArn: `arn:aws:lambda:${PLACE}:event-source-mapping:${id}`,
    EventSourceArn: QUEUE,
    FunctionArn: FARN,
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: [],
    State: 'Creating',
    StateTransitionReason: 'USER_INITIATED',
  });
  assert.deepEqual(warnings, []);
  await idle();
  const { $metadata: metadata, LastModified: enabled, ...found } = await lambda.getEventSourceMapping({ UUID: id });
  assert.equal(metadata.httpStatusCode, 200);
  assert.deepEqual(found, { UUID: id, ...rest, State: 'Enabled' });
  assert.ok(Number(enabled) >= Number(LastModified));
});

test('a mapping of what is not polled yet says so, and so does the log', async (t) => {
  const { lambda, warnings } = await served(t);
  const made = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.kinesis });
  assert.equal(made.LastProcessingResult, 'PROBLEM: Lambent does not poll Kinesis streams yet.');
  assert.deepEqual(warnings, [
    'An event source mapping was made, and it invokes nothing: Lambent does not poll Kinesis streams yet.',
  ]);
});

test('the queue must be there, and hide its messages for as long as the function may take', async (t) => {
  const { lambda } = await served(t);
  const make = (name: string) =>
    lambda.createEventSourceMapping({ FunctionName: 'hello', EventSourceArn: `arn:aws:sqs:${PLACE}:${name}` });
  await assert.rejects(make('nowhere'), {
    name: 'InvalidParameterValueException',
    message:
      'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
  });
  const others = `arn:aws:sqs:eu-west-1:999999999999:nowhere`;
  await assert.rejects(lambda.createEventSourceMapping({ FunctionName: 'hello', EventSourceArn: others }), {
    name: 'InvalidParameterValueException',
    message: 'The provided execution role does not have permissions to call ReceiveMessage on SQS',
  });
  await assert.rejects(make('hasty'), {
    name: 'InvalidParameterValueException',
    message: 'Queue visibility timeout: 1 seconds is less than Function timeout: 3 seconds',
  });
  await lambda.updateFunctionConfiguration({ FunctionName: 'hello', Timeout: 1 });
  assert.equal((await make('hasty')).State, 'Creating');
});

test('a mapping that is not enabled is disabled from the start, and is switched on and off', async (t) => {
  const { lambda, idle } = await served(t);
  const made = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.kinesis, Enabled: false });
  assert.equal(made.State, 'Disabled');
  assert.equal(made.LastProcessingResult, 'No records processed');
  const states = async (change: { Enabled?: boolean; BatchSize?: number }) => {
    const { State, $metadata } = await lambda.updateEventSourceMapping({ UUID: made.UUID, ...change });
    assert.equal($metadata.httpStatusCode, 202);
    await idle();
    return [State, (await lambda.getEventSourceMapping({ UUID: made.UUID })).State];
  };
  assert.deepEqual(await states({ BatchSize: 5 }), ['Updating', 'Disabled']);
  assert.deepEqual(await states({ Enabled: true }), ['Enabling', 'Enabled']);
  assert.deepEqual(await states({ Enabled: true }), ['Updating', 'Enabled']);
  assert.deepEqual(await states({}), ['Updating', 'Enabled']);
  assert.deepEqual(await states({ Enabled: false, BatchSize: 7 }), ['Disabling', 'Disabled']);
  assert.equal((await lambda.getEventSourceMapping({ UUID: made.UUID })).BatchSize, 7);
});

test('a mapping is deleted, and then gone', async (t) => {
  const { lambda, idle } = await served(t);
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  await idle();
  const deleted = await lambda.deleteEventSourceMapping({ UUID: id });
  assert.equal(deleted.$metadata.httpStatusCode, 202);
  assert.equal(deleted.State, 'Deleting');
  assert.equal(deleted.EventSourceArn, QUEUE);
  await idle();
  assert.deepEqual(await refusalOf(lambda.getEventSourceMapping({ UUID: id })), NOT_THERE);
  assert.deepEqual((await lambda.listEventSourceMappings({})).EventSourceMappings, []);
  // The same source and function may be tied again.
  assert.notEqual((await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs })).UUID, id);
});

test('a mapping that is not there is missed, here and in another region', async (t) => {
  const { lambda, elsewhere } = await served(t);
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  for (const [client, UUID] of [
    [lambda, MISSING],
    [elsewhere, id],
  ] as const) {
    assert.deepEqual(await refusalOf(client.getEventSourceMapping({ UUID })), NOT_THERE);
    assert.deepEqual(await refusalOf(client.updateEventSourceMapping({ UUID, BatchSize: 1 })), NOT_THERE);
    assert.deepEqual(await refusalOf(client.deleteEventSourceMapping({ UUID })), NOT_THERE);
  }
  assert.deepEqual((await elsewhere.listEventSourceMappings({})).EventSourceMappings, []);
});

test('an id is 36 characters long', async (t) => {
  const { lambda } = await served(t);
  const tooLong = {
    name: 'ValidationException',
    message: `1 validation error detected: Value '${MISSING}0' at 'uUID' failed to satisfy constraint: Member must have length less than or equal to 36`,
  };
  for (const call of [
    () => lambda.getEventSourceMapping({ UUID: `${MISSING}0` }),
    () => lambda.updateEventSourceMapping({ UUID: `${MISSING}0` }),
    () => lambda.deleteEventSourceMapping({ UUID: `${MISSING}0` }),
  ]) {
    assert.deepEqual(await refusalOf(call()), tooLong);
  }
  assert.match((await refusalOf(lambda.getEventSourceMapping({ UUID: 'x' }))).message, /greater than or equal to 36$/);
});

test('a function is named in any form, and shown with the qualifier that was given', async (t) => {
  const { lambda, idle } = await served(t);
  for (const [FunctionName, arn] of [
    ['hello', FARN],
    ['hello:$LATEST', `${FARN}:$LATEST`],
    ['hello:1', `${FARN}:1`],
    ['hello:live', `${FARN}:live`],
    [FARN, FARN],
    [`${FARN}:1`, `${FARN}:1`],
    [`${FARN}:live`, `${FARN}:live`],
    ['123456789012:function:hello', FARN],
    [`${PLACE}:function:hello:1`, `${FARN}:1`],
    ['function:hello:live', `${FARN}:live`],
  ] as const) {
    const { UUID: id, FunctionArn } = await lambda.createEventSourceMapping({ FunctionName, ...SOURCES.sqs });
    assert.equal(FunctionArn, arn);
    const listed = await lambda.listEventSourceMappings({ FunctionName });
    assert.deepEqual(
      listed.EventSourceMappings?.map((one) => one.UUID),
      [id],
    );
    await idle();
    await lambda.deleteEventSourceMapping({ UUID: id });
    await idle();
  }
});

test('a function, version or alias that does not exist is not mapped', async (t) => {
  const { lambda, idle } = await served(t);
  const missing = invalid('Function does not exist');
  for (const FunctionName of ['nobody', 'hello:2', 'hello:other', 'hello:$LATEST.PUBLISHED', `${FARN}:7`]) {
    assert.deepEqual(await refusalOf(lambda.createEventSourceMapping({ FunctionName, ...SOURCES.sqs })), missing);
  }
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  await idle();
  for (const FunctionName of ['nobody', 'hello:2']) {
    assert.deepEqual(await refusalOf(lambda.updateEventSourceMapping({ UUID: id, FunctionName })), missing);
  }
  assert.equal((await lambda.getEventSourceMapping({ UUID: id })).State, 'Enabled');
});

test('a function of another region or account, or a name that is none, is not mapped', async (t) => {
  const { lambda } = await served(t);
  const create = (FunctionName: string) => refusalOf(lambda.createEventSourceMapping({ FunctionName, ...SOURCES.sqs }));
  assert.deepEqual(await create(FARN.replace('eu-west-1', 'us-east-1')), {
    name: 'ResourceNotFoundException',
    message: "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
    Type: 'User',
  });
  assert.equal((await create(FARN.replace('123456789012', '210987654321'))).name, 'AccessDeniedException');
  const { name, message } = await create('hello!');
  assert.equal(name, 'ValidationException');
  assert.match(message, /^1 validation error detected: Value 'hello!' at 'functionName' failed .* pattern: \(arn:/);
  assert.match(
    (await create('x'.repeat(257))).message,
    /'functionName' .*: Member must have length less than or equal to 256$/,
  );
  assert.deepEqual(await create('x'.repeat(256)), invalid('Function does not exist'));
});

test('a mapping moves to another function or alias', async (t) => {
  const { lambda, idle } = await served(t);
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  await idle();
  const moved = await lambda.updateEventSourceMapping({ UUID: id, FunctionName: 'hello:live' });
  assert.equal(moved.FunctionArn, `${FARN}:live`);
  await idle();
  const other = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  await idle();
  // Where it would meet another one, it stays.
  assert.deepEqual(
    await refusalOf(lambda.updateEventSourceMapping({ UUID: id, FunctionName: 'hello' })),
    conflict(
      `An event source mapping with SQS arn (" ${QUEUE} ") and function (" hello ") already exists. Please update or delete the existing mapping with UUID ${other.UUID}`,
    ),
  );
  assert.equal((await lambda.getEventSourceMapping({ UUID: id })).FunctionArn, `${FARN}:live`);
});

test('a source is tied to a function once, and to others as well', async (t) => {
  const { lambda } = await served(t);
  const create = (source: SourceMembers, FunctionName = 'hello') =>
    lambda.createEventSourceMapping({ FunctionName, ...source });
  const advice = 'already exists. Please update or delete the existing mapping with UUID';
  for (const [source, text] of [
    [SOURCES.sqs, `An event source mapping with SQS arn (" ${QUEUE} ") and function (" hello ") ${advice}`],
    [SOURCES.kinesis, `The event source arn (" ${STREAM} ") and function (" hello ") provided mapping ${advice}`],
    [
      SOURCES.dynamodb,
      `The event source arn (" ${TABLE_STREAM} ") and function (" hello ") provided mapping ${advice}`,
    ],
    [
      SOURCES.kafka,
      `An event source mapping with event source ("a.example.com:9092,b.example.com:9092"), function ("${FARN}"), topics ("events") ${advice}`,
    ],
  ] as const) {
    const { UUID: id } = await create(source);
    assert.deepEqual(await refusalOf(create(source)), conflict(`${text} ${id}`));
    await create(source, 'hello:live');
  }
  for (const source of [SOURCES.msk, SOURCES.mq, SOURCES.documentdb]) {
    await create(source);
    assert.equal((await refusalOf(create(source))).name, 'ResourceConflictException');
  }
  // One broker and the topic in common are enough; other topics, queues and databases are other sources.
  const cluster = (servers: string[], topic: string): SourceMembers => ({
    ...SOURCES.kafka,
    Topics: [topic],
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: servers } },
  });
  const { message } = await refusalOf(create(cluster(['c.example.com:9092', 'a.example.com:9092'], 'events')));
  assert.match(message, /event source \("c\.example\.com:9092,a\.example\.com:9092"\)/);
  await create(cluster(['a.example.com:9092'], 'others'));
  await create(cluster(['c.example.com:9092'], 'events'));
  await create({ ...SOURCES.msk, Topics: ['others'] });
  await create({ ...SOURCES.mq, Queues: ['others'] });
  await create({ ...SOURCES.documentdb, DocumentDBEventSourceConfig: { DatabaseName: 'others' } });
});

test('of many mappings made at once for one source and function there is one', async (t) => {
  const { lambda } = await served(t, { wrapRecords: writingSlowly });
  const calls = Array.from({ length: 8 }, () =>
    lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs }).then(
      ({ UUID: id }) => id,
      (error: Error) => error.name,
    ),
  );
  const answers = await Promise.all(calls);
  assert.equal(answers.filter((answer) => answer === 'ResourceConflictException').length, 7);
  const { EventSourceMappings = [] } = await lambda.listEventSourceMappings({});
  assert.equal(EventSourceMappings.length, 1);
  assert.ok(answers.includes(EventSourceMappings[0]?.UUID));
});

test('of many changes made at once some are refused, and none is lost', async (t) => {
  const { lambda, idle } = await served(t, { wrapRecords: writingSlowly });
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  await idle();
  const outcomes = await Promise.all(
    [1, 2, 3, 4].map((BatchSize) =>
      lambda.updateEventSourceMapping({ UUID: id, BatchSize }).then(
        (shown) => shown.BatchSize,
        (error: Error) => error.name,
      ),
    ),
  );
  assert.ok(outcomes.includes('ResourceInUseException'), outcomes.join());
  const accepted = outcomes.filter((outcome) => typeof outcome === 'number');
  assert.ok(accepted.length > 0);
  await idle();
  const { BatchSize, State } = await lambda.getEventSourceMapping({ UUID: id });
  assert.equal(State, 'Enabled');
  assert.ok(accepted.includes(BatchSize ?? 0), `${BatchSize} of ${outcomes}`);
});

test('while something is under way, a mapping is neither changed nor deleted', async (t) => {
  const stuck = settlingLater();
  const { lambda, idle } = await served(t, { wrapRecords: stuck.wrapRecords });
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  const refused = async (state: string) => {
    assert.equal((await lambda.getEventSourceMapping({ UUID: id })).State, state);
    assert.deepEqual(await refusalOf(lambda.updateEventSourceMapping({ UUID: id, BatchSize: 1 })), inUse('update'));
    assert.deepEqual(await refusalOf(lambda.deleteEventSourceMapping({ UUID: id })), inUse('delete'));
    stuck.release();
    await idle();
    stuck.hold();
  };
  await refused('Creating');
  await lambda.updateEventSourceMapping({ UUID: id, BatchSize: 2 });
  await refused('Updating');
  await lambda.updateEventSourceMapping({ UUID: id, Enabled: false });
  await refused('Disabling');
  await lambda.updateEventSourceMapping({ UUID: id, Enabled: true });
  await refused('Enabling');
  await lambda.deleteEventSourceMapping({ UUID: id });
  await refused('Deleting');
  assert.deepEqual(await refusalOf(lambda.getEventSourceMapping({ UUID: id })), NOT_THERE);
});

test('what was under way when the server was killed is brought to its end by the next one', async (t) => {
  const stuck = settlingLater();
  const first = await served(t, { wrapRecords: stuck.wrapRecords });
  const make = async (source: SourceMembers) =>
    (await first.lambda.createEventSourceMapping({ FunctionName: 'hello', ...source })).UUID ?? '';
  stuck.release();
  const [updating, disabling, deleting] = [await make(SOURCES.fifo), await make(SOURCES.msk), await make(SOURCES.mq)];
  await first.idle();
  stuck.hold();
  const creating = await make(SOURCES.kinesis);
  await first.lambda.updateEventSourceMapping({ UUID: updating, BatchSize: 3 });
  await first.lambda.updateEventSourceMapping({ UUID: disabling, Enabled: false });
  await first.lambda.deleteEventSourceMapping({ UUID: deleting });
  const { lambda, idle } = await first.restart();
  await idle();
  const stateOf = async (id: string) => (await lambda.getEventSourceMapping({ UUID: id })).State;
  assert.deepEqual(
    [await stateOf(creating), await stateOf(updating), await stateOf(disabling)],
    ['Enabled', 'Enabled', 'Disabled'],
  );
  assert.equal((await lambda.getEventSourceMapping({ UUID: updating })).BatchSize, 3);
  assert.deepEqual(await refusalOf(lambda.getEventSourceMapping({ UUID: deleting })), NOT_THERE);
});

test('mappings are the same after a restart', async (t) => {
  const first = await served(t);
  for (const source of Object.values(SOURCES)) {
    await first.lambda.createEventSourceMapping({ FunctionName: 'hello:live', ...source, Tags: { team: 'a' } });
  }
  await first.idle();
  const before = await allOf(first);
  assert.equal(before.length, Object.keys(SOURCES).length);
  const second = await first.restart();
  assert.deepEqual(await allOf(second), before);
  const [one] = before;
  const { Tags } = await second.lambda.listTags({ Resource: one?.EventSourceMappingArn });
  assert.deepEqual(Tags, { team: 'a' });
  assert.equal(
    (await refusalOf(second.lambda.createEventSourceMapping({ FunctionName: 'hello:live', ...SOURCES.sqs }))).name,
    'ResourceConflictException',
  );
});

test('a mapping outlives its function, and is deleted without it', async (t) => {
  const { lambda, idle } = await served(t);
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  await idle();
  await lambda.deleteFunction({ FunctionName: 'hello' });
  assert.equal((await lambda.getEventSourceMapping({ UUID: id })).State, 'Enabled');
  const { EventSourceMappings } = await lambda.listEventSourceMappings({ FunctionName: 'hello' });
  assert.deepEqual(
    EventSourceMappings?.map((one) => one.UUID),
    [id],
  );
  await lambda.deleteEventSourceMapping({ UUID: id });
  await idle();
  assert.deepEqual(await refusalOf(lambda.getEventSourceMapping({ UUID: id })), NOT_THERE);
});

test('mappings are listed by source and by function', async (t) => {
  const { lambda } = await served(t);
  const make = async (FunctionName: string, source: SourceMembers) =>
    (await lambda.createEventSourceMapping({ FunctionName, ...source })).UUID ?? '';
  const plain = await make('hello', SOURCES.sqs);
  const alias = await make('hello:live', SOURCES.sqs);
  const stream = await make('hello', SOURCES.kinesis);
  const list = async (filter: { FunctionName?: string; EventSourceArn?: string }) =>
    (await lambda.listEventSourceMappings(filter)).EventSourceMappings?.map((one) => one.UUID);
  assert.deepEqual(await list({}), [plain, alias, stream].sort());
  assert.deepEqual(await list({ FunctionName: 'hello' }), [plain, stream].sort());
  assert.deepEqual(await list({ FunctionName: `${FARN}:live` }), [alias]);
  assert.deepEqual(await list({ EventSourceArn: QUEUE }), [plain, alias].sort());
  assert.deepEqual(await list({ EventSourceArn: STREAM, FunctionName: 'hello' }), [stream]);
  for (const nobody of [
    { FunctionName: 'nobody' },
    { FunctionName: 'hello:1' },
    { EventSourceArn: `${QUEUE}-other` },
    { EventSourceArn: STREAM, FunctionName: 'hello:live' },
  ]) {
    assert.deepEqual(await list(nobody), []);
  }
});

test('pages lead to every mapping, once', async (t) => {
  const { lambda } = await served(t);
  const ids = await Promise.all(
    Array.from({ length: 103 }, async (_, index) => {
      const EventSourceArn = `${QUEUE}-${index}`;
      return (await lambda.createEventSourceMapping({ FunctionName: 'hello', EventSourceArn })).UUID ?? '';
    }),
  );
  const pages = async (MaxItems?: number) => {
    const found: string[][] = [];
    let Marker: string | undefined;
    do {
      const page = await lambda.listEventSourceMappings({ MaxItems, Marker });
      found.push(page.EventSourceMappings?.map((one) => one.UUID ?? '') ?? []);
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    assert.deepEqual(found.flat(), ids.toSorted());
    return found.map((page) => page.length);
  };
  assert.deepEqual(await pages(), [100, 3]);
  assert.deepEqual(await pages(10_000), [100, 3]);
  assert.deepEqual(await pages(50), [50, 50, 3]);
  assert.deepEqual(await refusalOf(lambda.listEventSourceMappings({ Marker: 'x' })), invalid('Invalid Marker'));
  for (const [MaxItems, limit] of [
    [0, 'greater than or equal to 1'],
    [10_001, 'less than or equal to 10000'],
  ] as const) {
    assert.deepEqual(await refusalOf(lambda.listEventSourceMappings({ MaxItems })), {
      name: 'ValidationException',
      message: `1 validation error detected: Value '${MaxItems}' at 'maxItems' failed to satisfy constraint: Member must have value ${limit}`,
    });
  }
});

test('a list refuses names and ARNs that are none, all at once', async (t) => {
  const { lambda } = await served(t);
  const { name, message } = await refusalOf(
    lambda.listEventSourceMappings({ FunctionName: 'hello!', EventSourceArn: 'orders', MaxItems: 0 }),
  );
  assert.equal(name, 'ValidationException');
  assert.match(message, /^3 validation errors detected: .*'eventSourceArn'.*'maxItems'.*'functionName'/);
  const elsewhere = FARN.replace('eu-west-1', 'us-east-1');
  assert.deepEqual(await refusalOf(lambda.listEventSourceMappings({ FunctionName: elsewhere })), {
    name: 'ResourceNotFoundException',
    message: "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
    Type: 'User',
  });
});

test('a mapping has tags, from the start and later', async (t) => {
  const { lambda } = await served(t);
  const made = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs, Tags: { team: 'a' } });
  const Resource = made.EventSourceMappingArn;
  const tags = async () => (await lambda.listTags({ Resource })).Tags;
  assert.deepEqual(await tags(), { team: 'a' });
  const tagged = await lambda.tagResource({ Resource, Tags: { team: 'b', stage: 'test' } });
  assert.equal(tagged.$metadata.httpStatusCode, 204);
  assert.deepEqual(await tags(), { team: 'b', stage: 'test' });
  await lambda.untagResource({ Resource, TagKeys: ['team', 'nothing'] });
  assert.deepEqual(await tags(), { stage: 'test' });
  assert.ok(!('Tags' in (await lambda.getEventSourceMapping({ UUID: made.UUID }))));

  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
  const tooMany = invalid('Number of tags exceeds resource tag limit.');
  assert.deepEqual(await refusalOf(lambda.tagResource({ Resource, Tags: many(50) })), tooMany);
  await lambda.tagResource({ Resource, Tags: many(49) });
  assert.deepEqual(
    await refusalOf(lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.fifo, Tags: many(51) })),
    tooMany,
  );
  await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.fifo, Tags: many(50) });
});

test('tags of a mapping that is not there, or not here, are missed', async (t) => {
  const { lambda, elsewhere } = await served(t);
  const Resource = `arn:aws:lambda:${PLACE}:event-source-mapping:${MISSING}`;
  const missing = {
    name: 'ResourceNotFoundException',
    message: `Event source mapping not found: ${Resource}`,
    Type: 'User',
  };
  assert.deepEqual(await refusalOf(lambda.listTags({ Resource })), missing);
  assert.deepEqual(await refusalOf(lambda.tagResource({ Resource, Tags: { a: 'b' } })), missing);
  assert.deepEqual(await refusalOf(lambda.untagResource({ Resource, TagKeys: ['a'] })), missing);
  assert.match((await refusalOf(elsewhere.listTags({ Resource }))).message, /not reachable in this region/);
});

test('a full disk is told, and changes nothing', async (t) => {
  const FULL = new StorageFull('store an event source mapping', { cause: new Error('ENOSPC') });
  let isFull = false;
  const wrapRecords = (records: Records): Records => ({
    ...records,
    put: async (...write) => {
      if (isFull) throw FULL;
      return records.put(...write);
    },
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  });
  const { lambda, idle } = await served(t, { wrapRecords });
  const { UUID: id } = await lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.sqs });
  await idle();
  isFull = true;
  for (const call of [
    () => lambda.createEventSourceMapping({ FunctionName: 'hello', ...SOURCES.kinesis }),
    () => lambda.updateEventSourceMapping({ UUID: id, BatchSize: 1 }),
    () => lambda.deleteEventSourceMapping({ UUID: id }),
  ]) {
    const { name, message } = await refusalOf(call());
    assert.deepEqual([name, message], ['ServiceException', FULL.message]);
  }
  isFull = false;
  const { EventSourceMappings = [] } = await lambda.listEventSourceMappings({});
  assert.deepEqual(
    EventSourceMappings.map(({ UUID, BatchSize, State }) => [UUID, BatchSize, State]),
    [[id, 10, 'Enabled']],
  );
});

async function served(t: TestContext, options?: ServeOptions): Promise<Served> {
  const started = await serveMappings(t, options);
  await makeHello(started.lambda);
  return started;
}

async function allOf({ lambda }: Served): Promise<Shown[]> {
  return (await lambda.listEventSourceMappings({})).EventSourceMappings ?? [];
}

/** Records whose writes take so long that other requests come meanwhile. */
const writingSlowly = (records: Records): Records => ({
  ...records,
  put: async (...write) => {
    await sleep(100);
    return records.put(...write);
  },
  [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
});

/** Records in which no mapping arrives in a stable state, or goes, as long as they are held: as if the server were killed before. */
function settlingLater() {
  let isHeld = true;
  const strike = () => {
    if (isHeld) throw new Error('held');
  };
  const wrapRecords = (records: Records): Records => ({
    ...records,
    put: async (key, value, condition) => {
      if (['enabled', 'disabled'].includes(JSON.parse(value).state)) strike();
      return records.put(key, value, condition);
    },
    delete: async (key, condition) => {
      strike();
      return records.delete(key, condition);
    },
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  });
  const hold = () => {
    isHeld = true;
  };
  const release = () => {
    isHeld = false;
  };
  return { wrapRecords, hold, release };
}
