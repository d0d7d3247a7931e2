import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { MetricDatum, PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { pass, until } from '../../../lib/testing/turns.ts';
import { ACCOUNT, REGION, refusal, sdk, serveCloudWatch, temporaryDirectory } from './testing/serve-cloudwatch.ts';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const MINUTE_MS = 60_000;
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:operators`;
const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:restart`;
const Dimensions = [{ Name: 'shop', Value: 'north' }];
const SLOW = {
  AlarmName: 'slow',
  AlarmDescription: 'Orders take too long',
  Namespace: 'Shop',
  MetricName: 'Latency',
  Dimensions,
  Statistic: 'Maximum',
  Unit: 'Milliseconds',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 100,
  ComparisonOperator: 'GreaterThanThreshold',
} as const satisfies PutMetricAlarmCommandInput;

test('an alarm tells its topic and function once, when its metric crosses the threshold and when it comes back', async (t) => {
  const { alarm, put, minute, state, notices, events, describe } = await bench(t);
  const actions = { AlarmActions: [TOPIC, FUNCTION], OKActions: [TOPIC] };
  await alarm({ ...SLOW, ...actions });
  assert.deepEqual(await describe('slow'), {
    ...{ ...SLOW, ...actions, Dimensions: [...Dimensions], InsufficientDataActions: [], ActionsEnabled: true },
    AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:slow`,
    AlarmConfigurationUpdatedTimestamp: new Date(NOON_MS),
    StateValue: 'INSUFFICIENT_DATA',
    StateReason: 'Unchecked: Initial alarm creation',
    StateUpdatedTimestamp: new Date(NOON_MS),
    StateTransitionedTimestamp: new Date(NOON_MS),
  });
  await put({ Value: 250.5 });
  await minute();
  assert.equal((await state('slow')).StateValue, 'ALARM');
  await minute();
  await put({ Value: 20 });
  await minute();
  await minute();
  const told = notices().map(({ arn, message: { subject, body } }) => [arn, subject, JSON.parse(body.toString())]);
  const [[, subject, message] = [], [, , event] = [], [, well, later] = []] = told;
  assert.deepEqual(
    told.map(([arn]) => arn),
    [TOPIC, FUNCTION, TOPIC],
  );
  assert.equal(subject, 'ALARM: "slow" in US East (N. Virginia)');
  const reason = 'Threshold Crossed: 1 datapoint [250.5 (15/01/26 12:00:00)] was greater than the threshold (100.0).';
  assert.deepEqual(message, {
    AlarmName: 'slow',
    AlarmDescription: 'Orders take too long',
    AWSAccountId: ACCOUNT,
    AlarmConfigurationUpdatedTimestamp: '2026-01-15T12:00:00.000+0000',
    NewStateValue: 'ALARM',
    NewStateReason: reason,
    StateChangeTime: '2026-01-15T12:01:01.000+0000',
    Region: 'US East (N. Virginia)',
    AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:slow`,
    OldStateValue: 'INSUFFICIENT_DATA',
    ...{ ...actions, InsufficientDataActions: [] },
    Trigger: {
      ...{ MetricName: 'Latency', Namespace: 'Shop', StatisticType: 'Statistic', Statistic: 'MAXIMUM' },
      ...{ Unit: 'Milliseconds', Dimensions: [{ value: 'north', name: 'shop' }], Period: 60, EvaluationPeriods: 1 },
      ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 100, TreatMissingData: 'missing' },
      EvaluateLowSampleCountPercentile: '',
    },
  });
  const { reasonData, ...now } = event.alarmData.state;
  assert.deepEqual(now, { value: 'ALARM', reason, timestamp: '2026-01-15T12:01:01.000+0000' });
  assert.deepEqual(JSON.parse(reasonData), {
    ...{ version: '1.0', queryDate: '2026-01-15T12:01:01.000+0000', startDate: '2026-01-15T12:00:00.000+0000' },
    ...{ unit: 'Milliseconds', statistic: 'Maximum', period: 60, recentDatapoints: [250.5], threshold: 100 },
    evaluatedDatapoints: [{ timestamp: '2026-01-15T12:00:00.000+0000', sampleCount: 1, value: 250.5 }],
  });
  assert.deepEqual(
    [event.source, event.accountId, event.region, event.alarmData.previousState.value],
    ['aws.cloudwatch', ACCOUNT, REGION, 'INSUFFICIENT_DATA'],
  );
  const [metric] = event.alarmData.configuration.metrics;
  assert.deepEqual(metric.metricStat, {
    metric: { namespace: 'Shop', name: 'Latency', dimensions: { shop: 'north' } },
    ...{ period: 60, stat: 'Maximum', unit: 'Milliseconds' },
  });
  assert.equal(well, 'OK: "slow" in US East (N. Virginia)');
  const [first, ...more] = events().map(({ arn, message, from }) => ({ arn, ...message, service: from }));
  assert.equal(more.length, 1);
  assert.equal(first?.arn, `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`);
  assert.deepEqual(first?.event, {
    source: 'aws.cloudwatch',
    detailType: 'CloudWatch Alarm State Change',
    resources: [`arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:slow`],
    timeMs: NOON_MS + MINUTE_MS + 1_000,
  });
  const detail = JSON.parse(first?.body.toString() ?? '');
  assert.deepEqual(
    [detail.alarmName, detail.state.value, detail.previousState.value],
    ['slow', 'ALARM', 'INSUFFICIENT_DATA'],
  );
  assert.equal(
    later.NewStateReason,
    'Threshold Crossed: 1 datapoint [20.0 (15/01/26 12:02:00)] was not greater than the threshold (100.0).',
  );
});

