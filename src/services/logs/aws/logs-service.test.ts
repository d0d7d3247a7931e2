// CloudWatch Logs as the official client sees it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type {
  DescribeLogGroupsCommandInput,
  FilterLogEventsCommandInput,
  GetLogEventsCommandInput,
  InputLogEvent,
  OutputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { GROUP, HERE, NOON, STREAM } from '../testing/fixture.ts';
import { sdk, serveLogs } from './testing/serve.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ARN = `arn:aws:logs:${HERE.region}:${HERE.account}:log-group:${GROUP}`;

test("a function's first line shows up as a group and a stream with AWS's metadata", async (t) => {
  const { client, sink, clock } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  clock.advance(1_000);
  stream.write('START\n', NOON + 900);
  stream.write('END\n', NOON + 950);
  const { logGroups } = await client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/' }));
  assert.deepEqual(logGroups, [
    {
      logGroupName: GROUP,
      creationTime: NOON + 1_000,
      metricFilterCount: 0,
      arn: `${ARN}:*`,
      storedBytes: 'START\nEND\n'.length + 2 * 26,
      logGroupClass: 'STANDARD',
      logGroupArn: ARN,
      deletionProtectionEnabled: false,
    },
  ]);
  const { logStreams } = await client.send(new sdk.DescribeLogStreamsCommand({ logGroupName: GROUP }));
  const [{ uploadSequenceToken, ...described }] = [logStreams?.[0] ?? {}];
  assert.equal(logStreams?.length, 1);
  assert.match(uploadSequenceToken ?? '', /^\d{56}$/);
  assert.deepEqual(described, {
    logStreamName: STREAM,
    creationTime: NOON + 1_000,
    firstEventTimestamp: NOON + 900,
    lastEventTimestamp: NOON + 950,
    lastIngestionTime: NOON + 1_000,
    arn: `${ARN}:log-stream:${STREAM}`,
    storedBytes: 0,
  });
});

test('groups are listed by name, page by page, by prefix, by part of the name and by class', async (t) => {
  const { client, core } = await serve(t);
  const names = Array.from({ length: 120 }, (_, n) => `/group/${String(n).padStart(3, '0')}`);
  for (const name of names.toReversed()) core.createGroup(HERE, { name, class: 'STANDARD', tags: {} });
  core.createGroup(HERE, { name: 'Rare', class: 'INFREQUENT_ACCESS', tags: {} });
  const pages = sdk.paginateDescribeLogGroups({ client }, { logGroupNamePrefix: '/group/' });
  const listed = (await Array.fromAsync(pages)).map(({ logGroups = [] }) => logGroups.map((g) => g.logGroupName));
  assert.deepEqual(
    listed.map(({ length }) => length),
    [50, 50, 20],
  );
  assert.deepEqual(listed.flat(), names);
  const list = async (input: DescribeLogGroupsCommandInput) => {
    const { logGroups } = await client.send(new sdk.DescribeLogGroupsCommand(input));
    return logGroups?.map(({ logGroupName }) => logGroupName);
  };
  assert.deepEqual(await list({ limit: 2 }), names.slice(0, 2));
  assert.deepEqual(await list({ logGroupNamePattern: 'p/11' }), names.slice(110));
  assert.deepEqual(await list({ logGroupClass: 'INFREQUENT_ACCESS' }), ['Rare']);
  assert.deepEqual(await list({ logGroupNamePrefix: 'nothing' }), []);
});

test('streams are listed by name or by their last event, both ways, page by page', async (t) => {
  const { client, sink } = await serve(t);
  // The names run against the times; two streams have the same time.
  const times = [9, 8, 7, 6, 5, 5, 4];
  for (const [n, time] of times.entries())
    sink.open({ ...HERE, group: GROUP, stream: `s${n}` }).write('x', NOON + time);
  await client.send(new sdk.CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: 'silent' }));
  const list = async (input: {
    orderBy?: 'LogStreamName' | 'LastEventTime';
    descending?: boolean;
    prefix?: string;
  }) => {
    const { prefix, ...order } = input;
    const pages = sdk.paginateDescribeLogStreams(
      { client, pageSize: 3 },
      { logGroupName: GROUP, logStreamNamePrefix: prefix, ...order },
    );
    return (await Array.fromAsync(pages)).flatMap(({ logStreams = [] }) => logStreams.map((s) => s.logStreamName));
  };
  const byName = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 'silent'];
  const byTime = ['silent', 's6', 's4', 's5', 's3', 's2', 's1', 's0'];
  assert.deepEqual(await list({}), byName);
  assert.deepEqual(await list({ descending: true }), byName.toReversed());
  assert.deepEqual(await list({ prefix: 'si' }), ['silent']);
  assert.deepEqual(await list({ orderBy: 'LastEventTime' }), byTime);
  assert.deepEqual(await list({ orderBy: 'LastEventTime', descending: true }), byTime.toReversed());
});

