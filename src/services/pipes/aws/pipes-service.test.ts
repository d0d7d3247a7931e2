// The operations of EventBridge Pipes as the official client sees them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreatePipeRequest } from '@aws-sdk/client-pipes';
import { PIPES } from '../pipe.ts';
import { PIPES_MAX } from '../pipes.ts';
import { queue, ROLE, refusalOf, servePipes } from './testing/serve-pipes.ts';

const ARN = 'arn:aws:pipes:eu-west-1:123456789012:pipe/orders';
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:work';
const PIPE = { Name: 'orders', Source: queue('in'), Target: queue('out'), RoleArn: ROLE };

test('a pipe is made, described as it was asked for, listed, changed, stopped, started and deleted', async (t) => {
  const { client, settled, gone, read } = await servePipes(t);
  const SourceParameters = {
    FilterCriteria: { Filters: [{ Pattern: '{"body":{"n":[1]}}' }] },
    SqsQueueParameters: { BatchSize: 5, MaximumBatchingWindowInSeconds: 2 },
  };
  const wanted: CreatePipeRequest = {
    ...PIPE,
    ...{ Description: 'to work', SourceParameters, Enrichment: FUNCTION, Tags: { team: 'shop' } },
    EnrichmentParameters: { InputTemplate: '<$.body>' },
    TargetParameters: {
      InputTemplate: '{"n": <$.n>}',
      SqsQueueParameters: { MessageGroupId: 'g', MessageDeduplicationId: '$.id' },
    },
  };
  const created = await client.createPipe(wanted);
  assert.deepEqual(
    [created.Arn, created.Name, created.CurrentState, created.DesiredState],
    [ARN, 'orders', 'CREATING', 'RUNNING'],
  );
  const { $metadata, CreationTime, LastModifiedTime, ...running } = await settled('orders');
  assert.deepEqual(running, { ...wanted, Arn: ARN, CurrentState: 'RUNNING', DesiredState: 'RUNNING' });
  assert.deepEqual(CreationTime, created.CreationTime);
  const { work, ...reading } = read.get('orders') ?? {};
  assert.deepEqual(reading, {
    ...{ pipeArn: ARN, sourceArn: queue('in'), roleArn: ROLE, batchSize: 5, batchWindowMs: 2_000 },
    filters: ['{"body":{"n":[1]}}'],
  });

  const updated = await client.updatePipe({
    ...{ Name: 'orders', RoleArn: `${ROLE}-2`, Description: '', Enrichment: '', Target: FUNCTION },
    SourceParameters: { FilterCriteria: {}, SqsQueueParameters: { BatchSize: 7 } },
    TargetParameters: { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' } },
  });
  assert.equal(updated.CurrentState, 'UPDATING');
  const changed = await settled('orders');
  assert.deepEqual(
    [changed.CurrentState, changed.RoleArn, changed.Description, changed.Enrichment, changed.EnrichmentParameters],
    ['RUNNING', `${ROLE}-2`, undefined, undefined, undefined],
  );
  assert.deepEqual(
    [changed.Target, changed.TargetParameters],
    [FUNCTION, { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' } }],
  );
  assert.deepEqual(changed.SourceParameters, {
    SqsQueueParameters: { BatchSize: 7, MaximumBatchingWindowInSeconds: 2 },
  });
  assert.deepEqual([read.get('orders')?.batchSize, read.get('orders')?.filters], [7, []]);

  assert.equal((await client.stopPipe({ Name: 'orders' })).CurrentState, 'STOPPING');
  assert.equal((await settled('orders')).CurrentState, 'STOPPED');
  assert.equal(read.size, 0, 'whoever sees it stopped can count on it that no more is read');
  assert.equal((await client.startPipe({ Name: 'orders' })).CurrentState, 'STARTING');
  assert.equal((await settled('orders')).CurrentState, 'RUNNING');
  assert.equal(read.size, 1);

  const { Pipes = [] } = await client.listPipes({});
  assert.deepEqual(
    Pipes.map(({ Name, CurrentState, Source, Target }) => [Name, CurrentState, Source, Target]),
    [['orders', 'RUNNING', queue('in'), FUNCTION]],
  );
  const deleted = await client.deletePipe({ Name: 'orders' });
  assert.deepEqual([deleted.CurrentState, deleted.DesiredState], ['DELETING', 'DELETED']);
  await gone('orders');
  assert.equal(read.size, 0);
  assert.equal((await refusalOf(client.describePipe({ Name: 'orders' }))).name, 'NotFoundException');
});

test('what is not asked for is what AWS begins with, and a pipe that is to be stopped is not read for', async (t) => {
  const { client, settled, read } = await servePipes(t);
  await client.createPipe({ ...PIPE, DesiredState: 'STOPPED' });
  const pipe = await settled('orders');
  assert.deepEqual([pipe.CurrentState, pipe.DesiredState, read.size], ['STOPPED', 'STOPPED', 0]);
  assert.deepEqual(pipe.SourceParameters, {
    SqsQueueParameters: { BatchSize: 10, MaximumBatchingWindowInSeconds: 0 },
  });
  assert.deepEqual([pipe.TargetParameters, pipe.EnrichmentParameters, pipe.Tags], [undefined, undefined, {}]);
});

test('a pipe whose queue is not there has failed, says why, and can be started when it is', async (t) => {
  const { client, settled } = await servePipes(t);
  await client.createPipe({ ...PIPE, Source: queue('gone') });
  const pipe = await settled('orders');
  const reason = 'Input parameter is invalid from the request due to : The specified queue does not exist.';
  assert.deepEqual([pipe.CurrentState, pipe.DesiredState, pipe.StateReason], ['CREATE_FAILED', 'RUNNING', reason]);
  await client.startPipe({ Name: 'orders' });
  assert.equal((await settled('orders')).CurrentState, 'START_FAILED');
  await client.updatePipe({ Name: 'orders', RoleArn: ROLE });
  assert.equal((await settled('orders')).CurrentState, 'UPDATE_FAILED');
  await client.stopPipe({ Name: 'orders' });
  const stopped = await settled('orders');
  assert.deepEqual([stopped.CurrentState, stopped.StateReason], ['STOPPED', undefined]);
});

test('pipes outlive a restart: those that run are read for again, and what was under way goes on', async (t) => {
  const { client, settled, read, reopen } = await servePipes(t);
  await client.createPipe({ ...PIPE, Name: 'running' });
  await client.createPipe({ ...PIPE, Name: 'stopped', DesiredState: 'STOPPED' });
  await settled('running');
  await settled('stopped');
  await client.createPipe({ ...PIPE, Name: 'fresh' });
  await reopen();
  assert.equal((await settled('fresh')).CurrentState, 'RUNNING');
  assert.deepEqual([...read.keys()].sort(), ['fresh', 'running']);
  assert.equal((await client.describePipe({ Name: 'stopped' })).CurrentState, 'STOPPED');
});

test('pipes are listed by name, page by page, as far as they match', async (t) => {
  const { client, settled } = await servePipes(t);
  for (const Name of ['c', 'a', 'b', 'a.b-C_1']) {
    await client.createPipe({ ...PIPE, Name, Source: queue(`in-${Name.charAt(0)}`), DesiredState: 'STOPPED' });
    await settled(Name);
  }
  const names = async (input: object) => (await client.listPipes(input)).Pipes?.map(({ Name }) => Name);
  const first = await client.listPipes({ Limit: 3 });
  assert.deepEqual(
    first.Pipes?.map(({ Name }) => Name),
    ['a', 'a.b-C_1', 'b'],
  );
  const second = await client.listPipes({ Limit: 3, NextToken: first.NextToken });
  assert.deepEqual([second.Pipes?.map(({ Name }) => Name), second.NextToken], [['c'], undefined]);
  assert.deepEqual(await names({ NamePrefix: 'a' }), ['a', 'a.b-C_1']);
  assert.deepEqual(await names({ SourcePrefix: queue('in-b') }), ['b']);
  assert.deepEqual(await names({ TargetPrefix: queue('none') }), []);
  assert.deepEqual(await names({ DesiredState: 'RUNNING' }), []);
  assert.deepEqual(await names({ CurrentState: 'STOPPED', NamePrefix: 'c' }), ['c']);
  const broken = await refusalOf(client.listPipes({ NextToken: '!' }));
  assert.equal(broken.name, 'ValidationException');
});

test('a pipe has tags', async (t) => {
  const { client } = await servePipes(t);
  await client.createPipe({ ...PIPE, Tags: { a: '1' } });
  await client.tagResource({ resourceArn: ARN, tags: { b: '2', c: '' } });
  await client.untagResource({ resourceArn: ARN, tagKeys: ['a', 'none'] });
  assert.deepEqual((await client.listTagsForResource({ resourceArn: ARN })).tags, { b: '2', c: '' });
  assert.deepEqual((await client.describePipe({ Name: 'orders' })).Tags, { b: '2', c: '' });
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, at) => [`k${at}`, '']));
  for (const tags of [many, { 'aws:a': '' }]) {
    assert.equal((await refusalOf(client.tagResource({ resourceArn: ARN, tags }))).name, 'ValidationException');
  }
  const elsewhere = ARN.replace('eu-west-1', 'us-east-1');
  for (const call of [
    () => client.tagResource({ resourceArn: ARN.replace('orders', 'none'), tags: { a: '' } }),
    () => client.untagResource({ resourceArn: elsewhere, tagKeys: ['a'] }),
    () => client.listTagsForResource({ resourceArn: 'arn:aws:sqs:eu-west-1:123456789012:orders' }),
  ]) {
    assert.equal((await refusalOf(call())).name, 'NotFoundException');
  }
});

