import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, arnOf, QUEUE, refusal, serveEvents } from './testing/serve-events.ts';

const EventPattern = '{"source":["shop"]}';

test('a rule is made, told, replaced, switched and deleted', async (t) => {
  const { client } = await serveEvents(t);
  await client.createEventBus({ Name: 'orders' });
  const onDefault = await client.putRule({ Name: 'all', EventPattern });
  assert.equal(onDefault.RuleArn, arnOf('rule/all'));
  const where = { Name: 'all', EventBusName: 'orders' };
  const made = await client.putRule({
    ...where,
    EventPattern,
    Description: 'each',
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/r`,
  });
  assert.equal(made.RuleArn, arnOf('rule/orders/all'));
  const { $metadata: _, ...rule } = await client.describeRule(where);
  assert.deepEqual(rule, {
    ...where,
    Arn: arnOf('rule/orders/all'),
    EventPattern,
    State: 'ENABLED',
    Description: 'each',
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/r`,
    CreatedBy: ACCOUNT,
  });
  await client.putRule({ ...where, EventPattern: '{"source":["other"]}', State: 'DISABLED' });
  const replaced = await client.describeRule({ ...where, EventBusName: arnOf('event-bus/orders') });
  assert.deepEqual(
    [replaced.Description, replaced.State, replaced.EventPattern],
    [undefined, 'DISABLED', '{"source":["other"]}'],
  );
  await client.enableRule(where);
  assert.equal((await client.describeRule(where)).State, 'ENABLED');
  await client.disableRule(where);
  assert.equal((await client.describeRule(where)).State, 'DISABLED');
  await client.deleteRule(where);
  const gone = 'ResourceNotFoundException: Rule all does not exist on EventBus orders.';
  assert.equal(await refusal(client.describeRule(where)), gone);
  assert.equal(await refusal(client.enableRule(where)), gone);
  assert.equal(await refusal(client.disableRule(where)), gone);
  await client.deleteRule(where);
  assert.equal((await client.describeRule({ Name: 'all' })).Name, 'all');
});

test('a rule needs a bus, and something to go by', async (t) => {
  const { client } = await serveEvents(t);
  const noBus = 'ResourceNotFoundException: Event bus none does not exist.';
  assert.equal(await refusal(client.putRule({ Name: 'a', EventBusName: 'none', EventPattern })), noBus);
  assert.equal(await refusal(client.listRules({ EventBusName: 'none' })), noBus);
  assert.equal(await refusal(client.deleteRule({ Name: 'a', EventBusName: 'none' })), noBus);
  assert.equal(await refusal(client.listRuleNamesByTarget({ TargetArn: QUEUE, EventBusName: 'none' })), noBus);
  assert.equal(
    await refusal(client.putRule({ Name: 'a' })),
    'ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified.',
  );
  assert.equal(
    await refusal(client.putRule({ Name: 'a', EventPattern: '{"source":"shop"}' })),
    'InvalidEventPatternException: Event pattern is not valid. Reason: "source" must be an object or an array\n at [Source: (String)"{"source":"shop"}"; line: 1, column: 12]',
  );
  assert.match(
    await refusal(client.putRule({ Name: 'a', EventPattern, State: 'ON' as 'ENABLED' })),
    /^ValidationException: .* enum value set: \[ENABLED, DISABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS\]$/,
  );
});

test('a pattern is tried out on an event', async (t) => {
  const { client } = await serveEvents(t);
  const event = {
    ...{ id: '1', account: ACCOUNT, source: 'shop', time: '2026-11-21T00:00:00Z', region: 'us-east-1', resources: [] },
    ...{ 'detail-type': 'order', detail: { sum: 7 } },
  };
  const result = async (pattern: object, Event = JSON.stringify(event)) =>
    (await client.testEventPattern({ EventPattern: JSON.stringify(pattern), Event })).Result;
  assert.equal(await result({ detail: { sum: [{ numeric: ['>', 5] }] } }), true);
  assert.equal(await result({ detail: { sum: [{ numeric: ['>', 7] }] } }), false);
  assert.match(await refusal(result({ detail: [] })), /^InvalidEventPatternException: .* Empty arrays are not allowed/);
  for (const none of ['text', '"text"', '[]', '{"source":"shop"}', JSON.stringify({ ...event, id: undefined })])
    assert.equal(
      await refusal(result({ source: ['shop'] }, none)),
      'ValidationException: Parameter Event is not valid.',
    );
});

test('rules are listed in pages, by the beginning of their names, and by their targets', async (t) => {
  const { client } = await serveEvents(t);
  for (const Name of ['b1', 'a1', 'a2']) {
    await client.putRule({ Name, EventPattern });
    if (Name !== 'a2')
      await client.putTargets({
        Rule: Name,
        Targets: [
          { Id: '1', Arn: QUEUE },
          { Id: '2', Arn: QUEUE },
        ],
      });
  }
  const names = async (input: object) => {
    const { Rules = [], NextToken } = await client.listRules(input);
    return { names: Rules.map(({ Name }) => Name), NextToken };
  };
  assert.deepEqual((await names({})).names, ['a1', 'a2', 'b1']);
  assert.deepEqual((await names({ NamePrefix: 'a' })).names, ['a1', 'a2']);
  const { NextToken } = await names({ Limit: 2 });
  assert.deepEqual(await names({ Limit: 2, NextToken }), { names: ['b1'], NextToken: undefined });
  assert.match(await refusal(names({ NextToken: 'x' })), /^ValidationException: /);
  const first = await client.listRuleNamesByTarget({ TargetArn: QUEUE, Limit: 1 });
  assert.deepEqual(first.RuleNames, ['a1']);
  const second = await client.listRuleNamesByTarget({ TargetArn: QUEUE, NextToken: first.NextToken });
  assert.deepEqual(second.RuleNames, ['b1']);
  assert.deepEqual((await client.listRuleNamesByTarget({ TargetArn: `${QUEUE}-2` })).RuleNames, []);
});

