import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { type Delivered, refusal, sdk, temporaryDirectory, until } from './testing/serve-ses.ts';
import { addRule, type MailServer, serveMail } from './testing/serve-smtp.ts';
import { smtpRelay } from './testing/smtp-relay.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:desk';
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:letters';

test('a letter for a rule’s recipient is stored as it came, and its function told', async (t) => {
  const server = await serveMail(t);
  const S3Action = { BucketName: 'inbox', ObjectKeyPrefix: 'mail/' };
  const Actions = [{ S3Action }, { LambdaAction: { FunctionArn: FUNCTION } }];
  await addRule(server, { Name: 'desk', Recipients: ['desk@example.com'], Actions });
  assert.deepEqual(keysIn(server.delivered), ['mail/AMAZON_SES_SETUP_NOTIFICATION']);
  const { response } = await send(t, server, { to: 'desk@example.com', subject: 'Grüße aus Köln' });
  await until('the function is told', () => server.delivered.length === 3);
  const [, stored, told] = server.delivered;
  const id = /Ok (\w{40})$/.exec(response)?.[1];
  assert.equal(stored?.arn, 'arn:aws:s3:::inbox');
  assert.equal(stored.message.objectKey, `mail/${id}`);
  assert.equal(stored.sender.sourceArn, 'arn:aws:ses:us-east-1:123456789012:receipt-rule-set/rules:receipt-rule/desk');
  const letter = stored.message.body.toString();
  assert.match(letter, /^Return-Path: <bob@example\.net>\r\nReceived: from /);
  assert.match(letter, /\r\n\r\nIt does not work\.\r\n$/);
  assert.equal(told?.arn, FUNCTION);
  const { eventSource, eventVersion, ses } = JSON.parse(told.message.body.toString()).Records[0];
  assert.deepEqual([eventSource, eventVersion], ['aws:ses', '1.0']);
  assert.equal(ses.mail.messageId, id);
  assert.equal(ses.mail.source, 'bob@example.net');
  assert.deepEqual(ses.mail.destination, ['desk@example.com']);
  assert.equal(ses.mail.commonHeaders.subject, 'Grüße aus Köln');
  assert.deepEqual(ses.mail.commonHeaders.from, ['Bob <bob@example.net>']);
  assert.equal(ses.mail.headersTruncated, false);
  assert.deepEqual(ses.receipt.recipients, ['desk@example.com']);
  assert.deepEqual(ses.receipt.spamVerdict, { status: 'DISABLED' });
  assert.deepEqual(ses.receipt.action, { type: 'Lambda', functionArn: FUNCTION, invocationType: 'Event' });
});

test('nobody’s letters are taken: neither for others, nor for whom no rule names', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { Recipients: ['desk@example.com', 'news.example.com', '.deep.example.com'], Actions: [stop] });
  const refused = async (to: string) => (await refusal(send(t, server, { to })))[1];
  for (const to of ['bob@example.net', 'other@example.com', 'a@example.com.evil.net', 'a@deep.example.com']) {
    assert.match(await refused(to), /550.*mailbox unavailable/, to);
  }
  for (const to of ['DESK@Example.com', 'desk+tag@example.com', 'any@news.example.com', 'any@very.deep.example.com']) {
    await send(t, server, { to });
  }
  await server.client.send(new sdk.SetActiveReceiptRuleSetCommand({}));
  assert.match(await refused('desk@example.com'), /550/);
});

test('a topic gets a letter up to its size, whole or in base64', async (t) => {
  const server = await serveMail(t);
  await addRule(server, {
    Actions: [
      { SNSAction: { TopicArn: TOPIC, Encoding: 'Base64' } },
      { StopAction: { Scope: 'RuleSet', TopicArn: TOPIC } },
    ],
  });
  await addRule(server, { Actions: [{ LambdaAction: { FunctionArn: FUNCTION } }] });
  await send(t, server, { to: 'desk@example.com' });
  await until('both are told', () => server.delivered.length === 2);
  const [note, stopped] = server.delivered.map(({ message }) => JSON.parse(message.body.toString()));
  assert.equal(note.notificationType, 'Received');
  assert.match(Buffer.from(note.content, 'base64').toString(), /It does not work\./);
  assert.equal(server.delivered[0]?.message.subject, 'Amazon SES Email Receipt Notification');
  assert.equal(stopped.content, undefined);
  assert.deepEqual(stopped.receipt.action, { type: 'Stop', topicArn: TOPIC });
  await letterFilesGone(server);
  assert.equal(server.delivered.length, 2, 'what stops the rules lets no function run');
});