test('how missing data count, with AWS’s reasons', async (t) => {
  const { alarm, minute, state } = await bench(t);
  for (const TreatMissingData of ['missing', 'ignore', 'breaching', 'notBreaching']) {
    await alarm({ ...SLOW, AlarmName: TreatMissingData, EvaluationPeriods: 2, TreatMissingData });
  }
  await minute();
  const states = async (...names: string[]) =>
    Promise.all(names.map(async (name) => [(await state(name)).StateValue, (await state(name)).StateReason]));
  const none = 'Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as';
  assert.deepEqual(await states('missing', 'ignore', 'breaching', 'notBreaching'), [
    ['INSUFFICIENT_DATA', 'Unchecked: Initial alarm creation'],
    ['INSUFFICIENT_DATA', 'Unchecked: Initial alarm creation'],
    ['ALARM', `${none} [Breaching].`],
    ['OK', `${none} [NonBreaching].`],
  ]);
});

test('an alarm whose metric falls silent has insufficient data, and says so', async (t) => {
  const { alarm, put, minute, state } = await bench(t);
  await alarm(SLOW);
  await put({ Value: 1 });
  await minute();
  assert.equal((await state('slow')).StateValue, 'OK');
  for (let minutes = 0; minutes < 3; minutes += 1) await minute();
  const { StateValue, StateReason } = await state('slow');
  assert.deepEqual([StateValue, StateReason], ['INSUFFICIENT_DATA', 'Insufficient Data: 1 datapoint was unknown.']);
});

