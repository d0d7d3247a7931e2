import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, arnOf, refusal, serveEvents } from './testing/serve-events.ts';

const OTHER = '210987654321';

test('the default bus is there, and cannot go', async (t) => {
  const { client, clientOf } = await serveEvents(t);
  const { $metadata: _, ...bus } = await client.describeEventBus({});
  assert.deepEqual(bus, { Name: 'default', Arn: arnOf('event-bus/default') });
  assert.equal((await client.describeEventBus({ Name: arnOf('event-bus/default') })).Name, 'default');
  const inItaly = await clientOf({ region: 'eu-south-1' }).listEventBuses({});
  assert.deepEqual(inItaly.EventBuses, [
    { Name: 'default', Arn: arnOf('event-bus/default', { region: 'eu-south-1' }) },
  ]);
  assert.equal(
    await refusal(client.deleteEventBus({ Name: 'default' })),
    'ValidationException: Cannot delete event bus default.',
  );
});

test('a bus is made, told, changed and deleted', async (t) => {
  const { client } = await serveEvents(t);
  const made = await client.createEventBus({
    Name: 'orders',
    Description: 'all orders',
    Tags: [{ Key: 'a', Value: 'b' }],
  });
  assert.equal(made.EventBusArn, arnOf('event-bus/orders'));
  assert.equal(made.Description, 'all orders');
  assert.equal(
    await refusal(client.createEventBus({ Name: 'orders' })),
    'ResourceAlreadyExistsException: Event bus orders already exists.',
  );
  const bus = await client.describeEventBus({ Name: 'orders' });
  assert.equal(bus.Description, 'all orders');
  assert.ok(bus.CreationTime instanceof Date && bus.LastModifiedTime instanceof Date);
  await client.updateEventBus({ Name: 'orders', Description: 'others' });
  assert.equal((await client.describeEventBus({ Name: 'orders' })).Description, 'others');
  await client.deleteEventBus({ Name: 'orders' });
  const gone = 'ResourceNotFoundException: Event bus orders does not exist.';
  assert.equal(await refusal(client.describeEventBus({ Name: 'orders' })), gone);
  assert.equal(await refusal(client.deleteEventBus({ Name: 'orders' })), gone);
  assert.equal(await refusal(client.updateEventBus({ Name: 'orders' })), gone);
});

test('a bus with rules stays', async (t) => {
  const { client } = await serveEvents(t);
  await client.createEventBus({ Name: 'orders' });
  await client.putRule({ Name: 'all', EventBusName: 'orders', EventPattern: '{"source":["shop"]}' });
  assert.match(
    await refusal(client.deleteEventBus({ Name: 'orders' })),
    /^ValidationException: Event bus can't be deleted/,
  );
  await client.deleteRule({ Name: 'all', EventBusName: 'orders' });
  await client.deleteEventBus({ Name: 'orders' });
});

test('buses are listed in pages, by the beginning of their names', async (t) => {
  const { client, clientOf } = await serveEvents(t);
  for (const Name of ['c1', 'e1', 'e2']) await client.createEventBus({ Name });
  const names = async (input: Parameters<typeof client.listEventBuses>[0]) => {
    const { EventBuses = [], NextToken } = await client.listEventBuses(input);
    return { names: EventBuses.map(({ Name }) => Name), NextToken };
  };
  assert.deepEqual((await names({})).names, ['c1', 'default', 'e1', 'e2']);
  assert.deepEqual((await names({ NamePrefix: 'e' })).names, ['e1', 'e2']);
  const first = await names({ Limit: 2 });
  assert.deepEqual(first.names, ['c1', 'default']);
  const second = await names({ Limit: 2, NextToken: first.NextToken });
  assert.deepEqual(second, { names: ['e1', 'e2'], NextToken: undefined });
  assert.equal((await clientOf({ account: OTHER }).listEventBuses({})).EventBuses?.length, 1);
});

test('what is not a name is told as AWS tells it', async (t) => {
  const { client } = await serveEvents(t);
  const broken = (count: number, text: string) => `ValidationException: ${count} validation error${text}`;
  assert.equal(
    await refusal(client.createEventBus({ Name: 'a b' })),
    broken(
      1,
      " detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [/\\.\\-_A-Za-z0-9]+",
    ),
  );
  assert.match(await refusal(client.createEventBus({ Name: 'a'.repeat(257) })), /length less than or equal to 256$/);
  assert.match(await refusal(client.createEventBus({ Name: 'a/b' })), /^ValidationException: .*'\/'/);
});

test('what Lambent cannot keep is not promised', async (t) => {
  const { client } = await serveEvents(t);
  for (const others of [
    { KmsKeyIdentifier: 'alias/key' },
    { LogConfig: { Level: 'INFO' as const } },
    { EventSourceName: 'aws.partner/example.com/one' },
  ]) {
    assert.match(
      await refusal(client.createEventBus({ Name: 'orders', ...others })),
      /^NotImplemented: Lambent does not/,
    );
  }
  assert.match(await refusal(client.listApiDestinations({})), /ListApiDestinations/);
});