test('a letter of 150 KB goes to a topic, and a larger one goes back', async (t) => {
  const relay = await smtpRelay(t);
  const server = await serveMail(t, { relay: relay.url });
  await addRule(server, { Actions: [{ SNSAction: { TopicArn: TOPIC } }] });
  const listed = async (bytes: number) => {
    server.delivered.length = 0;
    // What comes before a letter on its way counts, and is as long each time.
    await server.ses
      .core()
      .receiving.take(
        { from: 'bob@example.net', to: ['desk@example.com'] },
        Buffer.concat([Buffer.from('Subject: large\r\n\r\n'), Buffer.alloc(bytes, 'x')]),
        { ip: '127.0.0.1', host: 'test', isSecure: true },
      );
    await letterFilesGone(server);
    return server.delivered.map(({ message }) => JSON.parse(message.body.toString()).content.length as number);
  };
  const [length = 0] = await listed(100_000);
  const around = length - 100_000;
  assert.deepEqual(await listed(150 * 1024 - around), [150 * 1024]);
  assert.deepEqual(await listed(150 * 1024 - around + 1), []);
  await until('it is back', () => relay.letters.length === 1);
  assert.match(relay.letters[0]?.source ?? '', /552 5\.3\.4 Message too large/);
});

test('a function that is waited for says whether the rules go on', async (t) => {
  const answers: Record<string, string> = { 'stop-rule': 'STOP_RULE', 'stop-all': 'STOP_RULE_SET', on: 'CONTINUE' };
  const server = await serveMail(t, {
    ask: async (_arn, event) => {
      const [to = ''] = JSON.parse(event.toString()).Records[0].ses.mail.destination;
      return Buffer.from(JSON.stringify({ disposition: answers[to.split('@')[0]] }));
    },
  });
  const put = (prefix: string) => ({ S3Action: { BucketName: 'inbox', ObjectKeyPrefix: prefix } });
  const LambdaAction = { FunctionArn: FUNCTION, InvocationType: 'RequestResponse' } as const;
  const AddHeaderAction = { HeaderName: 'X-Desk', HeaderValue: 'first' };
  await addRule(server, { Actions: [{ AddHeaderAction }, { LambdaAction }, put('first/')] });
  await addRule(server, { Actions: [put('second/')] });
  const written = async (to: string) => {
    server.delivered.length = 0;
    await send(t, server, { to: `${to}@example.com` });
    await letterFilesGone(server);
    return keysIn(server.delivered).map((key) => key?.split('/')[0]);
  };
  assert.deepEqual(await written('on'), ['first', 'second']);
  assert.match(server.delivered[0]?.message.body.toString() ?? '', /^X-Desk: first\r$/m);
  assert.deepEqual(await written('stop-rule'), ['second']);
  assert.deepEqual(await written('stop-all'), []);
});