test('GetLogEvents reads 10,000 lines and one more from the head, and gives the same token back at the end', async (t) => {
  const { client, sink } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  for (let line = 0; line < 10_001; line += 1) stream.write(`line ${line}\n`, NOON + Math.floor(line / 10));
  const get = (nextToken?: string) => getEvents(client, { startFromHead: true, nextToken });
  const first = await get();
  assert.equal(first.events?.length, 10_000);
  assert.deepEqual(first.events?.[9_999], {
    timestamp: NOON + 999,
    message: 'line 9999\n',
    ingestionTime: NOON,
  });
  const second = await get(first.nextForwardToken);
  assert.deepEqual(
    second.events?.map(({ message }) => message),
    ['line 10000\n'],
  );
  const end = await get(second.nextForwardToken);
  assert.deepEqual(end.events, []);
  assert.equal(end.nextForwardToken, second.nextForwardToken);
  stream.write('one more\n', NOON + 2_000);
  const more = await get(end.nextForwardToken);
  assert.deepEqual(
    more.events?.map(({ message }) => message),
    ['one more\n'],
  );
  assert.match(more.nextForwardToken ?? '', /^f\/\d{56}$/);
});

test('GetLogEvents gives the newest events first asked for none other, each page oldest first', async (t) => {
  const { client, sink } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  for (let line = 0; line < 25; line += 1) stream.write(`${line}`, NOON + line);
  const pages: string[][] = [];
  let token: string | undefined;
  for (;;) {
    const page = await getEvents(client, { limit: 10, nextToken: token });
    pages.push(messagesOf(page.events));
    if (page.nextBackwardToken === token) break;
    token = page.nextBackwardToken;
  }
  const numbers = (from: number, until: number) => Array.from({ length: until - from }, (_, n) => `${from + n}`);
  assert.deepEqual(pages, [numbers(15, 25), numbers(5, 15), numbers(0, 5), []]);
});

test('from any page of GetLogEvents one can go on and come back', async (t) => {
  const { client, sink } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  for (let line = 0; line < 6; line += 1) stream.write(`${line}`, NOON);
  const first = await getEvents(client, { limit: 2, startFromHead: true });
  const second = await getEvents(client, { limit: 2, nextToken: first.nextForwardToken });
  assert.deepEqual(messagesOf(second.events), ['2', '3']);
  const back = await getEvents(client, { limit: 2, nextToken: second.nextBackwardToken });
  assert.deepEqual(messagesOf(back.events), ['0', '1']);
  const again = await getEvents(client, { limit: 2, nextToken: back.nextForwardToken });
  assert.deepEqual(messagesOf(again.events), ['2', '3']);
});

test('a page of GetLogEvents holds at most 1 MB', async (t) => {
  const { client, sink } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  for (let line = 0; line < 11; line += 1) stream.write('x'.repeat(104_857 - 26), NOON + line);
  const { events, nextForwardToken } = await getEvents(client, { startFromHead: true });
  assert.equal(events?.length, 10);
  assert.equal((await getEvents(client, { nextToken: nextForwardToken })).events?.length, 1);
});

test('the end of the time range is not in GetLogEvents, but is in FilterLogEvents', async (t) => {
  const { client, sink } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  for (let line = 0; line < 5; line += 1) stream.write(`${line}`, NOON + line);
  const range = { startTime: NOON + 1, endTime: NOON + 3 };
  assert.deepEqual(messagesOf((await getEvents(client, range)).events), ['1', '2']);
  assert.deepEqual(await filter(client, range), ['1', '2', '3']);
  assert.deepEqual(messagesOf((await getEvents(client, { startTime: NOON + 9 })).events), []);
});

