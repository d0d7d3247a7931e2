// Mail of the whole server, seen from outside: other tools than JavaScript's, and what is left after kill -9.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createTransport } from 'nodemailer';
import { runLambent } from '../scripts/server-process.ts';
import { type SmtpRelay, smtpRelay } from '../src/services/ses/aws/testing/smtp-relay.ts';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { mailClient, mailSdk, smtpPortOf } from './mail.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { addAccount, cleanUpOf, serve, type TestServer, temporaryDirectory, until } from './server.ts';

test('a domain that cannot be one ends the start, and says how it is written', async () => {
  for (const domain of ['localhost', 'example.com=1', '@example.com']) {
    const { code, stderr } = await runLambent(['serve', '--mail-domain', domain]);
    assert.equal(code, 1, domain);
    assert.match(stderr, /written as DOMAIN or DOMAIN=ACCOUNT/);
  }
});

test('a port for letters that is taken ends the start', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp, { args: ['--smtp-port', '0'] });
  const dataDir = await temporaryDirectory(cleanUp);
  const args = ['serve', '--port', '0', '--data-dir', dataDir, '--smtp-port', String(smtpPortOf(server))];
  const { code, stderr } = await runLambent(args);
  assert.equal(code, 1);
  assert.match(stderr, /cannot take letters at 127\.0\.0\.1:\d+/);
});

describe('mail of the whole server', () => {
  const cleanUp = cleanUpOf({ after });
  let relay: SmtpRelay;
  let server: TestServer;
  before(async () => {
    relay = await smtpRelay({ after: (run) => cleanUp.defer(run) });
    const args = ['--smtp-port', '0', '--mail-domain', 'example.com', '--smtp-relay', relay.url];
    server = await serve(cleanUp, { args });
    assert.equal(existsSync(join(server.dataDir, 'ses.db')), false, 'nothing is opened before somebody asks');
  });

  test('boto3 sends by both versions of the API, and smtplib with the password of AWS’s guide', async () => {
    const env = { ...process.env, ...server.env };
    const script = join(import.meta.dirname, 'boto3-mail.py');
    const python = await pythonWithBoto3(env);
    const { stdout } = await promisify(execFile)(python, [script, String(smtpPortOf(server))], { env });
    assert.deepEqual(JSON.parse(stdout), {
      ...{ status: 'Success', ids: [60, 60], identities: ['example.com'], sets: ['set'], refused: 'MessageRejected' },
      ...{ wrong: 535, unsent: {} },
    });
    const subjects = () => relay.letters.map(({ source }) => /^Subject: (.*)\r$/m.exec(source)?.[1]);
    const wanted = ['first', 'second', 'third', 'fourth'];
    await until('all are there', () => wanted.every((subject) => subjects().includes(subject)));
  });

  test('the AWS CLI sends by both versions of the API', async () => {
    const env = { ...process.env, ...server.env };
    const [v1, v2] = [await awsCli(env, 'ses'), await awsCli(env, 'sesv2')];
    await v1('verify-email-identity', '--email-address', 'cli@example.com');
    const who = ['--destination', 'ToAddresses=bob@example.net'];
    const sent = await v1('send-email', '--from', 'cli@example.com', ...who, '--subject', 'by ses', '--text', 'Hello.');
    assert.match(sent.MessageId, /-000000$/);
    const content = JSON.stringify({ Simple: { Subject: { Data: 'by sesv2' }, Body: { Text: { Data: 'Hello.' } } } });
    await v2('send-email', '--from-email-address', 'cli@example.com', ...who, '--content', content);
    const { EmailIdentities } = await v2('list-email-identities');
    assert.ok(EmailIdentities.some((one: { IdentityName: string }) => one.IdentityName === 'cli@example.com'));
    for (const subject of ['by ses', 'by sesv2']) {
      await until(`${subject} is there`, () =>
        relay.letters.some(({ source }) => source.includes(`Subject: ${subject}`)),
      );
    }
  });

  test('a mail program signs in with what the command prints, and in its region alone', async () => {
    const printed = async (...args: string[]) => {
      const { stdout } = await runLambent(['account', 'smtp', ...args, '--data-dir', server.dataDir]);
      const [, user = '', pass = ''] = /^name (\S+)\npassword (\S+)\n$/.exec(stdout) ?? [];
      return { user, pass };
    };
    const send = async (auth: { user: string; pass: string }) => {
      const program = createTransport({ host: '127.0.0.1', port: smtpPortOf(server), ignoreTLS: true, auth });
      cleanUp.defer(async () => program.close());
      return program.sendMail({ from: 'cli@example.com', to: 'bob@example.net', subject: 'signed in', text: 'Hello.' });
    };
    await mailClient(cleanUp, server).send(
      new (mailSdk().VerifyEmailIdentityCommand)({ EmailAddress: 'cli@example.com' }),
    );
    await send(await printed());
    await until('it is there', () => relay.letters.some(({ source }) => source.includes('Subject: signed in')));
    const elsewhere = await printed('000000000000', '--region', 'eu-central-1');
    await assert.rejects(send(elsewhere), /not verified.*EU-CENTRAL-1/);
  });

  test('another account does not send from a domain that is not its own', async () => {
    const other = mailClient(cleanUp, await addAccount(server, '111122223333'));
    const sdk = mailSdk();
    await other.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'example.com' }));
    const letter = {
      ...{ Source: 'ada@example.com', Destination: { ToAddresses: ['bob@example.net'] } },
      Message: { Subject: { Data: 'Hi' }, Body: { Text: { Data: 'Hi' } } },
    };
    await assert.rejects(other.send(new sdk.SendEmailCommand(letter)), { name: 'MessageRejected' });
  });
});