test('a hundred buses are enough', async (t) => {
  const { client } = await serveEvents(t);
  await Promise.all(Array.from({ length: 100 }, (_, at) => client.createEventBus({ Name: `bus-${at}` })));
  assert.equal(
    await refusal(client.createEventBus({ Name: 'more' })),
    'LimitExceededException: The requested resource exceeds the maximum number allowed.',
  );
});

test('the policy of a bus grows and shrinks by statements', async (t) => {
  const { client } = await serveEvents(t);
  const Action = 'events:PutEvents';
  const policy = async () => JSON.parse((await client.describeEventBus({})).Policy ?? 'null');
  const permit = (StatementId: string, others: object) =>
    client.putPermission({ StatementId, Action, Principal: OTHER, ...others });
  await permit('one', {});
  const Resource = arnOf('event-bus/default');
  const one = { Sid: 'one', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${OTHER}:root` }, Action, Resource };
  assert.deepEqual(await policy(), { Version: '2012-10-17', Statement: [one] });
  const Condition = { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-1' };
  await permit('all', { Principal: '*', Condition });
  const all = { ...one, Sid: 'all', Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } };
  assert.deepEqual((await policy()).Statement, [one, all]);
  await client.removePermission({ StatementId: 'one' });
  assert.deepEqual((await policy()).Statement, [all]);
  const none = 'ResourceNotFoundException: Statement with the provided id does not exist.';
  assert.equal(await refusal(client.removePermission({ StatementId: 'one' })), none);
  await client.removePermission({ RemoveAllPermissions: true });
  assert.equal(await policy(), null);
  assert.equal(await refusal(client.removePermission({ StatementId: 'all' })), none);
  assert.equal(
    await refusal(permit('one', { EventBusName: 'none' })),
    'ResourceNotFoundException: Event bus none does not exist.',
  );
});

test('a whole policy is taken if it is one, and is not too long', async (t) => {
  const { client } = await serveEvents(t);
  const policyOf = (Effect: string, Sid: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Sid, Effect, Principal: '*', Action: 'events:*', Resource: '*' }],
    });
  const ofLength = (length: number) => policyOf('Allow', 'a'.repeat(length - policyOf('Allow', '').length));
  await client.putPermission({ Policy: ofLength(10_240) });
  assert.match(await refusal(client.putPermission({ Policy: ofLength(10_241) })), /^PolicyLengthExceededException: /);
  for (const Policy of ['{', '[]', '{"Statement":[]}', '{"Statement":[{"Effect":"Allow"}]}'])
    assert.match(await refusal(client.putPermission({ Policy })), /^ValidationException: .*malformed/);
  await client.putPermission({ Policy: policyOf('Deny', 'one') });
  assert.match(await refusal(client.describeEventBus({})), /^AccessDeniedException: .* explicit deny /);
});

test('buses and rules have tags', async (t) => {
  const { client } = await serveEvents(t);
  await client.createEventBus({ Name: 'orders', Tags: [{ Key: 'a', Value: '1' }] });
  const { RuleArn = '' } = await client.putRule({
    ...{ Name: 'all', EventBusName: 'orders', EventPattern: '{"source":["shop"]}', Tags: [{ Key: 'a', Value: '1' }] },
  });
  for (const ResourceARN of [arnOf('event-bus/orders'), RuleArn, arnOf('event-bus/default')]) {
    await client.tagResource({
      ResourceARN,
      Tags: [
        { Key: 'a', Value: '2' },
        { Key: 'b', Value: '' },
      ],
    });
    await client.untagResource({ ResourceARN, TagKeys: ['a', 'c'] });
    assert.deepEqual((await client.listTagsForResource({ ResourceARN })).Tags, [{ Key: 'b', Value: '' }], ResourceARN);
  }
  const noBus = 'ResourceNotFoundException: Event bus none does not exist.';
  const noRule = 'ResourceNotFoundException: Rule none does not exist on EventBus default.';
  for (const [resource, expected] of [
    ['event-bus/none', noBus],
    ['rule/none', noRule],
  ] as const) {
    const ResourceARN = arnOf(resource);
    assert.equal(await refusal(client.tagResource({ ResourceARN, Tags: [] })), expected);
    assert.equal(await refusal(client.untagResource({ ResourceARN, TagKeys: [] })), expected);
    assert.equal(await refusal(client.listTagsForResource({ ResourceARN })), expected);
  }
  assert.match(
    await refusal(client.listTagsForResource({ ResourceARN: `arn:aws:sqs:us-east-1:${ACCOUNT}:q` })),
    /^ValidationException: /,
  );
});
