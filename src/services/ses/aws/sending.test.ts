import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { sesResources } from './resources.ts';
import {
  ACCOUNT,
  REGION,
  refusal,
  type SesServer,
  sdk,
  serveSes,
  temporaryDirectory,
  until,
} from './testing/serve-ses.ts';
import { smtpRelay } from './testing/smtp-relay.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.net';

test('a letter goes out through the relay, with all its parts, and nobody sees who gets it secretly', async (t) => {
  const { relay, client } = await verified(t);
  await client.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'example.com' }));
  const { MessageId } = await client.send(
    new sdk.SendEmailCommand({
      Source: 'Ada Lovelace <ada@example.com>',
      Destination: { ToAddresses: [BOB], CcAddresses: ['carl@example.net'], BccAddresses: ['dora@example.net'] },
      Message: { Subject: { Data: 'Grüße' }, Body: { Text: { Data: 'Hello.' }, Html: { Data: '<p>Hello.</p>' } } },
      ReplyToAddresses: ['answers@example.org'],
      ReturnPath: 'bounces@example.com',
    }),
  );
  await until('it is there', () => relay.letters.length === 1);
  const [letter] = relay.letters;
  assert.equal(letter?.from, 'bounces@example.com');
  assert.deepEqual(letter?.to, [BOB, 'carl@example.net', 'dora@example.net']);
  const source = letter?.source ?? '';
  assert.match(source, /^From: Ada Lovelace <ada@example\.com>\r$/m);
  assert.match(source, /^Subject: =\?UTF-8\?/m);
  assert.match(source, /^Reply-To: answers@example\.org\r$/m);
  assert.ok(source.includes(`<${MessageId}@email.amazonses.com>`));
  assert.match(source, /multipart\/alternative/);
  assert.doesNotMatch(source, /dora/);
});

test('a raw letter goes out as it is, but for its id and who gets it secretly', async (t) => {
  const { relay, client } = await verified(t);
  const raw = [
    `From: ${ADA}`,
    `To: ${BOB}`,
    'Bcc: dora@example.net',
    'Message-ID: <mine@x>',
    'X-Kind: news',
    '',
    'Hi.',
    '',
  ];
  const send = (input: object) =>
    client.send(new sdk.SendRawEmailCommand({ RawMessage: { Data: Buffer.from(raw.join('\r\n')) }, ...input }));
  const { MessageId } = await send({});
  await until('it is there', () => relay.letters.length === 1);
  const { to = [], source = '' } = relay.letters[0] ?? {};
  assert.deepEqual(to, [BOB, 'dora@example.net']);
  assert.match(source, /^X-Kind: news\r$/m);
  assert.ok(source.includes(`<${MessageId}@email.amazonses.com>`));
  assert.doesNotMatch(source, /dora|mine@x/);
  assert.ok(source.endsWith('\r\n\r\nHi.\r\n'));
  await send({ Destinations: ['emil@example.net'] });
  await until('the second is there', () => relay.letters.length === 2);
  assert.deepEqual(relay.letters[1]?.to, ['emil@example.net']);
});

test('nobody sends from what is not verified, and a letter asks who owns an address', async (t) => {
  const { relay, client, endpoint } = await verified(t);
  const EmailAddress = 'eve@example.org';
  const send = () => client.send(new sdk.SendEmailCommand(letter({ Source: `Eve <${EmailAddress}>` })));
  assert.deepEqual(await refusal(send()), [
    'MessageRejected',
    'Email address is not verified. The following identities failed the check in region US-EAST-1: eve@example.org',
  ]);
  await client.send(new sdk.VerifyEmailIdentityCommand({ EmailAddress }));
  const status = async () => {
    const asked = await client.send(new sdk.GetIdentityVerificationAttributesCommand({ Identities: [EmailAddress] }));
    return asked.VerificationAttributes?.[EmailAddress]?.VerificationStatus;
  };
  assert.equal(await status(), 'Pending');
  assert.equal((await refusal(send()))[0], 'MessageRejected');
  await until('she is asked', () => relay.letters.length === 1);
  assert.deepEqual(relay.letters[0]?.to, [EmailAddress]);
  const link = linkIn(relay.letters[0]?.source ?? '');
  assert.ok(link.startsWith(`${endpoint}/`));
  assert.equal((await fetch(link.replace(/token=./, 'token=_'))).status, 404);
  assert.equal(await status(), 'Pending');
  assert.equal((await fetch(link)).status, 200);
  assert.equal(await status(), 'Success');
  await send();
});

test('a letter has one sender of each kind, so that none is hidden behind a verified one', async (t) => {
  const { client } = await verified(t);
  const send = (...head: string[]) => {
    const Data = Buffer.from([...head, 'To: bob@example.org', '', 'Hi.'].join('\r\n'));
    return client.send(new sdk.SendRawEmailCommand({ RawMessage: { Data } }));
  };
  const twice = (name: string) => ['InvalidParameterValue', `Duplicate header '${name}'.`];
  assert.deepEqual(await refusal(send(`From: ${ADA}`, 'from : eve@example.org')), twice('From'));
  assert.deepEqual(await refusal(send(`From: ${ADA}`, `Sender: ${ADA}`, 'SENDER: eve@example.org')), twice('Sender'));
  await send(`From: ${ADA}`, `Sender: ${ADA}`);
});