test('FilterLogEvents interleaves the streams of a group by time', async (t) => {
  const { client, sink } = await serve(t);
  const [a, b] = ['a', 'b'].map((stream) => sink.open({ ...HERE, group: GROUP, stream }));
  for (let line = 0; line < 20; line += 1) (line % 2 ? a : b)?.write(`${line}`, NOON + line);
  const expected = Array.from({ length: 20 }, (_, line) => `${line}`);
  assert.deepEqual(await filter(client, {}), expected);
  assert.deepEqual(await filter(client, { limit: 3 }), expected, 'page by page');
  assert.deepEqual(await filter(client, { startFromHead: false, limit: 3 }), expected.toReversed());
  assert.deepEqual(
    await filter(client, { logStreamNames: ['a'] }),
    expected.filter((n) => Number(n) % 2 === 1),
  );
  assert.deepEqual(await filter(client, { logStreamNames: ['a', 'b'] }), expected);
  assert.deepEqual(
    await filter(client, { logStreamNamePrefix: 'b' }),
    expected.filter((n) => Number(n) % 2 === 0),
  );
  assert.deepEqual(await filter(client, { logStreamNamePrefix: 'none' }), []);
});

test('FilterLogEvents keeps what the pattern matches, and names each event', async (t) => {
  const { client, sink } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  stream.write('{"level":"ERROR","n":1}\n', NOON);
  stream.write('{"level":"INFO","n":2}\n', NOON);
  stream.write('plain ERROR\n', NOON + 1);
  assert.deepEqual(await filter(client, { filterPattern: 'ERROR' }), ['{"level":"ERROR","n":1}\n', 'plain ERROR\n']);
  assert.deepEqual(await filter(client, { filterPattern: '{ $.level = "INFO" }' }), ['{"level":"INFO","n":2}\n']);
  const {
    events = [],
    searchedLogStreams,
    nextToken,
  } = await client.send(new sdk.FilterLogEventsCommand({ logGroupName: GROUP }));
  assert.deepEqual(searchedLogStreams, []);
  assert.equal(nextToken, undefined);
  assert.equal(new Set(events.map(({ eventId }) => eventId)).size, 3);
  const [{ eventId, ...event } = {}] = events;
  assert.match(eventId ?? '', /^\d{56}$/);
  assert.deepEqual(event, {
    logStreamName: STREAM,
    timestamp: NOON,
    message: '{"level":"ERROR","n":1}\n',
    ingestionTime: NOON,
  });
});

test('a page of FilterLogEvents holds at most 10,000 events and 1 MB, however much it looks at', async (t) => {
  const { client, sink } = await serve(t);
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  for (let line = 0; line < 10_001; line += 1) stream.write('small', NOON);
  for (let line = 0; line < 11; line += 1) stream.write('x'.repeat(104_857 - 26), NOON + 1);
  const sizes: number[] = [];
  for await (const { events = [] } of sdk.paginateFilterLogEvents({ client }, { logGroupName: GROUP })) {
    sizes.push(events.length);
    assert.ok(events.reduce((bytes, { message = '' }) => bytes + message.length + 26, 0) <= 1_048_576);
  }
  assert.ok(Math.max(...sizes) <= 10_000);
  assert.equal(
    sizes.reduce((sum, size) => sum + size),
    10_012,
  );
});

test('PutLogEvents stores events that every read then has, with characters of all kinds', async (t) => {
  const { client } = await serve(t);
  await createStream(client);
  const message = 'Grüße 你好 👋 \u0000 "quoted" \\';
  const answer = await put(client, [{ timestamp: NOON, message }]);
  assert.match(answer.nextSequenceToken ?? '', /^\d{56}$/);
  assert.equal(answer.rejectedLogEventsInfo, undefined);
  assert.deepEqual(messagesOf((await getEvents(client, {})).events), [message]);
});

test('PutLogEvents rejects what is too old, too new or expired, and keeps the rest', async (t) => {
  const { client } = await serve(t);
  await createStream(client);
  const at = (timestamp: number) => ({ timestamp, message: `${timestamp - NOON}` });
  const old = await put(client, [at(NOON - 14 * DAY_MS - 1), at(NOON - 14 * DAY_MS)]);
  assert.deepEqual(old.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 });
  const late = await put(client, [at(NOON + 2 * HOUR_MS), at(NOON + 2 * HOUR_MS + 1), at(NOON + 3 * HOUR_MS)]);
  assert.deepEqual(late.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 });
  await client.send(new sdk.PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 1 }));
  const expired = await put(client, [at(NOON - 20 * DAY_MS), at(NOON - DAY_MS - 1), at(NOON)]);
  assert.deepEqual(expired.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 2 });
  const all = await put(client, [at(NOON - 20 * DAY_MS)]);
  assert.deepEqual(all.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 1 });
  assert.deepEqual(messagesOf((await getEvents(client, {})).events), [`${-14 * DAY_MS}`, '0', `${2 * HOUR_MS}`]);
});