test('two of three periods, each comparison, and percentiles', async (t) => {
  const { alarm, put, minute, state } = await bench(t);
  await alarm({ ...SLOW, AlarmName: 'm of n', EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  const comparisons = {
    GreaterThanOrEqualToThreshold: 'ALARM',
    GreaterThanThreshold: 'OK',
    LessThanThreshold: 'OK',
    LessThanOrEqualToThreshold: 'ALARM',
  } as const;
  for (const ComparisonOperator of Object.keys(comparisons) as (keyof typeof comparisons)[]) {
    await alarm({ ...SLOW, AlarmName: ComparisonOperator, ComparisonOperator, Threshold: 300 });
  }
  const percentile = {
    ...SLOW,
    Statistic: undefined,
    ExtendedStatistic: 'p50',
    EvaluateLowSampleCountPercentile: 'ignore',
  };
  await alarm({ ...percentile, AlarmName: 'few' });
  await put({ Values: [300], Counts: [19] });
  await minute();
  await put({ Value: 1 });
  await minute();
  assert.equal((await state('m of n')).StateValue, 'OK');
  await put({ Values: [300], Counts: [20] });
  assert.equal((await state('few')).StateValue, 'INSUFFICIENT_DATA', 'ten values beyond the median are too few');
  await minute();
  const { StateValue, StateReason } = await state('m of n');
  assert.equal(StateValue, 'ALARM');
  assert.equal(
    StateReason,
    'Threshold Crossed: 2 out of the last 3 datapoints [300.0 (15/01/26 12:02:00), 300.0 (15/01/26 12:00:00)] were greater than the threshold (100.0) (minimum 2 datapoints for OK -> ALARM transition).',
  );
  for (const [name, expected] of Object.entries(comparisons))
    assert.equal((await state(name)).StateValue, expected, name);
  assert.equal((await state('few')).StateValue, 'ALARM');
});

test('an alarm on metric math', async (t) => {
  const { alarm, put, minute, state, notices } = await bench(t);
  const Metrics = ['errors', 'requests'].map((MetricName, at) => ({
    ...{ Id: `m${at + 1}`, ReturnData: false },
    MetricStat: { Metric: { Namespace: 'Shop', MetricName, Dimensions }, Period: 60, Stat: 'Sum' },
  }));
  const rate = { Id: 'rate', Expression: '100 * m1 / m2', Label: 'Percent of errors' };
  const { Threshold, ComparisonOperator, EvaluationPeriods } = SLOW;
  const math = { AlarmName: 'math', Threshold: 5, ComparisonOperator, EvaluationPeriods, AlarmActions: [TOPIC] };
  await alarm({ ...math, Metrics: [...Metrics, rate] });
  await put({ MetricName: 'errors', Value: 6, Unit: 'Count' });
  await put({ MetricName: 'requests', Value: Threshold, Unit: 'Count' });
  await minute();
  const { StateValue, StateReason } = await state('math');
  assert.deepEqual(
    [StateValue, StateReason],
    ['ALARM', 'Threshold Crossed: 1 datapoint [6.0 (15/01/26 12:00:00)] was greater than the threshold (5.0).'],
  );
  await until(() => notices().length === 1);
  const { Trigger } = JSON.parse(notices()[0]?.message.body.toString() ?? '');
  assert.deepEqual([Trigger.Period, Trigger.Metrics[2]], [60, { ...rate, ReturnData: true }]);
});

test('short periods are looked at every ten seconds', async (t) => {
  const { alarm, put, clock, state } = await bench(t);
  await alarm({ ...SLOW, Period: 10 });
  await put({ Value: 250, StorageResolution: 1 });
  await pass(clock, 11_000);
  await until(async () => (await state('slow')).StateValue === 'ALARM');
});

test('a composite alarm follows those that it watches', async (t) => {
  const { alarm, client, set, notices } = await bench(t);
  await alarm({ ...SLOW, AlarmName: 'a' });
  await alarm({ ...SLOW, AlarmName: 'b' });
  const composite = (AlarmName: string, AlarmRule: string) =>
    client.send(new sdk.PutCompositeAlarmCommand({ AlarmName, AlarmRule, AlarmActions: [TOPIC] }));
  await composite('both', `ALARM(a) AND ALARM("arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:b")`);
  await composite('above', 'ALARM(both) OR ALARM(c)');
  const states = async () => {
    const all = await client.send(new sdk.DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'] }));
    return all.CompositeAlarms?.map(({ AlarmName, StateValue }) => [AlarmName, StateValue]);
  };
  assert.deepEqual(await states(), [
    ['above', 'OK'],
    ['both', 'OK'],
  ]);
  await set('a', 'ALARM');
  assert.deepEqual(await states(), [
    ['above', 'OK'],
    ['both', 'OK'],
  ]);
  await set('b', 'ALARM');
  assert.deepEqual(await states(), [
    ['above', 'ALARM'],
    ['both', 'ALARM'],
  ]);
  await until(() => notices().length === 2);
  const { NewStateReason, AlarmRule } = JSON.parse(notices()[0]?.message.body.toString() ?? '');
  assert.match(NewStateReason, /:alarm:b transitioned to ALARM at Thursday 15 January, 2026 12:00:00 UTC$/);
  assert.match(AlarmRule, /^ALARM\(a\) AND/);
  const related = async (asked: object) => {
    const AlarmTypes = ['MetricAlarm' as const, 'CompositeAlarm' as const];
    const found = await client.send(new sdk.DescribeAlarmsCommand({ AlarmTypes, ...asked }));
    return [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])].map(({ AlarmName }) => AlarmName);
  };
  assert.deepEqual(await related({ ChildrenOfAlarmName: 'both' }), ['a', 'b']);
  assert.deepEqual(await related({ ParentsOfAlarmName: 'both' }), ['above']);
  const { message } = await refusal(client.send(new sdk.DeleteAlarmsCommand({ AlarmNames: ['both', 'above'] })));
  assert.match(message, /Only one composite alarm/);
});

test('states, settings and what is still to be told survive a restart', async (t) => {
  const clock = manualClock(NOON_MS);
  const dataDir = await temporaryDirectory(t);
  const failing = await bench(t, { clock, dataDir, post: () => Promise.reject(new Error('the disk is full')) });
  assert.equal(existsSync(join(dataDir, 'alarms.db')), false, 'nothing is opened before somebody asks');
  await failing.alarm({ ...SLOW, AlarmActions: [TOPIC] });
  await failing.put({ Value: 250 });
  await failing.minute();
  assert.equal((await failing.state('slow')).StateValue, 'ALARM');
  await failing.stop();
  const { notices, put, minute, state } = await bench(t, { clock, dataDir });
  await until(() => notices().length === 1);
  await put({ Value: 1 });
  await minute();
  assert.equal((await state('slow')).StateValue, 'OK', 'it goes on without anybody asking for alarms');
  assert.equal(notices().length, 1);
});

test('history tells of settings and states, newest first', async (t) => {
  const { alarm, set, client, clock } = await bench(t);
  await alarm(SLOW);
  for (const [at, value] of (['ALARM', 'OK', 'OK'] as const).entries()) {
    clock.advance(1_000);
    await set('slow', value, `{"at":${at}}`);
  }
  await client.send(new sdk.DeleteAlarmsCommand({ AlarmNames: ['slow', 'never there'] }));
  const page = async (more = {}) => client.send(new sdk.DescribeAlarmHistoryCommand({ AlarmName: 'slow', ...more }));
  const { AlarmHistoryItems: items = [] } = await page();
  assert.deepEqual(
    items.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary]),
    [
      ['ConfigurationUpdate', 'Alarm "slow" deleted'],
      ['StateUpdate', 'Alarm updated from ALARM to OK'],
      ['StateUpdate', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
      ['ConfigurationUpdate', 'Alarm "slow" created'],
    ],
  );
  assert.deepEqual(JSON.parse(items[1]?.HistoryData ?? ''), {
    version: '1.0',
    oldState: { stateValue: 'ALARM', stateReason: 'by hand', stateReasonData: { at: 0 } },
    newState: { stateValue: 'OK', stateReason: 'by hand', stateReasonData: { at: 1 } },
  });
  const first = await page({ MaxRecords: 1, HistoryItemType: 'StateUpdate', ScanBy: 'TimestampAscending' });
  const second = await page({
    ...{ MaxRecords: 1, HistoryItemType: 'StateUpdate', ScanBy: 'TimestampAscending' },
    NextToken: first.NextToken,
  });
  assert.deepEqual(
    [first, second].map(({ AlarmHistoryItems: [item] = [] }) => item?.HistorySummary),
    ['Alarm updated from INSUFFICIENT_DATA to ALARM', 'Alarm updated from ALARM to OK'],
  );
  assert.equal(second.NextToken, undefined);
  const since = await page({ StartDate: new Date(NOON_MS + 2_000), HistoryItemType: 'StateUpdate' });
  assert.equal(since.AlarmHistoryItems?.length, 1);
});

