import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ManualClock, manualClock } from '../../../lib/testing/manual-clock.ts';
import { pass, until } from '../../../lib/testing/turns.ts';
import { ACCOUNT, arnOf, type EventsServer, QUEUE, REGION, refusal, serveEvents } from './testing/serve-events.ts';

const START = Date.parse('2026-11-21T09:58:30Z');

test('a rate counts from when the rule was put, and each time is an event to the rule’s targets alone', async (t) => {
  const { server, clock } = await serveAt(t);
  const { client } = server;
  await client.putRule({ Name: 'often', ScheduleExpression: 'rate(5 minutes)' });
  await client.putTargets({ Rule: 'often', Targets: [{ Id: 'one', Arn: QUEUE }] });
  await client.putRule({ Name: 'all', EventPattern: '{"source":[{"prefix":""}]}' });
  await client.putTargets({ Rule: 'all', Targets: [{ Id: 'one', Arn: `${QUEUE}-all` }] });
  await told(server, clock, { minutes: 4 }, 0);
  await told(server, clock, { minutes: 1 }, 1);
  const { id, ...event } = JSON.parse(server.delivered[0]?.body ?? '');
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(event, {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT,
    time: '2026-11-21T10:03:30Z',
    region: REGION,
    resources: [arnOf('rule/often')],
    detail: {},
  });
  assert.equal(server.delivered[0]?.sender.sourceArn, arnOf('rule/often'));
  // Another target does not begin the count anew, nor does the same rule put again.
  await pass(clock, 60_000);
  await client.putRule({ Name: 'often', ScheduleExpression: 'rate(5 minutes)', Description: 'every five' });
  await told(server, clock, { minutes: 4 }, 2);
  assert.equal((await client.describeRule({ Name: 'often' })).ScheduleExpression, 'rate(5 minutes)');
});

test('a rule is due at the times of its cron expression, in UTC, with its input, until it is disabled or gone', async (t) => {
  const { server, clock } = await serveAt(t);
  const { client } = server;
  const target = { Id: 'one', Arn: QUEUE, Input: '{"do":"this"}' };
  for (const Name of ['on', 'off', 'gone']) {
    await client.putRule({
      Name,
      ScheduleExpression: 'cron(0/30 10 ? * SAT *)',
      State: Name === 'off' ? 'DISABLED' : 'ENABLED',
    });
    await client.putTargets({ Rule: Name, Targets: [target] });
  }
  await client.removeTargets({ Rule: 'gone', Ids: ['one'] });
  await client.deleteRule({ Name: 'gone' });
  await told(server, clock, { minutes: 1 }, 0);
  await told(server, clock, { minutes: 1 }, 1);
  assert.equal(server.delivered[0]?.body, '{"do":"this"}');
  await client.enableRule({ Name: 'off' });
  await told(server, clock, { minutes: 30 }, 3);
  await client.disableRule({ Name: 'off' });
  await client.disableRule({ Name: 'on' });
  await told(server, clock, { minutes: 24 * 7 * 60 }, 3);
});

test('a rule may have a pattern, too', async (t) => {
  const { server, clock } = await serveAt(t);
  await server.client.putRule({
    Name: 'both',
    ScheduleExpression: 'rate(1 hour)',
    EventPattern: '{"source":["shop"]}',
  });
  await server.client.putTargets({ Rule: 'both', Targets: [{ Id: 'one', Arn: QUEUE }] });
  await server.client.putEvents({ Entries: [{ Source: 'shop', DetailType: 'order', Detail: '{}' }] });
  await told(server, clock, { minutes: 1 }, 1);
  await told(server, clock, { minutes: 59 }, 2);
});

test('what is no schedule is refused, and so are schedules on other buses', async (t) => {
  const { server } = await serveAt(t);
  const put = (ScheduleExpression: string, EventBusName?: string) =>
    server.client.putRule({ Name: 'often', ScheduleExpression, EventBusName });
  for (const expression of [
    ...[
      'rate(10 minute)',
      'rate(1 minutes)',
      'rate(0 minutes)',
      'rate(5 seconds)',
      'rate(5 minutes',
      'at(2026-11-21T10:00:00)',
    ],
    ...[
      'cron(INVALID)',
      'cron(0 1 * * * *)',
      'cron(7 20 * * NOT *)',
      'cron(71 8 1 * ? *)',
      'cron(0 10 * * ?)',
      'often',
    ],
  ]) {
    assert.equal(
      await refusal(put(expression)),
      'ValidationException: Parameter ScheduleExpression is not valid.',
      expression,
    );
  }
  await server.client.createEventBus({ Name: 'orders' });
  assert.equal(
    await refusal(put('rate(1 minute)', 'orders')),
    'ValidationException: ScheduleExpression is supported only on the default event bus.',
  );
});

async function serveAt(t: Parameters<typeof serveEvents>[0]): Promise<{ server: EventsServer; clock: ManualClock }> {
  const clock = manualClock(START);
  return { server: await serveEvents(t, { clock }), clock };
}

/** Lets time pass, and looks that so many have been told in all. What comes without time passing is waited for. */
async function told(server: EventsServer, clock: ManualClock, { minutes }: { minutes: number }, count: number) {
  for (let left = minutes; left > 0; left -= 30) await pass(clock, Math.min(left, 30) * 60_000);
  await until(() => server.delivered.length >= count);
  await pass(clock, 0);
  assert.equal(server.delivered.length, count);
}
