// When schedules fire, on a clock that the test moves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Undeliverable } from '../../../delivery/undeliverable.ts';
import {
  ACCOUNT,
  type Delivered,
  QUEUE,
  REGION,
  ROLE,
  refusal,
  type SchedulerServer,
  START_MS,
  schedule,
  serveScheduler,
  temporaryDirectory,
} from './testing/serve-scheduler.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const bodies = ({ delivered }: Pick<SchedulerServer, 'delivered'>) =>
  delivered.map(({ message }) => String(message.body));
const at = (ms: number) => new Date(START_MS + ms).toISOString().replace('.000', '');

test('a rate fires at once and then at its rate, as the role, for the schedule', async (t) => {
  const server = await serveScheduler(t);
  const { ScheduleArn } = await server.client.createSchedule(schedule('often', 'rate(5 minutes)'));
  await server.pass(10 * MINUTE_MS);
  assert.deepEqual(bodies(server), [at(0), at(5 * MINUTE_MS), at(10 * MINUTE_MS)]);
  assert.deepEqual(server.delivered[0]?.sender, {
    kind: 'role',
    roleArn: ROLE,
    sourceArn: ScheduleArn,
    sourceAccount: ACCOUNT,
  });
  assert.equal(server.delivered[0]?.arn, QUEUE);
});

test('a cron expression fires at its times in its zone, and a single time once', async (t) => {
  const server = await serveScheduler(t);
  const daily = { ...schedule('daily', 'cron(30 12 * * ? *)'), ScheduleExpressionTimezone: 'Europe/Berlin' };
  await server.client.createSchedule(daily);
  await server.client.createSchedule(schedule('once', 'at(2026-01-03T10:00:20)'));
  await server.pass(30_000);
  assert.deepEqual(bodies(server), [at(20_000)]);
  await server.pass(2 * DAY_MS, 10 * MINUTE_MS);
  assert.deepEqual(bodies(server), [at(20_000), '2026-01-03T11:30:00Z', '2026-01-04T11:30:00Z']);
});

test('a single time that has just passed fires, an older one never does', async (t) => {
  const server = await serveScheduler(t);
  await server.client.createSchedule(schedule('just', 'at(2026-01-03T09:59:01)'));
  await server.client.createSchedule(schedule('older', 'at(2026-01-03T09:58:59)'));
  await server.pass(60_000);
  assert.deepEqual(bodies(server), ['2026-01-03T09:59:01Z']);
});

test('start and end limit recurring schedules, and not single times', async (t) => {
  const server = await serveScheduler(t);
  const limits = { StartDate: new Date(START_MS + 90_000), EndDate: new Date(START_MS + 210_000) };
  await server.client.createSchedule({ ...schedule('rate', 'rate(1 minute)'), ...limits });
  await server.client.createSchedule({ ...schedule('cron', 'cron(* * * * ? *)'), ...limits });
  await server.client.createSchedule({ ...schedule('once', 'at(2026-01-03T10:00:10)'), ...limits });
  await server.pass(10 * MINUTE_MS);
  assert.deepEqual(
    bodies(server),
    [10_000, 90_000, 120_000, 150_000, 180_000, 210_000].map((ms) => at(ms)),
  );
});

test('what is disabled or deleted does not fire; what is enabled again goes on', async (t) => {
  const server = await serveScheduler(t);
  const off = { ...schedule('off', 'cron(* * * * ? *)'), State: 'DISABLED' as const };
  await server.client.createSchedule(off);
  await server.client.createSchedule(schedule('gone', 'cron(* * * * ? *)'));
  await server.client.deleteSchedule({ Name: 'gone' });
  await server.pass(2 * MINUTE_MS);
  assert.deepEqual(bodies(server), []);
  await server.client.updateSchedule({ ...off, State: 'ENABLED' });
  await server.pass(MINUTE_MS);
  assert.deepEqual(bodies(server), [at(3 * MINUTE_MS)]);
});

test('a change that leaves the times alone does not begin a rate anew', async (t) => {
  const server = await serveScheduler(t);
  await server.client.createSchedule(schedule('steady', 'rate(1 hour)'));
  await server.pass(10 * MINUTE_MS, MINUTE_MS);
  await server.client.updateSchedule({ ...schedule('steady', 'rate(1 hour)'), Description: 'changed' });
  await server.pass(HOUR_MS, MINUTE_MS);
  assert.deepEqual(bodies(server), [at(0), at(HOUR_MS)]);
});