test('alarms are found by name, prefix, state, action and metric, in pages', async (t) => {
  const { alarm, set, client } = await bench(t);
  for (const AlarmName of ['b-1', 'a-1', 'a-2']) await alarm({ ...SLOW, AlarmName, AlarmActions: [TOPIC] });
  await alarm({ ...SLOW, AlarmName: 'c', MetricName: 'Other' });
  await set('a-2', 'ALARM');
  const found = async (asked = {}) => {
    const { MetricAlarms = [], NextToken } = await client.send(new sdk.DescribeAlarmsCommand(asked));
    return { names: MetricAlarms.map(({ AlarmName }) => AlarmName), NextToken };
  };
  assert.deepEqual((await found()).names, ['a-1', 'a-2', 'b-1', 'c']);
  assert.deepEqual((await found({ AlarmNames: ['c', 'none'] })).names, ['c']);
  assert.deepEqual((await found({ AlarmNamePrefix: 'a-' })).names, ['a-1', 'a-2']);
  assert.deepEqual((await found({ StateValue: 'ALARM' })).names, ['a-2']);
  assert.deepEqual((await found({ ActionPrefix: TOPIC.slice(0, -2) })).names, ['a-1', 'a-2', 'b-1']);
  const first = await found({ MaxRecords: 3 });
  assert.deepEqual(first.names, ['a-1', 'a-2', 'b-1']);
  assert.deepEqual(await found({ MaxRecords: 3, NextToken: first.NextToken }), { names: ['c'], NextToken: undefined });
  await assert.rejects(found({ NextToken: 'x' }), { name: 'InvalidNextToken' });
  const { Namespace, MetricName } = SLOW;
  const byMetric = async (more = {}) => {
    const asked = { Namespace, MetricName, Dimensions, ...more };
    const { MetricAlarms = [] } = await client.send(new sdk.DescribeAlarmsForMetricCommand(asked));
    return MetricAlarms.map(({ AlarmName }) => AlarmName);
  };
  assert.deepEqual(await byMetric(), ['a-1', 'a-2', 'b-1']);
  assert.deepEqual(await byMetric({ Statistic: 'Sum' }), []);
  assert.deepEqual(await byMetric({ Dimensions: [] }), []);
});