test('a letter whose head is too long is refused before it is read', async (t) => {
  const { client } = await verified(t);
  const send = (bytes: number) => {
    const head = `From: ${ADA}\r\nTo: bob@example.org\r\n`;
    const Data = Buffer.from(`${head}${'X: y\r\n'.repeat((bytes - head.length) / 6)}\r\nHi.`);
    return client.send(new sdk.SendRawEmailCommand({ RawMessage: { Data } }));
  };
  const refused = ['InvalidParameterValue', 'The headers take more than 262144 bytes.'];
  assert.deepEqual(await refusal(send(300_000)), refused);
  await send(260_000);
});

test('a domain is verified for the account whose it is by the operator’s word, and nobody else', async (t) => {
  const { client, clientOf } = await verified(t);
  const other = clientOf({ account: '111122223333' });
  for (const one of [client, other])
    await one.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'news.example.com' }));
  const statusFor = async (one: typeof client) => {
    const Identities = ['news.example.com'];
    const asked = await one.send(new sdk.GetIdentityVerificationAttributesCommand({ Identities }));
    return asked.VerificationAttributes?.['news.example.com']?.VerificationStatus;
  };
  assert.deepEqual([await statusFor(client), await statusFor(other)], ['Success', 'Pending']);
  await client.send(new sdk.SendEmailCommand(letter({ Source: 'any@deep.news.example.com' })));
  const refused = await refusal(other.send(new sdk.SendEmailCommand(letter({ Source: 'any@news.example.com' }))));
  assert.equal(refused[0], 'MessageRejected');
  await client.send(new sdk.DeleteIdentityCommand({ Identity: 'news.example.com' }));
  assert.deepEqual((await client.send(new sdk.ListIdentitiesCommand({}))).Identities, [ADA]);
});

test('fifty recipients are taken and one more is not, nor are ten megabytes and one byte', async (t) => {
  const { client, relay } = await verified(t);
  const many = (count: number) => Array.from({ length: count }, (_, at) => `reader${at}@example.net`);
  await client.send(new sdk.SendEmailCommand(letter({ Destination: { BccAddresses: many(50) } })));
  await until('it is there', () => relay.letters.length === 1);
  assert.equal(relay.letters[0]?.to.length, 50);
  const tooMany = client.send(new sdk.SendEmailCommand(letter({ Destination: { BccAddresses: many(51) } })));
  assert.deepEqual(await refusal(tooMany), ['InvalidParameterValue', 'Recipient count exceeds 50.']);
  const toNobody = { RawMessage: { Data: Buffer.from(`From: ${ADA}\r\nTo: undisclosed-recipients:;\r\n\r\nHi.`) } };
  const refused = await refusal(client.send(new sdk.SendRawEmailCommand(toNobody)));
  assert.deepEqual(refused, ['InvalidParameterValue', 'Empty required headers.']);
  const Data = Buffer.alloc(10 * 1024 * 1024 + 1, 'a');
  Data.write(`From: ${ADA}\r\nTo: ${BOB}\r\n\r\n`);
  const tooLong = await refusal(client.send(new sdk.SendRawEmailCommand({ RawMessage: { Data } })));
  assert.match(tooLong[1], /^Message length is more than 10485760 bytes long: '\d+'\.$/);
});

test('what a policy must allow is the identity from which a letter is sent, wherever the request names it', async (t) => {
  const { client, ses } = await verified(t);
  await client.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'example.com' }));
  const scope = { account: ACCOUNT, region: REGION };
  const resource = (operation: string, input: object) =>
    sesResources(ses.core)(operation, { ...input }, scope)[0]?.replace(
      `arn:aws:ses:${REGION}:${ACCOUNT}:identity/`,
      '',
    );
  assert.equal(resource('SendEmail', { Source: `Ada <${ADA}>` }), ADA);
  assert.equal(resource('SendEmail', { FromEmailAddress: 'desk@example.com' }), 'example.com');
  assert.equal(resource('SendEmail', { FromEmailAddress: 'eve@example.org' }), 'eve@example.org');
  const Data = Buffer.from('From: desk@example.com\r\n\r\nHi.');
  assert.equal(resource('SendRawEmail', { RawMessage: { Data } }), 'example.com');
  assert.equal(resource('SendEmail', { Content: { Raw: { Data } } }), 'example.com');
  assert.equal(resource('GetEmailIdentity', { EmailIdentity: 'example.com' }), 'example.com');
  assert.equal(resource('ListIdentities', {}), '*');
});

