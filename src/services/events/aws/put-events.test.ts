import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Undeliverable } from '../../../delivery/undeliverable.ts';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { turns } from '../../../lib/testing/turns.ts';
import {
  ACCOUNT,
  arnOf,
  type EventsServer,
  QUEUE,
  REGION,
  refusal,
  serveEvents,
  until,
} from './testing/serve-events.ts';

const OTHER = '210987654321';
const ORDER = { Source: 'shop', DetailType: 'order', Detail: '{"sum":7}' };

/** A rule with one target, a queue unless said otherwise. */
async function subscribe(
  { client }: Pick<EventsServer, 'client'>,
  rule: { Name: string; EventBusName?: string; pattern?: object },
  target: object = {},
) {
  const { Name, EventBusName, pattern = { source: ['shop'] } } = rule;
  await client.putRule({ Name, EventBusName, EventPattern: JSON.stringify(pattern) });
  await client.putTargets({ Rule: Name, EventBusName, Targets: [{ Id: 'one', Arn: QUEUE, ...target }] });
}

test('an event reaches the targets of the rules that ask for it, in AWS’s form', async (t) => {
  const server = await serveEvents(t);
  await subscribe(server, { Name: 'all' });
  await subscribe(server, { Name: 'others', pattern: { source: ['other'] } });
  await subscribe(server, { Name: 'any', pattern: { detail: { sum: [{ exists: true }] } } }, { Arn: `${QUEUE}-2` });
  const { Entries, FailedEntryCount } = await server.client.putEvents({
    Entries: [{ ...ORDER, Resources: ['arn:one'], Time: new Date('2026-11-21T10:20:30.900Z') }],
  });
  assert.equal(FailedEntryCount, 0);
  await until('two are told', () => server.delivered.length === 2);
  const [first] = server.delivered;
  assert.deepEqual(server.delivered.map(({ arn }) => arn).sort(), [QUEUE, `${QUEUE}-2`]);
  assert.equal(
    first?.body,
    `{"version":"0","id":"${Entries?.[0]?.EventId}","detail-type":"order","source":"shop","account":"${ACCOUNT}","time":"2026-11-21T10:20:30Z","region":"${REGION}","resources":["arn:one"],"detail":{"sum":7}}`,
  );
  assert.deepEqual(first?.sender, {
    kind: 'service',
    service: 'events.amazonaws.com',
    sourceArn: arnOf(`rule/${first?.arn === QUEUE ? 'all' : 'any'}`),
    sourceAccount: ACCOUNT,
  });
});

