import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricDataQuery, MetricDatum } from '@aws-sdk/client-cloudwatch';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { type CloudWatchClient, refusal, sdk, serveCloudWatch } from './testing/serve-cloudwatch.ts';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const Namespace = 'Shop';
const MetricName = 'Latency';

test('every statistic of what was put, value by value, with counts and as sets', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  await put(client, [
    { MetricName, Value: 5, Unit: 'Milliseconds' },
    { MetricName, Values: [1, 2, 3], Counts: [1, 3, 2], Unit: 'Milliseconds' },
  ]);
  await put(client, [{ MetricName, Values: [10], Unit: 'Milliseconds' }]);
  const asked = { Statistics: ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const };
  const answer = await statistics(client, {
    Statistics: [...asked.Statistics],
    ExtendedStatistics: ['p50', 'tm90', 'PR(:3)'],
  });
  assert.deepEqual(answer, {
    Label: MetricName,
    Datapoints: [
      {
        Timestamp: new Date(NOON_MS),
        Unit: 'Milliseconds',
        ...{ SampleCount: 8, Average: 28 / 8, Sum: 28, Minimum: 1, Maximum: 10 },
        ExtendedStatistics: { p50: 2, tm90: 18 / 7, 'PR(:3)': 75 },
      },
    ],
  });
  const StatisticValues = { SampleCount: 2, Sum: 30, Minimum: 10, Maximum: 20 };
  await put(client, [{ MetricName, StatisticValues, Unit: 'Milliseconds' }]);
  const [mixed] =
    (await statistics(client, { Statistics: ['Sum', 'Maximum'], ExtendedStatistics: ['p50'] })).Datapoints ?? [];
  assert.deepEqual(
    { Sum: mixed?.Sum, Maximum: mixed?.Maximum, ExtendedStatistics: mixed?.ExtendedStatistics },
    { Sum: 58, Maximum: 20, ExtendedStatistics: undefined },
    'nobody knows the percentiles of a set',
  );
});

test('values of each unit, combination of dimensions, account and region are apart', async (t) => {
  const server = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  const { client } = server;
  const Dimensions = [{ Name: 'shop', Value: 'north' }];
  await put(client, [
    { MetricName, Value: 1 },
    { MetricName, Value: 2, Unit: 'Seconds' },
    { MetricName, Value: 4, Dimensions },
    { MetricName, Value: 8, Dimensions: [...Dimensions, { Name: 'till', Value: '1' }] },
  ]);
  await put(server.clientOf({ account: '999999999999' }), [{ MetricName, Value: 16 }]);
  await put(server.clientOf({ region: 'eu-west-1' }), [{ MetricName, Value: 32 }]);
  const sums = async (more: object, by = client) =>
    ((await statistics(by, { Statistics: ['Sum'], ...more })).Datapoints ?? []).map(({ Sum, Unit }) => [Sum, Unit]);
  assert.deepEqual((await sums({})).sort(), [
    [1, 'None'],
    [2, 'Seconds'],
  ]);
  assert.deepEqual(await sums({ Unit: 'Seconds' }), [[2, 'Seconds']]);
  assert.deepEqual(await sums({ Dimensions }), [[4, 'None']]);
  const swapped = [{ Name: 'till', Value: '1' }, ...Dimensions];
  assert.deepEqual(await sums({ Dimensions: swapped }), [[8, 'None']], 'in any order');
  assert.deepEqual(await sums({}, server.clientOf({ account: '999999999999' })), [[16, 'None']]);
  assert.deepEqual(await sums({}, server.clientOf({ region: 'eu-west-1' })), [[32, 'None']]);
});

