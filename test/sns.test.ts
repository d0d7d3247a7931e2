import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { cleanUpOf, serve, type TestServer } from './server.ts';

const require = createRequire(import.meta.url);
const sdk = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');

test('the whole server keeps topics, and opens nothing for them before somebody asks', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const file = join(server.dataDir, 'sns.db');
  assert.equal(existsSync(file), false);
  const client = snsClient(cleanUp, server);
  const { TopicArn } = await client.send(new sdk.CreateTopicCommand({ Name: 'news' }));
  assert.equal(TopicArn, 'arn:aws:sns:us-east-1:000000000000:news');
  assert.match(
    (await client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' }))).MessageId ?? '',
    /^[0-9a-f-]{36}$/,
  );
  assert.equal(existsSync(file), true);
});

function snsClient(cleanUp: AsyncDisposableStack, { env }: TestServer) {
  const client = new sdk.SNSClient(
    noting({
      endpoint: env.AWS_ENDPOINT_URL ?? '',
      region: env.AWS_REGION ?? '',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    }),
  );
  cleanUp.defer(async () => client.destroy());
  return client;
}
