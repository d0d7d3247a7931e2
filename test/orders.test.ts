// The story of examples/orders: orders flow, and a poison message ends where somebody can look at it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pack } from '../examples/pack.ts';
import { checkout } from '../scripts/server-process.ts';
import { logged, logLines } from './logs.ts';
import { countsOf, makeMapping, makeQueue, queueClient, sendAll } from './queues.ts';
import { cleanUpOf, lambdaClient, lambdaSdk, patience, ROLE, serve } from './server.ts';

const ORDERS = 30;
const POISON = '{"id":31,"lines":[{"item":';
const UNKNOWN = '{"id":32,"lines":[{"item":"gold","count":1}]}';

test('orders are filled, and what is no order waits in the dead-letter queue', async (t) => {
  const cleanUp = cleanUpOf(t);
  const server = await serve(cleanUp);
  const lambda = lambdaClient(cleanUp, server);
  const sqs = queueClient(cleanUp, server);
  const sdk = lambdaSdk();
  const named = { FunctionName: 'orders' };
  await lambda.send(
    new sdk.CreateFunctionCommand({
      ...named,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Timeout: 3,
      Code: { ZipFile: await pack(join(checkout, 'examples/orders')) },
    }),
  );
  await sdk.waitUntilFunctionActiveV2(patience(lambda), named);
  const dead = await makeQueue(sqs, 'orders-dead');
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
  const orders = await makeQueue(sqs, 'orders', { VisibilityTimeout: '3', RedrivePolicy });
  await makeMapping(lambda, {
    ...named,
    EventSourceArn: orders.arn,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });

  const bodies = Array.from({ length: ORDERS }, (_, at) =>
    JSON.stringify({ id: at + 1, lines: [{ item: 'bread', count: 2 }] }),
  );
  await sendAll(sqs, orders, [...bodies.slice(0, 15), POISON, UNKNOWN, ...bodies.slice(15)]);
  for (;;) {
    const { visible, inFlight } = await countsOf(sqs, orders);
    if (visible + inFlight === 0) break;
    await sleep(20);
  }
  await logged(server, 'orders', `order ${ORDERS} filled`);
  const filled = (await logLines(server, 'orders', 'filled: 7.00 EUR')).map((line) =>
    Number(/order (\d+) filled/.exec(line)?.[1]),
  );
  // Once, unless a busy machine took longer than the three seconds for which a message is hidden.
  assert.deepEqual(
    [...new Set(filled)].sort((one, other) => one - other),
    bodies.map((_, at) => at + 1),
  );
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: dead.url, MaxNumberOfMessages: 10 });
  assert.deepEqual(Messages.map(({ Body }) => Body).sort(), [POISON, UNKNOWN]);
  assert.equal((await logLines(server, 'orders', 'there is no')).length, 2);

  // The operator asks for them to be tried again: they go back, and come to the same end.
  await sqs.changeMessageVisibilityBatch({
    QueueUrl: dead.url,
    Entries: Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle, VisibilityTimeout: 0 })),
  });
  await sqs.startMessageMoveTask({ SourceArn: dead.arn });
  while ((await logLines(server, 'orders', 'there is no')).length < 4) await sleep(50);
});
