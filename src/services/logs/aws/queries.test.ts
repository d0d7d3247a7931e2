// Logs Insights as the official client sees it.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { StartQueryCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { until } from '../../../lib/testing/turns.ts';
import { GROUP, HERE, NOON, STREAM } from '../testing/fixture.ts';
import { sdk, serveLogs } from './testing/serve.ts';

const NOON_S = NOON / 1_000;
const ONE = { logGroupName: GROUP, logStreamName: STREAM };

test('a query over groups is started, and its results are read when it is complete', async (t) => {
  const { client, ask, write } = await serve(t);
  write(GROUP, NOON, '{"level":"error","ms":7}', '{"level":"info","ms":1}');
  write('other', NOON + 500, '{"level":"error","ms":9}');
  write(GROUP, NOON + 10_000, 'outside the range');
  const { results, statistics, status, queryId } = await ask({
    ...{ logGroupNames: [GROUP, 'other'], queryString: 'fields ms, @log | filter level = "error"' },
    ...{ startTime: NOON_S, endTime: NOON_S + 5 },
  });
  assert.equal(status, 'Complete');
  assert.deepEqual(statistics, { recordsMatched: 2, recordsScanned: 3, bytesScanned: 71 });
  const rows = (results ?? []).map((row) =>
    Object.fromEntries(row.map(({ field = '', value = '' }) => [field, value])),
  );
  assert.deepEqual(
    rows.map(({ '@ptr': _, ...row }) => row),
    [
      { ms: '9', '@log': `${HERE.account}:other` },
      { ms: '7', '@log': `${HERE.account}:${GROUP}` },
    ],
  );
  const first = await client.send(new sdk.GetQueryResultsCommand({ queryId, maxItems: 1 }));
  const { nextToken } = first;
  const second = await client.send(new sdk.GetQueryResultsCommand({ queryId, maxItems: 1, nextToken }));
  assert.deepEqual([...(first.results ?? []), ...(second.results ?? [])], results);
  assert.equal(second.nextToken, undefined);
  const { logRecord } = await client.send(new sdk.GetLogRecordCommand({ logRecordPointer: rows[1]?.['@ptr'] }));
  assert.deepEqual(logRecord, {
    ...{ '@timestamp': String(NOON), '@ingestionTime': String(NOON), '@message': '{"level":"error","ms":7}' },
    ...{ '@logStream': STREAM, '@log': `${HERE.account}:${GROUP}`, '@ptr': rows[1]?.['@ptr'], level: 'error', ms: '7' },
  });
  const { queries } = await client.send(new sdk.DescribeQueriesCommand({ status: 'Complete', logGroupName: 'other' }));
  assert.deepEqual(
    queries?.map((query) => query.queryId),
    [queryId],
  );
  await assert.rejects(client.send(new sdk.StopQueryCommand({ queryId })), {
    name: 'InvalidParameterException',
    message: 'Query has already ended with the given status [Complete].',
  });
});

test('an expression without end holds nobody up: its query is stopped, and others run on', async (t) => {
  const { client, ask, write, start } = await serve(t);
  write(GROUP, NOON, `${'a'.repeat(40)}!`);
  const endless = await start({ queryString: 'filter @message like /^(a+)+$/' });
  const running = async () => (await client.send(new sdk.GetQueryResultsCommand({ queryId: endless }))).status;
  await until(async () => (await running()) === 'Running');
  assert.equal((await client.send(new sdk.GetLogEventsCommand(ONE))).events?.length, 2);
  assert.equal((await client.send(new sdk.StopQueryCommand({ queryId: endless }))).success, true);
  assert.equal(await running(), 'Cancelled');
  assert.equal((await ask({ queryString: 'stats count(*) as n' })).results?.[0]?.[0]?.value, '1');
});

test('queries that are none, or about nothing, are refused', async (t) => {
  const { start, client } = await serve(t);
  const rejected = (input: Partial<StartQueryCommandInput>, name: string) => assert.rejects(start(input), { name });
  await assert.rejects(start({ queryString: 'fields @message | frobnicate' }), (error) => {
    assert.ok(error instanceof sdk.MalformedQueryException);
    assert.deepEqual(error.queryCompileError, {
      location: { startCharOffset: 18, endCharOffset: 28 },
      message: 'unexpected symbol found frobnicate',
    });
    return true;
  });
  await rejected({ queryString: 'pattern @message' }, 'NotImplemented');
  await rejected({ queryLanguage: 'SQL' }, 'NotImplemented');
  await rejected({ logGroupName: 'nobody' }, 'ResourceNotFoundException');
  await rejected({ logGroupNames: [GROUP] }, 'InvalidParameterException');
  await rejected({ endTime: NOON_S - 1_000 }, 'InvalidParameterException');
  await assert.rejects(client.send(new sdk.GetQueryResultsCommand({ queryId: 'nobody' })), {
    name: 'ResourceNotFoundException',
  });
  await assert.rejects(client.send(new sdk.GetLogRecordCommand({ logRecordPointer: 'nothing' })), {
    name: 'InvalidParameterException',
  });
});

test('the fields of a group are told with how common they are', async (t) => {
  const { client, write } = await serve(t);
  write(GROUP, NOON, '{"a":1,"b":{"c":2}}', '{"a":2}', 'plain', 'REPORT RequestId: x\tDuration: 1 ms\t');
  const { logGroupFields = [] } = await client.send(new sdk.GetLogGroupFieldsCommand({ logGroupName: GROUP }));
  assert.deepEqual(
    logGroupFields.map(({ name, percent }) => `${name} ${percent}`),
    [
      ...['@ingestionTime 100', '@log 100', '@logStream 100', '@message 100', '@timestamp 100', 'a 50'],
      ...['@duration 25', '@requestId 25', '@type 25', 'b.c 25'],
    ],
  );
  const later = await client.send(new sdk.GetLogGroupFieldsCommand({ logGroupName: GROUP, time: NOON_S + 3_600 }));
  assert.deepEqual(later.logGroupFields, []);
});

async function serve(t: TestContext) {
  const served = await serveLogs(t, manualClock(NOON));
  const { client, sink, core } = served;
  const write = (group: string, timestampMs: number, ...lines: string[]) => {
    const stream = sink.open({ ...HERE, group, stream: STREAM });
    for (const line of lines) stream.write(line, timestampMs);
    core.flush();
  };
  write(GROUP, NOON - 86_400_000, 'of yesterday');
  const start = async (input: Partial<StartQueryCommandInput>): Promise<string> => {
    const target = input.logGroupNames === undefined || input.queryString === undefined ? { logGroupName: GROUP } : {};
    const range = { startTime: NOON_S - 60, endTime: NOON_S + 60, queryString: 'limit 1' };
    const { queryId = '' } = await client.send(new sdk.StartQueryCommand({ ...range, ...target, ...input }));
    return queryId;
  };
  const ask = async (input: Partial<StartQueryCommandInput>) => {
    const queryId = await start(input);
    const results = () => client.send(new sdk.GetQueryResultsCommand({ queryId }));
    await until(async () => ['Complete', 'Failed'].includes((await results()).status ?? ''));
    return { ...(await results()), queryId };
  };
  return { ...served, write, start, ask };
}