test("PutLogEvents takes batches up to AWS's limits and refuses those beyond", async (t) => {
  const { client } = await serve(t);
  await createStream(client);
  const sized = (bytes: number) => [{ timestamp: NOON, message: 'x'.repeat(bytes - 26) }];
  await put(client, sized(1_048_576));
  await refused(put(client, sized(1_048_577)), 'Log event too large: 1048577 bytes exceeds limit of 1048576');
  const two = (bytes: number) => [...sized(1_000), ...sized(bytes - 1_000)];
  await put(client, two(1_048_576));
  await refused(put(client, two(1_048_577)), 'Upload too large: 1048577 bytes exceeds limit of 1048576');
  const spanning = (ms: number) => [NOON - ms, NOON].map((timestamp) => ({ timestamp, message: 'x' }));
  await put(client, spanning(DAY_MS));
  await refused(
    put(client, spanning(DAY_MS + 1)),
    'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
  );
  await refused(
    put(
      client,
      [NOON, NOON - 1].map((timestamp) => ({ timestamp, message: 'x' })),
    ),
    'Log events in a single PutLogEvents request must be in chronological order.',
  );
  const many = (count: number) => Array.from({ length: count }, () => ({ timestamp: NOON, message: 'x' }));
  await put(client, many(10_000));
  await assert.rejects(put(client, many(10_001)), {
    name: 'InvalidParameterException',
    message: /at 'logEvents' failed to satisfy constraint: Member must have length less than or equal to 10000$/,
  });
  await refused(
    put(client, [{ timestamp: NOON, message: '' }]),
    "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: " +
      'Member must have length greater than or equal to 1',
  );
});

test('groups and streams are made once, and gone when deleted', async (t) => {
  const { client } = await serve(t);
  await createStream(client);
  const group = { logGroupName: GROUP };
  const stream = { ...group, logStreamName: STREAM };
  await refused(
    client.send(new sdk.CreateLogGroupCommand(group)),
    'The specified log group already exists',
    'ResourceAlreadyExistsException',
  );
  await refused(
    client.send(new sdk.CreateLogStreamCommand(stream)),
    'The specified log stream already exists',
    'ResourceAlreadyExistsException',
  );
  await put(client, [{ timestamp: NOON, message: 'x' }]);
  await client.send(new sdk.DeleteLogStreamCommand(stream));
  await missing(getEvents(client, {}), 'stream');
  assert.deepEqual(await filter(client, {}), []);
  await client.send(new sdk.CreateLogStreamCommand(stream));
  assert.deepEqual((await getEvents(client, {})).events, [], 'a stream made again is empty');
  await client.send(new sdk.DeleteLogGroupCommand(group));
  await missing(client.send(new sdk.DeleteLogGroupCommand(group)), 'group');
});

test('what does not exist is named as AWS names it', async (t) => {
  const { client } = await serve(t);
  const stream = { logGroupName: GROUP, logStreamName: STREAM };
  await missing(filter(client, {}), 'group');
  await missing(getEvents(client, {}), 'group');
  await missing(put(client, [{ timestamp: NOON, message: 'x' }]), 'group');
  await missing(client.send(new sdk.DescribeLogStreamsCommand({ logGroupName: GROUP })), 'group');
  await missing(client.send(new sdk.CreateLogStreamCommand(stream)), 'group');
  await missing(client.send(new sdk.PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 1 })), 'group');
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
  await missing(getEvents(client, {}), 'stream');
  await missing(put(client, [{ timestamp: NOON, message: 'x' }]), 'stream');
  await missing(client.send(new sdk.DeleteLogStreamCommand(stream)), 'stream');
  await missing(filter(client, { logStreamNames: ['none'] }), 'stream');
});