test('an action that fails is tried again, and the ones behind it wait', async (t) => {
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  let failures = 3;
  const server = await serveMail(t, {
    clock,
    deliver: async ({ arn, message }) => {
      if (arn !== 'arn:aws:s3:::inbox' || message.objectKey?.endsWith('NOTIFICATION')) return;
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
    },
  });
  await addRule(server, {
    Actions: [{ S3Action: { BucketName: 'inbox' } }, { LambdaAction: { FunctionArn: FUNCTION } }],
  });
  await send(t, server, { to: 'desk@example.com' });
  while (server.delivered.length < 3) {
    clock.advance(500);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(
    server.delivered.slice(1).map(({ arn }) => arn),
    ['arn:aws:s3:::inbox', FUNCTION],
  );
});

test('a letter that a rule sends back comes with the reason, and one that nobody wrote does not', async (t) => {
  const relay = await smtpRelay(t);
  const server = await serveMail(t, { relay: relay.url });
  const BounceAction = {
    SmtpReplyCode: '550',
    StatusCode: '5.1.1',
    Message: 'Nobody lives here',
    Sender: 'post@example.com',
  };
  await addRule(server, { Actions: [{ BounceAction }] });
  await send(t, server, { to: 'gone@example.com', headers: { 'Auto-Submitted': 'auto-replied' } });
  await send(t, server, { to: 'gone@example.com' });
  await until('it is back', () => relay.letters.length > 0);
  const [bounce] = relay.letters;
  assert.deepEqual([bounce?.from, bounce?.to], ['', ['bob@example.net']]);
  assert.match(bounce?.source ?? '', /^Auto-Submitted: auto-replied\r$/m);
  assert.match(bounce?.source ?? '', /Diagnostic-Code: smtp; 550 5\.1\.1 Nobody lives here/);
  await letterFilesGone(server);
  assert.equal(relay.letters.length, 1);
});

test('a rule that cannot work is refused when it is made', async (t) => {
  const server = await serveMail(t, {
    deliver: async ({ arn }) => {
      if (arn.endsWith('closed')) throw new Error('denied');
    },
  });
  const refused = (action: object) => refusal(addRule(server, { Actions: [action] }));
  assert.deepEqual(await refused({ S3Action: { BucketName: 'closed' } }), [
    'InvalidS3ConfigurationException',
    'Could not write to bucket: closed',
  ]);
  assert.equal(
    (await refused({ LambdaAction: { FunctionArn: `${FUNCTION}-missing` } }))[0],
    'InvalidLambdaFunctionException',
  );
  assert.equal((await refused({ SNSAction: { TopicArn: `${TOPIC}-missing` } }))[0], 'InvalidSnsTopicException');
  const WorkmailAction = { OrganizationArn: 'arn:aws:workmail:us-east-1:123456789012:organization/m-1' };
  assert.equal((await refused({ WorkmailAction }))[0], 'NotImplemented');
});

test('filters keep addresses out, unless others let them in', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { Actions: [stop] });
  const filter = (Name: string, Policy: 'Allow' | 'Block', Cidr: string) =>
    server.client.send(new sdk.CreateReceiptFilterCommand({ Filter: { Name, IpFilter: { Policy, Cidr } } }));
  await filter('all', 'Block', '127.0.0.0/8');
  assert.match((await refusal(send(t, server, { to: 'desk@example.com' })))[1], /550.*blocked/);
  await filter('this', 'Allow', '127.0.0.1');
  await send(t, server, { to: 'desk@example.com' });
  const { Filters } = await server.client.send(new sdk.ListReceiptFiltersCommand({}));
  assert.deepEqual(
    Filters?.map(({ Name }) => Name),
    ['all', 'this'],
  );
  await server.client.send(new sdk.DeleteReceiptFilterCommand({ FilterName: 'this' }));
  assert.match((await refusal(send(t, server, { to: 'desk@example.com' })))[1], /550/);
});

test('a rule may insist on encryption, which every client is offered', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { TlsPolicy: 'Require', Actions: [{ SNSAction: { TopicArn: TOPIC } }] });
  assert.match((await refusal(send(t, server, { to: 'desk@example.com', plain: true })))[1], /530.*STARTTLS/);
  await send(t, server, { to: 'desk@example.com' });
  await until('it is there', () => server.delivered.length === 1);
});

test('what was taken is worked on after a restart', async (t) => {
  const dataDir = await temporaryDirectory(t);
  const down = await serveMail(t, {
    dataDir,
    deliver: async ({ arn }) => {
      if (arn === FUNCTION) throw new Error('not now');
    },
  });
  await addRule(down, { Actions: [{ LambdaAction: { FunctionArn: FUNCTION } }] });
  await send(t, down, { to: 'desk@example.com' });
  await down.stop();
  const up = await serveMail(t, { dataDir, clock: manualClock(Date.now() + 3_600_000) });
  await until('the function is told', () => up.delivered.length === 1);
});

const stop = { StopAction: { Scope: 'RuleSet' as const } };

const keysIn = (delivered: readonly Delivered[]) => delivered.flatMap(({ message }) => message.objectKey ?? []);

/** When all that was taken has been worked on. */
async function letterFilesGone({ dataDir }: MailServer) {
  await until('all letters are done', () => readdirSync(`${dataDir}/letters`).length === 0);
}

/** Sends a letter by SMTP as any server does. */
async function send(
  t: TestContext,
  { smtpPort: port }: MailServer,
  {
    to,
    subject = 'Help',
    headers = {},
    plain = false,
  }: { to: string; subject?: string; headers?: Record<string, string>; plain?: boolean },
) {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: plain, tls: { rejectUnauthorized: false } });
  t.after(() => transport.close());
  return transport.sendMail({ from: 'Bob <bob@example.net>', to, subject, text: 'It does not work.', headers });
}
