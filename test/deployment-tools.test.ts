// Deployment tools that call Lambda's API themselves, used as their documentation shows, with the exports of `lambent env`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { withoutAwsSettings } from '../scripts/server-process.ts';
import { CHALICE, CLAUDIA, installed } from './deployment-tools.ts';
import { logged } from './logs.ts';
import { cleanUpOf, lambdaClient, sender, serve, type TestServer, temporaryDirectory } from './server.ts';

const VISIBILITY = '60'; // Seconds; Chalice's functions may take as long.

describe('a deployment tool', () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  before(async () => {
    server = await serve(cleanUp);
  });

  /** A project of these files, in which the tool's commands are typed. */
  const project = async (files: Record<string, string>, [program, ...start]: string[], env: NodeJS.ProcessEnv = {}) => {
    const cwd = await temporaryDirectory(cleanUp);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), content);
    }
    const options = { cwd, env: { ...withoutAwsSettings(), ...server.env, ...env } };
    return async (command: string, stdin = '') => {
      const running = promisify(execFile)(program ?? '', [...start, ...command.split(' ')], options);
      running.child.stdin?.end(stdin);
      return (await running).stdout;
    };
  };
  const credentials = () => ({
    endpoint: server.env.AWS_ENDPOINT_URL ?? '',
    region: server.env.AWS_REGION ?? '',
    credentials: {
      accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });

  test('Claudia creates a function with its role, updates it, points an alias at a version and takes all away', async (t) => {
    const place = await installed(CLAUDIA);
    if (typeof place !== 'string') return t.diagnostic(place.leftOut);
    // Version 2 of the SDK does not know AWS_ENDPOINT_URL; this is its own option.
    const preload = join(await temporaryDirectory(cleanUp), 'endpoint.cjs');
    const sdk = JSON.stringify(join(place, 'node_modules/aws-sdk'));
    writeFileSync(preload, `require(${sdk}).config.update({ endpoint: process.env.AWS_ENDPOINT_URL });`);
    const claudia = await project(
      {
        'package.json': '{"name":"greeter","version":"1.0.0","description":"greets","files":["*.js"]}',
        'index.js': 'exports.handler = async () => ({ greeting: "Hello from " + process.env.PLACE });',
        'event.json': '{}',
      },
      [process.execPath, '--require', preload, join(place, 'node_modules/claudia/bin/cmd.js')],
      { AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
    );
    await claudia('create --region us-east-1 --handler index.handler --runtime nodejs24.x --set-env PLACE=Ada');
    await claudia('update --version live --timeout 20 --set-env PLACE=Bob');
    const said = JSON.parse(await claudia('test-lambda --version live --event event.json')) as object;
    assert.deepEqual(said, { StatusCode: 200, ExecutedVersion: '2', Payload: '{"greeting":"Hello from Bob"}' });
    const lambda = sender<{ Configuration: { Timeout: number } }>(lambdaClient(cleanUp, server));
    assert.equal((await lambda('GetFunction', { FunctionName: 'greeter:live' })).Configuration.Timeout, 20);
    await claudia('destroy');
    await assert.rejects(lambda('GetFunction', { FunctionName: 'greeter' }), { name: 'ResourceNotFoundException' });
  });

  test('Chalice deploys functions for a queue and a topic, deploys them again and takes all away', async (t) => {
    const place = await installed(CHALICE);
    if (typeof place !== 'string') return t.diagnostic(place.leftOut);
    const require = createRequire(import.meta.url);
    const { SQS } = require('@aws-sdk/client-sqs') as typeof import('@aws-sdk/client-sqs');
    const { SNS } = require('@aws-sdk/client-sns') as typeof import('@aws-sdk/client-sns');
    const sqs = new SQS(credentials());
    const sns = new SNS(credentials());
    cleanUp.defer(async () => {
      sqs.destroy();
      sns.destroy();
    });
    const queue = { QueueName: 'orders', Attributes: { VisibilityTimeout: VISIBILITY } };
    const { QueueUrl } = await sqs.createQueue(queue);
    const { TopicArn } = await sns.createTopic({ Name: 'news' });

    const chalice = await project(
      {
        '.chalice/config.json': '{"version":"2.0","app_name":"shop","stages":{"dev":{}}}',
        'requirements.txt': '',
        'app.py': `
from chalice import Chalice
app = Chalice(app_name='shop')

@app.lambda_function()
def price(event, context):
    return {'price': 3 * event['pieces']}

@app.on_sqs_message(queue='orders', batch_size=1)
def order(event):
    for record in event:
        print('ordered', record.body)

@app.on_sns_message(topic='news')
def news(event):
    print('heard', event.message)
`,
      },
      ['python3', '-c', 'from chalice.cli import main; import sys; sys.exit(main())'],
      { PYTHONPATH: place },
    );
    await chalice('deploy');
    assert.match(await chalice('deploy'), /Updating lambda function: shop-dev-price/);
    assert.deepEqual(JSON.parse(await chalice('invoke -n price', '{"pieces":2}')), { price: 6 });
    await sqs.sendMessage({ QueueUrl, MessageBody: 'apples' });
    await sns.publish({ TopicArn, Message: 'rain' });
    await logged(server, 'shop-dev-order', 'ordered apples');
    await logged(server, 'shop-dev-news', 'heard rain');
    await chalice('delete');
    const lambda = sender<{ Functions: object[]; EventSourceMappings: object[] }>(lambdaClient(cleanUp, server));
    assert.deepEqual((await lambda('ListFunctions')).Functions, []);
    assert.deepEqual((await sns.listSubscriptions({})).Subscriptions, []);
  });
});
