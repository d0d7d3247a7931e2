import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACCOUNT, arnOf, type EventsServer, QUEUE, refusal, serveEvents, until } from './testing/serve-events.ts';

const BUS = arnOf('event-bus/default');
const TIME = new Date('2026-11-21T10:00:00Z');
const ORDER = { Source: 'shop', DetailType: 'order', Detail: '{"sum":7}', Time: TIME };
const WINDOW = { EventStartTime: TIME, EventEndTime: new Date('2026-11-21T11:00:00Z') };

test('an archive is made, told, changed and deleted', async (t) => {
  const { client } = await serveEvents(t);
  const made = await client.createArchive({
    ...{ ArchiveName: 'all', EventSourceArn: BUS, Description: 'each', RetentionDays: 1 },
    EventPattern: '{"source":["shop"]}',
  });
  assert.deepEqual([made.ArchiveArn, made.State], [arnOf('archive/all'), 'ENABLED']);
  const { CreationTime, $metadata: _, ...told } = await client.describeArchive({ ArchiveName: 'all' });
  assert.ok(CreationTime instanceof Date);
  const listed = {
    ArchiveName: 'all',
    EventSourceArn: BUS,
    State: 'ENABLED',
    RetentionDays: 1,
    SizeBytes: 0,
    EventCount: 0,
  };
  const described = {
    ...listed,
    ArchiveArn: made.ArchiveArn,
    Description: 'each',
    EventPattern: '{"source":["shop"]}',
  };
  assert.deepEqual(told, described);
  const { Archives = [] } = await client.listArchives({});
  assert.deepEqual(Archives, [{ ...listed, CreationTime }]);
  await client.updateArchive({ ArchiveName: 'all', RetentionDays: 2 });
  const changed = await client.describeArchive({ ArchiveName: 'all' });
  assert.deepEqual([changed.RetentionDays, changed.Description], [2, 'each']);
  assert.equal(
    await refusal(client.updateArchive({ ArchiveName: 'all' })),
    'ValidationException: At least one of EventPattern, RetentionDays or Description must be provided.',
  );
  assert.equal(
    await refusal(client.createArchive({ ArchiveName: 'all', EventSourceArn: BUS })),
    'ResourceAlreadyExistsException: Archive all already exists.',
  );
  await client.deleteArchive({ ArchiveName: 'all' });
  const gone = 'ResourceNotFoundException: Archive all does not exist.';
  assert.equal(await refusal(client.describeArchive({ ArchiveName: 'all' })), gone);
  assert.equal(await refusal(client.deleteArchive({ ArchiveName: 'all' })), gone);
  assert.equal(await refusal(client.updateArchive({ ArchiveName: 'all', RetentionDays: 1 })), gone);
});

test('an archive needs a bus, a name and a pattern that is one', async (t) => {
  const { client } = await serveEvents(t);
  const make = (input: object) => refusal(client.createArchive({ ArchiveName: 'all', EventSourceArn: BUS, ...input }));
  const noBus = 'ResourceNotFoundException: Event bus none does not exist.';
  assert.equal(await make({ EventSourceArn: arnOf('event-bus/none') }), noBus);
  assert.equal(await refusal(client.listArchives({ EventSourceArn: arnOf('event-bus/none') })), noBus);
  assert.match(await make({ EventPattern: '{"a":1}' }), /^InvalidEventPatternException: /);
  assert.match(await make({ ArchiveName: 'a'.repeat(49) }), /length less than or equal to 48$/);
  assert.match(await make({ RetentionDays: -1 }), /greater than or equal to 0$/);
  assert.match(await make({ KmsKeyIdentifier: 'alias/key' }), /^NotImplemented: /);
  assert.match(
    await refusal(client.listArchives({ NamePrefix: 'a', State: 'ENABLED' })),
    /^ValidationException: At most one filter is allowed for ListArchives/,
  );
});

