import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { globalAgent } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { selfSignedCertificate } from '../../../lib/certificate.ts';
import { ACCOUNT, REGION, type SnsServer, sdk, serveSns, until } from './testing/serve-sns.ts';
import { subscriber } from './testing/subscriber.ts';

interface Validator {
  validate(document: object, then: (error: Error | null) => void): void;
}
const Validator = createRequire(import.meta.url)('sns-validator') as new (hosts: RegExp) => Validator;

test('what endpoints, queues and functions get has signatures that AWS’s validator accepts, of both versions', async (t) => {
  const tls = certificateFor('localhost');
  // The validator fetches the certificate by HTTPS, and from hosts that it is told.
  const { ca, checkServerIdentity } = globalAgent.options;
  Object.assign(globalAgent.options, { ca: tls.cert, checkServerIdentity: () => undefined });
  t.after(() => Object.assign(globalAgent.options, { ca, checkServerIdentity }));
  const server = await serveSns(t, { tls });
  const validator = new Validator(/^127\.0\.0\.1:\d+$/);
  const endpoint = await subscriber(t);
  for (const version of ['1', '2']) {
    const { TopicArn } = await server.client.send(
      new sdk.CreateTopicCommand({ Name: `news-${version}`, Attributes: { SignatureVersion: version } }),
    );
    const subscribe = (Protocol: string, Endpoint: string) =>
      server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol, Endpoint }));
    await subscribe('sqs', `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`);
    await subscribe('lambda', `arn:aws:lambda:${REGION}:${ACCOUNT}:function:resize`);
    await subscribe('http', endpoint.url);
    for (const Subject of [undefined, 'With a subject']) {
      await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'Zürich\n“quoted”', Subject }));
    }
    await until('all have it', () => server.delivered.length === 4 && endpoint.received.length === 1);
    const documents = [
      endpoint.received[0]?.body ?? '',
      ...server.delivered.map(({ message }) => message.body.toString()),
    ]
      .map((text) => JSON.parse(text))
      .map((document) => document.Records?.[0].Sns ?? document);
    for (const document of documents) {
      assert.equal(document.SignatureVersion, version);
      await accepted(validator, document);
      await assert.rejects(accepted(validator, { ...document, Message: 'forged' }), /signature is invalid/);
    }
    server.delivered.length = 0;
    endpoint.received.length = 0;
  }
});

test('the key is for its owner alone, and the same after a restart', async (t) => {
  const first = await serveSns(t);
  const certificate = await certificateOf(first);
  const { mode } = statSync(join(first.dataDir, 'identity', 'sns-signing-key.json'));
  assert.equal(mode & 0o777, 0o600);
  await first.stop();
  assert.equal(await certificateOf(await serveSns(t, { dataDir: first.dataDir })), certificate);
});

test('the certificate says whose it is, and for how long', () => {
  const { cert } = certificateFor('sns.amazonaws.com');
  const read = new X509Certificate(cert);
  assert.equal(read.subject, 'CN=sns.amazonaws.com');
  assert.equal(read.issuer, read.subject);
  assert.equal(read.validFromDate.toISOString(), '2026-01-01T00:00:00.000Z');
  assert.equal(read.validToDate.toISOString(), '2056-01-01T00:00:00.000Z');
  assert.ok(read.verify(read.publicKey));
});

test('a certificate of another name is not there', async (t) => {
  const { endpoint } = await serveSns(t);
  const answer = await fetch(`${endpoint}/SimpleNotificationService-${'0'.repeat(32)}.pem`);
  assert.equal(answer.status, 404);
});

async function certificateOf({ core, endpoint }: SnsServer): Promise<string> {
  const { certificatePath } = await core().signer();
  const answer = await fetch(endpoint + certificatePath);
  assert.equal(answer.status, 200);
  return answer.text();
}

function accepted(validator: Validator, document: object): Promise<void> {
  return new Promise((resolve, reject) =>
    validator.validate({ ...document }, (error) => (error === null ? resolve() : reject(error))),
  );
}

function certificateFor(commonName: string) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const cert = selfSignedCertificate({
    commonName,
    privateKey: createPrivateKey(key),
    serial: Buffer.from([1, 2, 3]),
    fromMs: Date.parse('2026-01-01T00:00:00Z'),
    untilMs: Date.parse('2056-01-01T00:00:00Z'),
  });
  return { key, cert };
}
