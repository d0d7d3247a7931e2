// Metric filters as the official client sees them, and the numbers that they give.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { MetricTransformation, PutMetricFilterCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { turns, until } from '../../../lib/testing/turns.ts';
import { GROUP, HERE, NOON, STREAM } from '../testing/fixture.ts';
import { sdk, serveLogs } from './testing/serve.ts';

const COUNT: MetricTransformation = { metricName: 'Errors', metricNamespace: 'App', metricValue: '1' };
const MINUTE_MS = 60_000;

test('each line that matches counts, at its own time', async (t) => {
  const { put, write, recorded } = await serve(t);
  await put({ filterPattern: 'ERROR', metricTransformations: [{ ...COUNT, unit: 'Count' }] });
  write('ERROR one', 'fine', 'ERROR two');
  await until(() => recorded.length === 2);
  assert.deepEqual(
    recorded,
    [0, 2].map((index) => ({
      scope: HERE,
      point: { namespace: 'App', name: 'Errors', unit: 'Count', dimensions: [], atMs: NOON + index, value: 1 },
    })),
  );
});

test('values and dimensions come out of JSON; lines without them give none', async (t) => {
  const { put, write, recorded } = await serve(t);
  await put({
    filterPattern: '{ $.bytes = * }',
    metricTransformations: [{ ...COUNT, metricValue: '$.bytes', dimensions: { Path: '$.request.path' } }],
  });
  write(
    '{"bytes": 12.5, "request": {"path": "/a"}}',
    '{"bytes": "7", "request": {"path": "/b"}}',
    '{"bytes": "many", "request": {"path": "/c"}}',
    '{"bytes": 1}',
    '{"bytes": 3, "request": {"path": "/d"}}',
  );
  await until(() => recorded.length === 3);
  assert.deepEqual(
    recorded.map(({ point: { value, dimensions } }) => [value, dimensions]),
    [
      [12.5, [{ name: 'Path', value: '/a' }]],
      [7, [{ name: 'Path', value: '/b' }]],
      [3, [{ name: 'Path', value: '/d' }]],
    ],
  );
});

test('values come out of fields between blanks', async (t) => {
  const { put, write, recorded } = await serve(t);
  await put({
    filterPattern: '[ip, ..., status = 2*, size]',
    metricTransformations: [{ ...COUNT, metricValue: '$size', dimensions: { Status: '$status' } }],
  });
  write('10.0.0.1 - "GET /" 200 1534', '10.0.0.1 - "GET /" 404 12');
  await until(() => recorded.length === 1);
  assert.deepEqual(recorded[0]?.point.value, 1534);
  assert.deepEqual(recorded[0]?.point.dimensions, [{ name: 'Status', value: '200' }]);
});

test('a minute with lines of which none matches has the default value, one without lines has none', async (t) => {
  const { put, write, recorded, clock } = await serve(t);
  await put({ filterPattern: 'ERROR', metricTransformations: [{ ...COUNT, defaultValue: 0 }] });
  write('fine');
  await turns();
  clock.advance(MINUTE_MS);
  await until(() => recorded.length === 1);
  assert.deepEqual([recorded[0]?.point.value, recorded[0]?.point.atMs], [0, NOON]);
  write('fine', 'ERROR');
  await until(() => recorded.length === 2);
  clock.advance(5 * MINUTE_MS);
  await turns();
  assert.deepEqual(
    recorded.map(({ point }) => point.value),
    [0, 1],
  );
});

test('metric filters are listed by group, prefix and metric, counted by their group, and deleted', async (t) => {
  const { client, put, write, recorded } = await serve(t);
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: 'other' }));
  await put({ filterName: 'b' });
  await put({ filterName: 'a', metricTransformations: [{ ...COUNT, metricName: 'Other', defaultValue: 0 }] });
  await put({ filterName: 'b', logGroupName: 'other' });
  const list = async (input: object) => {
    const { metricFilters = [] } = await client.send(new sdk.DescribeMetricFiltersCommand(input));
    return metricFilters.map(({ filterName, logGroupName }) => `${logGroupName} ${filterName}`);
  };
  assert.deepEqual(await list({}), [`${GROUP} a`, `${GROUP} b`, 'other b']);
  assert.deepEqual(await list({ logGroupName: GROUP }), [`${GROUP} a`, `${GROUP} b`]);
  assert.deepEqual(await list({ filterNamePrefix: 'b' }), [`${GROUP} b`, 'other b']);
  assert.deepEqual(await list({ metricName: 'Other', metricNamespace: 'App' }), [`${GROUP} a`]);
  assert.deepEqual(await list({ metricName: 'Other', metricNamespace: 'Nothing' }), []);
  await assert.rejects(list({ metricName: 'Other' }), { name: 'InvalidParameterException' });
  const pages = sdk.paginateDescribeMetricFilters({ client, pageSize: 1 }, {});
  const paged = (await Array.fromAsync(pages)).flatMap(({ metricFilters = [] }) => metricFilters);
  assert.deepEqual(paged, [
    {
      ...{ filterName: 'a', filterPattern: 'ERROR', logGroupName: GROUP, creationTime: NOON },
      metricTransformations: [{ ...COUNT, metricName: 'Other', defaultValue: 0 }],
      applyOnTransformedLogs: false,
    },
    ...[GROUP, 'other'].map((logGroupName) => ({
      ...{ filterName: 'b', filterPattern: 'ERROR', logGroupName, creationTime: NOON },
      metricTransformations: [COUNT],
      applyOnTransformedLogs: false,
    })),
  ]);
  const { logGroups = [] } = await client.send(new sdk.DescribeLogGroupsCommand({}));
  assert.deepEqual(
    logGroups.map(({ metricFilterCount }) => metricFilterCount),
    [2, 1],
  );
  const remove = () => client.send(new sdk.DeleteMetricFilterCommand({ logGroupName: GROUP, filterName: 'b' }));
  await remove();
  await assert.rejects(remove(), {
    name: 'ResourceNotFoundException',
    message: 'The specified metric filter does not exist.',
  });
  write('ERROR');
  await until(() => recorded.length === 1);
  assert.equal(recorded[0]?.point.name, 'Other');
});

