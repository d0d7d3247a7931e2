import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, refusal, sdk, serveSes, until } from './testing/serve-ses.ts';
import { smtpRelay } from './testing/smtp-relay.ts';

const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:events`;
const ADA = 'ada@example.com';

test('rules stand in the order that they are given, and are as they were made', async (t) => {
  const { client } = await serveSes(t);
  await client.send(new sdk.VerifyEmailIdentityCommand({ EmailAddress: ADA }));
  const RuleSetName = 'main';
  await client.send(new sdk.CreateReceiptRuleSetCommand({ RuleSetName }));
  const again = client.send(new sdk.CreateReceiptRuleSetCommand({ RuleSetName }));
  assert.deepEqual(await refusal(again), ['AlreadyExistsException', 'Rule set already exists: main']);
  const rule = {
    Name: 'desk',
    Enabled: true,
    TlsPolicy: 'Require' as const,
    Recipients: ['example.com'],
    ScanEnabled: true,
    Actions: [
      { AddHeaderAction: { HeaderName: 'X-Desk', HeaderValue: 'yes' } },
      { S3Action: { BucketName: 'inbox', ObjectKeyPrefix: 'mail/', TopicArn: TOPIC } },
      {
        LambdaAction: {
          FunctionArn: `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`,
          InvocationType: 'Event' as const,
        },
      },
      { SNSAction: { TopicArn: TOPIC, Encoding: 'Base64' as const } },
      { StopAction: { Scope: 'RuleSet' as const } },
    ],
  };
  await client.send(new sdk.CreateReceiptRuleCommand({ RuleSetName, Rule: rule }));
  const { Rule } = await client.send(new sdk.DescribeReceiptRuleCommand({ RuleSetName, RuleName: 'desk' }));
  assert.deepEqual(Rule, rule);
  const order = async () => {
    const { Rules = [] } = await client.send(new sdk.DescribeReceiptRuleSetCommand({ RuleSetName }));
    return Rules.map(({ Name }) => Name);
  };
  for (const Name of ['second', 'third'])
    await client.send(new sdk.CreateReceiptRuleCommand({ RuleSetName, After: 'desk', Rule: { Name } }));
  assert.deepEqual(await order(), ['desk', 'third', 'second']);
  await client.send(new sdk.CreateReceiptRuleCommand({ RuleSetName, Rule: { Name: 'first' } }));
  await client.send(new sdk.SetReceiptRulePositionCommand({ RuleSetName, RuleName: 'second', After: 'first' }));
  assert.deepEqual(await order(), ['first', 'second', 'desk', 'third']);
  const RuleNames = ['third', 'desk', 'second', 'first'];
  await client.send(new sdk.ReorderReceiptRuleSetCommand({ RuleSetName, RuleNames }));
  assert.deepEqual(await order(), RuleNames);
  const partly = client.send(new sdk.ReorderReceiptRuleSetCommand({ RuleSetName, RuleNames: ['third'] }));
  assert.deepEqual(await refusal(partly), ['RuleDoesNotExistException', 'Rule does not exist: desk']);
  await client.send(
    new sdk.UpdateReceiptRuleCommand({ RuleSetName, Rule: { Name: 'first', Recipients: ['a@example.com'] } }),
  );
  await client.send(new sdk.DeleteReceiptRuleCommand({ RuleSetName, RuleName: 'second' }));
  await client.send(new sdk.CloneReceiptRuleSetCommand({ RuleSetName: 'copy', OriginalRuleSetName: RuleSetName }));
  const copy = await client.send(new sdk.DescribeReceiptRuleSetCommand({ RuleSetName: 'copy' }));
  assert.deepEqual(copy.Rules?.map(({ Name, Recipients }) => [Name, Recipients]).at(-1), ['first', ['a@example.com']]);
  assert.equal((await client.send(new sdk.DescribeActiveReceiptRuleSetCommand({}))).Metadata, undefined);
  await client.send(new sdk.SetActiveReceiptRuleSetCommand({ RuleSetName: 'copy' }));
  assert.equal((await client.send(new sdk.DescribeActiveReceiptRuleSetCommand({}))).Metadata?.Name, 'copy');
  const active = client.send(new sdk.DeleteReceiptRuleSetCommand({ RuleSetName: 'copy' }));
  assert.deepEqual(await refusal(active), ['CannotDeleteException', 'Cannot delete active rule set: copy']);
  await client.send(new sdk.DeleteReceiptRuleSetCommand({ RuleSetName }));
  const { RuleSets } = await client.send(new sdk.ListReceiptRuleSetsCommand({}));
  assert.deepEqual(
    RuleSets?.map(({ Name }) => Name),
    ['copy'],
  );
  const missing = client.send(new sdk.SetActiveReceiptRuleSetCommand({ RuleSetName }));
  assert.deepEqual(await refusal(missing), ['RuleSetDoesNotExistException', 'Rule set does not exist: main']);
});

test('names and counts of rules are held to AWS’s limits, on both sides', async (t) => {
  const { client } = await serveSes(t);
  const RuleSetName = 's'.repeat(64);
  await client.send(new sdk.CreateReceiptRuleSetCommand({ RuleSetName }));
  const tooLong = client.send(new sdk.CreateReceiptRuleSetCommand({ RuleSetName: `${RuleSetName}s` }));
  assert.match((await refusal(tooLong))[1], /length less than or equal to 64/);
  const actions = (count: number) =>
    Array.from({ length: count }, () => ({ AddHeaderAction: { HeaderName: 'X-A', HeaderValue: 'b' } }));
  const rule = (Name: string, Actions: object[]) => ({ RuleSetName, Rule: { Name, Actions: Actions as never } });
  await client.send(new sdk.CreateReceiptRuleCommand(rule('ten', actions(10))));
  const eleven = client.send(new sdk.CreateReceiptRuleCommand(rule('eleven', actions(11))));
  assert.equal((await refusal(eleven))[0], 'ValidationError');
  const header = (HeaderName: string) => [{ AddHeaderAction: { HeaderName, HeaderValue: 'b' } }];
  await client.send(new sdk.CreateReceiptRuleCommand(rule('fifty', header('x'.repeat(50)))));
  const longer = client.send(new sdk.CreateReceiptRuleCommand(rule('more', header('x'.repeat(51)))));
  assert.equal((await refusal(longer))[0], 'InvalidParameterValue');
  for (const Cidr of ['10.0.0.0/33', 'example.com', '10.0.0.1/8/8', '']) {
    const filter = { Filter: { Name: 'f', IpFilter: { Policy: 'Block' as const, Cidr } } };
    assert.match((await refusal(client.send(new sdk.CreateReceiptFilterCommand(filter))))[1], /CIDR/, Cidr);
  }
});

test('a template becomes a letter with the data of whoever gets it', async (t) => {
  const relay = await smtpRelay(t);
  const { client, delivered } = await serveSes(t, { relay: relay.url });
  await client.send(new sdk.VerifyEmailIdentityCommand({ EmailAddress: ADA }));
  const Template = {
    TemplateName: 'hello',
    SubjectPart: 'For {{name}}',
    TextPart: 'Dear {{name}}, {{#if new}}welcome{{/if}}',
  };
  await client.send(new sdk.CreateTemplateCommand({ Template }));
  assert.equal((await refusal(client.send(new sdk.CreateTemplateCommand({ Template }))))[0], 'AlreadyExistsException');
  assert.deepEqual((await client.send(new sdk.GetTemplateCommand({ TemplateName: 'hello' }))).Template, Template);
  const { RenderedTemplate } = await client.send(
    new sdk.TestRenderTemplateCommand({ TemplateName: 'hello', TemplateData: '{"name":"Bob","new":true}' }),
  );
  assert.match(RenderedTemplate ?? '', /^Subject: For Bob\r\n[\s\S]*Dear Bob, welcome/);
  const lacking = client.send(new sdk.TestRenderTemplateCommand({ TemplateName: 'hello', TemplateData: '{}' }));
  assert.deepEqual(await refusal(lacking), [
    'MissingRenderingAttributeException',
    "Attribute 'name' is not present in the rendering data.",
  ]);
  const letter = { Source: ADA, Template: 'hello' };
  const Destination = { ToAddresses: ['bob@example.net'] };
  await client.send(new sdk.SendTemplatedEmailCommand({ ...letter, Destination, TemplateData: '{"name":"Bob"}' }));
  await until('it is there', () => relay.letters.length === 1);
  assert.match(relay.letters[0]?.source ?? '', /^Subject: For Bob\r$/m);
  const { Status } = await client.send(
    new sdk.SendBulkTemplatedEmailCommand({
      ...letter,
      DefaultTemplateData: '{"name":"you"}',
      Destinations: [
        { Destination },
        { Destination: { ToAddresses: ['carl@example.net'] }, ReplacementTemplateData: '{"name":"Carl"}' },
        { Destination: { ToAddresses: ['nobody'] } },
      ],
    }),
  );
  assert.deepEqual(
    Status?.map((one) => one.Status),
    ['Success', 'Success', 'InvalidParameterValue'],
  );
  await until('both are there', () => relay.letters.length === 3);
  const subjects = relay.letters.map(({ source }) => /^Subject: (.*)\r$/m.exec(source)?.[1]);
  assert.deepEqual(subjects.sort(), ['For Bob', 'For Carl', 'For you']);

  await client.send(new sdk.CreateConfigurationSetCommand({ ConfigurationSet: { Name: 'set' } }));
  const EventDestination = {
    ...{ Name: 'topic', Enabled: true, SNSDestination: { TopicARN: TOPIC } },
    MatchingEventTypes: ['renderingFailure' as const, 'send' as const, 'delivery' as const],
  };
  await client.send(
    new sdk.CreateConfigurationSetEventDestinationCommand({ ConfigurationSetName: 'set', EventDestination }),
  );
  const failing = { ...letter, Destination, TemplateData: '{}', ConfigurationSetName: 'set' };
  const { MessageId } = await client.send(new sdk.SendTemplatedEmailCommand(failing));
  const failure = JSON.parse(delivered[0]?.message.body.toString() ?? '');
  assert.deepEqual([failure.eventType, failure.mail.messageId], ['Rendering Failure', MessageId]);
  assert.equal(failure.failure.templateName, 'hello');

  await client.send(new sdk.UpdateTemplateCommand({ Template: { ...Template, SubjectPart: 'New' } }));
  await client.send(new sdk.SendTemplatedEmailCommand({ ...failing, TemplateData: '{"name":"Bob"}' }));
  await until('the topic knows of it', () => delivered.length === 3);
  const events = delivered.slice(1).map(({ message }) => JSON.parse(message.body.toString()));
  assert.deepEqual(
    events.map(({ eventType }) => eventType),
    ['Send', 'Delivery'],
  );
  assert.deepEqual(events[1].mail.tags['ses:configuration-set'], ['set']);
  assert.equal(events[1].mail.commonHeaders.subject, 'New');
  await client.send(new sdk.DeleteTemplateCommand({ TemplateName: 'hello' }));
  assert.deepEqual((await client.send(new sdk.ListTemplatesCommand({}))).TemplatesMetadata, []);
  const gone = client.send(new sdk.SendTemplatedEmailCommand({ ...letter, Destination, TemplateData: '{}' }));
  assert.deepEqual(await refusal(gone), ['TemplateDoesNotExistException', 'Template hello does not exist']);
});

test('a configuration set says whether letters go, and whom it tells of them', async (t) => {
  const relay = await smtpRelay(t);
  const { client } = await serveSes(t, { relay: relay.url });
  await client.send(new sdk.VerifyEmailIdentityCommand({ EmailAddress: ADA }));
  const ConfigurationSetName = 'news';
  const create = () =>
    client.send(new sdk.CreateConfigurationSetCommand({ ConfigurationSet: { Name: ConfigurationSetName } }));
  await create();
  assert.equal((await refusal(create()))[0], 'ConfigurationSetAlreadyExistsException');
  const EventDestination = {
    ...{ Name: 'topic', Enabled: true, SNSDestination: { TopicARN: TOPIC } },
    MatchingEventTypes: ['bounce' as const],
  };
  const destination = { ConfigurationSetName, EventDestination };
  await client.send(new sdk.CreateConfigurationSetEventDestinationCommand(destination));
  const twice = client.send(new sdk.CreateConfigurationSetEventDestinationCommand(destination));
  assert.equal((await refusal(twice))[0], 'EventDestinationAlreadyExistsException');
  const changed = { ...EventDestination, Enabled: false };
  await client.send(
    new sdk.UpdateConfigurationSetEventDestinationCommand({ ...destination, EventDestination: changed }),
  );
  const described = await client.send(
    new sdk.DescribeConfigurationSetCommand({
      ConfigurationSetName,
      ConfigurationSetAttributeNames: ['eventDestinations', 'reputationOptions'],
    }),
  );
  assert.deepEqual(described.EventDestinations, [changed]);
  const opened = { ...destination, EventDestination: { ...EventDestination, MatchingEventTypes: ['open' as const] } };
  const untracked = client.send(new sdk.UpdateConfigurationSetEventDestinationCommand(opened));
  assert.equal((await refusal(untracked))[0], 'NotImplemented');
  await client.send(new sdk.UpdateConfigurationSetSendingEnabledCommand({ ConfigurationSetName, Enabled: false }));
  const letter = {
    ...{ Source: ADA, Destination: { ToAddresses: ['bob@example.net'] }, ConfigurationSetName },
    Message: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'Hi' } } },
  };
  assert.equal(
    (await refusal(client.send(new sdk.SendEmailCommand(letter))))[0],
    'ConfigurationSetSendingPausedException',
  );
  const EventDestinationName = 'topic';
  const remove = () =>
    client.send(new sdk.DeleteConfigurationSetEventDestinationCommand({ ConfigurationSetName, EventDestinationName }));
  await remove();
  assert.equal((await refusal(remove()))[0], 'EventDestinationDoesNotExistException');
  await client.send(new sdk.DeleteConfigurationSetCommand({ ConfigurationSetName }));
  assert.deepEqual((await client.send(new sdk.ListConfigurationSetsCommand({}))).ConfigurationSets, []);
  assert.deepEqual(await refusal(client.send(new sdk.SendEmailCommand(letter))), [
    'ConfigurationSetDoesNotExistException',
    'Configuration set <news> does not exist.',
  ]);
});

test('identities are told with what is set on them, and listed in pages', async (t) => {
  const { client } = await serveSes(t);
  for (const name of ['b', 'a', 'c'])
    await client.send(new sdk.VerifyEmailAddressCommand({ EmailAddress: `${name}@example.com` }));
  await client.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'Example.com' }));
  const first = await client.send(new sdk.ListIdentitiesCommand({ MaxItems: 3 }));
  const rest = await client.send(new sdk.ListIdentitiesCommand({ MaxItems: 3, NextToken: first.NextToken }));
  const all = ['a@example.com', 'b@example.com', 'c@example.com', 'example.com'];
  assert.deepEqual([...(first.Identities ?? []), ...(rest.Identities ?? [])], all);
  assert.equal(rest.NextToken, undefined);
  assert.deepEqual((await client.send(new sdk.ListIdentitiesCommand({ IdentityType: 'Domain' }))).Identities, [
    'example.com',
  ]);
  const { VerifiedEmailAddresses } = await client.send(new sdk.ListVerifiedEmailAddressesCommand({}));
  assert.deepEqual(VerifiedEmailAddresses, all.slice(0, 3));
  const Identity = 'example.com';
  await client.send(
    new sdk.SetIdentityNotificationTopicCommand({ Identity, NotificationType: 'Bounce', SnsTopic: TOPIC }),
  );
  await client.send(new sdk.SetIdentityFeedbackForwardingEnabledCommand({ Identity, ForwardingEnabled: false }));
  const Identities = [Identity, 'unknown.net'];
  const { NotificationAttributes } = await client.send(
    new sdk.GetIdentityNotificationAttributesCommand({ Identities }),
  );
  assert.deepEqual(Object.keys(NotificationAttributes ?? {}), [Identity]);
  const { BounceTopic, ForwardingEnabled } = NotificationAttributes?.[Identity] ?? {};
  assert.deepEqual([BounceTopic, ForwardingEnabled], [TOPIC, false]);
  const { DkimAttributes } = await client.send(new sdk.GetIdentityDkimAttributesCommand({ Identities }));
  assert.equal(DkimAttributes?.[Identity]?.DkimEnabled, false);
  assert.equal((await client.send(new sdk.GetAccountSendingEnabledCommand({}))).Enabled, true);
  await client.send(new sdk.DeleteVerifiedEmailAddressCommand({ EmailAddress: 'a@example.com' }));
  const unknown = { Identity: 'a@example.com', NotificationType: 'Bounce' as const };
  const refused = await refusal(client.send(new sdk.SetIdentityNotificationTopicCommand(unknown)));
  assert.deepEqual(refused, ['InvalidParameterValue', 'Must have added identity <a@example.com>.']);
});

test('what is not to be had says so', async (t) => {
  const { client } = await serveSes(t);
  const refused = await refusal(client.send(new sdk.VerifyDomainDkimCommand({ Domain: 'example.com' })));
  assert.equal(refused[0], 'NotImplemented');
  assert.match(refused[1], /VerifyDomainDkim/);
});
