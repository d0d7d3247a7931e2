import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, refusal, sdk, sdkV2, serveSes, until } from './testing/serve-ses.ts';
import { smtpRelay } from './testing/smtp-relay.ts';

const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:events`;
const ADA = 'ada@example.com';
const Destination = { ToAddresses: ['bob@example.net'] };

test('letters go out by version 2: written, with attachments; raw; and out of templates', async (t) => {
  const relay = await smtpRelay(t);
  const { clientV2 } = await serveSes(t, { relay: relay.url });
  const created = await clientV2.send(new sdkV2.CreateEmailIdentityCommand({ EmailIdentity: ADA }));
  assert.deepEqual([created.IdentityType, created.VerifiedForSendingStatus], ['EMAIL_ADDRESS', true]);
  const Simple = {
    Subject: { Data: 'Report' },
    Body: { Text: { Data: 'See there.' } },
    Headers: [{ Name: 'X-Kind', Value: 'report' }],
    Attachments: [{ FileName: 'numbers.csv', RawContent: Buffer.from('1;2;3'), ContentType: 'text/csv' }],
  };
  const written = { FromEmailAddress: ADA, Destination };
  const { MessageId } = await clientV2.send(new sdkV2.SendEmailCommand({ ...written, Content: { Simple } }));
  await until('it is there', () => relay.letters.length === 1);
  const source = relay.letters[0]?.source ?? '';
  assert.ok(source.includes(`<${MessageId}@email.amazonses.com>`));
  assert.match(source, /^X-Kind: report\r$/m);
  assert.match(source, /filename=numbers\.csv/);
  assert.ok(source.includes(Buffer.from('1;2;3').toString('base64')));

  const Raw = { Data: Buffer.from(`From: ${ADA}\r\nTo: carl@example.net\r\nSubject: raw\r\n\r\nHi.\r\n`) };
  await clientV2.send(new sdkV2.SendEmailCommand({ Content: { Raw } }));
  await until('the second is there', () => relay.letters.length === 2);
  assert.deepEqual(relay.letters[1]?.to, ['carl@example.net']);

  const TemplateContent = { Subject: 'For {{name}}', Text: 'Dear {{name}}' };
  await clientV2.send(new sdkV2.CreateEmailTemplateCommand({ TemplateName: 'hello', TemplateContent }));
  const Template = { TemplateName: 'hello', TemplateData: '{"name":"Bob"}' };
  await clientV2.send(new sdkV2.SendEmailCommand({ ...written, Content: { Template } }));
  const inline = { TemplateContent, TemplateData: '{"name":"Dora"}' };
  await clientV2.send(new sdkV2.SendEmailCommand({ ...written, Content: { Template: inline } }));
  const { BulkEmailEntryResults } = await clientV2.send(
    new sdkV2.SendBulkEmailCommand({
      FromEmailAddress: ADA,
      DefaultContent: { Template },
      BulkEmailEntries: [
        {
          Destination,
          ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: '{"name":"Emil"}' } },
        },
        { Destination: { ToAddresses: ['nobody'] } },
      ],
    }),
  );
  assert.deepEqual(
    BulkEmailEntryResults?.map(({ Status }) => Status),
    ['SUCCESS', 'INVALID_PARAMETER'],
  );
  await until('all are there', () => relay.letters.length === 5);
  const subjects = relay.letters.slice(2).map((letter) => /^Subject: (.*)\r$/m.exec(letter.source)?.[1]);
  assert.deepEqual(subjects.sort(), ['For Bob', 'For Dora', 'For Emil']);
  const { SendQuota, SendingEnabled } = await clientV2.send(new sdkV2.GetAccountCommand({}));
  assert.deepEqual([SendingEnabled, SendQuota?.SentLast24Hours], [true, 5]);
});

test('refusals of version 2 are told in its words', async (t) => {
  const relay = await smtpRelay(t);
  const { clientV2 } = await serveSes(t, { relay: relay.url });
  const Content = { Simple: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'Hi' } } } };
  const send = (changes: object) =>
    clientV2.send(new sdkV2.SendEmailCommand({ FromEmailAddress: ADA, Destination, Content, ...changes }));
  assert.deepEqual(await refusal(send({})), [
    'MessageRejected',
    `Email address is not verified. The following identities failed the check in region US-EAST-1: ${ADA}`,
  ]);
  await clientV2.send(new sdkV2.CreateEmailIdentityCommand({ EmailIdentity: ADA }));
  const twice = clientV2.send(new sdkV2.CreateEmailIdentityCommand({ EmailIdentity: ADA }));
  assert.deepEqual(await refusal(twice), ['AlreadyExistsException', `Email identity ${ADA} already exist.`]);
  assert.deepEqual(await refusal(send({ Destination: {} })), ['BadRequestException', 'Empty required headers.']);
  assert.deepEqual(await refusal(send({ ConfigurationSetName: 'none' })), [
    'NotFoundException',
    'Configuration set <none> does not exist.',
  ]);
  const header = { Simple: { ...Content.Simple, Headers: [{ Name: 'X-A', Value: 'b\r\nBcc: eve@example.org' }] } };
  assert.equal((await refusal(send({ Content: header })))[0], 'BadRequestException');
  const hidden = { Simple: { ...Content.Simple, Headers: [{ Name: 'Bcc', Value: 'eve@example.org' }] } };
  assert.equal((await refusal(send({ Content: hidden })))[0], 'BadRequestException');
  const file = { FileName: 'a', RawContent: Buffer.from('a'), ContentType: 'text/plain\r\nX-Evil: 1' };
  const attached = { Simple: { ...Content.Simple, Attachments: [file] } };
  assert.equal((await refusal(send({ Content: attached })))[0], 'BadRequestException');
  assert.equal((await refusal(send({ ListManagementOptions: { ContactListName: 'l' } })))[0], 'NotImplemented');
  assert.equal((await refusal(send({ Content: {} })))[0], 'BadRequestException');
  const missing = clientV2.send(new sdkV2.GetEmailIdentityCommand({ EmailIdentity: 'eve@example.org' }));
  assert.deepEqual(await refusal(missing), ['NotFoundException', 'Email identity eve@example.org does not exist.']);
  const list = clientV2.send(new sdkV2.ListContactListsCommand({}));
  assert.equal((await refusal(list))[0], 'NotImplemented');
});

test('both versions of the API know the same identities, templates and configuration sets', async (t) => {
  const { client, clientV2 } = await serveSes(t);
  const ConfigurationSetName = 'set';
  const Tags = [{ Key: 'team', Value: 'desk' }];
  await clientV2.send(new sdkV2.CreateConfigurationSetCommand({ ConfigurationSetName, Tags }));
  await clientV2.send(
    new sdkV2.CreateEmailIdentityCommand({ EmailIdentity: 'example.com', Tags, ConfigurationSetName }),
  );
  assert.deepEqual((await client.send(new sdk.ListIdentitiesCommand({}))).Identities, ['example.com']);
  const identity = await clientV2.send(new sdkV2.GetEmailIdentityCommand({ EmailIdentity: 'example.com' }));
  assert.deepEqual(identity.Tags, Tags);
  assert.deepEqual([identity.VerificationStatus, identity.ConfigurationSetName], ['SUCCESS', 'set']);
  await clientV2.send(new sdkV2.PutEmailIdentityConfigurationSetAttributesCommand({ EmailIdentity: 'example.com' }));
  const feedback = { EmailIdentity: 'example.com', EmailForwardingEnabled: false };
  await clientV2.send(new sdkV2.PutEmailIdentityFeedbackAttributesCommand(feedback));
  const changed = await clientV2.send(new sdkV2.GetEmailIdentityCommand({ EmailIdentity: 'example.com' }));
  assert.deepEqual([changed.ConfigurationSetName, changed.FeedbackForwardingStatus], [undefined, false]);
  const { EmailIdentities } = await clientV2.send(new sdkV2.ListEmailIdentitiesCommand({ PageSize: 10 }));
  assert.deepEqual(
    EmailIdentities?.map(({ IdentityName, SendingEnabled }) => [IdentityName, SendingEnabled]),
    [['example.com', true]],
  );
  await clientV2.send(new sdkV2.DeleteEmailIdentityCommand({ EmailIdentity: 'example.com' }));
  assert.equal(
    (await refusal(clientV2.send(new sdkV2.DeleteEmailIdentityCommand({ EmailIdentity: 'example.com' }))))[0],
    'NotFoundException',
  );

  await clientV2.send(
    new sdkV2.PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName, SendingEnabled: false }),
  );
  const set = await clientV2.send(new sdkV2.GetConfigurationSetCommand({ ConfigurationSetName }));
  assert.deepEqual([set.SendingOptions?.SendingEnabled, set.Tags], [false, Tags]);
  const EventDestinationName = 'topic';
  const EventDestination = {
    ...{ Enabled: true, SnsDestination: { TopicArn: TOPIC } },
    MatchingEventTypes: ['BOUNCE' as const, 'RENDERING_FAILURE' as const],
  };
  const destination = { ConfigurationSetName, EventDestinationName };
  await clientV2.send(new sdkV2.CreateConfigurationSetEventDestinationCommand({ ...destination, EventDestination }));
  await clientV2.send(new sdkV2.UpdateConfigurationSetEventDestinationCommand({ ...destination, EventDestination }));
  const listed = await clientV2.send(new sdkV2.GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }));
  assert.deepEqual(listed.EventDestinations, [{ Name: 'topic', ...EventDestination }]);
  await clientV2.send(new sdkV2.DeleteConfigurationSetEventDestinationCommand(destination));
  assert.deepEqual((await clientV2.send(new sdkV2.ListConfigurationSetsCommand({}))).ConfigurationSets, ['set']);
  await clientV2.send(new sdkV2.DeleteConfigurationSetCommand({ ConfigurationSetName }));
  const tracked = { ConfigurationSetName, TrackingOptions: { CustomRedirectDomain: 'example.com' } };
  assert.equal((await refusal(clientV2.send(new sdkV2.CreateConfigurationSetCommand(tracked))))[0], 'NotImplemented');

  const TemplateContent = { Subject: 'For {{name}}', Text: 'Hi' };
  await client.send(
    new sdk.CreateTemplateCommand({ Template: { TemplateName: 'old', SubjectPart: 'For {{name}}', TextPart: 'Hi' } }),
  );
  const found = await clientV2.send(new sdkV2.GetEmailTemplateCommand({ TemplateName: 'old' }));
  assert.deepEqual(found.TemplateContent, TemplateContent);
  await clientV2.send(
    new sdkV2.UpdateEmailTemplateCommand({ TemplateName: 'old', TemplateContent: { ...TemplateContent, Text: 'Ho' } }),
  );
  const rendered = await clientV2.send(
    new sdkV2.TestRenderEmailTemplateCommand({ TemplateName: 'old', TemplateData: '{"name":"Bob"}' }),
  );
  assert.match(rendered.RenderedTemplate ?? '', /^Subject: For Bob\r\n[\s\S]*Ho/);
  const { TemplatesMetadata } = await clientV2.send(new sdkV2.ListEmailTemplatesCommand({}));
  assert.deepEqual(
    TemplatesMetadata?.map(({ TemplateName }) => TemplateName),
    ['old'],
  );
  await clientV2.send(new sdkV2.DeleteEmailTemplateCommand({ TemplateName: 'old' }));
  assert.equal(
    (await refusal(clientV2.send(new sdkV2.GetEmailTemplateCommand({ TemplateName: 'old' }))))[0],
    'NotFoundException',
  );
});