test('fires of a flexible window are spread over it', async (t) => {
  const parts = [0.5, 0.25];
  const server = await serveScheduler(t, { random: () => parts.shift() ?? 0 });
  const FlexibleTimeWindow = { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: 10 };
  await server.client.createSchedule({ ...schedule('spread', 'cron(0 11,12 * * ? *)'), FlexibleTimeWindow });
  await server.pass(3 * HOUR_MS, MINUTE_MS / 2);
  assert.deepEqual(bodies(server), [at(HOUR_MS), at(2 * HOUR_MS)]);
  assert.deepEqual(
    server.delivered.map(({ atMs }) => atMs - START_MS),
    [HOUR_MS + 5 * MINUTE_MS, 2 * HOUR_MS + 2.5 * MINUTE_MS],
  );
  assert.deepEqual(server.warned, [], 'within its window nothing is late');
});

test('a schedule that is to be deleted after its last fire is gone once that was delivered', async (t) => {
  const server = await serveScheduler(t);
  const ActionAfterCompletion = 'DELETE' as const;
  await server.client.createSchedule({ ...schedule('once', 'at(2026-01-03T10:01:00)'), ActionAfterCompletion });
  await server.client.createSchedule({
    ...schedule('twice', 'rate(1 minute)'),
    ActionAfterCompletion,
    EndDate: new Date(START_MS + MINUTE_MS),
  });
  await server.client.createSchedule(schedule('kept', 'at(2026-01-03T10:01:00)'));
  await server.pass(MINUTE_MS - 1_000);
  assert.equal((await server.client.listSchedules({})).Schedules?.length, 3);
  await server.pass(2_000);
  assert.deepEqual(
    (await server.client.listSchedules({})).Schedules?.map(({ Name }) => Name),
    ['kept'],
  );
  assert.equal(server.delivered.length, 4);
});