test('periods begin where the question begins, and join what is within them', async (t) => {
  const clock = manualClock(NOON_MS);
  const { client } = await serveCloudWatch(t, { clock });
  for (let minute = 0; minute < 10; minute += 1) {
    await put(client, [{ MetricName, Value: minute, Timestamp: new Date(NOON_MS - (10 - minute) * MINUTE_MS) }]);
  }
  const points = async (startMinute: number, Period: number) => {
    const StartTime = new Date(NOON_MS - startMinute * MINUTE_MS + 29_000);
    const { Datapoints = [] } = await statistics(client, {
      Statistics: ['Sum'],
      StartTime,
      EndTime: new Date(NOON_MS),
      Period,
    });
    return Datapoints.map(({ Timestamp, Sum }) => [((Timestamp?.getTime() ?? 0) - NOON_MS) / MINUTE_MS, Sum]).sort();
  };
  assert.deepEqual(await points(10, 300), [
    [-10, 10],
    [-5, 35],
  ]);
  assert.deepEqual(await points(9, 300), [
    [-4, 30],
    [-9, 15],
  ]);
  assert.deepEqual(await points(2, 60), [
    [-1, 9],
    [-2, 8],
  ]);
});

test('values with a resolution of a second answer periods of seconds for three hours, and minutes then', async (t) => {
  const clock = manualClock(NOON_MS);
  const { client, cloudWatch } = await serveCloudWatch(t, { clock });
  for (const second of [0, 3, 12]) {
    const Timestamp = new Date(NOON_MS + second * 1_000);
    await put(client, [{ MetricName, Value: 1, StorageResolution: 1, Timestamp }]);
  }
  const sums = async (Period: number) => {
    const { Datapoints = [] } = await statistics(client, { Statistics: ['Sum'], Period });
    return Datapoints.map(({ Timestamp, Sum }) => [((Timestamp?.getTime() ?? 0) - NOON_MS) / 1_000, Sum]);
  };
  assert.deepEqual(await sums(5), [
    [0, 2],
    [10, 1],
  ]);
  assert.deepEqual(await sums(60), [[0, 3]]);
  clock.advance(3 * 3_600_000 + 13_000);
  await cloudWatch.core().age();
  assert.deepEqual(await sums(60), [[0, 3]]);
  assert.deepEqual(await sums(5), [[0, 3]], 'what is left is the minute');
});

test('what becomes old is kept more coarsely, and is forgotten after 455 days', async (t) => {
  const clock = manualClock(NOON_MS);
  const { client, cloudWatch } = await serveCloudWatch(t, { clock });
  for (const minute of [0, 1, 7, 61]) {
    await put(client, [{ MetricName, Values: [minute, 100], Timestamp: new Date(NOON_MS + minute * MINUTE_MS) }]);
  }
  const sums = async (Period: number) => {
    const EndTime = new Date(NOON_MS + 2 * 3_600_000);
    const asked = {
      Statistics: ['Sum' as const],
      ExtendedStatistics: ['p100'],
      StartTime: new Date(NOON_MS),
      EndTime,
      Period,
    };
    const { Datapoints = [] } = await statistics(client, asked);
    return Datapoints.map(({ Sum, ExtendedStatistics }) => [Sum, ExtendedStatistics?.p100]);
  };
  const pass = async (days: number) => {
    clock.advance(days * DAY_MS);
    await cloudWatch.core().age();
  };
  await pass(15.5);
  assert.deepEqual(await sums(60), [], 'AWS: "no data points in that time range is returned"');
  assert.deepEqual(await sums(300), [
    [201, 100],
    [107, 100],
    [161, 100],
  ]);
  await pass(48);
  assert.deepEqual(await sums(300), []);
  assert.deepEqual(await sums(3_600), [
    [308, 100],
    [161, 100],
  ]);
  await pass(400);
  assert.deepEqual(await sums(3_600), []);
  assert.deepEqual(cloudWatch.core().store.idsAfter(0, 10), [], 'nothing is left of the metric');
});