test('a group has 100 metric filters at most', async (t) => {
  const { put, core } = await serve(t);
  const { id } = core.group(HERE, GROUP);
  const transformation = {
    namespace: 'n',
    name: 'n',
    value: '1',
    unit: undefined,
    defaultValue: undefined,
    dimensions: {},
  };
  for (let n = 0; n < 99; n += 1) core.filters.putMetricFilter(id, `filter ${n}`, { pattern: '', transformation });
  await put({ filterName: 'the hundredth' });
  await put({ filterName: 'the hundredth' });
  await assert.rejects(put({ filterName: 'one more' }), { name: 'LimitExceededException' });
});

test('transformations that mean nothing are refused', async (t) => {
  const { put, client } = await serve(t);
  const refused = (input: Partial<PutMetricFilterCommandInput>, message: RegExp) =>
    assert.rejects(put(input), { name: 'InvalidParameterException', message });
  const transformed = (more: object) => ({ metricTransformations: [{ ...COUNT, ...more }] });
  await refused(transformed({ metricValue: 'many' }), /metricValue many is neither a number nor a field/);
  await refused(transformed({ metricValue: '$.bytes' }), /metricValue/);
  await refused({ filterPattern: '[a, b]', ...transformed({ metricValue: '$c' }) }, /metricValue/);
  await refused({ filterPattern: '{ $.a = * }', ...transformed({ metricValue: '$.a.' }) }, /metricValue/);
  await refused(
    { filterPattern: '[a, b]', ...transformed({ defaultValue: 0, dimensions: { A: '$a' } }) },
    /^Invalid metric transformation: dimensions and default value are mutually exclusive properties\.$/,
  );
  const four = { A: '$a', B: '$b', C: '$c', D: '$d' };
  await refused({ filterPattern: '[a, b, c, d]', ...transformed({ dimensions: four }) }, /at most 3 dimensions/);
  const { D: _, ...three } = four;
  await put({ filterPattern: '[a, b, c, d]', ...transformed({ dimensions: three }) });
  await refused({ filterPattern: '[a]', ...transformed({ dimensions: { A: 'a' } }) }, /dimension a is no field/);
  await refused({ filterPattern: '{' }, /^Invalid filter pattern$/);
  await refused(
    { metricTransformations: [{ ...COUNT, metricName: 'a:b', unit: 'Pieces' as 'Count' }] },
    /^2 validation errors detected: Value 'a:b' at 'metricTransformations\.1\.member\.metricName'/,
  );
  await assert.rejects(put({ fieldSelectionCriteria: 'x' }), { name: 'NotImplemented' });
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: 'rare', logGroupClass: 'INFREQUENT_ACCESS' }));
  await assert.rejects(put({ logGroupName: 'rare' }), { name: 'InvalidOperationException' });
});

test('TestMetricFilter tells which lines match, and what the pattern names in them', async (t) => {
  const { client } = await serve(t);
  const matches = async (filterPattern: string, ...logEventMessages: string[]) =>
    (await client.send(new sdk.TestMetricFilterCommand({ filterPattern, logEventMessages }))).matches;
  assert.deepEqual(await matches('ERROR', 'fine', 'an ERROR'), [
    { eventNumber: 2, eventMessage: 'an ERROR', extractedValues: {} },
  ]);
  const line = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  // AWS's own example (API reference, TestMetricFilter).
  assert.deepEqual(await matches('[ip, identity, user_id, timestamp, request, status_code = 404, size]', line), [
    {
      eventNumber: 1,
      eventMessage: line,
      extractedValues: {
        ...{ $ip: '127.0.0.1', $identity: '-', $user_id: 'frank', $timestamp: '10/Oct/2000:13:25:15 -0700' },
        ...{ $request: 'GET /index.html HTTP/1.0', $status_code: '404', $size: '1534' },
      },
    },
  ]);
  const json = '{"level": "error", "code": 7, "deep": {"on": true}}';
  assert.deepEqual(await matches('{ $.level = "err*" && ($.code > 5 || $.deep.on IS TRUE) }', json), [
    { eventNumber: 1, eventMessage: json, extractedValues: { '$.level': 'error', '$.code': '7', '$.deep.on': 'true' } },
  ]);
  await assert.rejects(matches('{', 'x'), { name: 'InvalidParameterException', message: 'Invalid filter pattern' });
});

async function serve(t: TestContext) {
  const clock = manualClock(NOON);
  const served = await serveLogs(t, clock);
  const { client, sink, core } = served;
  await client.send(new sdk.CreateLogGroupCommand({ logGroupName: GROUP }));
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  const put = (input: Partial<PutMetricFilterCommandInput>) =>
    client.send(
      new sdk.PutMetricFilterCommand({
        ...{ logGroupName: GROUP, filterName: 'errors', filterPattern: 'ERROR', metricTransformations: [COUNT] },
        ...input,
      }),
    );
  const write = (...lines: string[]) => {
    for (const [index, line] of lines.entries()) stream.write(line, clock.nowMs() + index);
    core.flush();
  };
  return { ...served, clock, put, write };
}