test('numbers of the detail stay as they were written', async (t) => {
  const server = await serveEvents(t);
  await subscribe(server, { Name: 'all' });
  await server.client.putEvents({
    Entries: [{ ...ORDER, Detail: '{ "a" : 12345678901234567890,\n "b": 1.0, "c d": " e\\" " }' }],
  });
  await until('it is told', () => server.delivered.length === 1);
  assert.match(server.delivered[0]?.body ?? '', /"detail":\{"a":12345678901234567890,"b":1\.0,"c d":" e\\" "\}\}$/);
});

test('a rule that is disabled, or gone, or on another bus is told nothing', async (t) => {
  const server = await serveEvents(t);
  await server.client.createEventBus({ Name: 'orders' });
  await subscribe(server, { Name: 'off' }, { Arn: `${QUEUE}-off` });
  await subscribe(server, { Name: 'gone' }, { Arn: `${QUEUE}-gone` });
  await subscribe(server, { Name: 'there', EventBusName: 'orders' }, { Arn: `${QUEUE}-there` });
  await subscribe(server, { Name: 'all' });
  await server.client.putEvents({ Entries: [ORDER] });
  await until('three are told', () => server.delivered.length === 3);
  await server.client.disableRule({ Name: 'off' });
  await server.client.removeTargets({ Rule: 'gone', Ids: ['one'] });
  await server.client.putEvents({ Entries: [ORDER, { ...ORDER, EventBusName: 'orders' }] });
  await until('two more are told', () => server.delivered.length === 5);
  const later = server.delivered.slice(3).map(({ arn }) => arn);
  assert.deepEqual(later.sort(), [QUEUE, `${QUEUE}-there`]);
});

test('an entry that is none is told, and keeps no other from its way', async (t) => {
  const { client } = await serveEvents(t);
  const Entries = [
    { ...ORDER, Source: undefined },
    { ...ORDER, DetailType: '' },
    { ...ORDER, Detail: undefined },
    { ...ORDER, Detail: '{' },
    { ...ORDER, Detail: '"text"' },
    { ...ORDER, Detail: '[]' },
    { ...ORDER, Source: 'aws.shop' },
    { ...ORDER, EventBusName: 'none' },
    ORDER,
  ];
  const answer = await client.putEvents({ Entries });
  const required = (name: string) => [
    'InvalidArgument',
    `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  ];
  const malformed = ['MalformedDetail', 'Detail is malformed.'];
  assert.equal(answer.FailedEntryCount, 7);
  assert.deepEqual(
    answer.Entries?.slice(0, 7).map(({ ErrorCode, ErrorMessage }) => [ErrorCode, ErrorMessage]),
    [
      ...[required('Source'), required('DetailType'), required('Detail'), malformed, malformed, malformed],
      ['NotAuthorizedForSourceException', 'Not authorized for the source.'],
    ],
  );
  // A bus that is not there takes events, too.
  for (const { EventId = '' } of answer.Entries?.slice(7) ?? []) assert.match(EventId, /^[0-9a-f-]{36}$/);
});

test('ten entries, and a megabyte', async (t) => {
  const { client } = await serveEvents(t);
  const ten = Array.from({ length: 10 }, () => ORDER);
  assert.equal((await client.putEvents({ Entries: ten })).FailedEntryCount, 0);
  const entry =
    'PutEventsRequestEntry(time=null, source=shop, resources=null, detailType=order, detail={"sum":7}, eventBusName=null, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)';
  assert.equal(
    await refusal(client.putEvents({ Entries: [...ten, ORDER] })),
    `ValidationException: 1 validation error detected: Value '[${Array(11).fill(entry).join(', ')}]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10`,
  );
  assert.match(await refusal(client.putEvents({ Entries: [] })), /'entries' .* greater than or equal to 1$/);
  const ofBytes = (bytes: number) => ({
    ...ORDER,
    Detail: `{"a":"${'b'.repeat(bytes - 'shoporder{"a":""}'.length)}"}`,
  });
  assert.equal((await client.putEvents({ Entries: [ofBytes(1024 * 1024)] })).FailedEntryCount, 0);
  assert.equal(
    await refusal(client.putEvents({ Entries: [ofBytes(1024 * 1024 + 1)] })),
    'ValidationException: Total size of the entries in the request is over the limit.',
  );
});

test('a target gets what its input says', async (t) => {
  const server = await serveEvents(t);
  await subscribe(server, { Name: 'constant' }, { Arn: `${QUEUE}-1`, Input: '{"a": 1}' });
  await subscribe(server, { Name: 'path' }, { Arn: `${QUEUE}-2`, InputPath: '$.detail' });
  const InputTransformer = {
    InputPathsMap: { sum: '$.detail.sum' },
    InputTemplate: '{"total":<sum>,"of":"<aws.events.rule-name>"}',
  };
  await subscribe(server, { Name: 'template' }, { Arn: `${QUEUE}-3`, InputTransformer });
  await subscribe(
    server,
    { Name: 'group' },
    { Arn: `${QUEUE}.fifo`, SqsParameters: { MessageGroupId: 'g' }, Input: '"x"' },
  );
  await server.client.putEvents({ Entries: [ORDER] });
  await until('all are told', () => server.delivered.length === 4);
  const bodies = new Map(server.delivered.map(({ arn, body }) => [arn, body]));
  assert.equal(bodies.get(`${QUEUE}-1`), '{"a": 1}');
  assert.equal(bodies.get(`${QUEUE}-2`), '{"sum":7}');
  assert.equal(bodies.get(`${QUEUE}-3`), '{"total":7,"of":"template"}');
  assert.equal(server.delivered.find(({ arn }) => arn.endsWith('.fifo'))?.message.groupId, 'g');
});

test('a role, where the target has one, stands for the service', async (t) => {
  const server = await serveEvents(t);
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/r`;
  await subscribe(server, { Name: 'all' }, { RoleArn });
  await server.client.putEvents({ Entries: [ORDER] });
  await until('it is told', () => server.delivered.length === 1);
  const source = { sourceArn: arnOf('rule/all'), sourceAccount: ACCOUNT };
  assert.deepEqual(server.delivered[0]?.sender, { kind: 'role', roleArn: RoleArn, ...source });
});

test('an event goes on to a second bus, and to no third', async (t) => {
  const server = await serveEvents(t);
  for (const Name of ['two', 'three']) await server.client.createEventBus({ Name });
  await subscribe(server, { Name: 'on' }, { Arn: arnOf('event-bus/two') });
  await subscribe(server, { Name: 'on', EventBusName: 'two' }, { Arn: arnOf('event-bus/three') });
  await subscribe(server, { Name: 'told', EventBusName: 'two' });
  await subscribe(server, { Name: 'told', EventBusName: 'three' }, { Arn: `${QUEUE}-3` });
  // Back to where it came from, which would go on for ever.
  await subscribe(server, { Name: 'back', EventBusName: 'two' }, { Arn: arnOf('event-bus/default') });
  const { Entries } = await server.client.putEvents({ Entries: [ORDER] });
  await until('the second bus has told', () => server.delivered.length === 1);
  const event = JSON.parse(server.delivered[0]?.body ?? '');
  assert.deepEqual([event.id, event.account], [Entries?.[0]?.EventId, ACCOUNT]);
  await server.client.putEvents({ Entries: [{ ...ORDER, EventBusName: 'three' }] });
  await until('the third is told directly', () => server.delivered.some(({ arn }) => arn === `${QUEUE}-3`));
  assert.equal(server.delivered.filter(({ arn }) => arn === `${QUEUE}-3`).length, 1);
});

test('another account puts events if the policy of the bus says so', async (t) => {
  const server = await serveEvents(t);
  await subscribe(server, { Name: 'all' });
  const other = server.clientOf({ account: OTHER });
  const entry = { ...ORDER, EventBusName: arnOf('event-bus/default') };
  const refused = await other.putEvents({ Entries: [entry, ORDER] });
  assert.equal(refused.FailedEntryCount, 1);
  assert.equal(refused.Entries?.[0]?.ErrorCode, 'AccessDeniedException');
  assert.equal(
    refused.Entries?.[0]?.ErrorMessage,
    `User: arn:aws:iam::${OTHER}:root is not authorized to perform: events:PutEvents on resource: ${arnOf('event-bus/default')} because no resource-based policy allows the events:PutEvents action`,
  );
  await server.client.putPermission({ StatementId: 'other', Action: 'events:PutEvents', Principal: OTHER });
  assert.equal((await other.putEvents({ Entries: [entry] })).FailedEntryCount, 0);
  await until('it is told', () => server.delivered.length === 1);
  assert.equal(JSON.parse(server.delivered[0]?.body ?? '').account, OTHER);
  assert.match(
    await refusal(other.putRule({ Name: 'mine', EventBusName: arnOf('event-bus/default'), EventPattern: '{"a":[1]}' })),
    /^AccessDeniedException: .* events:PutRule /,
  );
  const elsewhere = arnOf('event-bus/default', { region: 'eu-west-1' });
  assert.match(await refusal(server.client.describeEventBus({ Name: elsewhere })), /^ResourceNotFoundException: /);
});

test('what cannot be delivered is tried as often as its target says, and then buried', async (t) => {
  const clock = manualClock(Date.parse('2026-11-21T00:00:00Z'));
  const dead = `${QUEUE}-dead`;
  let attempts = 0;
  const server = await serveEvents(t, {
    clock,
    deliver: async ({ arn }) => {
      if (arn === dead) return;
      attempts += 1;
      throw new Undeliverable('unavailable', 'not now');
    },
  });
  await subscribe(
    server,
    { Name: 'all' },
    { RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: { Arn: dead } },
  );
  await server.client.putEvents({ Entries: [ORDER] });
  for (let look = 0; server.delivered.length === 0 && look < 20_000; look += 1) {
    await turns();
    clock.advance(500);
  }
  assert.equal(attempts, 3);
  const [letter] = server.delivered;
  const texts = Object.fromEntries(
    Object.entries(letter?.message.attributes ?? {}).map(([name, { value }]) => [name, value]),
  );
  assert.deepEqual(texts, {
    RULE_ARN: arnOf('rule/all'),
    TARGET_ARN: QUEUE,
    ERROR_CODE: 'INTERNAL_ERROR',
    ERROR_MESSAGE: 'not now',
    RETRY_ATTEMPTS: '2',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
  });
  assert.equal(JSON.parse(letter?.body ?? '').source, 'shop');
});

test('regions and accounts know nothing of each other', async (t) => {
  const server = await serveEvents(t);
  const elsewhere = [server.clientOf({ region: 'eu-west-1' }), server.clientOf({ account: OTHER })];
  for (const client of [server.client, ...elsewhere]) await subscribe({ client }, { Name: 'all' });
  await elsewhere[1]?.disableRule({ Name: 'all' });
  await elsewhere[0]?.putEvents({ Entries: [ORDER] });
  await until('one is told', () => server.delivered.length === 1);
  assert.equal(JSON.parse(server.delivered[0]?.body ?? '').region, 'eu-west-1');
  assert.equal((await server.client.describeRule({ Name: 'all' })).State, 'ENABLED');
});