test('retention is set, shown and taken back, and only to the days AWS has', async (t) => {
  const { client } = await serve(t);
  await createStream(client);
  const days = async () => (await client.send(new sdk.DescribeLogGroupsCommand({}))).logGroups?.[0]?.retentionInDays;
  assert.equal(await days(), undefined);
  await client.send(new sdk.PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 14 }));
  assert.equal(await days(), 14);
  await refused(
    client.send(new sdk.PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 2 })),
    /^1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: \[1, 3, /,
  );
  await client.send(new sdk.DeleteRetentionPolicyCommand({ logGroupName: GROUP }));
  assert.equal(await days(), undefined);
});

test('a group has tags', async (t) => {
  const { client } = await serve(t);
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP, tags: { team: 'a', stage: 'dev' } }));
  await client.send(new sdk.TagResourceCommand({ resourceArn: ARN, tags: { stage: 'prod', new: '1' } }));
  await client.send(new sdk.UntagResourceCommand({ resourceArn: ARN, tagKeys: ['team'] }));
  const { tags } = await client.send(new sdk.ListTagsForResourceCommand({ resourceArn: ARN }));
  assert.deepEqual(tags, { stage: 'prod', new: '1' });
  await missing(client.send(new sdk.ListTagsForResourceCommand({ resourceArn: `${ARN}x` })), 'group');
});

test('a group has tags by the older operations, too, and at most 50', async (t) => {
  const { client } = await serve(t);
  const tags = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`tag${n}`, 'x']));
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
  await client.send(new sdk.TagLogGroupCommand({ logGroupName: GROUP, tags }));
  const listed = () => client.send(new sdk.ListTagsLogGroupCommand({ logGroupName: GROUP }));
  assert.deepEqual((await listed()).tags, tags);
  const one = { more: 'x' };
  const many = 'The maximum number of tags of a log group is 50.';
  await refused(client.send(new sdk.TagLogGroupCommand({ logGroupName: GROUP, tags: one })), many);
  await refused(client.send(new sdk.TagResourceCommand({ resourceArn: ARN, tags: one })), many, 'TooManyTagsException');
  await client.send(new sdk.UntagLogGroupCommand({ logGroupName: GROUP, tags: Object.keys(tags).slice(1) }));
  assert.deepEqual((await listed()).tags, { tag0: 'x' });
});

test('the key of a group is kept, shown and taken away', async (t) => {
  const { client } = await serve(t);
  const shown = async () => (await client.send(new sdk.DescribeLogGroupsCommand({}))).logGroups?.[0]?.kmsKeyId;
  const kmsKeyId = `arn:aws:kms:${HERE.region}:${HERE.account}:key/1`;
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP, kmsKeyId }));
  assert.equal(await shown(), kmsKeyId);
  await client.send(new sdk.DisassociateKmsKeyCommand({ resourceIdentifier: ARN }));
  assert.equal(await shown(), undefined);
  await client.send(new sdk.AssociateKmsKeyCommand({ logGroupName: GROUP, kmsKeyId }));
  assert.equal(await shown(), kmsKeyId);
  await refused(client.send(new sdk.DisassociateKmsKeyCommand({})), /Exactly one of/);
});

test('an account has policies for its logs: ten, by name', async (t) => {
  const { client } = await serve(t);
  const document = (n: number) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: `s${n}` }] });
  const putPolicy = (name: string, n = 0) =>
    client.send(new sdk.PutResourcePolicyCommand({ policyName: name, policyDocument: document(n) }));
  const names = Array.from({ length: 10 }, (_, n) => `policy ${n}`);
  for (const name of names.toReversed()) await putPolicy(name);
  const { resourcePolicy } = await putPolicy('policy 3', 1);
  const expected = {
    policyName: 'policy 3',
    policyDocument: document(1),
    lastUpdatedTime: NOON,
    policyScope: 'ACCOUNT',
  };
  assert.deepEqual(resourcePolicy, expected);
  await refused(putPolicy('one more'), 'Resource limit exceeded.', 'LimitExceededException');
  const listed: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new sdk.DescribeResourcePoliciesCommand({ limit: 4, nextToken }));
    listed.push(...(page.resourcePolicies ?? []).map(({ policyName }) => policyName));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  assert.deepEqual(listed, names);
  const remove = () => client.send(new sdk.DeleteResourcePolicyCommand({ policyName: 'policy 3' }));
  await remove();
  await refused(remove(), 'The specified resource policy does not exist.', 'ResourceNotFoundException');
  const nonsense = new sdk.PutResourcePolicyCommand({ policyName: 'x', policyDocument: '{' });
  await refused(client.send(nonsense), 'Invalid policy document.');
  const ofGroup = new sdk.PutResourcePolicyCommand({ resourceArn: ARN, policyDocument: document(0) });
  await assert.rejects(client.send(ofGroup), { name: 'NotImplemented' });
});