test('percentiles of many different values are a percent off at most, and the rest is exact', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  const values = Array.from({ length: 6_000 }, (_, at) => 1.001 ** at);
  for (let at = 0; at < values.length; at += 3_000) {
    const data = Array.from({ length: 20 }, (_, row) => ({
      MetricName,
      Values: values.slice(at + row * 150, at + (row + 1) * 150),
    }));
    await put(client, data);
  }
  const { Datapoints: [point] = [] } = await statistics(client, {
    Statistics: ['SampleCount', 'Minimum', 'Maximum'],
    ExtendedStatistics: ['p1', 'p50', 'p99.9', 'p100'],
  });
  assert.deepEqual([point?.SampleCount, point?.Minimum, point?.Maximum], [6_000, 1, values.at(-1)]);
  for (const [name, percent] of [
    ['p1', 1],
    ['p50', 50],
    ['p99.9', 99.9],
    ['p100', 100],
  ] as const) {
    const exact = values[Math.ceil((percent / 100) * 6_000) - 1] ?? 0;
    const told = point?.ExtendedStatistics?.[name] ?? 0;
    assert.ok(Math.abs(told / exact - 1) < 0.011, `${name}: ${told} for ${exact}`);
  }
});

test('metrics are listed by namespace, name and dimensions, 500 at a time, while they have values', async (t) => {
  const clock = manualClock(NOON_MS);
  const { client } = await serveCloudWatch(t, { clock });
  const data = Array.from({ length: 501 }, (_, at) => ({
    ...{ MetricName: 'Many', Value: 1 },
    Dimensions: [{ Name: 'at', Value: String(at).padStart(3, '0') }],
  }));
  await put(client, data);
  await put(client, [
    {
      MetricName,
      Value: 1,
      Dimensions: [
        { Name: 'b', Value: '2' },
        { Name: 'a', Value: '1' },
      ],
    },
  ]);
  const list = async (more = {}) => client.send(new sdk.ListMetricsCommand({ Namespace, ...more }));
  const first = await list({ MetricName: 'Many' });
  assert.equal(first.Metrics?.length, 500);
  const rest = await list({ MetricName: 'Many', NextToken: first.NextToken });
  assert.deepEqual(rest.Metrics, [{ Namespace, MetricName: 'Many', Dimensions: [{ Name: 'at', Value: '500' }] }]);
  assert.equal(rest.NextToken, undefined);
  const found = {
    Namespace,
    MetricName,
    Dimensions: [
      { Name: 'a', Value: '1' },
      { Name: 'b', Value: '2' },
    ],
  };
  assert.deepEqual((await list({ Dimensions: [{ Name: 'b' }] })).Metrics, [found]);
  assert.deepEqual((await list({ Dimensions: [{ Name: 'b', Value: '3' }] })).Metrics, []);
  clock.advance(3 * 3_600_000 + 1_000);
  assert.deepEqual((await list({ MetricName, RecentlyActive: 'PT3H' })).Metrics, []);
  assert.deepEqual((await list({ MetricName })).Metrics, [found]);
  clock.advance(14 * DAY_MS);
  assert.deepEqual((await list({ MetricName })).Metrics, []);
});

