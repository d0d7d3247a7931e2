// StartLiveTail's stream as the official client reads it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { StartLiveTailCommandInput, StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { until } from '../../../lib/testing/turns.ts';
import { noting } from '../../../wire/testing/seen-answers.ts';
import { GROUP, HERE, NOON, STREAM } from '../testing/fixture.ts';
import { CREDENTIALS, sdk, serveLogs } from './testing/serve.ts';

const ARN = `arn:aws:logs:${HERE.region}:${HERE.account}:log-group:${GROUP}`;

test('a session tells what it is, then each second the lines that match, or none', async (t) => {
  const { tail, write, next, told } = await serve(t);
  const events = await tail({ logEventFilterPattern: 'ERROR' });
  const { sessionStart } = (await events.next()).value ?? {};
  assert.match(sessionStart?.sessionId ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(sessionStart?.logGroupIdentifiers, [ARN]);
  assert.equal(sessionStart?.logEventFilterPattern, 'ERROR');
  assert.deepEqual(await next(events), { sessionMetadata: { sampled: false }, sessionResults: [] });
  write('fine', 'ERROR one', 'ERROR two');
  const update = await told(events);
  const ingestionTime = update?.sessionResults?.[0]?.ingestionTime;
  assert.deepEqual(
    update?.sessionResults,
    ['ERROR one', 'ERROR two'].map((message) => ({
      ...{ logStreamName: STREAM, logGroupIdentifier: `${HERE.account}:${GROUP}`, message },
      ...{ timestamp: NOON, ingestionTime },
    })),
  );
});

test('lines that are put are told, too; only streams that were asked for are', async (t) => {
  const { tail, write, told, client } = await serve(t);
  const put = async (logStreamName: string) => {
    await client.send(new sdk.CreateLogStreamCommand({ logGroupName: GROUP, logStreamName }));
    const logEvents = [{ timestamp: NOON, message: logStreamName }];
    await client.send(new sdk.PutLogEventsCommand({ logGroupName: GROUP, logStreamName, logEvents }));
  };
  const byName = await tail({ logStreamNames: ['a1', 'b1'] });
  const byPrefix = await tail({ logStreamNamePrefixes: ['a'] });
  for (const events of [byName, byPrefix]) await events.next();
  write('of another stream');
  for (const stream of ['a1', 'a2', 'b1']) await put(stream);
  const lines = async (events: Events) => {
    const messages: (string | undefined)[] = [];
    while (messages.length < 2)
      messages.push(...((await told(events))?.sessionResults ?? []).map((one) => one.message));
    return messages;
  };
  assert.deepEqual(await lines(byName), ['a1', 'b1']);
  assert.deepEqual(await lines(byPrefix), ['a1', 'a2']);
});

test('an update holds 500 events, and says when there were more', async (t) => {
  const { tail, write, told } = await serve(t);
  const events = await tail({});
  await events.next();
  const lines = Array.from({ length: 501 }, (_, line) => `line ${line}`);
  write(...lines.slice(1));
  const whole = await told(events);
  assert.deepEqual([whole?.sessionResults?.length, whole?.sessionMetadata?.sampled], [500, false]);
  write(...lines);
  const sampled = await told(events);
  assert.deepEqual([sampled?.sessionResults?.length, sampled?.sessionMetadata?.sampled], [500, true]);
});

test('a session ends after three hours, and is over when its client leaves', async (t) => {
  const { tail, clock, core, streaming } = await serve(t);
  const events = await tail({});
  await events.next();
  clock.advance(3 * 3_600_000);
  await events.next();
  await assert.rejects(events.next(), { name: 'SessionTimeoutException' });
  const other = await tail({});
  await other.next();
  assert.equal(core.tails.isWatched, true);
  streaming.destroy();
  await until(() => !core.tails.isWatched);
});

test('what cannot be watched is refused before the stream begins', async (t) => {
  const { tail, client } = await serve(t);
  const invalid = { name: 'InvalidParameterException' };
  await assert.rejects(tail({ logEventFilterPattern: '{' }), invalid);
  await assert.rejects(tail({ logStreamNames: ['a'], logStreamNamePrefixes: ['a'] }), invalid);
  await assert.rejects(tail({ logGroupIdentifiers: [GROUP, 'other'], logStreamNames: ['a'] }), invalid);
  await assert.rejects(tail({ logGroupIdentifiers: Array<string>(11).fill(GROUP) }), invalid);
  await assert.rejects(tail({ logGroupIdentifiers: ['nobody'] }), { name: 'ResourceNotFoundException' });
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS' }));
  await assert.rejects(tail({ logGroupIdentifiers: ['rare'] }), { name: 'InvalidOperationException' });
  const sessions = await Promise.all(Array.from({ length: 15 }, () => tail({ logGroupIdentifiers: [GROUP] })));
  for (const session of sessions) await session.next();
  await assert.rejects(tail({}), { name: 'LimitExceededException' });
});

type Events = AsyncIterator<StartLiveTailResponseStream, undefined>;

async function serve(t: TestContext) {
  const clock = manualClock(NOON);
  const served = await serveLogs(t, clock);
  const { client, sink, core, endpoint } = served;
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
  // The model puts `streaming-` before the host, which leads nowhere here.
  const streaming = new sdk.CloudWatchLogsClient(
    noting({ endpoint, region: HERE.region, credentials: CREDENTIALS, maxAttempts: 1, disableHostPrefix: true }),
  );
  t.after(() => streaming.destroy());
  const tail = async (input: Partial<StartLiveTailCommandInput>): Promise<Events> => {
    const command = new sdk.StartLiveTailCommand({ logGroupIdentifiers: [ARN], ...input });
    const { responseStream } = await streaming.send(command);
    assert.ok(responseStream);
    return responseStream[Symbol.asyncIterator]();
  };
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  const write = (...lines: string[]) => {
    for (const line of lines) stream.write(line, NOON);
    core.flush();
  };
  /** The update of the next second. */
  const next = async (events: Events) => {
    let isThere = false;
    const coming = events.next().finally(() => {
      isThere = true;
    });
    await until(() => {
      if (!isThere) clock.advance(1_000);
      return isThere;
    });
    const { value } = await coming;
    return value?.sessionUpdate;
  };
  /** The next one with events in it: this clock may run ahead of what is read. */
  const told = async (events: Events) => {
    for (;;) {
      const update = await next(events);
      if (update?.sessionResults?.length !== 0) return update;
    }
  };
  return { ...served, clock, streaming, tail, write, next, told };
}