test('a group may be named by its ARN', async (t) => {
  const { client } = await serve(t);
  await createStream(client);
  await put(client, [{ timestamp: NOON, message: 'x' }]);
  for (const logGroupIdentifier of [GROUP, ARN]) {
    const { events } = await client.send(new sdk.FilterLogEventsCommand({ logGroupIdentifier }));
    assert.equal(events?.length, 1, logGroupIdentifier);
  }
});

test('parameters that make no sense are refused', async (t) => {
  const { client } = await serve(t);
  await createStream(client);
  await refused(filter(client, { filterPattern: '{ $.a = ' }), 'Invalid filter pattern');
  await refused(filter(client, { limit: 10_001 }), limitError('10001', 'less than or equal to 10000'));
  await refused(filter(client, { limit: 0 }), limitError('0', 'greater than or equal to 1'));
  await refused(getEvents(client, { limit: 10_001 }), limitError('10001', 'less than or equal to 10000'));
  await refused(getEvents(client, { nextToken: 'f/nonsense' }), 'The specified nextToken is invalid.');
  await refused(getEvents(client, { nextToken: 'nonsense' }), 'The specified nextToken is invalid.');
  for (const nextToken of ['nonsense', Buffer.from('[1]').toString('base64url')]) {
    await refused(filter(client, { nextToken }), 'The specified nextToken is invalid.');
    await refused(client.send(new sdk.DescribeLogGroupsCommand({ nextToken })), 'The specified nextToken is invalid.');
  }
  await refused(
    client.send(
      new sdk.DescribeLogStreamsCommand({ logGroupName: GROUP, orderBy: 'LastEventTime', logStreamNamePrefix: 'x' }),
    ),
    'Cannot order by LastEventTime with a logStreamNamePrefix.',
  );
  await refused(
    client.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: 'a', logGroupNamePattern: 'a' })),
    'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
  );
  await refused(
    client.send(new sdk.CreateLogGroupCommand({ logGroupName: 'not valid' })),
    "1 validation error detected: Value 'not valid' at 'logGroupName' failed to satisfy constraint: " +
      'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+',
  );
  await refused(
    client.send(new sdk.CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: 'a:b' })),
    "1 validation error detected: Value 'a:b' at 'logStreamName' failed to satisfy constraint: " +
      'Member must satisfy regular expression pattern: [^:*]*',
  );
});

type Client = Awaited<ReturnType<typeof serveLogs>>['client'];

async function serve(t: TestContext) {
  const clock = manualClock(NOON);
  return { clock, ...(await serveLogs(t, clock)) };
}

async function createStream(client: Client): Promise<void> {
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
  await client.send(new sdk.CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: STREAM }));
}

function put(client: Client, logEvents: InputLogEvent[]) {
  return client.send(new sdk.PutLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, logEvents }));
}

function getEvents(client: Client, input: Partial<GetLogEventsCommandInput>) {
  return client.send(new sdk.GetLogEventsCommand({ logGroupName: GROUP, logStreamName: STREAM, ...input }));
}

/** Messages of all pages. */
async function filter(client: Client, input: FilterLogEventsCommandInput): Promise<string[]> {
  const messages: string[] = [];
  let { nextToken } = input;
  do {
    const page = await client.send(new sdk.FilterLogEventsCommand({ logGroupName: GROUP, ...input, nextToken }));
    messages.push(...messagesOf(page.events));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return messages;
}

function messagesOf(events: readonly OutputLogEvent[] | undefined): string[] {
  return (events ?? []).map(({ message = '' }) => message);
}

function refused(call: Promise<unknown>, message: string | RegExp, name = 'InvalidParameterException'): Promise<void> {
  return assert.rejects(call, { name, message });
}

function missing(call: Promise<unknown>, what: 'group' | 'stream'): Promise<void> {
  return refused(call, `The specified log ${what} does not exist.`, 'ResourceNotFoundException');
}

function limitError(value: string, tail: string): string {
  return `1 validation error detected: Value '${value}' at 'limit' failed to satisfy constraint: Member must have value ${tail}`;
}