test('metric math as people use it', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  const values = { errors: [1, 0, 3], requests: [10, 20, undefined], more: [5, 6, 7] };
  for (const [name, list] of Object.entries(values)) {
    for (const [minute, Value] of list.entries()) {
      if (Value === undefined) continue;
      await put(client, [{ MetricName: name, Value, Timestamp: new Date(NOON_MS - (3 - minute) * MINUTE_MS) }]);
    }
  }
  const sources = Object.keys(values).map((name, at) => ({ ...metric(`m${at + 1}`, name, 'Sum'), ReturnData: false }));
  const math = async (Expression: string) => {
    const range = { StartTime: new Date(NOON_MS - 3 * MINUTE_MS), EndTime: new Date(NOON_MS) };
    const answer = await data(client, [...sources, { Id: 'e1', Expression }], {
      ...range,
      ScanBy: 'TimestampAscending',
    });
    return answer.map(({ Values }) => Values);
  };
  const bad = async (Expression: string) => (await refusal(math(Expression))).message;
  assert.deepEqual(await math('100 * m1 / m2'), [[10, 0]]);
  assert.deepEqual(await math('-m3 + (2 ^ 3) * 2'), [[11, 10, 9]]);
  assert.deepEqual(await math('SUM(METRICS())'), [[16, 26, 10]]);
  assert.deepEqual(await math('MAX([m1, m3])'), [[5, 6, 7]]);
  assert.deepEqual(await math('SUM(METRICS("m3")) / m3 * MAX(m1)'), [[3, 3, 3]]);
  assert.deepEqual(await math('IF(m1 > 0 AND m3 < 7, m3, 0)'), [[5, 0, 0]]);
  assert.deepEqual(await math('FILL(m2, 0)'), [[10, 20, 0]]);
  assert.deepEqual(await math('FILL(m2, REPEAT)'), [[10, 20, 20]]);
  assert.deepEqual(await math('m1 / PERIOD(m1) * 60'), [[1, 0, 3]]);
  assert.deepEqual(await math('RATE(m3) * 60'), [[1, 1]]);
  assert.deepEqual(await math('DIFF(m1)'), [[-1, 3]]);
  assert.deepEqual(await math('RUNNING_SUM(m1)'), [[1, 1, 4]]);
  assert.deepEqual(await math('m1 / 0'), [[]]);
  assert.deepEqual(await math('SORT(METRICS(), SUM, DESC, 2)'), [
    [10, 20],
    [5, 6, 7],
  ]);
  assert.deepEqual(await math(`SEARCH('{Shop} MetricName="errors"', 'Sum', 60)`), [[1, 0, 3]]);
  assert.equal(await bad('m4'), "Error in expression 'e1': Undefined variable: m4\n");
  assert.match(await bad('SUM(m1)'), /must come to a time series/);
  assert.match(await bad('ANOMALY_DETECTION_BAND(m1)'), /does not support the function ANOMALY_DETECTION_BAND yet/);
  assert.match(await bad('m1 +'), /Error in expression 'e1': Unexpected end/);
  assert.match(await bad(`${'('.repeat(1_000)}m1`), /nested too deeply/);
});

test('hundreds of queries are answered, one too many is not, and periods without end are not filled', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  await put(client, [{ MetricName, Value: 1 }]);
  const queries = (count: number) => Array.from({ length: count }, (_, at) => metric(`m${at}`, MetricName, 'Sum'));
  const answers = await data(client, queries(500));
  assert.equal(answers.filter(({ Values }) => Values?.[0] === 1).length, 500);
  assert.match((await refusal(data(client, queries(501)))).message, /must not have a size greater than 500/);
  const filled = { Id: 'e1', Expression: 'FILL(a, 0)' };
  const range = (days: number) => ({ StartTime: new Date(NOON_MS - days * DAY_MS), EndTime: new Date(NOON_MS) });
  const [, zeros] = await data(client, [metric('a', MetricName, 'Sum'), filled], range(14));
  assert.equal(zeros?.Values?.length, 14 * 1_440);
  const endless = data(client, [metric('a', MetricName, 'Sum', 1), filled], range(2));
  assert.match((await refusal(endless)).message, /more than 100800 periods/);
});

test('expressions that come to more data points than fifty answers have are refused', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  await put(client, [{ MetricName, Value: 1, Timestamp: new Date(NOON_MS - MINUTE_MS) }]);
  const ask = (Expression: string, days: number) =>
    client.send(
      new sdk.GetMetricDataCommand({
        MetricDataQueries: [
          { ...metric('m1', MetricName, 'Sum'), ReturnData: false },
          { Id: 'e1', Expression },
        ],
        ...{ StartTime: new Date(NOON_MS - days * DAY_MS), EndTime: new Date(NOON_MS) },
      }),
    );
  const fills = Array.from({ length: 140 }, () => 'FILL(m1,0)').join('+');
  assert.match((await refusal(ask(fills, 15))).message, /come to more than 5040000 data points/);
  assert.equal((await ask('FILL(m1, 0)', 15)).MetricDataResults?.[0]?.Values?.length, 15 * 24 * 60);
});

