import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ACCOUNT,
  QUEUE,
  REGION,
  ROLE,
  refusal,
  START_MS,
  schedule,
  serveScheduler,
} from './testing/serve-scheduler.ts';

const ARN = `arn:aws:scheduler:${REGION}:${ACCOUNT}`;

test('a schedule is shown as it was made, with what AWS fills in', async (t) => {
  const { client } = await serveScheduler(t);
  const made = await client.createSchedule(schedule('plain', 'rate(1 minute)'));
  assert.equal(made.ScheduleArn, `${ARN}:schedule/default/plain`);
  const { $metadata, ...shown } = await client.getSchedule({ Name: 'plain' });
  assert.deepEqual(shown, {
    ActionAfterCompletion: 'NONE',
    Arn: `${ARN}:schedule/default/plain`,
    CreationDate: new Date(START_MS),
    FlexibleTimeWindow: { Mode: 'OFF' },
    GroupName: 'default',
    LastModificationDate: new Date(START_MS),
    Name: 'plain',
    ScheduleExpression: 'rate(1 minute)',
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED',
    Target: {
      Arn: QUEUE,
      Input: '<aws.scheduler.scheduled-time>',
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      RoleArn: ROLE,
    },
  });
});

test('an update sets all that it does not name back', async (t) => {
  const { client, pass } = await serveScheduler(t);
  const full = {
    ...schedule('full', 'rate(2 minute)'),
    ActionAfterCompletion: 'DELETE' as const,
    Description: 'all of it',
    StartDate: new Date(START_MS + 60_000),
    EndDate: new Date(START_MS + 3_600_000),
    FlexibleTimeWindow: { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: 60 },
    ScheduleExpressionTimezone: 'Europe/Berlin',
    State: 'DISABLED' as const,
    Target: {
      Arn: `${QUEUE}.fifo`,
      RoleArn: ROLE,
      Input: 'any text',
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
      DeadLetterConfig: { Arn: `${QUEUE}-dead` },
      SqsParameters: { MessageGroupId: 'all' },
    },
  };
  await client.createSchedule(full);
  const {
    $metadata: _1,
    Arn,
    CreationDate,
    LastModificationDate,
    GroupName,
    ...shown
  } = await client.getSchedule({
    Name: 'full',
  });
  assert.deepEqual(shown, full);
  await pass(5_000);
  await client.updateSchedule(schedule('full', 'cron(0 10 * * ? *)'));
  const changed = await client.getSchedule({ Name: 'full' });
  assert.equal(changed.Description, undefined);
  assert.equal(changed.ActionAfterCompletion, 'NONE');
  assert.equal(changed.ScheduleExpressionTimezone, 'UTC');
  assert.equal(changed.State, 'ENABLED');
  assert.equal(changed.StartDate, undefined);
  assert.equal(changed.Target?.DeadLetterConfig, undefined);
  assert.deepEqual(changed.CreationDate, new Date(START_MS));
  assert.deepEqual(changed.LastModificationDate, new Date(START_MS + 5_000));
});

test('what does not exist is told in AWS’s words, and so is what exists already', async (t) => {
  const { client } = await serveScheduler(t);
  const missing = '404 ResourceNotFoundException: Schedule nobody does not exist.';
  assert.equal(await refusal(client.getSchedule({ Name: 'nobody' })), missing);
  assert.equal(await refusal(client.deleteSchedule({ Name: 'nobody' })), missing);
  assert.equal(await refusal(client.updateSchedule(schedule('nobody', 'rate(1 hour)'))), missing);
  const noGroup = '404 ResourceNotFoundException: Schedule group none does not exist.';
  assert.equal(
    await refusal(client.createSchedule({ ...schedule('one', 'rate(1 hour)'), GroupName: 'none' })),
    noGroup,
  );
  assert.equal(await refusal(client.listSchedules({ GroupName: 'none' })), noGroup);
  assert.equal(await refusal(client.getScheduleGroup({ Name: 'none' })), noGroup);
  assert.equal(await refusal(client.deleteScheduleGroup({ Name: 'none' })), noGroup);
  await client.createSchedule(schedule('one', 'rate(1 hour)'));
  assert.equal(
    await refusal(client.createSchedule(schedule('one', 'rate(1 hour)'))),
    '409 ConflictException: Schedule one already exists.',
  );
});

test('a request with the same token does nothing more', async (t) => {
  const { client } = await serveScheduler(t);
  const request = { ...schedule('once', 'rate(1 hour)'), ClientToken: 'token-1' };
  const made = await client.createSchedule(request);
  assert.deepEqual((await client.createSchedule(request)).ScheduleArn, made.ScheduleArn);
  assert.match(await refusal(client.createSchedule({ ...request, Name: 'other' })), /^409 ConflictException/);
  await client.deleteSchedule({ Name: 'once', ClientToken: 'token-2' });
  await client.deleteSchedule({ Name: 'once', ClientToken: 'token-2' });
});

const target = (change: object) => ({ Target: { ...schedule('', '').Target, ...change } });