test('archives are listed in pages, by name, bus and state', async (t) => {
  const { client } = await serveEvents(t);
  const { EventBusArn } = await client.createEventBus({ Name: 'orders' });
  for (const ArchiveName of ['a1', 'a2']) await client.createArchive({ ArchiveName, EventSourceArn: BUS });
  await client.createArchive({ ArchiveName: 'b1', EventSourceArn: EventBusArn });
  const names = async (input: Parameters<typeof client.listArchives>[0]) =>
    (await client.listArchives(input)).Archives?.map(({ ArchiveName }) => ArchiveName);
  assert.deepEqual(await names({ NamePrefix: 'a' }), ['a1', 'a2']);
  assert.deepEqual(await names({ EventSourceArn: EventBusArn }), ['b1']);
  assert.deepEqual(await names({ State: 'ENABLED' }), ['a1', 'a2', 'b1']);
  assert.deepEqual(await names({ State: 'DISABLED' }), []);
  const { NextToken } = await client.listArchives({ Limit: 2 });
  assert.deepEqual(await names({ Limit: 2, NextToken }), ['b1']);
});

test('an archive keeps the events that it is for, and a replay tells them again', async (t) => {
  const server = await serveEvents(t);
  const { client } = server;
  await client.createArchive({ ArchiveName: 'orders', EventSourceArn: BUS, EventPattern: '{"source":["shop"]}' });
  const { Entries } = await client.putEvents({
    Entries: [ORDER, { ...ORDER, Source: 'other' }, { ...ORDER, Time: WINDOW.EventEndTime }],
  });
  const archive = await client.describeArchive({ ArchiveName: 'orders' });
  assert.equal(archive.EventCount, 2);
  assert.ok((archive.SizeBytes ?? 0) > 200);
  // Rules that came later are told what was before them.
  const all = await addRule(server, 'all', QUEUE);
  const other = await addRule(server, 'other', `${QUEUE}-other`);
  const started = await client.startReplay({
    ...{ ReplayName: 'again', EventSourceArn: archive.ArchiveArn, Description: 'once more', ...WINDOW },
    Destination: { Arn: BUS, FilterArns: [all] },
  });
  assert.deepEqual([started.ReplayArn, started.State], [arnOf('replay/again'), 'STARTING']);
  const replay = await ended(server, 'again');
  assert.equal(replay.State, 'COMPLETED');
  assert.equal(replay.EventLastReplayedTime?.getTime(), TIME.getTime());
  assert.ok(replay.ReplayStartTime instanceof Date && replay.ReplayEndTime instanceof Date);
  assert.deepEqual(replay.Destination, { Arn: BUS, FilterArns: [all] });
  assert.equal(replay.Description, 'once more');
  await until('the rule is told', () => server.delivered.length > 0);
  assert.deepEqual(
    server.delivered.map(({ arn }) => arn),
    [QUEUE],
  );
  const { 'replay-name': name, id, time, detail } = JSON.parse(server.delivered[0]?.body ?? '');
  assert.deepEqual([name, id, time, detail], ['again', Entries?.[0]?.EventId, '2026-11-21T10:00:00Z', { sum: 7 }]);
  // What was told again is not kept again.
  assert.equal((await client.describeArchive({ ArchiveName: 'orders' })).EventCount, 2);
  const wide = { EventStartTime: TIME, EventEndTime: new Date('2026-11-22T00:00:00Z') };
  await client.startReplay({
    ReplayName: 'wide',
    EventSourceArn: archive.ArchiveArn,
    Destination: { Arn: BUS },
    ...wide,
  });
  await until('both rules are told of both', () => server.delivered.length === 5);
  assert.deepEqual(
    server.delivered
      .slice(1)
      .map(({ arn }) => arn)
      .sort(),
    [QUEUE, QUEUE, `${QUEUE}-other`, `${QUEUE}-other`],
  );
  assert.ok(other);
  const { Replays = [] } = await client.listReplays({ EventSourceArn: archive.ArchiveArn });
  assert.deepEqual(
    Replays.map(({ ReplayName }) => ReplayName),
    ['again', 'wide'],
  );
  assert.deepEqual((await client.listReplays({ NamePrefix: 'w' })).Replays?.length, 1);
  assert.deepEqual((await client.listReplays({ State: 'FAILED' })).Replays, []);
});