test('data come newest first, in pages of so many points, with labels that tell queries apart', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  for (const minute of [1, 2, 3]) {
    await put(client, [{ MetricName, Value: minute, Timestamp: new Date(NOON_MS - minute * MINUTE_MS) }]);
  }
  const MetricDataQueries = [
    metric('a', MetricName, 'Sum'),
    metric('b', MetricName, 'p90'),
    metric('c', 'none', 'Sum'),
  ];
  const range = { StartTime: new Date(NOON_MS - 5 * MINUTE_MS), EndTime: new Date(NOON_MS) };
  const page = (more = {}) => client.send(new sdk.GetMetricDataCommand({ MetricDataQueries, ...range, ...more }));
  const shown = ({ MetricDataResults = [] }: Awaited<ReturnType<typeof page>>) =>
    MetricDataResults.map(({ Id, Label, Values, StatusCode }) => [Id, Label, Values, StatusCode]);
  const first = await page({ MaxDatapoints: 4 });
  assert.deepEqual(shown(first), [
    ['a', 'Latency Sum', [1, 2, 3], 'Complete'],
    ['b', 'Latency p90', [1], 'PartialData'],
    ['c', 'none Sum', [], 'Complete'],
  ]);
  const second = await page({ MaxDatapoints: 4, NextToken: first.NextToken });
  assert.deepEqual(shown(second), [['b', 'Latency p90', [2, 3], 'Complete']]);
  assert.equal(second.NextToken, undefined);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's dynamic labels are written so.
  const Label = "${PROP('MetricName')}: ${MAX} of ${SUM}, last ${LAST_TIME}";
  const [labelled] = await labels(client, [{ ...metric('a', MetricName, 'Sum'), Label }], range);
  assert.equal(labelled, 'Latency: 3 of 6, last 2026-01-15 11:59:00 UTC');
  await assert.rejects(page({ NextToken: 'x' }), { name: 'InvalidNextToken' });
});

test('a metric with values of several units says so, and answers with those of the first one', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  await put(client, [
    { MetricName, Value: 5, Unit: 'Seconds' },
    { MetricName, Value: 7, Unit: 'Milliseconds' },
  ]);
  const MetricDataQueries = [metric('a', MetricName, 'Sum')];
  const range = { StartTime: new Date(NOON_MS), EndTime: new Date(NOON_MS + MINUTE_MS) };
  const { MetricDataResults: [result] = [] } = await client.send(
    new sdk.GetMetricDataCommand({ MetricDataQueries, ...range }),
  );
  assert.deepEqual(result?.Values, [7]);
  assert.deepEqual(result?.Messages, [
    { Code: 'MultipleUnits', Value: "Multiple units returned: '[Milliseconds, Seconds]'" },
  ]);
});

test('what was put is there after a restart', async (t) => {
  const clock = manualClock(NOON_MS);
  const before = await serveCloudWatch(t, { clock });
  await put(before.client, [{ MetricName, Values: [1, 2] }]);
  await before.stop();
  const { client } = await serveCloudWatch(t, { clock, dataDir: before.dataDir });
  await put(client, [{ MetricName, Value: 4 }]);
  const { Datapoints: [point] = [] } = await statistics(client, { Statistics: ['Sum'], ExtendedStatistics: ['p50'] });
  assert.deepEqual([point?.Sum, point?.ExtendedStatistics], [7, { p50: 2 }]);
});