test('no letter that was accepted is lost by kill -9, neither one that goes out nor one that came in', async (t) => {
  const cleanUp = cleanUpOf(t);
  const dataDir = await temporaryDirectory(cleanUp);
  const Bucket = 'letters';
  const args = ['--smtp-port', '0', '--mail-domain', 'example.com', '--smtp-relay'];
  // Nobody listens there.
  const server = await serve(cleanUp, { dataDir, args: [...args, 'smtp://127.0.0.1:1?from=post@example.com'] });
  const sdk = { ...mailSdk(), ...s3Sdk() };
  const ses = mailClient(cleanUp, server);
  const s3 = s3Client(cleanUp, server);
  await ses.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'example.com' }));
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  const letIn = {
    ...{ Effect: 'Allow', Principal: { Service: 'ses.amazonaws.com' }, Action: 's3:PutObject' },
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  const policyOf = (...Statement: object[]) => ({
    Bucket,
    Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
  });
  await s3.send(new sdk.PutBucketPolicyCommand(policyOf(letIn)));
  await ses.send(new sdk.CreateReceiptRuleSetCommand({ RuleSetName: 'rules' }));
  const Rule = { Name: 'all', Enabled: true, Actions: [{ S3Action: { BucketName: Bucket } }] };
  await ses.send(new sdk.CreateReceiptRuleCommand({ RuleSetName: 'rules', Rule }));
  await ses.send(new sdk.SetActiveReceiptRuleSetCommand({ RuleSetName: 'rules' }));
  // What comes now cannot be stored, until somebody mends it.
  await s3.send(new sdk.DeleteBucketPolicyCommand({ Bucket }));
  const numbers = Array.from({ length: 10 }, (_, at) => String(at));
  const program = createTransport({ host: '127.0.0.1', port: smtpPortOf(server), pool: true, ignoreTLS: true });
  cleanUp.defer(async () => program.close());
  const accepted = numbers.flatMap((subject) => [
    ses.send(
      new sdk.SendEmailCommand({
        ...{ Source: 'ada@example.com', Destination: { ToAddresses: ['bob@example.net'] } },
        Message: { Subject: { Data: `number ${subject}` }, Body: { Text: { Data: 'Hi' } } },
      }),
    ),
    program.sendMail({ from: 'bob@example.net', to: 'desk@example.com', subject: `number ${subject}`, text: 'Hi' }),
  ]);
  await Promise.all(accepted);
  await server.process.kill();

  const relay = await smtpRelay(t);
  const again = await serve(cleanUp, { dataDir, args: [...args, relay.url] });
  const reader = s3Client(cleanUp, again);
  await reader.send(new sdk.PutBucketPolicyCommand(policyOf(letIn)));
  const subjectsIn = (letters: readonly string[]) =>
    [...new Set(letters.map((source) => /^Subject: number (\d)\r$/m.exec(source)?.[1]))].sort();
  const isAllOut = () => subjectsIn(relay.letters.map(({ source }) => source)).length === numbers.length;
  await until('all have gone out', isAllOut);
  assert.deepEqual(subjectsIn(relay.letters.map(({ source }) => source)), numbers);
  const stored = async () => {
    const { Contents = [] } = await reader.send(new sdk.ListObjectsV2Command({ Bucket }));
    const keys = Contents.flatMap(({ Key = '' }) => (Key.endsWith('NOTIFICATION') ? [] : [Key]));
    const bodies = keys.map(async (Key) => (await reader.send(new sdk.GetObjectCommand({ Bucket, Key }))).Body);
    return Promise.all(bodies.map(async (body) => (await body)?.transformToString() ?? ''));
  };
  let letters = await stored();
  while (letters.length < numbers.length) letters = await stored();
  assert.deepEqual(subjectsIn(letters), numbers);
});
