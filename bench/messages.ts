// Messages of a queue as its clients send and take them, each kept on the disk before it is answered: sent one by one with
// requests that the official client has signed beforehand; sent, received and deleted by tens through the official client,
// whose own work is in it. Beside them stands what SQLite alone does of the same, in this process: rows of the same size, as
// many at once, group commit, synchronous FULL. Rounds alternate.
import type { SQS, SQSClient } from '@aws-sdk/client-sqs';
import { makeQueue, queueClient, sqsSdk } from '../test/queues.ts';
import { serve, type TestServer } from '../test/server.ts';
import { rawSqlite } from './raw.ts';
import { signedBytes } from './signed-request.ts';
import { table } from './table.ts';
import { COMPARED_HEAD, compared, comparedRow, perSecond, requestsPerSecond } from './throughput.ts';

const CALLERS = 64;
const BATCH = 10;
const BATCH_CALLERS = 16;
const ROUNDS = 5;
const ROUND_MS = 2_000;
const BODY = 'x'.repeat(1_000);
const ENTRIES = Array.from({ length: BATCH }, (_, at) => ({ Id: String(at), MessageBody: BODY }));

export async function measureMessages(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp);
  const raw = await rawSqlite(cleanUp);
  const sqs = queueClient(cleanUp, server);
  const { url: QueueUrl } = await makeQueue(sqs, 'single');
  const requests = [
    await signed(server, (client) => client.send(new (sqsSdk().SendMessageCommand)({ QueueUrl, MessageBody: BODY }))),
  ];
  const ms = ROUND_MS * scale;
  const sent = await compared(
    ROUNDS,
    () => requestsPerSecond({ port: server.process.port, callers: CALLERS, ms, requests }),
    () => raw.inserts(CALLERS, ms, BODY.length),
  );
  const { url } = await makeQueue(sqs, 'tens');
  const cycle = await compared(
    ROUNDS,
    () => perSecond({ callers: BATCH_CALLERS, ms, work: () => sendReceiveDelete(sqs, url) }),
    () => raw.cycles({ callers: BATCH_CALLERS, ms, batch: BATCH, bytes: BODY.length }),
  );
  const byTens = `messages sent, received, deleted by tens, ${BATCH_CALLERS} callers`;
  print('Messages of 1 KB, signed\n');
  print(
    table(COMPARED_HEAD, [
      comparedRow(`messages sent, ${CALLERS} callers`, 'rows inserted', sent),
      comparedRow(byTens, 'rows inserted, taken, deleted by tens', cycle),
    ]),
  );
  print('');
}

/** By the official client: what is deleted cannot be signed beforehand. */
async function sendReceiveDelete(sqs: SQS, QueueUrl: string): Promise<number> {
  await sqs.sendMessageBatch({ QueueUrl, Entries: ENTRIES });
  const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: BATCH });
  const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
  if (Entries.length > 0) await sqs.deleteMessageBatch({ QueueUrl, Entries });
  return Entries.length;
}

function signed(server: TestServer, send: (client: SQSClient) => Promise<unknown>): Promise<Buffer> {
  const { SQSClient } = sqsSdk();
  return signedBytes(server, (configuration) => send(new SQSClient(configuration)));
}
