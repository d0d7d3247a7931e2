// Queues that invoke functions, seen from outside: what the function gets, how often, and what is left in the queue.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SQS } from '@aws-sdk/client-sqs';
import { deploy } from './deploy.ts';
import { logLines } from './logs.ts';
import { countsOf, makeMapping, makeQueue, mappingIn, queueClient, sendAll, type TestQueue } from './queues.ts';
import {
  addAccount,
  cleanUpOf,
  type LambdaClient,
  lambdaClient,
  lambdaSdk,
  serve,
  type TestServer,
  until,
} from './server.ts';

/** What a message of these tests says: what the function does with it. */
interface Task {
  readonly n: number;
  /** The function throws. */
  readonly throws?: boolean;
  /** The function tells that it could not do this one. */
  readonly fails?: boolean;
  readonly ms?: number;
}

interface Seen {
  readonly n: number;
  readonly count: number;
  readonly group?: string;
  readonly receiptHandle: string;
}

/** Logs what it gets and when it has done it. */
const WORKER = `import { setTimeout as sleep } from 'node:timers/promises';
export const handler = async (event, { awsRequestId }) => {
  const tasks = event.Records.map(({ body }) => JSON.parse(body));
  const seen = event.Records.map(({ attributes }, at) =>
    ({ n: tasks[at].n, count: Number(attributes.ApproximateReceiveCount), group: attributes.MessageGroupId, receiptHandle: event.Records[at].receiptHandle }));
  console.log('began', JSON.stringify({ at: Date.now(), id: awsRequestId, seen }));
  if (event.Records[0].body.length < 1_000) console.log('record', JSON.stringify(event.Records[0]));
  await sleep(Math.max(0, ...tasks.map(({ ms = 0 }) => ms)));
  console.log('ended', JSON.stringify({ at: Date.now(), id: awsRequestId }));
  if (tasks.some(({ throws }) => throws)) throw new Error('this cannot be done');
  const failed = event.Records.filter((_, at) => tasks[at].fails);
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

describe('a mapping of a queue', { concurrency: 4 }, () => {
  const cleanUp = cleanUpOf({ after });
  const sdk = lambdaSdk();
  let server: TestServer;
  let lambda: LambdaClient;
  let sqs: SQS;
  before(async () => {
    server = await serve(cleanUp);
    lambda = lambdaClient(cleanUp, server);
    sqs = queueClient(cleanUp, server);
  });

  /** A function of this name, which does what its messages say. */
  const worker = (name: string) => deploy(lambda, { name, runtime: 'nodejs24.x', files: { 'index.mjs': WORKER } });
  const batches = (name: string) => batchesOf(server, name);
  const seenBy = async (name: string) => (await batches(name)).flatMap(({ seen }) => seen);
  const send = (queue: TestQueue, tasks: readonly Task[], group?: string) =>
    sendAll(
      sqs,
      queue,
      tasks.map((task) => JSON.stringify(task)),
      group,
    );
  /** Shows message `n` again at once when its function is done with it for this time, so that no test hangs on how long that takes. */
  const comesAgain = async (name: string, { url: QueueUrl }: TestQueue, n: number, count: number) => {
    for (;;) {
      const over = (await batches(name)).filter(({ endedAt }) => endedAt < Number.POSITIVE_INFINITY);
      const found = over.flatMap(({ seen }) => seen).find((one) => one.n === n && one.count === count);
      if (found === undefined) {
        await sleep(20);
        continue;
      }
      const { receiptHandle: ReceiptHandle } = found;
      await sqs.changeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
      return;
    }
  };
  /** Waits until a queue has nothing to be received and nothing that is worked on. */
  const emptied = async (queue: TestQueue) => {
    for (;;) {
      const { visible, inFlight } = await countsOf(sqs, queue);
      if (visible + inFlight === 0) return;
      await sleep(20);
    }
  };

  test('a message invokes the function with AWS’s event, and is deleted', async () => {
    await worker('happy');
    const queue = await makeQueue(sqs, 'happy');
    const UUID = await makeMapping(lambda, { FunctionName: 'happy', EventSourceArn: queue.arn });
    const sent = await sqs.sendMessage({
      QueueUrl: queue.url,
      MessageBody: '{"n":1}',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
    });
    await emptied(queue);
    const { receiptHandle, attributes, ...record } = (await recordsOf(server, 'happy'))[0] ?? {};
    assert.deepEqual(record, {
      messageId: sent.MessageId,
      body: '{"n":1}',
      messageAttributes: {
        kind: { stringValue: 'order', stringListValues: [], binaryListValues: [], dataType: 'String' },
      },
      md5OfMessageAttributes: sent.MD5OfMessageAttributes,
      md5OfBody: sent.MD5OfMessageBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
      awsRegion: 'us-east-1',
    });
    assert.match(receiptHandle, /^AQEB/);
    assert.deepEqual(Object.keys(attributes).sort(), [
      'ApproximateFirstReceiveTimestamp',
      'ApproximateReceiveCount',
      'SenderId',
      'SentTimestamp',
    ]);
    assert.equal(attributes.ApproximateReceiveCount, '1');
    const found = await lambda.send(new sdk.GetEventSourceMappingCommand({ UUID }));
    assert.deepEqual([found.State, found.LastProcessingResult], ['Enabled', undefined]);
  });

  test('messages that no filter matches are deleted, and the function never sees them', async () => {
    await worker('filtered');
    const queue = await makeQueue(sqs, 'filtered');
    const FilterCriteria = {
      Filters: [{ Pattern: '{"body":{"n":[{"numeric":[">",5]}]}}' }, { Pattern: '{"body":{"n":[1]}}' }],
    };
    await makeMapping(lambda, { FunctionName: 'filtered', EventSourceArn: queue.arn, FilterCriteria });
    await sendAll(sqs, queue, ['no JSON', ...numbered(1, 10).map((task) => JSON.stringify(task))]);
    await emptied(queue);
    assert.deepEqual(numbersOf(await seenBy('filtered')), [1, 6, 7, 8, 9, 10]);
  });

  test('of a batch with failures those that are named come again, until they are in the dead-letter queue', async () => {
    await worker('partial');
    const dead = await makeQueue(sqs, 'partial-dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const queue = await makeQueue(sqs, 'partial', { VisibilityTimeout: '300', RedrivePolicy });
    await makeMapping(lambda, {
      FunctionName: 'partial',
      EventSourceArn: queue.arn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    await send(queue, [{ n: 1 }, { n: 2, fails: true }, { n: 3 }]);
    for (const count of [1, 2]) await comesAgain('partial', queue, 2, count);
    await emptied(queue);
    assert.equal((await countsOf(sqs, dead)).visible, 1);
    const seen = await seenBy('partial');
    assert.deepEqual(
      seen.filter(({ n }) => n === 2).map(({ count }) => count),
      [1, 2],
    );
    assert.deepEqual(numbersOf(seen), [1, 2, 2, 3]);
  });

  test('what the function throws at comes again as a whole, and a poison message ends in the dead-letter queue', async () => {
    await worker('poisoned');
    const dead = await makeQueue(sqs, 'poisoned-dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 });
    const queue = await makeQueue(sqs, 'poisoned', { VisibilityTimeout: '300', RedrivePolicy });
    const UUID = await makeMapping(lambda, { FunctionName: 'poisoned', EventSourceArn: queue.arn, BatchSize: 1 });
    await send(queue, [{ n: 1 }, { n: 2, throws: true }, { n: 3 }]);
    for (const count of [1, 2, 3]) await comesAgain('poisoned', queue, 2, count);
    await emptied(queue);
    assert.deepEqual(numbersOf(await seenBy('poisoned')), [1, 2, 2, 2, 3]);
    const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: dead.url, AttributeNames: ['All'] });
    assert.deepEqual(
      Messages.map(({ Body, Attributes }) => [Body, Attributes?.DeadLetterQueueSourceArn]),
      [['{"n":2,"throws":true}', queue.arn]],
    );
    await until('the mapping tells of the failure', async () => {
      const { LastProcessingResult } = await lambda.send(new sdk.GetEventSourceMappingCommand({ UUID }));
      return LastProcessingResult === 'PROBLEM: Function call failed';
    });
  });

  test('a window gathers larger batches', async () => {
    await worker('gathering');
    const queue = await makeQueue(sqs, 'gathering');
    const more = { BatchSize: 20, MaximumBatchingWindowInSeconds: 5 };
    await send(queue, numbered(1, 30));
    await makeMapping(lambda, { FunctionName: 'gathering', EventSourceArn: queue.arn, ...more });
    await emptied(queue);
    assert.deepEqual(
      (await batches('gathering')).map(({ seen }) => seen.length),
      [20, 10],
    );
  });

  test('no event is larger than 6 MB, however many messages a batch may have', async () => {
    await worker('heavy');
    const queue = await makeQueue(sqs, 'heavy');
    const bodies = numbered(1, 16).map((task) => JSON.stringify({ ...task, pad: 'x'.repeat(900_000) }));
    for (const MessageBody of bodies) await sqs.sendMessage({ QueueUrl: queue.url, MessageBody });
    await makeMapping(lambda, {
      FunctionName: 'heavy',
      EventSourceArn: queue.arn,
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 5,
    });
    await emptied(queue);
    const found = await batches('heavy');
    assert.deepEqual(numbersOf(found.flatMap(({ seen }) => seen)), numbersOf(numbered(1, 16)));
    assert.deepEqual(
      found.map(({ seen }) => seen.length),
      [6, 6, 4],
    );
  });

  test('groups of a FIFO queue run beside each other, and within a group one after the other, in order', async () => {
    await worker('ordered');
    const queue = await makeQueue(sqs, 'ordered.fifo');
    await makeMapping(lambda, { FunctionName: 'ordered', EventSourceArn: queue.arn, BatchSize: 2 });
    const groups = ['a', 'b', 'c', 'd'];
    await Promise.all(
      groups.map((group, at) =>
        send(
          queue,
          numbered(at * 100 + 1, at * 100 + 8).map((task) => ({ ...task, ms: 250 })),
          group,
        ),
      ),
    );
    await emptied(queue);
    const found = await batches('ordered');
    for (const [at, group] of groups.entries()) {
      const own = found.filter(({ seen }) => seen.some((one) => one.group === group));
      assert.deepEqual(
        own.flatMap(({ seen }) => seen.filter((one) => one.group === group).map(({ n }) => n)),
        numbered(at * 100 + 1, at * 100 + 8).map(({ n }) => n),
      );
      assert.ok(mostAtOnce(own) === 1, `batches of group ${group} ran at once`);
    }
    assert.ok(mostAtOnce(found) > 1, 'no two groups ran at once');
  });

  test('a failure stops its group of a FIFO queue until it is done, and no other group', async () => {
    await worker('stopping');
    const queue = await makeQueue(sqs, 'stopping.fifo', { VisibilityTimeout: '300' });
    await send(queue, [{ n: 1 }, { n: 2, fails: true }, { n: 3 }], 'a');
    await send(queue, [{ n: 11 }, { n: 12 }], 'b');
    await makeMapping(lambda, {
      FunctionName: 'stopping',
      EventSourceArn: queue.arn,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    for (;;) {
      const { visible, inFlight } = await countsOf(sqs, queue);
      if (visible + inFlight === 2) break;
      await sleep(20);
    }
    assert.deepEqual(numbersOf(await seenBy('stopping')), [1, 2, 3, 11, 12]);
  });

  test('no more batches at once than its maximum concurrency', async () => {
    await worker('bounded');
    const queue = await makeQueue(sqs, 'bounded');
    const ScalingConfig = { MaximumConcurrency: 2 };
    await send(
      queue,
      numbered(1, 8).map((task) => ({ ...task, ms: 750 })),
    );
    await makeMapping(lambda, { FunctionName: 'bounded', EventSourceArn: queue.arn, BatchSize: 1, ScalingConfig });
    await emptied(queue);
    const found = await batches('bounded');
    assert.equal(found.length, 8);
    assert.equal(mostAtOnce(found), 2);
  });

  test('it is switched off and on, changed and deleted while messages flow, and none is lost', async () => {
    for (const name of ['first', 'second']) await worker(name);
    const queue = await makeQueue(sqs, 'flowing');
    const UUID = await makeMapping(lambda, { FunctionName: 'first', EventSourceArn: queue.arn, BatchSize: 2 });
    await send(queue, numbered(1, 20));
    await lambda.send(new sdk.UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await mappingIn(lambda, UUID, 'Disabled');
    await send(queue, numbered(21, 40));
    // What had begun goes on to its end.
    while ((await countsOf(sqs, queue)).inFlight > 0) await sleep(20);
    const before = (await seenBy('first')).length;
    // Whoever sees it disabled can count on it that no more is read.
    assert.ok((await countsOf(sqs, queue)).visible >= 20);
    await lambda.send(new sdk.UpdateEventSourceMappingCommand({ UUID, Enabled: true, FunctionName: 'second' }));
    await mappingIn(lambda, UUID, 'Enabled');
    await send(queue, numbered(41, 60));
    await lambda.send(new sdk.UpdateEventSourceMappingCommand({ UUID, BatchSize: 10 }));
    await emptied(queue);
    const [first, second] = [await seenBy('first'), await seenBy('second')];
    assert.equal(first.length, before);
    assert.ok(second.length >= 40);
    assert.deepEqual([...new Set(numbersOf([...first, ...second]))], numbersOf(numbered(1, 60)));
    await mappingIn(lambda, UUID, 'Enabled');
    await lambda.send(new sdk.DeleteEventSourceMappingCommand({ UUID }));
    await assert.rejects(async () => {
      for (;;) await lambda.send(new sdk.GetEventSourceMappingCommand({ UUID }));
    }, sdk.ResourceNotFoundException);
    await send(queue, numbered(61, 62));
    await sleep(200);
    assert.equal((await countsOf(sqs, queue)).visible, 2);
  });

  test('an alias is invoked as the mapping names it', async () => {
    await worker('aliased');
    await lambda.send(new sdk.PublishVersionCommand({ FunctionName: 'aliased' }));
    await lambda.send(new sdk.CreateAliasCommand({ FunctionName: 'aliased', Name: 'live', FunctionVersion: '1' }));
    const queue = await makeQueue(sqs, 'aliased');
    await makeMapping(lambda, { FunctionName: 'aliased:live', EventSourceArn: queue.arn });
    await send(queue, numbered(1, 1));
    await emptied(queue);
    assert.equal((await logLines(server, 'aliased', 'Version: 1')).length, 1);
  });

  test('what is throttled waits for its turn, and is neither lost nor run twice', async () => {
    await worker('narrow');
    const queue = await makeQueue(sqs, 'narrow');
    await lambda.send(
      new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'narrow', ReservedConcurrentExecutions: 1 }),
    );
    await send(
      queue,
      numbered(1, 10).map((task) => ({ ...task, ms: 50 })),
    );
    await makeMapping(lambda, { FunctionName: 'narrow', EventSourceArn: queue.arn, BatchSize: 1 });
    await emptied(queue);
    const found = await batches('narrow');
    assert.deepEqual(numbersOf(found.flatMap(({ seen }) => seen)), numbersOf(numbered(1, 10)));
    assert.equal(mostAtOnce(found), 1);
  });

  test('messages wait while the function may not run, and are not spent on it', async () => {
    await worker('paused');
    const queue = await makeQueue(sqs, 'paused');
    await lambda.send(
      new sdk.PutFunctionConcurrencyCommand({ FunctionName: 'paused', ReservedConcurrentExecutions: 0 }),
    );
    const UUID = await makeMapping(lambda, { FunctionName: 'paused', EventSourceArn: queue.arn });
    await send(queue, numbered(1, 3));
    const result = async () =>
      (await lambda.send(new sdk.GetEventSourceMappingCommand({ UUID }))).LastProcessingResult ?? '';
    while (!/^PROBLEM: The reserved concurrency of the function is 0\.$/.test(await result())) await sleep(20);
    assert.deepEqual(await countsOf(sqs, queue), { visible: 3, inFlight: 0 });
    await lambda.send(new sdk.DeleteFunctionConcurrencyCommand({ FunctionName: 'paused' }));
    await emptied(queue);
    assert.ok((await seenBy('paused')).every(({ count }) => count === 1));
    assert.equal(await result(), '');
    await lambda.send(new sdk.DeleteFunctionCommand({ FunctionName: 'paused' }));
    await send(queue, numbered(4, 5));
    while (!/^PROBLEM: The function does not exist\.$/.test(await result())) await sleep(20);
    await worker('paused');
    await emptied(queue);
    assert.deepEqual([...new Set(numbersOf(await seenBy('paused')))], [1, 2, 3, 4, 5]);
  });
});

test('a queue of another account is read as long as its policy lets the function’s role', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const sqs = queueClient(cleanUp, await addAccount(server, '111122223333'));
  const lambda = lambdaClient(cleanUp, server);
  const sdk = lambdaSdk();
  await deploy(lambda, { name: 'guest', runtime: 'nodejs24.x', files: { 'index.mjs': WORKER } });
  const queue = await makeQueue(sqs, 'shared');
  const make = () => makeMapping(lambda, { FunctionName: 'guest', EventSourceArn: queue.arn });
  const denied = /The provided execution role does not have permissions to call ReceiveMessage on SQS$/;
  await assert.rejects(make(), denied);
  const Statement = {
    ...{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Resource: queue.arn },
    Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await sqs.setQueueAttributes({ QueueUrl: queue.url, Attributes: { Policy } });
  const UUID = await make();
  await sendAll(sqs, queue, ['{"n":1}']);
  while ((await batchesOf(server, 'guest')).length === 0) await sleep(20);
  await sqs.setQueueAttributes({ QueueUrl: queue.url, Attributes: { Policy: '' } });
  // The receive that was under way may still get one.
  await sendAll(sqs, queue, ['{"n":2}']);
  for (;;) {
    const { LastProcessingResult = '' } = await lambda.send(new sdk.GetEventSourceMappingCommand({ UUID }));
    if (denied.test(LastProcessingResult)) break;
    await sleep(20);
  }
});

test('a mapping reads the queue of another endpoint, where it was told to', async (t) => {
  const cleanUp = cleanUpOf(t);
  const other = await serve(cleanUp, { args: ['--sandbox', 'process', '--pool', '0'] });
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = other.env;
  const server = await serve(cleanUp, {
    args: ['--service-endpoint', `sqs=${other.env.AWS_ENDPOINT_URL}`],
    env: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
  });
  const lambda = lambdaClient(cleanUp, server);
  await deploy(lambda, { name: 'far', runtime: 'nodejs24.x', files: { 'index.mjs': WORKER } });
  const sqs = queueClient(cleanUp, other);
  const queue = await makeQueue(sqs, 'far');
  const nowhere = makeMapping(lambda, { FunctionName: 'far', EventSourceArn: `${queue.arn}-2` });
  await assert.rejects(nowhere, /^InvalidParameterValueException: Error occurred while ReceiveMessage\./);
  const UUID = await makeMapping(lambda, { FunctionName: 'far', EventSourceArn: queue.arn });
  await sendAll(
    sqs,
    queue,
    numbered(1, 30).map((task) => JSON.stringify(task)),
  );
  for (;;) {
    const { visible, inFlight } = await countsOf(sqs, queue);
    if (visible + inFlight === 0) break;
    await sleep(20);
  }
  const seen = (await batchesOf(server, 'far')).flatMap(({ seen }) => seen);
  assert.deepEqual(numbersOf(seen), numbersOf(numbered(1, 30)));
  // A wait at the other endpoint is given up at once.
  const { UpdateEventSourceMappingCommand } = lambdaSdk();
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  await mappingIn(lambda, UUID, 'Disabled');
});

const numbered = (from: number, to: number): Task[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ n: from + at }));
const numbersOf = (seen: readonly { readonly n: number }[]) => seen.map(({ n }) => n).sort((one, other) => one - other);

interface Batch {
  readonly at: number;
  readonly endedAt: number;
  readonly seen: readonly Seen[];
}

/** The invocations of a worker, in the order in which they began. */
async function batchesOf(server: TestServer, name: string): Promise<Batch[]> {
  const ended = await parsed<{ at: number; id: string }>(server, name, 'ended');
  const ends = new Map(ended.map(({ id, at }): [string, number] => [id, at]));
  return (await parsed<{ at: number; id: string; seen: Seen[] }>(server, name, 'began'))
    .map(({ at, id, seen }) => ({ at, endedAt: ends.get(id) ?? Number.POSITIVE_INFINITY, seen }))
    .sort((one, other) => one.at - other.at);
}

// biome-ignore lint/suspicious/noExplicitAny: SAFE: what a test says of a record is looked at.
const recordsOf = (server: TestServer, name: string) => parsed<any>(server, name, 'record');

async function parsed<Logged>(server: TestServer, name: string, word: string): Promise<Logged[]> {
  return (await logLines(server, name, `${word} {`)).flatMap((line) => {
    const at = line.indexOf(`${word} {`);
    return at < 0 ? [] : [JSON.parse(line.slice(at + word.length + 1))];
  });
}

/** How many of these batches ran at the same time, at most. */
function mostAtOnce(batches: readonly Batch[]): number {
  return Math.max(...batches.map(({ at }) => batches.filter((other) => other.at <= at && at < other.endedAt).length));
}