test('both sides of each limit, in AWS’s words', async (t) => {
  const clock = manualClock(NOON_MS);
  const { client } = await serveCloudWatch(t, { clock });
  const limit = (count: number) => Array.from({ length: count }, (_, at) => at);
  const ok = (datum: Partial<MetricDatum>) => put(client, [{ MetricName, ...datum }]);
  const no = async (datum: Partial<MetricDatum>) => {
    const { name, message } = await refusal(ok(datum));
    return `${name}: ${message}`.replaceAll('MetricData.member.1.', '');
  };
  const invalid = (text: string) => `InvalidParameterValueException: ${text}`;
  await ok({ Value: 2 ** 360 });
  assert.equal(await no({ Value: 2 ** 361 }), invalid(`The value ${2 ** 361} for parameter Value is invalid.`));
  assert.equal(await no({ Value: Number.NaN }), invalid('The value NaN for parameter Value is invalid.'));
  await ok({ Values: limit(150) });
  assert.equal(
    await no({ Values: limit(151) }),
    invalid('The collection Values must not have a size greater than 150.'),
  );
  assert.equal(
    await no({ Values: [1, 2], Counts: [1] }),
    invalid('The parameters Values and Counts must be of the same size.'),
  );
  assert.equal(
    await no({ Value: 1, Values: [1] }),
    'InvalidParameterCombinationException: The parameters Value and Values are mutually exclusive and you have specified both.',
  );
  const dimensions = (count: number) => limit(count).map((at) => ({ Name: `d${at}`, Value: 'v' }));
  await ok({ Value: 1, Dimensions: dimensions(30) });
  assert.equal(
    await no({ Value: 1, Dimensions: dimensions(31) }),
    invalid('The collection Dimensions must not have a size greater than 30.'),
  );
  assert.equal(
    await no({
      Value: 1,
      Dimensions: [
        { Name: 'a', Value: '1' },
        { Name: 'a', Value: '2' },
      ],
    }),
    invalid('No metric may specify the same dimension name twice.'),
  );
  await ok({ Value: 1, Dimensions: [{ Name: 'n'.repeat(255), Value: 'v'.repeat(1_024) }] });
  assert.equal(
    await no({ Value: 1, Dimensions: [{ Name: 'n', Value: 'v'.repeat(1_025) }] }),
    invalid('The parameter Dimensions.member.1.Value must be shorter than 1025 characters.'),
  );
  const tooOld = invalid('The parameter Timestamp must specify a time within the past two weeks.');
  await ok({ Value: 1, Timestamp: new Date(NOON_MS - 14 * DAY_MS) });
  assert.equal(await no({ Value: 1, Timestamp: new Date(NOON_MS - 14 * DAY_MS - 1_000) }), tooOld);
  await ok({ Value: 1, Timestamp: new Date(NOON_MS + 2 * 3_600_000) });
  assert.equal(await no({ Value: 1, Timestamp: new Date(NOON_MS + 2 * 3_600_000 + 1_000) }), tooOld);
  assert.match(
    await no({ Value: 1, Unit: 'Hours' as never }),
    /^InvalidParameterValueException: The parameter Unit must be a value in the set \[ Seconds, Micro.* None \]\.$/,
  );
  assert.match(await no({ Value: 1, StorageResolution: 30 }), /StorageResolution must be a value in the set/);
  assert.match(await no({}), /^MissingRequiredParameterException: At least one of the parameters Value/);
  assert.equal(
    await no({ MetricName: '', Value: 1 }),
    'MissingRequiredParameterException: The parameter MetricName is required.',
  );
  const set = { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 };
  await ok({ StatisticValues: set });
  assert.match(await no({ StatisticValues: { ...set, SampleCount: 0 } }), /SampleCount must not equal 0/);
  assert.match(
    await no({ StatisticValues: { ...set, Maximum: 0 } }),
    /Maximum must be greater than StatisticValues.Minimum/,
  );
  const many = (count: number) =>
    put(
      client,
      limit(count).map((at) => ({ MetricName: `m${at}`, Value: 1 })),
    );
  await many(1_000);
  assert.deepEqual(await refusal(many(1_001)), {
    name: 'InvalidParameterValueException',
    message: 'The collection MetricData must not have a size greater than 1000.',
  });
  assert.match((await refusal(many(0))).message, /The parameter MetricData is required/);
  const reserved = client.send(
    new sdk.PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData: [{ MetricName, Value: 1 }] }),
  );
  assert.deepEqual((await refusal(reserved)).message, 'The value AWS/Lambda for parameter Namespace is invalid.');
  const span = (seconds: number) =>
    statistics(client, {
      Statistics: ['Sum'],
      StartTime: new Date(NOON_MS),
      EndTime: new Date(NOON_MS + seconds * 1_000),
      Period: 60,
    });
  await span(1_440 * 60);
  assert.deepEqual(await refusal(span(1_441 * 60)), {
    name: 'InvalidParameterCombinationException',
    message:
      'You have requested up to 1441 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
  });
  assert.equal((await refusal(span(0))).message, 'The parameter StartTime must be less than the parameter EndTime.');
  assert.match((await refusal(statistics(client, { Statistics: ['Sum'], Period: 61 }))).message, /multiple of 60/);
  assert.match((await refusal(statistics(client, {}))).message, /At least one of the parameters Statistics and Ext/);
  assert.match((await refusal(statistics(client, { ExtendedStatistics: ['p101'] }))).message, /p101/);
  const noStatistic = refusal(data(client, [metric('a', MetricName, 'Most')]));
  assert.deepEqual(await noStatistic, {
    name: 'ValidationException',
    message: 'The value Most for parameter MetricDataQueries.member.1.MetricStat.Stat is not a valid statistic.\n',
  });
});

