import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createTransport } from 'nodemailer';
import { refusal, until } from './testing/serve-ses.ts';
import { addRule, type MailServer, serveMail, USER } from './testing/serve-smtp.ts';
import { smtpRelay } from './testing/smtp-relay.ts';

const MIB = 1024 * 1024;

test('who signs in sends to anybody, from what is verified', async (t) => {
  const relay = await smtpRelay(t);
  const server = await serveMail(t, { relay: relay.url });
  const { response } = await send(t, server, { from: 'Ada <ada@example.com>', auth: USER });
  const id = /^250 Ok (\S+-000000)$/.exec(response)?.[1];
  assert.ok(id, response);
  await until('it is there', () => relay.letters.length === 1);
  const [letter] = relay.letters;
  assert.deepEqual([letter?.from, letter?.to], ['ada@example.com', ['carl@example.net', 'dora@example.net']]);
  assert.ok(letter?.source.includes(`<${id}@email.amazonses.com>`));
  assert.doesNotMatch(letter?.source ?? '', /dora/);
  const unverified = await refusal(send(t, server, { from: 'eve@example.org', auth: USER }));
  assert.match(unverified[1], /554 Message rejected: Email address is not verified\. .* US-EAST-1: eve@example\.org/);
  const wrong = await refusal(send(t, server, { from: 'ada@example.com', auth: { ...USER, password: 'wrong' } }));
  assert.match(wrong[1], /535 Authentication Credentials Invalid/);
  assert.match((await refusal(send(t, server, { from: 'ada@example.com' })))[1], /550/);
});

test('where others could listen, a password is taken over TLS alone', async (t) => {
  const relay = await smtpRelay(t);
  const server = await serveMail(t, { relay: relay.url, takesPlainPasswords: false });
  const client = await talk(t, server);
  await client.say('EHLO test');
  const plain = Buffer.from(`\0${USER.username}\0${USER.password}`).toString('base64');
  assert.match(await client.say(`AUTH PLAIN ${plain}`), /^5\d\d .*(?:TLS|secure|encrypt)/i);
  await send(t, server, { from: 'ada@example.com', auth: USER });
  await until('it is there', () => relay.letters.length === 1);
});

test('a letter of forty megabytes is taken, and one byte more is not', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { Actions: [{ StopAction: { Scope: 'RuleSet' } }] });
  const head = 'Subject: large\r\n\r\n';
  const content = (bytes: number) => `${head}${'x'.repeat(bytes - head.length - 2)}\r\n`;
  const client = await talk(t, server);
  await client.say('EHLO test');
  for (const [bytes, code] of [
    [40 * MIB, '250'],
    [40 * MIB + 1, '552'],
  ] as const) {
    await client.say('MAIL FROM:<bob@example.net>');
    await client.say('RCPT TO:<desk@example.com>');
    assert.match(await client.say('DATA'), /^354/);
    const answer = await client.say(`${content(bytes)}.`);
    assert.ok(answer.startsWith(code), answer);
  }
});

test('a line without an end, too many recipients and words that nobody knows end, and others go on', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { Actions: [{ StopAction: { Scope: 'RuleSet' } }] });
  const endless = await talk(t, server);
  endless.socket.write('X'.repeat(100_000));
  await once(endless.socket, 'close');

  const many = await talk(t, server);
  await many.say('EHLO test');
  await many.say('MAIL FROM:<bob@example.net>');
  for (let at = 0; at < 100; at += 1) assert.match(await many.say(`RCPT TO:<desk${at}@example.com>`), /^250/);
  assert.match(await many.say('RCPT TO:<desk100@example.com>'), /^452/);

  const strange = await talk(t, server);
  const closed = once(strange.socket, 'close');
  strange.socket.write('WIZ\r\n'.repeat(20));
  await closed;
  assert.match(await many.say('NOOP'), /^250/);
});

test('a client that leaves in the middle of a letter leaves nothing', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { Actions: [{ SNSAction: { TopicArn: 'arn:aws:sns:us-east-1:123456789012:letters' } }] });
  const letter = async (end: string) => {
    const client = await talk(t, server);
    await client.say('EHLO test');
    await client.say('MAIL FROM:<bob@example.net>');
    await client.say('RCPT TO:<desk@example.com>');
    await client.say('DATA');
    client.socket.end(`Subject: ${end === '' ? 'half' : 'whole'}\r\n\r\n${'x'.repeat(100_000)}${end}`);
    await once(client.socket, 'close');
  };
  await letter('');
  await letter('\r\n.\r\nQUIT\r\n');
  await until('the whole one is there', () => server.delivered.length === 1);
  assert.match(server.delivered[0]?.message.body.toString() ?? '', /"subject":"whole"/);
});

test('one address has at most fifty connections', async (t) => {
  const server = await serveMail(t);
  const [first] = await Promise.all(Array.from({ length: 50 }, () => talk(t, server)));
  const socket = connect(server.smtpPort, '127.0.0.1');
  t.after(async () => socket.destroy());
  // It may have been reset before it was closed.
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  assert.match((await first?.say('NOOP')) ?? '', /^250/);
});

test('a letter that goes round in a circle is not taken', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { Actions: [{ StopAction: { Scope: 'RuleSet' } }] });
  const client = await talk(t, server);
  const letter = async (hops: number) => {
    await client.say('EHLO test');
    await client.say('MAIL FROM:<>');
    await client.say('RCPT TO:<desk@example.com>');
    await client.say('DATA');
    return client.say(`${'Received: from a by b\r\n'.repeat(hops)}\r\nround\r\n.`);
  };
  assert.match(await letter(50), /^250/);
  assert.match(await letter(51), /^554/);
});

test('a letter whose head is too long is not taken', async (t) => {
  const server = await serveMail(t);
  await addRule(server, { Actions: [{ StopAction: { Scope: 'RuleSet' } }] });
  const client = await talk(t, server);
  for (const line of ['EHLO test', 'MAIL FROM:<>', 'RCPT TO:<desk@example.com>', 'DATA']) await client.say(line);
  assert.match(await client.say(`${'X: y\r\n'.repeat(50_000)}\r\nlong\r\n.`), /^552/);
});

/** A client of a few lines, which says what no mail program does. */
async function talk(t: TestContext, { smtpPort }: MailServer) {
  const socket: Socket = connect(smtpPort, '127.0.0.1');
  t.after(async () => socket.destroy());
  // What the server ends in the middle is looked at as closed.
  socket.on('error', () => {});
  let got = '';
  let heard = () => {};
  socket.setEncoding('utf8').on('data', (text) => {
    got += text;
    heard();
  });
  const answer = () =>
    new Promise<string>((resolve) => {
      heard = () => {
        const whole = /(?:^\d{3}-.*\r\n)*^\d{3} .*\r\n$/m.exec(got);
        if (whole === null) return;
        const text = got;
        got = '';
        heard = () => {};
        resolve(text);
      };
      heard();
    });
  await answer();
  return {
    socket,
    say: (text: string) => {
      socket.write(`${text}\r\n`);
      return answer();
    },
  };
}

/** Sends a letter as a mail program does. */
async function send(
  t: TestContext,
  { smtpPort: port }: MailServer,
  { from, auth }: { from: string; auth?: { username: string; password: string } },
) {
  const transport = createTransport({
    ...{ host: '127.0.0.1', port, tls: { rejectUnauthorized: false } },
    ...(auth === undefined ? {} : { auth: { user: auth.username, pass: auth.password } }),
  });
  t.after(() => transport.close());
  return transport.sendMail({ from, to: 'carl@example.net', bcc: 'dora@example.net', subject: 'Hi', text: 'Hello.' });
}