test('alarms have tags, which stay when they are put again, and actions that can be disabled', async (t) => {
  const { alarm, set, client, notices } = await bench(t);
  const Tags = [{ Key: 'team', Value: 'a' }];
  await alarm({ ...SLOW, AlarmActions: [TOPIC], Tags });
  await alarm({ ...SLOW, AlarmActions: [TOPIC], Tags: [{ Key: 'other', Value: 'b' }] });
  const ResourceARN = `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:slow`;
  await client.send(new sdk.TagResourceCommand({ ResourceARN, Tags: [{ Key: 'cost', Value: '1' }] }));
  const tags = async (arn = ResourceARN) =>
    (await client.send(new sdk.ListTagsForResourceCommand({ ResourceARN: arn }))).Tags;
  assert.deepEqual(await tags(), [...Tags, { Key: 'cost', Value: '1' }]);
  await client.send(new sdk.UntagResourceCommand({ ResourceARN, TagKeys: ['team'] }));
  assert.deepEqual(await tags(), [{ Key: 'cost', Value: '1' }]);
  assert.deepEqual(await tags(`${ResourceARN}-2`), []);
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  await client.send(new sdk.TagResourceCommand({ ResourceARN, Tags: many(49) }));
  const one = new sdk.TagResourceCommand({ ResourceARN, Tags: [{ Key: 'one more', Value: '' }] });
  assert.equal((await refusal(client.send(one))).name, 'ValidationException');
  const missing = new sdk.TagResourceCommand({ ResourceARN: `${ResourceARN}-2`, Tags });
  assert.equal((await refusal(client.send(missing))).name, 'ResourceNotFoundException');
  await client.send(new sdk.DisableAlarmActionsCommand({ AlarmNames: ['slow'] }));
  await set('slow', 'ALARM');
  await client.send(new sdk.EnableAlarmActionsCommand({ AlarmNames: ['slow'] }));
  await set('slow', 'OK');
  await set('slow', 'ALARM');
  await until(() => notices().length > 0);
  assert.equal(notices().length, 1);
});