const REFUSED: Readonly<Record<string, [change: object, message: string]>> = {
  'an expression': [{ ScheduleExpression: 'cron(0 1 * * * *)' }, 'Invalid Schedule Expression cron(0 1 * * * *).'],
  'an expression with a blank': [
    { ScheduleExpression: ' rate(10 minutes)' },
    'Invalid Schedule Expression  rate(10 minutes).',
  ],
  'a time zone': [{ ScheduleExpressionTimezone: 'Mars/Olympus' }, 'Invalid Schedule Expression Timezone Mars/Olympus.'],
  'a window without its length': [
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } },
    'MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.',
  ],
  'a length without a window': [
    { FlexibleTimeWindow: { Mode: 'OFF', MaximumWindowInMinutes: 5 } },
    'MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.',
  ],
  'an end before the start': [
    { StartDate: new Date(START_MS + 60_000), EndDate: new Date(START_MS + 60_000) },
    'The StartDate you specify must come before the EndDate.',
  ],
  'a start long ago': [
    { StartDate: new Date(START_MS - 301_000) },
    'The StartDate you specify cannot be earlier than 5 minutes ago.',
  ],
  'no ARN': [target({ Arn: 'jobs' }), 'Provided Arn is not in correct format.'],
  'a queue of another region': [
    target({ Arn: QUEUE.replace(REGION, 'eu-west-1') }),
    `The target ARN provided does not match the current region ${REGION}.`,
  ],
  'a service that has no schedules': [
    target({ Arn: `arn:aws:rds:${REGION}:${ACCOUNT}:db:one` }),
    'rds is not a supported service for a target.',
  ],
  'a call that only reads': [
    target({ Arn: 'arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl', Input: '{}' }),
    'getQueueUrl API is not supported.',
  ],
  'a call without an input': [
    target({ Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input: undefined }),
    'You must provide an input to set this target for your schedule.',
  ],
  'an event of a function that is no JSON': [
    target({ Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`, Input: '{' }),
    'JSON syntax error in input for the target.',
  ],
  'parameters of another target': [
    target({ EventBridgeParameters: { Source: 's', DetailType: 't' } }),
    'Parameters EventBridgeParameters not supported for the target.',
  ],
  'a FIFO queue without a group': [target({ Arn: `${QUEUE}.fifo` }), 'Parameters SqsParameters must be specified.'],
  'a group for a queue without order': [
    target({ SqsParameters: { MessageGroupId: 'g' } }),
    'Parameters MessageGroupId not valid for the target.',
  ],
};

test('what is wrong with a schedule is told in AWS’s words', async (t) => {
  const { client } = await serveScheduler(t);
  for (const [what, [change, message]] of Object.entries(REFUSED)) {
    const request = { ...schedule('wrong', 'rate(1 hour)'), ...change };
    assert.equal(await refusal(client.createSchedule(request)), `400 ValidationException: ${message}`, what);
    await client.createSchedule({ ...schedule('right', 'rate(1 hour)') });
    assert.equal(
      await refusal(client.updateSchedule({ ...request, Name: 'right' })),
      `400 ValidationException: ${message}`,
      what,
    );
    await client.deleteSchedule({ Name: 'right' });
  }
});

test('what Lambent cannot call yet is told so', async (t) => {
  const { client } = await serveScheduler(t);
  for (const change of [
    target({ Arn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:m` }),
    target({ Arn: 'arn:aws:scheduler:::aws-sdk:ec2:startInstances', Input: '{}' }),
    target({ EventBridgePutEventsV2Parameters: { Source: 's', DetailType: 't' } }),
    { KmsKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1` },
  ]) {
    assert.match(
      await refusal(client.createSchedule({ ...schedule('later', 'rate(1 hour)'), ...change })),
      /^501 NotImplemented: Lambent does not support .* yet\.$/,
    );
  }
});

test('a role that does not trust the Scheduler is refused, and one of another account', async (t) => {
  const distrusted = await serveScheduler(t, { role: 'not-assumable' });
  assert.equal(
    await refusal(distrusted.client.createSchedule(schedule('one', 'rate(1 hour)'))),
    '400 ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the role.',
  );
  const foreign = await serveScheduler(t, { role: 'other-account' });
  assert.equal(
    await refusal(foreign.client.createSchedule(schedule('one', 'rate(1 hour)'))),
    '403 AccessDeniedException: Cross-account pass role is not allowed.',
  );
});

test('lists go page by page, and by group, prefix and state', async (t) => {
  const { client } = await serveScheduler(t);
  await client.createScheduleGroup({ Name: 'nightly' });
  for (const name of ['a-1', 'a-2', 'b-1']) {
    await client.createSchedule(schedule(name, 'rate(1 hour)'));
    const other = { ...schedule(name, 'rate(1 hour)'), GroupName: 'nightly', State: 'DISABLED' as const };
    await client.createSchedule(other);
  }
  const names = async (input: Parameters<typeof client.listSchedules>[0] & object) => {
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.listSchedules({ ...input, NextToken });
      found.push(...(page.Schedules ?? []).map(({ GroupName, Name }) => `${GroupName}/${Name}`));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found.join(' ');
  };
  const all = 'default/a-1 default/a-2 default/b-1 nightly/a-1 nightly/a-2 nightly/b-1';
  assert.equal(await names({}), all);
  assert.equal(await names({ MaxResults: 1 }), all);
  assert.equal(await names({ MaxResults: 4 }), all);
  assert.equal(await names({ GroupName: 'nightly', MaxResults: 2 }), 'nightly/a-1 nightly/a-2 nightly/b-1');
  assert.equal(await names({ NamePrefix: 'a-', State: 'ENABLED' }), 'default/a-1 default/a-2');
  const { Schedules } = await client.listSchedules({ GroupName: 'nightly', NamePrefix: 'b' });
  assert.deepEqual(Schedules?.[0]?.Target, { Arn: QUEUE });
  assert.equal(Schedules?.[0]?.State, 'DISABLED');
  assert.match(await refusal(client.listSchedules({ NextToken: 'x' })), /^400 ValidationException/);
});

test('every account and region has schedules of its own', async (t) => {
  const { client, clientOf } = await serveScheduler(t);
  await client.createSchedule(schedule('mine', 'rate(1 hour)'));
  for (const where of [{ account: '999999999999' }, { region: 'eu-west-1' }]) {
    const other = clientOf(where);
    assert.deepEqual((await other.listSchedules({})).Schedules, []);
    assert.match(await refusal(other.getSchedule({ Name: 'mine' })), /does not exist/);
  }
});

test('a group has tags, and takes its schedules with it', async (t) => {
  const { client } = await serveScheduler(t);
  const { ScheduleGroupArn: ResourceArn } = await client.createScheduleGroup({
    Name: 'nightly',
    Tags: [{ Key: 'team', Value: 'red' }],
  });
  assert.equal(ResourceArn, `${ARN}:schedule-group/nightly`);
  assert.match(await refusal(client.createScheduleGroup({ Name: 'nightly' })), /^409 .*nightly already exists\.$/);
  await client.tagResource({ ResourceArn, Tags: [{ Key: 'stage', Value: 'test' }] });
  await client.untagResource({ ResourceArn, TagKeys: ['team'] });
  assert.deepEqual((await client.listTagsForResource({ ResourceArn })).Tags, [{ Key: 'stage', Value: 'test' }]);
  const foreign = { ResourceArn: `${ARN}:schedule-group/none` };
  assert.match(await refusal(client.listTagsForResource(foreign)), /^404 /);
  assert.match(await refusal(client.tagResource({ ...foreign, Tags: [] })), /^404 /);
  assert.match(await refusal(client.untagResource({ ...foreign, TagKeys: ['team'] })), /^404 /);
  const group = await client.getScheduleGroup({ Name: 'nightly' });
  assert.equal(group.State, 'ACTIVE');
  await client.createSchedule({ ...schedule('one', 'rate(1 hour)'), GroupName: 'nightly' });
  assert.deepEqual(
    (await client.listScheduleGroups({})).ScheduleGroups?.map(({ Name }) => Name),
    ['default', 'nightly'],
  );
  const first = await client.listScheduleGroups({ MaxResults: 1 });
  const second = await client.listScheduleGroups({ MaxResults: 1, NextToken: first.NextToken });
  assert.deepEqual(
    [...(first.ScheduleGroups ?? []), ...(second.ScheduleGroups ?? [])].map(({ Name }) => Name),
    ['default', 'nightly'],
  );
  await client.deleteScheduleGroup({ Name: 'nightly' });
  assert.match(await refusal(client.getSchedule({ GroupName: 'nightly', Name: 'one' })), /^404 /);
  assert.deepEqual((await client.listSchedules({})).Schedules, []);
  const untouchable = '400 ValidationException: This operation cannot be performed on schedule group default.';
  assert.equal(await refusal(client.createScheduleGroup({ Name: 'default' })), untouchable);
  assert.equal(await refusal(client.deleteScheduleGroup({ Name: 'default' })), untouchable);
});

test('a member that is none is told with AWS’s limits', async (t) => {
  const { client } = await serveScheduler(t);
  assert.equal(
    await refusal(client.createSchedule({ ...schedule('a b', 'rate(1 hour)') })),
    "400 ValidationException: 1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z-_.]+",
  );
  const name = 'n'.repeat(64);
  await client.createSchedule(schedule(name, 'rate(1 hour)'));
  assert.match(await refusal(client.createSchedule(schedule(`${name}n`, 'rate(1 hour)'))), /less than or equal to 64/);
  const policy = (MaximumRetryAttempts: number) => target({ RetryPolicy: { MaximumRetryAttempts } });
  await client.createSchedule({ ...schedule('most', 'rate(1 hour)'), ...policy(185) });
  assert.match(
    await refusal(client.createSchedule({ ...schedule('more', 'rate(1 hour)'), ...policy(186) })),
    /less than or equal to 185/,
  );
});
