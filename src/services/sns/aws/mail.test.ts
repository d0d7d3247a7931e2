import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { SMTPServer } from 'smtp-server';
import { readRelay } from '../../../delivery/mail.ts';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { type SnsServer, sdk, serveSns, until } from './testing/serve-sns.ts';

test('mail asks to confirm, brings messages, and lets go again', async (t) => {
  const relay = await smtpRelay(t);
  const server = await serveSns(t, { relay: relay.url });
  const { TopicArn } = await server.client.send(
    new sdk.CreateTopicCommand({ Name: 'news', Attributes: { DisplayName: 'Daily News' } }),
  );
  await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ada@example.com' }));
  await until('she is asked', () => relay.mails.length === 1);
  const asked = relay.mails[0];
  assert.equal(asked?.from, 'news@example.com');
  assert.deepEqual(asked?.to, ['ada@example.com']);
  assert.match(asked?.source ?? '', /^From: Daily News <news@example.com>\r$/m);
  assert.match(asked?.source ?? '', /^Subject: AWS Notification - Subscription Confirmation\r$/m);
  assert.equal((await fetch(linkIn(asked?.source))).status, 200);

  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'It rains.', Subject: 'Weather' }));
  await until('she has the message', () => relay.mails.length === 2);
  const { source = '' } = relay.mails[1] ?? {};
  assert.match(source, /^Subject: Weather\r$/m);
  assert.match(source, /\r\n\r\nIt rains\.\r\n\r\n--\r\nIf you wish to stop receiving notifications/);
  assert.equal((await fetch(linkIn(source))).status, 200);
  await until('she is told that it ends', () => relay.mails.length === 3);
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'It shines.' }));
  assert.deepEqual(await confirmed(server), []);
});

test('email-json brings the document', async (t) => {
  const relay = await smtpRelay(t);
  const server = await serveSns(t, { relay: relay.url });
  const { TopicArn } = await server.client.send(new sdk.CreateTopicCommand({ Name: 'news' }));
  await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'email-json', Endpoint: 'ada@example.com' }));
  await until('she is asked', () => relay.mails.length === 1);
  const document = JSON.parse(bodyOf(relay.mails[0]?.source));
  assert.equal(document.Type, 'SubscriptionConfirmation');
  await server.client.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token: document.Token }));
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'It rains.' }));
  await until('she has the message', () => relay.mails.length === 2);
  assert.partialDeepStrictEqual(JSON.parse(bodyOf(relay.mails[1]?.source)), {
    Type: 'Notification',
    Message: 'It rains.',
  });
});

test('a relay that cannot now is asked again ten seconds later', async (t) => {
  const clock = manualClock(Date.parse('2026-01-01T00:00:00Z'));
  const relay = await smtpRelay(t);
  relay.answers.push(451);
  const server = await serveSns(t, { relay: relay.url, clock });
  const { TopicArn } = await server.client.send(new sdk.CreateTopicCommand({ Name: 'news' }));
  await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ada@example.com' }));
  await until('it was asked', () => relay.answers.length === 0);
  for (let step = 0; step < 6_000 && relay.mails.length === 0; step += 1) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(relay.mails.length, 1);
});

test('a relay needs an address to send from', () => {
  assert.deepEqual(readRelay('smtp://user:pass@mail.example.com:587?from=news@example.com'), {
    url: 'smtp://user:pass@mail.example.com:587',
    from: 'news@example.com',
  });
  assert.throws(() => readRelay('smtp://mail.example.com'), /append \?from=/);
  for (const url of ['mail.example.com', 'http://mail.example.com?from=a@b', 'smtp://?from=a@b']) {
    assert.throws(() => readRelay(url), /must be a URL like smtp:/, url);
  }
});

interface Letter {
  readonly from: string | undefined;
  readonly to: string[];
  readonly source: string;
}

/** A real SMTP server that keeps what it is given. `answers`: codes of its next refusals. */
async function smtpRelay(t: TestContext) {
  const mails: Letter[] = [];
  const answers: number[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, { envelope }, answer) {
      text(stream).then((source) => {
        const code = answers.shift();
        if (code !== undefined) return answer(Object.assign(new Error('not now'), { responseCode: code }));
        const { mailFrom, rcptTo } = envelope;
        mails.push({
          from: mailFrom === false ? undefined : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source,
        });
        answer();
      }, answer);
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = listening.address() as AddressInfo;
  return { mails, answers, url: `smtp://127.0.0.1:${port}?from=news@example.com` };
}

/** Long lines come in parts. */
function bodyOf(source = ''): string {
  const [head = '', ...rest] = source.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (!/quoted-printable/i.test(head)) return body;
  return body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}

function linkIn(source: string | undefined): string {
  return /http:\/\/\S+/.exec(bodyOf(source))?.[0] ?? '';
}

async function confirmed({ client }: SnsServer) {
  return (await client.send(new sdk.ListSubscriptionsCommand({}))).Subscriptions ?? [];
}