test('a rule has up to five targets, and stays as long as it has any', async (t) => {
  const { client } = await serveEvents(t);
  await client.putRule({ Name: 'all', EventPattern });
  const target = (Id: string) => ({ Id, Arn: QUEUE });
  const put = (...ids: string[]) => client.putTargets({ Rule: 'all', Targets: ids.map(target) });
  const { FailedEntryCount, FailedEntries } = await put('1', '2', '3', '4', '5');
  assert.deepEqual([FailedEntryCount, FailedEntries], [0, []]);
  const tooMany = 'LimitExceededException: The requested resource exceeds the maximum number allowed.';
  assert.equal(await refusal(put('6')), tooMany);
  await put('5');
  const first = await client.listTargetsByRule({ Rule: 'all', Limit: 3 });
  assert.deepEqual(first.Targets, ['1', '2', '3'].map(target));
  const second = await client.listTargetsByRule({ Rule: 'all', Limit: 3, NextToken: first.NextToken });
  assert.deepEqual(second.Targets, ['4', '5'].map(target));
  assert.equal(second.NextToken, undefined);
  assert.equal(
    await refusal(client.deleteRule({ Name: 'all' })),
    "ValidationException: Rule can't be deleted since it has targets.",
  );
  const removed = await client.removeTargets({ Rule: 'all', Ids: ['1', '2', '3', '4', '5', '6'] });
  assert.equal(removed.FailedEntryCount, 1);
  assert.deepEqual(
    removed.FailedEntries?.map(({ TargetId, ErrorCode }) => [TargetId, ErrorCode]),
    [['6', 'ResourceNotFoundException']],
  );
  await client.deleteRule({ Name: 'all' });
  const gone = 'ResourceNotFoundException: Rule all does not exist on EventBus default.';
  assert.equal(await refusal(put('1')), gone);
  assert.equal(await refusal(client.removeTargets({ Rule: 'all', Ids: ['1'] })), gone);
  assert.equal(await refusal(client.listTargetsByRule({ Rule: 'all' })), gone);
});

test('a target is told as it was given', async (t) => {
  const { client } = await serveEvents(t);
  await client.putRule({ Name: 'all', EventPattern });
  const Targets = [
    { Id: '1', Arn: QUEUE, Input: '{"a": 1}' },
    { Id: '2', Arn: QUEUE, InputPath: '$.detail', RoleArn: `arn:aws:iam::${ACCOUNT}:role/r` },
    {
      Id: '3',
      Arn: QUEUE,
      InputTransformer: { InputPathsMap: { sum: '$.detail.sum' }, InputTemplate: '{"sum":<sum>}' },
    },
    { Id: '4', Arn: `${QUEUE}.fifo`, SqsParameters: { MessageGroupId: 'one' }, DeadLetterConfig: { Arn: QUEUE } },
    { Id: '5', Arn: QUEUE, RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
  ];
  await client.putTargets({ Rule: 'all', Targets });
  assert.deepEqual((await client.listTargetsByRule({ Rule: 'all' })).Targets, Targets);
});

test('what is no target is refused', async (t) => {
  const { client } = await serveEvents(t);
  await client.putRule({ Name: 'all', EventPattern });
  const put = (target: object) =>
    refusal(client.putTargets({ Rule: 'all', Targets: [{ Id: 'one', Arn: QUEUE, ...target }] }));
  const InputTransformer = { InputPathsMap: { known: '$.id' }, InputTemplate: '"<known> <unknown>"' };
  const cases: [object, RegExp | string][] = [
    [{ Id: '!' }, /'!' at 'targets.1.member.id' failed .* pattern: \[\\.\\-_A-Za-z0-9\]\+$/],
    [{ Id: 'a'.repeat(65) }, /'targets.1.member.id' .* length less than or equal to 64$/],
    [{ Arn: 'queue' }, 'Parameter queue is not valid. Reason: Provided Arn is not in correct format.'],
    [{ Arn: arnOf('rule/all') }, /Provided Arn is not in correct format.$/],
    [{ Input: '{' }, 'JSON syntax error in input for target one.'],
    [{ InputPath: 'detail' }, 'Invalid InputPath for target one.'],
    [
      { Input: '1', InputPath: '$' },
      'Only one of Input, InputPath, or InputTransformer must be provided for target one.',
    ],
    [{ InputTransformer }, 'InputTemplate for target one contains invalid placeholder unknown.'],
    [{ Arn: `${QUEUE}.fifo` }, 'Parameter(s) MessageGroupId must be specified for target: one.'],
    [{ DeadLetterConfig: { Arn: arnOf('event-bus/default') } }, /Provided Arn is not in correct format.$/],
    [{ RetryPolicy: { MaximumRetryAttempts: 186 } }, /maximumRetryAttempts' .* less than or equal to 185$/],
    [{ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }, /maximumEventAgeInSeconds' .* greater than or equal to 60$/],
  ];
  for (const [target, expected] of cases) {
    const told = await put(target);
    if (typeof expected === 'string') assert.equal(told, `ValidationException: ${expected}`);
    else assert.match(told, expected);
  }
  for (const target of [
    { Arn: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s` },
    { Arn: arnOf('api-destination/a/1') },
    { EcsParameters: { TaskDefinitionArn: 'arn' } },
  ]) {
    assert.match(await put(target), /^NotImplemented: Lambent does not support /);
  }
  assert.deepEqual((await client.listTargetsByRule({ Rule: 'all' })).Targets, []);
});
