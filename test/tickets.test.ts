// The story of examples/tickets: a letter that becomes a ticket, and is answered.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTransport } from 'nodemailer';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { smtpRelay } from '../src/services/ses/aws/testing/smtp-relay.ts';
import { logged } from './logs.ts';
import { mailClient, mailSdk, smtpPortOf } from './mail.ts';
import { createRole } from './roles.ts';
import { s3Client, s3Sdk } from './s3.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, serve, until } from './server.ts';

const ACCOUNT = '000000000000';
const Bucket = 'help-desk';
const FunctionName = 'tickets';
const RuleSetName = 'desk';

test('a letter for the desk becomes a ticket, and who wrote it is answered', async (t) => {
  const cleanUp = cleanUpOf(t);
  const relay = await smtpRelay(t);
  const args = ['--smtp-port', '0', '--mail-domain', 'example.com', '--smtp-relay', relay.url];
  const server = await serve(cleanUp, { args });
  const lambda = lambdaClient(cleanUp, server);
  const s3 = s3Client(cleanUp, server);
  const ses = mailClient(cleanUp, server);
  const sdk = { ...s3Sdk(), ...lambdaSdk(), ...mailSdk() };

  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  const letIn = {
    Effect: 'Allow',
    Principal: { Service: 'ses.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${Bucket}/letters/*`,
    Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: letIn });
  const Statement = [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/letters/*` },
    { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/tickets/*` },
    { Effect: 'Allow', Action: 'ses:SendEmail', Resource: `arn:aws:ses:us-east-1:${ACCOUNT}:identity/example.com` },
  ];
  const Role = await createRole(cleanUp, server, { name: 'tickets', policy: { Version: '2012-10-17', Statement } });
  const ZipFile = await pack(join(checkout, 'examples/tickets'), [
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sesv2',
    'postal-mime',
  ]);
  const { FunctionArn = '' } = await lambda.send(
    new sdk.CreateFunctionCommand({
      ...{ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', MemorySize: 256, Timeout: 60 },
      ...{ Code: { ZipFile }, Environment: { Variables: { BUCKET: Bucket } } },
    }),
  );
  await sdk.waitUntilFunctionActiveV2(patience(lambda), { FunctionName });

  await ses.send(new sdk.VerifyDomainIdentityCommand({ Domain: 'example.com' }));
  await ses.send(new sdk.CreateReceiptRuleSetCommand({ RuleSetName }));
  await ses.send(new sdk.SetActiveReceiptRuleSetCommand({ RuleSetName }));
  const Actions = [
    { S3Action: { BucketName: Bucket, ObjectKeyPrefix: 'letters/' } },
    { LambdaAction: { FunctionArn } },
  ];
  const Rule = { Name: 'tickets', Enabled: true, Recipients: ['desk@example.com'], Actions };
  const makeRule = () => ses.send(new sdk.CreateReceiptRuleCommand({ RuleSetName, Rule }));
  await assert.rejects(makeRule(), { name: 'InvalidS3ConfigurationException' });
  await s3.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy }));
  await assert.rejects(makeRule(), { name: 'InvalidLambdaFunctionException' });
  await lambda.send(
    new sdk.AddPermissionCommand({
      ...{ FunctionName, StatementId: 'mail', Action: 'lambda:InvokeFunction' },
      ...{ Principal: 'ses.amazonaws.com', SourceAccount: ACCOUNT },
    }),
  );
  await makeRule();

  const program = createTransport({ host: '127.0.0.1', port: smtpPortOf(server), tls: { rejectUnauthorized: false } });
  cleanUp.defer(async () => program.close());
  await program.sendMail({
    ...{ from: 'Bob <bob@example.net>', to: 'desk@example.com', subject: 'Größer als gedacht', text: 'It is broken.' },
    attachments: [{ filename: 'photo.jpg', content: 'not really' }],
  });
  await logged(server, FunctionName, 'ticket');
  await until('the answer is there', () => relay.letters.length === 1);
  const { Contents = [] } = await s3.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: 'tickets/' }));
  assert.equal(Contents.length, 1);
  const { Body } = await s3.send(new sdk.GetObjectCommand({ Bucket, Key: Contents[0]?.Key ?? '' }));
  const { id, receivedAt, ...ticket } = JSON.parse((await Body?.transformToString()) ?? '');
  assert.match(receivedAt, /^\d{4}-/);
  assert.deepEqual(ticket, {
    ...{ from: 'bob@example.net', subject: 'Größer als gedacht', text: 'It is broken.', files: ['photo.jpg'] },
  });
  const [answer] = relay.letters;
  assert.deepEqual([answer?.from, answer?.to], ['desk@example.com', ['bob@example.net']]);
  assert.ok(answer?.source.includes(`ticket_${id}`) || answer?.source.includes(`[ticket ${id}`), answer?.source);
});