test('a replay that cannot be is refused', async (t) => {
  const { client } = await serveEvents(t);
  await client.createEventBus({ Name: 'orders' });
  await client.createArchive({ ArchiveName: 'all', EventSourceArn: BUS });
  const start = (input: object) =>
    client.startReplay({
      ...{ ReplayName: 'again', EventSourceArn: arnOf('archive/all'), Destination: { Arn: BUS }, ...WINDOW, ...input },
    });
  const cases: [object, string][] = [
    [{ Destination: { Arn: arnOf('event-bus/none') } }, 'ResourceNotFoundException: Event bus none does not exist.'],
    [
      { Destination: { Arn: arnOf('event-bus/orders') } },
      'ValidationException: Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
    ],
    [
      { EventSourceArn: arnOf('archive/none') },
      'ValidationException: Parameter EventSourceArn is not valid. Reason: Archive none does not exist.',
    ],
    [
      { EventEndTime: TIME },
      'ValidationException: Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
    ],
    [
      { Destination: { Arn: BUS, FilterArns: [arnOf('rule/orders/all')] } },
      `ValidationException: Parameter ${arnOf('rule/orders/all')} is not valid. Reason: Provided Arn is not in correct format.`,
    ],
  ];
  for (const [input, expected] of cases) assert.equal(await refusal(start(input)), expected);
  await start({});
  assert.equal(await refusal(start({})), 'ResourceAlreadyExistsException: Replay again already exists.');
  const none = 'ResourceNotFoundException: Replay none does not exist.';
  assert.equal(await refusal(client.describeReplay({ ReplayName: 'none' })), none);
  assert.equal(await refusal(client.cancelReplay({ ReplayName: 'none' })), none);
  assert.match(
    await refusal(client.listReplays({ NamePrefix: 'a', State: 'RUNNING' })),
    /^ValidationException: At most one/,
  );
});

test('a replay that is cancelled tells no more, and ten may go on at once', async (t) => {
  const held = Promise.withResolvers<void>();
  const server = await serveEvents(t, { post: () => held.promise });
  t.after(() => held.resolve());
  const { client } = server;
  await client.createArchive({ ArchiveName: 'all', EventSourceArn: BUS });
  await client.putEvents({ Entries: [ORDER] });
  await addRule(server, 'all', QUEUE);
  const start = (ReplayName: string) =>
    client.startReplay({ ReplayName, EventSourceArn: arnOf('archive/all'), Destination: { Arn: BUS }, ...WINDOW });
  for (let count = 0; count < 10; count += 1) await start(`replay-${count}`);
  assert.equal(
    await refusal(start('more')),
    'LimitExceededException: The requested resource exceeds the maximum number allowed.',
  );
  assert.equal((await client.cancelReplay({ ReplayName: 'replay-0' })).State, 'CANCELLING');
  assert.match(await refusal(client.cancelReplay({ ReplayName: 'replay-0' })), /^IllegalStatusException: /);
  held.resolve();
  assert.equal((await ended(server, 'replay-0')).State, 'CANCELLED');
  assert.equal((await ended(server, 'replay-1')).State, 'COMPLETED');
  assert.match(await refusal(client.cancelReplay({ ReplayName: 'replay-1' })), /^IllegalStatusException: /);
});

async function addRule({ client }: EventsServer, Name: string, Arn: string): Promise<string> {
  const { RuleArn = '' } = await client.putRule({ Name, EventPattern: '{"source":["shop"]}' });
  await client.putTargets({ Rule: Name, Targets: [{ Id: 'one', Arn }] });
  return RuleArn;
}

/** The replay, once it goes on no more. The test's own limit ends it. */
async function ended({ client }: EventsServer, ReplayName: string) {
  for (;;) {
    const replay = await client.describeReplay({ ReplayName });
    if (!['STARTING', 'RUNNING', 'CANCELLING'].includes(replay.State ?? '')) return replay;
    await sleep(10);
  }
}

test('archives of another account or region are not there', async (t) => {
  const { client, clientOf } = await serveEvents(t);
  await client.createArchive({ ArchiveName: 'all', EventSourceArn: BUS });
  for (const where of [{ region: 'eu-west-1' }, { account: '210987654321' }]) {
    const other = clientOf(where);
    assert.deepEqual((await other.listArchives({})).Archives, []);
    assert.match(await refusal(other.createArchive({ ArchiveName: 'mine', EventSourceArn: BUS })), /ResourceNotFound/);
    const start = other.startReplay({
      ...{ ReplayName: 'again', EventSourceArn: arnOf('archive/all'), ...WINDOW },
      Destination: { Arn: arnOf('event-bus/default', { account: ACCOUNT, ...where }) },
    });
    assert.match(await refusal(start), /Archive all does not exist\.$/);
  }
});