test('what an alarm must be, on both sides of the limits and in AWS’s words', async (t) => {
  const { alarm, client } = await bench(t);
  const no = async (more: Partial<PutMetricAlarmCommandInput>) => {
    const { name, message } = await refusal(alarm({ ...SLOW, ...more }));
    return `${name}: ${message}`;
  };
  await alarm({ ...SLOW, AlarmName: 'n'.repeat(255), AlarmActions: Array.from({ length: 5 }, () => TOPIC) });
  assert.match(
    await no({ AlarmName: 'n'.repeat(256) }),
    /'alarmName' failed to satisfy constraint: Member must have length less than or equal to 255/,
  );
  assert.match(await no({ AlarmActions: Array.from({ length: 6 }, () => TOPIC) }), /length less than or equal to 5/);
  assert.equal(await no({ AlarmActions: ['operators'] }), 'ValidationException: Invalid arn syntax: operators');
  assert.match(await no({ AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'] }), /Invalid arn|NotImplemented/);
  assert.equal(
    await no({ AlarmActions: [`arn:aws:ssm:${REGION}:${ACCOUNT}:opsitem:1`] }),
    `NotImplemented: Lambent does not support the action arn:aws:ssm:${REGION}:${ACCOUNT}:opsitem:1 yet.`,
  );
  await alarm({ ...SLOW, EvaluationPeriods: 1_440 });
  assert.equal(
    await no({ EvaluationPeriods: 1_441 }),
    'ValidationException: Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).',
  );
  await alarm({ ...SLOW, Period: 3_600, EvaluationPeriods: 168 });
  assert.match(await no({ Period: 3_600, EvaluationPeriods: 169 }), /more than 7 days/);
  await alarm({ ...SLOW, Period: 30 });
  assert.equal(await no({ Period: 90 }), 'ValidationException: Period must be 10, 20, 30 or a multiple of 60');
  await alarm({ ...SLOW, EvaluationPeriods: 2, DatapointsToAlarm: 2 });
  assert.match(await no({ DatapointsToAlarm: 2 }), /DatapointsToAlarm must be less/);
  assert.equal(await no({ MetricName: undefined }), 'ValidationException: MetricName must not be null');
  assert.match(
    await no({ TreatMissingData: 'good' }),
    /Supported values are \[breaching, notBreaching, ignore, missing\]\.$/,
  );
  assert.match(await no({ EvaluateLowSampleCountPercentile: 'x' }), /Option x is not supported/);
  assert.match(await no({ Statistic: undefined }), /Exactly one of Statistic/);
  assert.match(
    await no({ Statistic: undefined, ExtendedStatistic: 'p101' }),
    /^InvalidParameterValueException: The value p101/,
  );
  assert.match(await no({ ComparisonOperator: 'GreaterThanUpperThreshold' }), /^NotImplemented/);
  assert.match(
    await no({ Metrics: [{ Id: 'a', Expression: '1 +' }] }),
    /MetricName should not be set if list of Metrics is set/,
  );
  const composite = { AlarmName: 'slow', AlarmRule: 'ALARM(a)' };
  assert.match((await refusal(client.send(new sdk.PutCompositeAlarmCommand(composite)))).message, /another type/);
  const bad = new sdk.PutCompositeAlarmCommand({ AlarmName: 'c', AlarmRule: 'RED(a)' });
  assert.match((await refusal(client.send(bad))).message, /AlarmRule is not valid: RED is no function/);
  const state = (more: object) =>
    refusal(
      client.send(new sdk.SetAlarmStateCommand({ AlarmName: 'slow', StateValue: 'OK', StateReason: 'r', ...more })),
    );
  assert.deepEqual(await state({ StateValue: 'INVALID' }), {
    name: 'ValidationException',
    message:
      "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
  });
  assert.equal((await state({ AlarmName: 'none' })).name, 'ResourceNotFound');
  assert.equal((await state({ StateReasonData: '{' })).name, 'InvalidFormatFault');
});

/** A server whose time stands still, and what is done to it. */
async function bench(
  t: TestContext,
  options: Parameters<typeof serveCloudWatch>[1] & { clock?: ReturnType<typeof manualClock> } = {},
) {
  const clock = options.clock ?? manualClock(NOON_MS);
  const server = await serveCloudWatch(t, { ...options, clock });
  const { client } = server;
  const describe = async (name: string) => {
    const { MetricAlarms: [one] = [] } = await client.send(new sdk.DescribeAlarmsCommand({ AlarmNames: [name] }));
    return one;
  };
  const told = (isEvent: boolean) => server.posted.filter(({ arn }) => arn.includes(':event-bus/') === isEvent);
  return {
    ...{ ...server, clock, describe },
    notices: () => told(false),
    events: () => told(true),
    alarm: (input: PutMetricAlarmCommandInput) => client.send(new sdk.PutMetricAlarmCommand(input)),
    put: (datum: Partial<MetricDatum>) => {
      const one = {
        MetricName: 'Latency',
        Dimensions,
        Unit: 'Milliseconds' as const,
        Timestamp: new Date(clock.nowMs()),
        ...datum,
      };
      return client.send(new sdk.PutMetricDataCommand({ Namespace: 'Shop', MetricData: [one] }));
    },
    set: (AlarmName: string, StateValue: 'ALARM' | 'OK', StateReasonData?: string) =>
      client.send(new sdk.SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'by hand', StateReasonData })),
    state: async (name: string) => (await describe(name)) ?? assert.fail(`there is no alarm ${name}`),
    /** To the next look at alarms, which comes a second after the minute. */
    minute: async () => {
      await pass(clock, MINUTE_MS + 1_000 - (clock.nowMs() % MINUTE_MS));
      await server.cloudWatch.alarms().drain();
    },
  };
}
