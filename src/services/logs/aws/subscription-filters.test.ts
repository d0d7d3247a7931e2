// Subscriptions of log groups as the official client sees them, and what functions get.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { PutSubscriptionFilterCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { Undeliverable } from '../../../delivery/undeliverable.ts';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { turns, until } from '../../../lib/testing/turns.ts';
import { GROUP, HERE, NOON, STREAM } from '../testing/fixture.ts';
import { functionArn, letsLogsIn, testFunctions } from '../testing/functions.ts';
import { sdk, serveLogs } from './testing/serve.ts';

const NOT_EXECUTED =
  'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.';
const GROUP_ARN = `arn:aws:logs:${HERE.region}:${HERE.account}:log-group:${GROUP}`;
const MINUTE_MS = 60_000;

test("a function gets the lines that match, in AWS's message, and no others", async (t) => {
  const { functions, subscribe, lines } = await serve(t);
  await subscribe({ filterPattern: 'ERROR' });
  lines.write('all is well\n', NOON);
  lines.write('ERROR one\n', NOON + 1);
  lines.write('ERROR two "quoted"\n', NOON + 2);
  await until(() => functions.received.length === 1);
  const [{ name, message } = { name: '', message: undefined }] = functions.received;
  assert.equal(name, 'watch');
  const ids = message?.logEvents.map(({ id }) => id) ?? [];
  for (const id of ids) assert.match(id, /^\d{56}$/);
  assert.deepEqual(message, {
    messageType: 'DATA_MESSAGE',
    owner: HERE.account,
    logGroup: GROUP,
    logStream: STREAM,
    subscriptionFilters: ['errors'],
    logEvents: [
      { id: ids[0], timestamp: NOON + 1, message: 'ERROR one\n' },
      { id: ids[1], timestamp: NOON + 2, message: 'ERROR two "quoted"\n' },
    ],
  });
});

