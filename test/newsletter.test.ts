// The story of examples/newsletter: who leaves is cleaned up by functions that know nothing of each other.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { noting } from '../src/wire/testing/seen-answers.ts';
import { logged, logLines } from './logs.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, ROLE, serve } from './server.ts';

const sdk = createRequire(import.meta.url)('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');

test('who leaves the newsletter is cleaned up by every function that subscribes', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = server.env;
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.env;
  const sns = new sdk.SNSClient(noting({ endpoint, region, credentials: { accessKeyId, secretAccessKey } }));
  cleanUp.defer(async () => sns.destroy());
  const { CreateFunctionCommand, AddPermissionCommand, waitUntilFunctionActiveV2 } = lambdaSdk();
  const { TopicArn } = await sns.send(new sdk.CreateTopicCommand({ Name: 'left' }));
  const ZipFile = await pack(join(checkout, 'examples/newsletter'));
  const complaints = { FilterPolicyScope: 'MessageBody', FilterPolicy: '{"because":[{"exists":true}]}' };
  for (const FunctionName of ['removeFromList', 'forgetReader', 'tellEditor']) {
    const { FunctionArn } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: 'nodejs24.x',
        Handler: `index.${FunctionName}`,
        Role: ROLE,
        Timeout: 30,
        Code: { ZipFile },
      }),
    );
    await waitUntilFunctionActiveV2(patience(lambda), { FunctionName });
    const Action = 'lambda:InvokeFunction';
    const Principal = 'sns.amazonaws.com';
    await lambda.send(
      new AddPermissionCommand({ FunctionName, StatementId: 'topic', Action, Principal, SourceArn: TopicArn }),
    );
    const Attributes = FunctionName === 'tellEditor' ? complaints : {};
    await sns.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'lambda', Endpoint: FunctionArn, Attributes }));
  }
  const leave = (who: object) => sns.send(new sdk.PublishCommand({ TopicArn, Message: JSON.stringify(who) }));
  await leave({ address: 'ada@example.com', list: 'weekly' });
  await leave({ address: 'bob@example.com', list: 'weekly', because: 'too many' });
  for (const address of ['ada@example.com', 'bob@example.com']) {
    await logged(server, 'removeFromList', `${address} is off the list weekly`);
    await logged(server, 'forgetReader', `nothing is known of ${address} any more`);
  }
  await logged(server, 'tellEditor', 'bob@example.com left because');
  assert.deepEqual(await logLines(server, 'tellEditor', 'ada@example.com'), []);
});