test('context attributes are filled in, and a schedule without an input sends a notification', async (t) => {
  let tries = 0;
  const server = await serveScheduler(t, {
    deliver: async ({ arn }) => {
      tries += 1;
      if (arn === QUEUE && tries === 1) throw new Error('not now');
    },
  });
  const Input = '<aws.scheduler.schedule-arn> <aws.scheduler.execution-id> <aws.scheduler.attempt-number>';
  const once = 'at(2026-01-03T10:00:10)';
  const filled = await server.client.createSchedule({
    ...schedule('filled', once),
    Target: { Arn: QUEUE, RoleArn: ROLE, Input },
  });
  await server.pass(60_000);
  const [arn, executionId = '', attempt] = bodies(server)[0]?.split(' ') ?? [];
  assert.deepEqual([arn, attempt], [filled.ScheduleArn, '2']);
  assert.match(executionId, /^[0-9a-f]{16}$/);

  const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`;
  const bare = await server.client.createSchedule({
    ...schedule('bare', 'at(2026-01-03T10:02:00)'),
    Target: { Arn: FUNCTION, RoleArn: ROLE },
  });
  await server.pass(60_000);
  const { id, ...event } = JSON.parse(bodies(server)[1] ?? '');
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(event, {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account: ACCOUNT,
    time: at(120_000),
    region: REGION,
    resources: [bare.ScheduleArn],
    detail: '{}',
  });
});

test('each target gets what its operation takes', async (t) => {
  const server = await serveScheduler(t);
  const topic = `arn:aws:sns:${REGION}:${ACCOUNT}:news`;
  const call = (service: string, request: object) => ({
    Arn: `arn:aws:scheduler:::aws-sdk:${service}`,
    Input: JSON.stringify(request),
  });
  const targets = {
    fifo: { Arn: `${QUEUE}.fifo`, Input: 'in order', SqsParameters: { MessageGroupId: 'one' } },
    bus: {
      Arn: `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`,
      Input: '{"a":1}',
      EventBridgeParameters: { Source: 'my.app', DetailType: 'tick' },
    },
    send: call('sqs:sendMessage', {
      QueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/jobs`,
      MessageBody: '<aws.scheduler.scheduled-time>',
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'tick' } },
    }),
    publish: call('sns:publish', { TopicArn: topic, Message: 'hello', Subject: 'greeting' }),
    invoke: call('lambda:invoke', {
      FunctionName: 'f',
      Qualifier: 'live',
      InvocationType: 'Event',
      Payload: '{"b":2}',
    }),
    put: call('eventbridge:putEvents', { Entries: [{ Source: 'my.app', DetailType: 'tock', Detail: '{"c":3}' }] }),
  };
  for (const [name, target] of Object.entries(targets)) {
    const one = schedule(name, 'at(2026-01-03T10:00:05)');
    await server.client.createSchedule({ ...one, Target: { ...target, RoleArn: ROLE } });
  }
  await server.pass(10_000);
  const sent = Object.fromEntries(
    server.delivered.map(({ arn, message: { body, once: _once, ...rest } }) => [
      String(body),
      { arn, ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) },
    ]),
  );
  assert.deepEqual(sent, {
    'in order': { arn: `${QUEUE}.fifo`, groupId: 'one' },
    '{"a":1}': { arn: targets.bus.Arn, event: { source: 'my.app', detailType: 'tick', resources: [] } },
    [at(5_000)]: { arn: QUEUE, attributes: { kind: { type: 'String', value: 'tick' } } },
    hello: { arn: topic, subject: 'greeting' },
    '{"b":2}': { arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f:live` },
    '{"c":3}': { arn: targets.bus.Arn, event: { source: 'my.app', detailType: 'tock', resources: [] } },
  });
});

const DEAD = `${QUEUE}-dead`;

/** A schedule that fires once, whose target fails; what its dead-letter queue got. */
async function buried(
  t: Parameters<typeof serveScheduler>[0],
  fail: (tries: number) => Error,
  RetryPolicy: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number },
): Promise<{ tries: number; letter: Delivered | undefined; counted: Record<string, number> }> {
  let tries = 0;
  const deliver = async ({ arn }: Delivered) => {
    if (arn === DEAD) return;
    tries += 1;
    throw fail(tries);
  };
  const server = await serveScheduler(t, { deliver });
  const Target = { Arn: QUEUE, RoleArn: ROLE, Input: 'lost', RetryPolicy, DeadLetterConfig: { Arn: DEAD } };
  await server.client.createSchedule({ ...schedule('fails', 'at(2026-01-03T10:00:01)'), Target });
  await server.pass(10 * MINUTE_MS);
  const counted = Object.fromEntries(
    Object.entries(Object.groupBy(server.counted, (name) => name)).map(([name, all = []]) => [name, all.length]),
  );
  return { tries, letter: server.delivered[0], counted };
}

const attributesOf = (letter: Delivered | undefined) =>
  Object.fromEntries(Object.entries(letter?.message.attributes ?? {}).map(([name, { value }]) => [name, value]));

test('what can never be delivered goes to the dead-letter queue at once, with AWS’s attributes', async (t) => {
  const gone = new Undeliverable('no-such-target', 'there is no queue jobs');
  const { tries, letter } = await buried(t, () => gone, {});
  assert.equal(tries, 1);
  assert.equal(String(letter?.message.body), 'lost');
  const { EXECUTION_ID, ...attributes } = attributesOf(letter);
  assert.match(EXECUTION_ID ?? '', /^[0-9a-f]{16}$/);
  assert.deepEqual(attributes, {
    ERROR_CODE: 'AWS.SimpleQueueService.NonExistentQueue',
    ERROR_MESSAGE: 'there is no queue jobs',
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: '0',
    SCHEDULED_TIME: at(1_000),
    SCHEDULE_ARN: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/fails`,
    TARGET_ARN: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage',
  });
});

test('what may pass is tried again, as often as the schedule says', async (t) => {
  const { tries, letter, counted } = await buried(t, () => new Error('not now'), { MaximumRetryAttempts: 3 });
  assert.equal(tries, 4);
  assert.deepEqual(counted, {
    'default InvocationAttemptCount': 4,
    'default TargetErrorCount': 4,
    'default InvocationDroppedCount': 1,
    'default InvocationsSentToDeadLetterCount': 1,
  });
  const { RETRY_ATTEMPTS, EXHAUSTED_RETRY_CONDITION, ERROR_CODE } = attributesOf(letter);
  assert.deepEqual(
    { RETRY_ATTEMPTS, EXHAUSTED_RETRY_CONDITION, ERROR_CODE },
    {
      RETRY_ATTEMPTS: '3',
      EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
      ERROR_CODE: 'AWS.Scheduler.InternalServerError',
    },
  );
});

test('what may pass is tried again for as long as the schedule says', async (t) => {
  const { tries, letter } = await buried(t, () => new Error('not now'), { MaximumEventAgeInSeconds: 60 });
  assert.ok(tries > 3 && tries < 20, `${tries} tries`);
  assert.equal(attributesOf(letter).EXHAUSTED_RETRY_CONDITION, 'MaximumEventAgeInSeconds');
});

const lateIn = (warned: SchedulerServer['warned']) =>
  warned.flatMap(({ late }) => (late ?? []) as { schedule: string; firesFor: string; passedOverFrom?: string }[]);

