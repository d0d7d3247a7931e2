// Pipes in the whole server: from a queue, through a filter and a function, to functions, queues, topics and buses.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { Pipes } from '@aws-sdk/client-pipes';
import type { SQS } from '@aws-sdk/client-sqs';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { awsCli } from './aws-cli.ts';
import { deploy } from './deploy.ts';
import { bodiesOf, makePipe, pipesClient, received, settledPipe } from './piping.ts';
import { countsOf, makeQueue, queueClient, sendAll, type TestQueue } from './queues.ts';
import { createRole } from './roles.ts';
import { cleanUpOf, inRegion, type LambdaClient, lambdaClient, ROLE, serve, type TestServer, until } from './server.ts';

const require = createRequire(import.meta.url);

/** Prices orders, and drops those of nothing. */
const ENRICH = `export const handler = async (orders) => orders
  .filter(({ body }) => JSON.parse(body).count > 0)
  .map(({ messageId, body }) => ({ messageId, order: JSON.parse(body), total: JSON.parse(body).count * 7 }));`;

/** Cannot do what says so. */
const WORK = `export const handler = async (records) => ({
  batchItemFailures: records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({ itemIdentifier: messageId })),
});`;

const BREAK = `export const handler = async () => { throw new Error('no'); };`;

describe('a pipe', { concurrency: 4 }, () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  let lambda: LambdaClient;
  let sqs: SQS;
  let pipes: Pipes;
  before(async () => {
    server = await serve(cleanUp);
    lambda = lambdaClient(cleanUp, server);
    sqs = queueClient(cleanUp, server);
    pipes = pipesClient(cleanUp, server);
    for (const [name, code] of Object.entries({ enrich: ENRICH, work: WORK, break: BREAK })) {
      await deploy(lambda, { name, runtime: 'nodejs24.x', files: { 'index.mjs': code } });
    }
  });
  const functionArn = (name: string) => `arn:aws:lambda:${server.env.AWS_REGION}:000000000000:function:${name}`;
  /** A queue whose messages go to a dead-letter queue when they have failed twice, and come again after so many seconds. */
  const withDeadLetters = async (name: string, hiddenS: number) => {
    const dead = await makeQueue(sqs, `${name}-dead`);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    return { queue: await makeQueue(sqs, name, { VisibilityTimeout: String(hiddenS), RedrivePolicy }), dead };
  };
  const emptied = async (queue: TestQueue) =>
    until(`${queue.arn} is empty`, async () => {
      const { visible, inFlight } = await countsOf(sqs, queue);
      return visible + inFlight === 0;
    });

  test('hands what passes its filter to a function, and what that makes of it to a queue', async () => {
    const [orders, priced] = [await makeQueue(sqs, 'orders'), await makeQueue(sqs, 'priced')];
    const pattern = { body: { kind: ['order'], count: [{ numeric: ['<', 100] }] } };
    const { CurrentState } = await makePipe(pipes, {
      ...{ Name: 'pricing', Source: orders.arn, Enrichment: functionArn('enrich'), Target: priced.arn },
      SourceParameters: { FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] } },
      TargetParameters: {
        InputTemplate: '{"of": <$.order.of>, "note": "<$.order.count> for <$.total>", "pipe": <aws.pipes.pipe-name>}',
      },
    });
    assert.equal(CurrentState, 'RUNNING');
    const order = (of: string, count: number, kind = 'order') => JSON.stringify({ kind, of, count });
    await sendAll(sqs, orders, [
      ...[order('tea', 2), order('nuts', 0), order('salt', 100), order('pots', 1, 'return'), 'text', order('oil', 3)],
    ]);
    assert.deepEqual(bodiesOf(await received(sqs, priced, 2)), [
      '{"of": "oil", "note": "3 for 21", "pipe": "pricing"}',
      '{"of": "tea", "note": "2 for 14", "pipe": "pricing"}',
    ]);
    await emptied(orders);
    assert.deepEqual(await countsOf(sqs, priced), { visible: 0, inFlight: 0 });
  });

  test('leaves what its function could not do to the dead-letter queue, and nothing else', async () => {
    const { queue, dead } = await withDeadLetters('tasks', 6); // Longer than the function takes, also on a busy machine.
    await makePipe(pipes, { Name: 'tasks', Source: queue.arn, Target: functionArn('work') });
    await sendAll(sqs, queue, ['good', 'bad', 'fine']);
    assert.deepEqual(bodiesOf(await received(sqs, dead, 1)), ['bad']);
    await emptied(queue);
    assert.deepEqual(await countsOf(sqs, dead), { visible: 0, inFlight: 0 });
  });

  test('leaves all to the dead-letter queue when its enrichment fails or its target is not there, and says why', async () => {
    const missing = `arn:aws:sqs:${server.env.AWS_REGION}:000000000000:missing`;
    const cases = [
      ['broken', { Enrichment: functionArn('break'), Target: missing }, `${functionArn('break')} failed`],
      ['nowhere', { Target: missing }, `${missing} does not exist`],
      ['nobody', { Target: functionArn('nobody') }, `${functionArn('nobody')} does not exist`],
    ] as const;
    const buried = cases.map(async ([name, parts, reason]) => {
      const { queue, dead } = await withDeadLetters(name, 1);
      await makePipe(pipes, { Name: name, Source: queue.arn, ...parts });
      await sendAll(sqs, queue, ['a', 'b']);
      assert.deepEqual(bodiesOf(await received(sqs, dead, 2)), ['a', 'b']);
      // Its messages may be buried by their age alone while it still works on them, on a busy machine.
      await until(`it says: ${reason}`, async () => {
        const { CurrentState, StateReason } = await pipes.describePipe({ Name: name });
        return CurrentState === 'RUNNING' && StateReason === reason;
      });
    });
    await Promise.all(buried);
  });

  test('keeps the order of each group of a FIFO queue', async () => {
    const [line, out] = [await makeQueue(sqs, 'line.fifo'), await makeQueue(sqs, 'out.fifo')];
    const numbers = Array.from({ length: 15 }, (_, at) => at);
    for (const group of ['a', 'b']) {
      await sendAll(
        sqs,
        line,
        numbers.map((n) => `${group}${n}`),
        group,
      );
    }
    await makePipe(pipes, {
      ...{ Name: 'line', Source: line.arn, Target: out.arn },
      TargetParameters: {
        InputTemplate: '<$.body>',
        SqsQueueParameters: { MessageGroupId: '$.attributes.MessageGroupId' },
      },
    });
    const messages = await received(sqs, out, 30);
    for (const group of ['a', 'b']) {
      const ofGroup = messages.filter(({ Attributes }) => Attributes?.MessageGroupId === group);
      assert.deepEqual(
        ofGroup.map(({ Body }) => Body),
        numbers.map((n) => `${group}${n}`),
      );
    }
  });

  test('tells a topic, and a bus, whose rules see where the event comes from', async () => {
    const { env } = server;
    const config = noting({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    });
    const { SNS } = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
    const { EventBridge } = require('@aws-sdk/client-eventbridge') as typeof import('@aws-sdk/client-eventbridge');
    const [sns, events] = [new SNS(config), new EventBridge(config)];
    cleanUp.defer(() => {
      sns.destroy();
      events.destroy();
    });
    const Policy = JSON.stringify({ Statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' } });
    const heard = await makeQueue(sqs, 'heard', { Policy });
    const { TopicArn = '' } = await sns.createTopic({ Name: 'news' });
    await sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: heard.arn, Attributes: { RawMessageDelivery: 'true' } });
    await events.putRule({ Name: 'all', EventPattern: JSON.stringify({ source: [{ prefix: 'Pipe ' }] }) });
    await events.putTargets({ Rule: 'all', Targets: [{ Id: '1', Arn: heard.arn, InputPath: '$' }] });
    const bus = `arn:aws:events:${env.AWS_REGION}:000000000000:event-bus/default`;
    const spoken = [await makeQueue(sqs, 'spoken-1'), await makeQueue(sqs, 'spoken-2')];
    for (const [at, Target] of [TopicArn, bus].entries()) {
      const Source = spoken[at]?.arn;
      await makePipe(pipes, {
        ...{ Name: `speaking-${at}`, Source, Target },
        TargetParameters: { InputTemplate: '{"said": <$.body.word>}' },
      });
    }
    for (const queue of spoken) await sendAll(sqs, queue, [JSON.stringify({ word: 'hi' })]);
    const [told = {}, raw = {}] = (await received(sqs, heard, 2))
      .map(({ Body = '' }) => JSON.parse(Body))
      .sort((one) => ('detail' in one ? -1 : 1));
    assert.deepEqual(raw, { said: 'hi' });
    assert.deepEqual(
      [told.source, told['detail-type'], told.detail, told.account],
      ['Pipe speaking-1', 'Event from aws:sqs', { said: 'hi' }, '000000000000'],
    );
  });

  test('does what its role may do, and nothing else', async () => {
    // What failed is not to come again.
    const source = await makeQueue(sqs, 'kept', { VisibilityTimeout: '43200' });
    const target = await makeQueue(sqs, 'sent');
    const service = 'pipes.amazonaws.com';
    const policyOf = (...allowed: [string, string][]) => ({
      Version: '2012-10-17',
      Statement: allowed.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource })),
    });
    const blind = await createRole(cleanUp, server, { name: 'blind', service, policy: policyOf(['sqs:Send*', '*']) });
    const failed = await makePipe(pipes, { Name: 'kept', Source: source.arn, Target: target.arn, RoleArn: blind });
    const reason =
      'Input parameter is invalid from the request due to : The provided customer role does not have permissions to call ReceiveMessage on SQS';
    assert.deepEqual([failed.CurrentState, failed.StateReason], ['CREATE_FAILED', reason]);

    const reading: [string, string][] = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => {
      return [`sqs:${action}`, source.arn];
    });
    const mute = await createRole(cleanUp, server, { name: 'mute', service, policy: policyOf(...reading) });
    await pipes.updatePipe({ Name: 'kept', RoleArn: mute });
    assert.equal((await settledPipe(pipes, 'kept')).CurrentState, 'RUNNING');
    await sendAll(sqs, source, ['a']);
    await until('it is told that it may not send', async () => {
      const { StateReason = '' } = await pipes.describePipe({ Name: 'kept' });
      return StateReason.includes('does not allow');
    });
    assert.deepEqual(await countsOf(sqs, target), { visible: 0, inFlight: 0 });
    const able = await createRole(cleanUp, server, {
      ...{ name: 'able', service },
      policy: policyOf(...reading, ['sqs:SendMessage', target.arn]),
    });
    await pipes.updatePipe({ Name: 'kept', RoleArn: able });
    await settledPipe(pipes, 'kept');
    await sendAll(sqs, source, ['b']);
    const [first] = await received(sqs, target, 1);
    assert.equal(JSON.parse(first?.Body ?? '').body, 'b');
  });

  test('that is stopped reads nothing, is of its own region, and goes on where it was when it is started', async () => {
    const [source, target] = [await makeQueue(sqs, 'still'), await makeQueue(sqs, 'moved')];
    await makePipe(pipes, { Name: 'still', Source: source.arn, Target: target.arn });
    await pipes.stopPipe({ Name: 'still' });
    assert.equal((await settledPipe(pipes, 'still')).CurrentState, 'STOPPED');
    await sendAll(sqs, source, ['a']);
    const elsewhere = pipesClient(cleanUp, inRegion(server, 'eu-north-1'));
    assert.deepEqual((await elsewhere.listPipes({})).Pipes, []);
    assert.deepEqual(await countsOf(sqs, source), { visible: 1, inFlight: 0 });
    await pipes.startPipe({ Name: 'still' });
    assert.equal((await received(sqs, target, 1)).length, 1);
    await emptied(source);
  });

  test('is made, seen, stopped and deleted by the AWS CLI', async () => {
    const [source, target] = [await makeQueue(sqs, 'cli-in'), await makeQueue(sqs, 'cli-out')];
    const cli = await awsCli({ ...withoutAwsSettings(), ...server.env }, 'pipes');
    const named = ['--name', 'cli'];
    const arns = ['--source', source.arn, '--target', target.arn, '--role-arn', ROLE];
    const made = await cli('create-pipe', ...named, ...arns, '--tags', 'team=shop');
    assert.deepEqual([made.CurrentState, made.DesiredState], ['CREATING', 'RUNNING']);
    await sendAll(sqs, source, ['eins & zwei €']);
    const [first] = await received(sqs, target, 1);
    assert.equal(JSON.parse(first?.Body ?? '').body, 'eins & zwei €');
    await settledPipe(pipes, 'cli');
    const seen = await cli('describe-pipe', ...named);
    assert.deepEqual([seen.Arn, seen.CurrentState, seen.Tags], [made.Arn, 'RUNNING', { team: 'shop' }]);
    await cli('stop-pipe', ...named);
    assert.equal((await settledPipe(pipes, 'cli')).CurrentState, 'STOPPED');
    await cli('delete-pipe', ...named);
    await until('it is gone', async () => (await pipes.listPipes({ NamePrefix: 'cli' })).Pipes?.length === 0);
    await assert.rejects(cli('describe-pipe', ...named), /NotFoundException/);
  });
});