test('what is no address is told in SES’s words', async (t) => {
  const { client } = await verified(t);
  const to = async (address: string) =>
    (await refusal(client.send(new sdk.SendEmailCommand(letter({ Destination: { ToAddresses: [address] } })))))[1];
  assert.equal(await to('nobody'), "Missing final '@domain'");
  assert.equal(await to('a b@example.com'), 'Local address contains control or whitespace');
  assert.equal(await to('ada@exam ple.com'), 'Domain contains control or whitespace');
  const header = letter({ Source: `Ada\r\nBcc: eve@example.org <${ADA}>` });
  const refused = await refusal(client.send(new sdk.SendEmailCommand(header)));
  assert.deepEqual(refused, ['InvalidParameterValue', 'Address contains a line break']);
});

test('without a relay nothing is sent, and the refusal says what to type', async (t) => {
  const { client } = await serveSes(t);
  await client.send(new sdk.VerifyEmailIdentityCommand({ EmailAddress: ADA }));
  const refused = await refusal(client.send(new sdk.SendEmailCommand(letter({}))));
  assert.equal(refused[0], 'NotImplemented');
  assert.match(refused[1], /--smtp-relay smtp:\/\//);
});

test('a relay that cannot now is asked again, and who it refuses for ever bounces', async (t) => {
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  const { relay, client, delivered } = await verified(t, { clock });
  const SnsTopic = 'arn:aws:sns:us-east-1:123456789012:bounces';
  await client.send(
    new sdk.SetIdentityNotificationTopicCommand({ Identity: ADA, NotificationType: 'Bounce', SnsTopic }),
  );
  const withHeaders = { Identity: ADA, NotificationType: 'Bounce', Enabled: true } as const;
  await client.send(new sdk.SetIdentityHeadersInNotificationsEnabledCommand(withHeaders));
  relay.answers.push(451);
  relay.refusedRecipients.set('carl@example.net', 550);
  const Destination = { ToAddresses: [BOB, 'carl@example.net'] };
  const { MessageId } = await client.send(new sdk.SendEmailCommand(letter({ Destination })));
  await until('it was asked', () => relay.answers.length === 0);
  for (let step = 0; step < 6_000 && relay.letters.length === 0; step += 1) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual(
    relay.letters.map(({ to }) => to),
    [[BOB]],
  );
  await until('the topic is told', () => delivered.length === 1);
  assert.equal(delivered[0]?.arn, SnsTopic);
  assert.deepEqual(delivered[0]?.sender, {
    kind: 'service',
    service: 'ses.amazonaws.com',
    sourceArn: `arn:aws:ses:us-east-1:123456789012:identity/${ADA}`,
    sourceAccount: '123456789012',
  });
  const told = JSON.parse(delivered[0]?.message.body.toString() ?? '');
  assert.equal(told.notificationType, 'Bounce');
  assert.equal(told.bounce.bounceType, 'Permanent');
  assert.equal(told.bounce.bouncedRecipients[0].emailAddress, 'carl@example.net');
  assert.equal(told.bounce.bouncedRecipients[0].status, '5.1.1');
  assert.equal(told.mail.messageId, MessageId);
  assert.equal(told.mail.commonHeaders.subject, 'Hello');
  const { SendDataPoints } = await client.send(new sdk.GetSendStatisticsCommand({}));
  const { DeliveryAttempts, Bounces } = SendDataPoints?.[0] ?? {};
  assert.deepEqual([DeliveryAttempts, Bounces], [2, 1]);
  assert.equal((await client.send(new sdk.GetSendQuotaCommand({}))).SentLast24Hours, 2);
});

test('a letter that was accepted while the relay was away is sent after a restart', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const away = await verified(t, { dataDir, relay: 'smtp://127.0.0.1:1?from=postmaster@example.org' });
  await away.client.send(new sdk.SendEmailCommand(letter({})));
  await away.stop();
  const letters = join(dataDir, 'letters');
  // Written just before a death, and never accepted.
  writeFileSync(join(letters, randomUUID()), 'forgotten');
  assert.equal(readdirSync(letters).length, 2);
  const relay = await smtpRelay(t);
  const clock = manualClock(Date.now() + 3_600_000);
  await serveSes(t, { dataDir, relay: relay.url, clock });
  await until('it is there', () => relay.letters.length === 1);
  await until('nothing is left', () => readdirSync(letters).length === 0);
});

function letter(changes: object) {
  return {
    Source: ADA,
    Destination: { ToAddresses: [BOB] },
    Message: { Subject: { Data: 'Hello' }, Body: { Text: { Data: 'Hi.' } } },
    ...changes,
  };
}

/** A server whose account has verified Ada's address, with a real relay. */
async function verified(
  t: import('node:test').TestContext,
  options: Parameters<typeof serveSes>[1] = {},
): Promise<SesServer & { relay: Awaited<ReturnType<typeof smtpRelay>> }> {
  const relay = await smtpRelay(t);
  const server = await serveSes(t, { relay: relay.url, ...options });
  await server.client.send(new sdk.VerifyEmailIdentityCommand({ EmailAddress: ADA }));
  return { ...server, relay };
}

/** Long lines come in parts. */
function linkIn(source: string): string {
  const body = source
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return /http:\/\/\S+/.exec(body)?.[0] ?? '';
}