test('what is no pipe, is one already, or is under way is refused', async (t) => {
  const { client } = await servePipes(t);
  const none = { name: 'NotFoundException', status: 404, message: 'Pipe none does not exist.' };
  for (const call of [
    () => client.describePipe({ Name: 'none' }),
    () => client.updatePipe({ Name: 'none', RoleArn: ROLE }),
    () => client.deletePipe({ Name: 'none' }),
    () => client.startPipe({ Name: 'none' }),
    () => client.stopPipe({ Name: 'none' }),
  ]) {
    assert.deepEqual(await refusalOf(call()), none);
  }
  const answers = await Promise.allSettled([client.createPipe(PIPE), client.createPipe(PIPE)]);
  const refused = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  assert.deepEqual(
    refused.map(({ name, message, resourceId, resourceType }) => [name, message, resourceId, resourceType]),
    [['ConflictException', 'Pipe orders already exists.', 'orders', 'pipe']],
  );
});

test('what breaks the model is told in the sentences of a schema validator', async (t) => {
  const { client } = await servePipes(t);
  const told = async (change: object) => (await refusalOf(client.createPipe({ ...PIPE, ...change }))).message;
  assert.equal(
    await told({ RoleArn: undefined, Source: undefined }),
    '[object has missing required properties (["RoleArn","Source"])]',
  );
  assert.equal(
    await told({ SourceParameters: { SqsQueueParameters: { BatchSize: 0 } } }),
    '[numeric instance is lower than the required minimum (minimum: 1, found: 0)]',
  );
  assert.equal(
    await told({ DesiredState: 'DELETED', SourceParameters: { SqsQueueParameters: { BatchSize: 10_001 } } }),
    '[instance value ("DELETED") not found in enum (possible values: ["RUNNING","STOPPED"]), numeric instance is greater than the required maximum (maximum: 10000, found: 10001)]',
  );
  assert.equal(
    await told({ Name: 'a b' }),
    String.raw`[ECMA 262 regex "^[\.\-_A-Za-z0-9]+$" does not match input string "a b"]`,
  );
  const long = 'x'.repeat(65);
  assert.equal(await told({ Name: long }), `[string "${long}" is too long (length: 65, maximum allowed: 64)]`);
  const Filters = Array.from({ length: 6 }, () => ({ Pattern: '{"a":[1]}' }));
  assert.equal(
    await told({ SourceParameters: { FilterCriteria: { Filters } } }),
    '[array is too long: must have at most 5 elements but instance has 6 elements]',
  );
});