/** What a server fires that was stopped for so long, with what it says of it. */
async function afterSleep(t: Parameters<typeof serveScheduler>[0], ms: number, expressions: readonly string[]) {
  const dataDir = await temporaryDirectory(t);
  const before = await serveScheduler(t, { dataDir });
  for (const [index, expression] of expressions.entries())
    await before.client.createSchedule(schedule(`s-${index}`, expression));
  await before.stop();
  const after = await serveScheduler(t, { dataDir, startMs: START_MS + ms });
  after.core();
  await after.pass(5_000);
  return { fired: bodies(after), warned: after.warned, after };
}

test('a time that was missed while the server was down fires late, and the log says so', async (t) => {
  const { fired, warned, after } = await afterSleep(t, 2 * HOUR_MS, ['at(2026-01-03T10:30:00)']);
  assert.deepEqual(fired, [at(30 * MINUTE_MS)]);
  assert.equal(warned.length, 1);
  assert.match(String(warned[0]?.msg), /fire late/);
  assert.deepEqual(warned[0]?.late, [
    {
      schedule: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/default/s-0`,
      firesFor: '2026-01-03T10:30:00.000Z',
    },
  ]);
  await after.pass(HOUR_MS, MINUTE_MS);
  assert.equal(after.delivered.length, 1);
});

test('of several times that were missed the latest fires, and the log says which were passed over', async (t) => {
  const downMs = 3 * DAY_MS + 9 * MINUTE_MS;
  const { fired, warned, after } = await afterSleep(t, downMs, ['cron(0 11 * * ? *)', 'cron(0/10 * * * ? *)']);
  assert.deepEqual(fired.sort(), ['2026-01-05T11:00:00Z', '2026-01-06T10:00:00Z']);
  assert.deepEqual(
    lateIn(warned).map(({ firesFor, passedOverFrom }) => [passedOverFrom, firesFor]),
    [
      ['2026-01-03T10:10:00.000Z', '2026-01-06T10:00:00.000Z'],
      ['2026-01-03T11:00:00.000Z', '2026-01-05T11:00:00.000Z'],
    ],
  );
  await after.pass(HOUR_MS, MINUTE_MS);
  assert.equal(after.delivered.length, 2 + 1 + 6, 'then both go on as before');
});

test('a fire later than the schedule lets it be goes to the dead-letter queue', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const before = await serveScheduler(t, { dataDir });
  const Target = { Arn: QUEUE, RoleArn: ROLE, Input: 'stale', DeadLetterConfig: { Arn: DEAD } };
  await before.client.createSchedule({ ...schedule('once', 'at(2026-01-03T11:00:00)'), Target });
  await before.stop();
  const after = await serveScheduler(t, { dataDir, startMs: START_MS + HOUR_MS + DAY_MS + 1_000 });
  after.core();
  await after.pass(5_000);
  assert.deepEqual(
    after.delivered.map(({ arn }) => arn),
    [DEAD],
  );
  assert.equal(attributesOf(after.delivered[0]).EXHAUSTED_RETRY_CONDITION, 'MaximumEventAgeInSeconds');
});

test('nothing fires twice over a restart, nor when the clock is put back', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const before = await serveScheduler(t, { dataDir });
  await before.client.createSchedule(schedule('steady', 'cron(* * * * ? *)'));
  await before.pass(MINUTE_MS);
  assert.deepEqual(bodies(before), [at(MINUTE_MS)]);
  await before.stop();
  const after = await serveScheduler(t, { dataDir, startMs: START_MS + 30_000 });
  after.core();
  await after.pass(2 * MINUTE_MS);
  assert.deepEqual(bodies(after), [at(2 * MINUTE_MS)]);
});

test('a thousand schedules that are due at once all fire', async (t) => {
  const server = await serveScheduler(t);
  const { settings } = server
    .core()
    .schedule(
      { account: ACCOUNT, region: REGION },
      await server.client
        .createSchedule(schedule('first', 'cron(1 10 * * ? *)'))
        .then(() => ({ group: 'default', name: 'first' })),
    );
  await Promise.all(
    Array.from({ length: 999 }, (_, index) =>
      server
        .core()
        .createSchedule({ account: ACCOUNT, region: REGION }, { group: 'default', name: `s-${index}` }, settings, {
          token: undefined,
          request: index,
        }),
    ),
  );
  await server.pass(2 * MINUTE_MS);
  assert.equal(server.delivered.length, 1_000);
  assert.equal(
    await refusal(server.client.getSchedule({ Name: 's-999' })),
    '404 ResourceNotFoundException: Schedule s-999 does not exist.',
  );
});