test('what PutLogEvents puts is delivered, too, and streams come in messages of their own', async (t) => {
  const { functions, client, subscribe, clock } = await serve(t);
  await subscribe({ filterPattern: '' });
  for (const logStreamName of ['a', 'b']) {
    await client.send(new sdk.CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
  }
  await Promise.all(
    ['a', 'b'].map((logStreamName) =>
      client.send(
        new sdk.PutLogEventsCommand({
          ...{ logGroupName: GROUP, logStreamName },
          logEvents: [{ timestamp: NOON, message: `of ${logStreamName}` }],
        }),
      ),
    ),
  );
  await passing(clock, () => functions.received.length === 2);
  const got = functions.received.map(({ message }) => [message.logStream, message.logEvents[0]?.message]);
  assert.deepEqual(got.sort(), [
    ['a', 'of a'],
    ['b', 'of b'],
  ]);
});

test('with a pattern of fields, the fields come with each event', async (t) => {
  const { functions, subscribe, lines } = await serve(t);
  await subscribe({ filterPattern: '[ip, , ..., status = 5*]' });
  lines.write('10.0.0.1 - GET / 503\n', NOON);
  await until(() => functions.received.length === 1);
  assert.deepEqual(functions.received[0]?.message.logEvents[0]?.extractedFields, {
    ...{ ip: '10.0.0.1', 2: '-', 3: 'GET', 4: '/' },
    status: '503',
  });
});

test('lines that come soon after go together, later ones at their time', async (t) => {
  const { functions, subscribe, lines, clock } = await serve(t);
  await subscribe({ filterPattern: '' });
  lines.write('first', NOON);
  clock.advance(100);
  await until(() => functions.received.length === 1);
  await turns();
  lines.write('second', NOON + 1);
  clock.advance(100);
  lines.write('third', NOON + 2);
  clock.advance(100);
  await turns();
  clock.advance(300);
  await until(() => functions.received.length === 2);
  assert.deepEqual(
    functions.received.map(({ message }) => message.logEvents.length),
    [1, 2],
  );
});

test('many lines come in several messages that functions take', async (t) => {
  const { functions, subscribe, lines, clock } = await serve(t);
  await subscribe({ filterPattern: '' });
  const expected = Array.from({ length: 90 }, (_, n) => `${n} `.padEnd(20_000, String(n)));
  for (const line of expected) lines.write(line, NOON);
  await passing(clock, () => functions.texts('watch').length === expected.length);
  assert.deepEqual(functions.texts('watch'), expected);
  assert.ok(functions.received.length > 2);
});

test('what cannot be delivered now is tried again, and given up after 24 hours', async (t) => {
  const { functions, subscribe, lines, clock, said } = await serve(t);
  await subscribe({ filterPattern: '' });
  functions.failures.push(new Undeliverable('unavailable', 'throttled'), new Error('a broken connection'));
  lines.write('kept', NOON);
  clock.advance(100);
  await until(() => functions.failures.length === 1);
  await turns();
  clock.advance(1_000);
  await until(() => functions.failures.length === 0);
  await turns();
  assert.deepEqual(functions.received, []);
  clock.advance(2_000);
  await until(() => functions.received.length === 1);
  assert.deepEqual(functions.texts('watch'), ['kept']);

  await turns();
  clock.advance(1_000);
  functions.failures.push(new Error('no'), new Error('no'));
  lines.write('lost', clock.nowMs());
  clock.advance(100);
  await until(() => functions.failures.length === 1);
  await turns();
  clock.advance(24 * 60 * MINUTE_MS + 1_000);
  await until(() => functions.failures.length === 0);
  await turns();
  clock.advance(10 * MINUTE_MS);
  await turns();
  assert.deepEqual(functions.texts('watch'), ['kept']);
  assert.ok(said.includes('log events are given up after 24 hours'), String(said));
});

test('a function that does not let the service in any more gets nothing for ten minutes, and what comes then', async (t) => {
  const { functions, subscribe, lines, clock, said } = await serve(t);
  await subscribe({ filterPattern: '' });
  functions.put('watch', []);
  lines.write('denied', NOON);
  clock.advance(100);
  await until(() => said.some((text) => text.includes('disabled for ten minutes')));
  functions.put('watch');
  lines.write('skipped', NOON + 1);
  clock.advance(100);
  await turns();
  clock.advance(10 * MINUTE_MS);
  lines.write('after', clock.nowMs());
  clock.advance(100);
  await until(() => functions.received.length === 1);
  assert.deepEqual(functions.texts('watch'), ['after']);
});

test('a filter that is put anew leads to its new destination at once, with its new pattern', async (t) => {
  const { functions, subscribe, lines, clock, said } = await serve(t);
  functions.put('other');
  await subscribe({ filterPattern: '' });
  functions.put('watch', []);
  lines.write('denied', NOON);
  clock.advance(100);
  await until(() => said.some((text) => text.includes('disabled for ten minutes')));
  await subscribe({ filterPattern: 'new', destinationArn: functionArn('other') });
  lines.write('old', NOON);
  lines.write('new', NOON);
  clock.advance(100);
  await until(() => functions.received.length === 1);
  assert.deepEqual(functions.texts('other'), ['new']);
});

test('a message that the function will never take is passed over', async (t) => {
  const { functions, subscribe, lines, clock, said } = await serve(t);
  await subscribe({ filterPattern: '' });
  functions.failures.push(new Undeliverable('refused', 'too large'));
  lines.write('too large', NOON);
  clock.advance(100);
  await until(() => said.some((text) => text.includes('not taken by a subscription')));
  await turns();
  lines.write('fine', NOON + 1);
  clock.advance(1_000);
  await until(() => functions.received.length === 1);
  assert.deepEqual(functions.texts('watch'), ['fine']);
});

test('subscriptions are listed, and deleted for good', async (t) => {
  const { client, subscribe, functions, lines, clock } = await serve(t);
  functions.put('other');
  await subscribe({
    filterPattern: 'b',
    filterName: 'b',
    destinationArn: functionArn('other'),
    distribution: 'Random',
  });
  await subscribe({ filterPattern: 'a', filterName: 'a' });
  const list = async (more = {}) =>
    client.send(new sdk.DescribeSubscriptionFiltersCommand({ logGroupName: GROUP, ...more }));
  const described = (name: string, destination: string, distribution: string) => ({
    ...{ filterName: name, filterPattern: name, logGroupName: GROUP, distribution, applyOnTransformedLogs: false },
    ...{ destinationArn: functionArn(destination), creationTime: NOON },
  });
  assert.deepEqual((await list()).subscriptionFilters, [
    described('a', 'watch', 'ByLogStream'),
    described('b', 'other', 'Random'),
  ]);
  assert.deepEqual(
    (await list({ filterNamePrefix: 'b' })).subscriptionFilters?.map(({ filterName }) => filterName),
    ['b'],
  );
  const first = await list({ limit: 1 });
  assert.deepEqual(
    (await list({ limit: 1, nextToken: first.nextToken })).subscriptionFilters?.map(({ filterName }) => filterName),
    ['b'],
  );
  const remove = () => client.send(new sdk.DeleteSubscriptionFilterCommand({ logGroupName: GROUP, filterName: 'a' }));
  await remove();
  await assert.rejects(remove(), {
    name: 'ResourceNotFoundException',
    message: 'The specified subscription filter does not exist.',
  });
  lines.write('a and b', NOON);
  clock.advance(100);
  await until(() => functions.received.length === 1);
  assert.deepEqual(
    functions.received.map(({ name }) => name),
    ['other'],
  );
});

test('a group has two subscriptions at most; one that is put again is the same', async (t) => {
  const { subscribe } = await serve(t);
  await subscribe({ filterName: 'one' });
  await subscribe({ filterName: 'two' });
  await subscribe({ filterName: 'two', filterPattern: 'x' });
  await assert.rejects(subscribe({ filterName: 'three' }), {
    name: 'LimitExceededException',
    message: 'Resource limit exceeded.',
  });
});

test("a function's policy has to let the service in: for its region or as a whole, for the group's ARN with :*", async (t) => {
  const { subscribe, functions } = await serve(t);
  const denied = { name: 'InvalidParameterException', message: NOT_EXECUTED };
  const region = `logs.${HERE.region}.amazonaws.com`;
  const refused: (readonly string[])[] = [
    [],
    [letsLogsIn('watch', 'logs.us-west-1.amazonaws.com')],
    [letsLogsIn('watch', 'events.amazonaws.com')],
    [letsLogsIn('watch', region, GROUP_ARN)],
    [letsLogsIn('watch', region, `${GROUP_ARN}-other:*`)],
  ];
  for (const policy of refused) {
    functions.put('watch', policy);
    await assert.rejects(subscribe({}), denied, String(policy));
  }
  for (const policy of [
    [letsLogsIn('watch', 'logs.amazonaws.com')],
    [letsLogsIn('watch', region, `${GROUP_ARN}:*`)],
    [letsLogsIn('watch')],
  ]) {
    functions.put('watch', policy);
    await subscribe({});
  }
  await assert.rejects(subscribe({ destinationArn: functionArn('nobody') }), denied);
  await assert.rejects(
    subscribe({ destinationArn: functionArn('watch').replace(HERE.account, '999999999999') }),
    denied,
  );
});

test('a function is not subscribed to what it writes itself', async (t) => {
  const { subscribe, functions } = await serve(t);
  functions.put('greet');
  await assert.rejects(subscribe({ destinationArn: functionArn('greet') }), {
    name: 'InvalidParameterException',
    message: 'The log group provided is reserved for the function logs of the destination function.',
  });
});

test('what is no destination of subscriptions, or not yet, is refused by its name', async (t) => {
  const { subscribe, client } = await serve(t);
  const invalid = (message: string) => ({ name: 'InvalidParameterException', message });
  const roleArn = `arn:aws:iam::${HERE.account}:role/r`;
  const stream = `arn:aws:kinesis:${HERE.region}:${HERE.account}:stream/s`;
  const queue = `arn:aws:sqs:${HERE.region}:${HERE.account}:q`;
  await assert.rejects(subscribe({ destinationArn: 'nonsense' }), invalid('Invalid destinationArn.'));
  await assert.rejects(subscribe({ roleArn }), invalid('destinationArn for vendor lambda cannot be used with roleArn'));
  await assert.rejects(
    subscribe({ destinationArn: stream }),
    invalid('destinationArn for vendor kinesis cannot be used without roleArn'),
  );
  await assert.rejects(
    subscribe({ destinationArn: queue }),
    invalid('PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs'),
  );
  await assert.rejects(subscribe({ destinationArn: stream, roleArn }), { name: 'NotImplemented' });
  await assert.rejects(subscribe({ applyOnTransformedLogs: true }), { name: 'NotImplemented' });
  await assert.rejects(subscribe({ filterPattern: '{' }), invalid('Invalid filter pattern'));
  await assert.rejects(subscribe({ logGroupName: 'nobody' }), { name: 'ResourceNotFoundException' });
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS' }));
  await assert.rejects(subscribe({ logGroupName: 'rare' }), { name: 'InvalidOperationException' });
});

async function serve(t: TestContext) {
  const clock = manualClock(NOON);
  const functions = testFunctions();
  functions.put('watch');
  const served = await serveLogs(t, clock, functions);
  const { client, sink, core } = served;
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  const subscribe = (input: Partial<PutSubscriptionFilterCommandInput>) =>
    client.send(
      new sdk.PutSubscriptionFilterCommand({
        ...{ logGroupName: GROUP, filterName: 'errors', filterPattern: '', destinationArn: functionArn('watch') },
        ...input,
      }),
    );
  // Lines are stored when somebody looks, or after a while that this clock does not pass by itself.
  const lines = {
    write: (message: string, timestampMs: number) => {
      stream.write(message, timestampMs);
      setImmediate(() => core.flush());
    },
  };
  return { ...served, clock, functions, subscribe, lines };
}

/** Lets time pass until it is so. */
async function passing(clock: { advance(ms: number): void }, isSo: () => boolean): Promise<void> {
  await until(() => {
    clock.advance(100);
    return isSo();
  });
}