test('what cannot be together is refused, and what is missing here says so', async (t) => {
  const { client } = await servePipes(t);
  const refused = async (change: object) => await refusalOf(client.createPipe({ ...PIPE, ...change }));
  const fifo = queue('in.fifo');
  const batch = (BatchSize: number, MaximumBatchingWindowInSeconds = 0) => ({
    SourceParameters: { SqsQueueParameters: { BatchSize, MaximumBatchingWindowInSeconds } },
  });
  for (const [change, member] of [
    [
      { SourceParameters: { FilterCriteria: { Filters: [{ Pattern: '{"a":1}' }] } } },
      'SourceParameters.FilterCriteria',
    ],
    [{ ...batch(11, 1) }, 'SourceParameters.SqsQueueParameters.BatchSize'],
    [{ ...batch(11), Target: FUNCTION }, 'SourceParameters.SqsQueueParameters.MaximumBatchingWindowInSeconds'],
    [{ ...batch(1, 1), Source: fifo }, 'SourceParameters.SqsQueueParameters.MaximumBatchingWindowInSeconds'],
    [{ ...batch(11), Source: fifo, Target: FUNCTION }, 'SourceParameters.SqsQueueParameters.BatchSize'],
    [{ Target: queue('out.fifo') }, 'TargetParameters.SqsQueueParameters.MessageGroupId'],
    [{ Target: 'arn:aws:sns:eu-west-1:123456789012:t.fifo' }, 'Target'],
    [{ Source: 'arn:aws:sns:eu-west-1:123456789012:t' }, 'Source'],
    [{ Source: 'arn:aws:sqs:us-east-1:123456789012:in' }, 'Source'],
    [{ Target: 'arn:aws:sqs:eu-west-1:210987654321:out' }, 'Target'],
    [{ Enrichment: 'arn:aws:lambda:eu-west-1:210987654321:function:f' }, 'Enrichment'],
    [{ RoleArn: 'arn:aws:iam::210987654321:role/pipe' }, 'RoleArn'],
    [
      { SourceParameters: { KinesisStreamParameters: { StartingPosition: 'LATEST' } } },
      'SourceParameters.KinesisStreamParameters',
    ],
    [{ TargetParameters: { LambdaFunctionParameters: {} } }, 'TargetParameters.LambdaFunctionParameters'],
  ] as const) {
    const { name, message } = await refused(change);
    assert.equal(name, 'ValidationException', message);
    assert.equal(JSON.parse(message).ValidationErrorFields[0].Name, member, message);
  }
  for (const [change, text] of [
    [{ Source: 'arn:aws:kinesis:eu-west-1:123456789012:stream/s' }, 'Kinesis streams as sources of pipes'],
    [{ Source: 'arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/1' }, 'DynamoDB streams as sources of pipes'],
    [{ Source: 'arn:aws:mq:eu-west-1:123456789012:broker:b' }, 'Amazon MQ brokers as sources of pipes'],
    [{ Source: 'smk://broker.example:9092' }, 'Kafka clusters as sources of pipes'],
    [
      { Target: 'arn:aws:states:eu-west-1:123456789012:stateMachine:m' },
      'targets of pipes like arn:aws:states:eu-west-1:123456789012:stateMachine:m',
    ],
    [
      { Enrichment: 'arn:aws:states:eu-west-1:123456789012:stateMachine:m' },
      'enrichments other than functions (arn:aws:states:eu-west-1:123456789012:stateMachine:m)',
    ],
    [{ LogConfiguration: { Level: 'INFO' } }, 'logs of pipes'],
    [{ KmsKeyIdentifier: 'key' }, 'keys of customers for pipes'],
  ] as const) {
    const { name, status, message } = await refused(change);
    assert.deepEqual([name, status, message], ['NotImplemented', 501, `Lambent does not support ${text} yet.`]);
  }
  // Both sides of the limits.
  for (const [Name, change] of [
    ['window', { ...batch(10_000, 300), Target: FUNCTION }],
    ['ten', { ...batch(10) }],
    ['fifo', { ...batch(10), Source: fifo, Target: FUNCTION }],
  ] as const) {
    await client.createPipe({ ...PIPE, ...change, Name });
  }
});

test('an account has as many pipes in a region as on AWS, and no more', async (t) => {
  const { client, records, settled, reopen } = await servePipes(t);
  const stopped = { ...PIPE, DesiredState: 'STOPPED' as const };
  await client.createPipe(stopped);
  await settled('orders');
  const key = `${PIPES}123456789012/eu-west-1/orders`;
  const { value = '' } = (await records.get(key)) ?? {};
  const others = Array.from({ length: PIPES_MAX - 2 }, (_, at) => `other${at}`);
  await Promise.all(
    others.map((name) => records.put(key.replace('orders', name), value.replace('orders', name), { ifRevision: 0 })),
  );
  await reopen();
  await client.createPipe({ ...stopped, Name: 'last' });
  const { name, status } = await refusalOf(client.createPipe({ ...stopped, Name: 'more' }));
  assert.deepEqual([name, status], ['ServiceQuotaExceededException', 402]);
});