test('1 MB of values is taken, however it comes compressed, and more is not', async (t) => {
  const server = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  const send = (bytes: number) => {
    const Dimensions = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ Name: `d${at}`, Value: 'v'.repeat(1_024) }));
    const count = Math.floor(bytes / 31_800);
    return put(
      server.client,
      Array.from({ length: count }, (_, at) => ({ MetricName: `m${at}`, Value: 1, Dimensions: Dimensions(30) })),
    );
  };
  await send(1_000_000);
  const { name } = await refusal(send(1_100_000));
  assert.equal(name, 'RequestEntityTooLarge');
});

const put = (client: CloudWatchClient, MetricData: MetricDatum[]) =>
  client.send(new sdk.PutMetricDataCommand({ Namespace, MetricData }));

type StatisticsInput = Partial<import('@aws-sdk/client-cloudwatch').GetMetricStatisticsCommandInput>;

async function statistics(client: CloudWatchClient, asked: StatisticsInput) {
  const range = { StartTime: new Date(NOON_MS), EndTime: new Date(NOON_MS + 2 * MINUTE_MS), Period: 60 };
  const command = new sdk.GetMetricStatisticsCommand({ Namespace, MetricName, ...range, ...asked });
  const { Label, Datapoints } = await client.send(command);
  return { Label, Datapoints };
}

const metric = (Id: string, name: string, Stat: string, Period = 60): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName: name }, Period, Stat },
});

type DataInput = Partial<import('@aws-sdk/client-cloudwatch').GetMetricDataCommandInput>;

async function data(client: CloudWatchClient, MetricDataQueries: MetricDataQuery[], more: DataInput = {}) {
  const range = { StartTime: new Date(NOON_MS), EndTime: new Date(NOON_MS + 2 * MINUTE_MS) };
  const { MetricDataResults = [] } = await client.send(
    new sdk.GetMetricDataCommand({ MetricDataQueries, ...range, ...more }),
  );
  return MetricDataResults;
}

const labels = async (client: CloudWatchClient, queries: MetricDataQuery[], range: DataInput) =>
  (await data(client, queries, range)).map(({ Label }) => Label);
