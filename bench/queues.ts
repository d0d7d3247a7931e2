// Messages through a mapping: a queue is filled with messages of 1 KB while its mapping is off; the time runs from switching
// it on until the queue is empty, so that receiving, running the function and deleting are in it and sending is not. The
// function answers at once. Beside it stands what the disk allows: the same reads, updates and deletes of the same messages
// in a SQLite file of the same settings, one transaction for each receive and one for each delete, and nothing else.
// The function has 1769 MB, a whole processor. Not covered: FIFO queues, windows, functions that take their time.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { countsOf, makeMapping, makeQueue, mappingIn, queueClient, sendAll } from '../test/queues.ts';
import { lambdaClient, lambdaSdk, serve, temporaryDirectory } from '../test/server.ts';
import { deploy } from './deploy.ts';
import { source } from './functions.ts';
import { median } from './statistics.ts';
import { table } from './table.ts';

const LOADS = [
  { batchSize: 1, messages: 10_000 },
  { batchSize: 10, messages: 40_000 },
] as const;
const ROUNDS = 3;
const BODY = 'x'.repeat(1_000);

export async function measureQueues(scale: number, print: (line: string) => void): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const server = await serve(cleanUp, { args: ['--account-concurrency', '100000'] });
  const lambda = lambdaClient(cleanUp, server);
  const sqs = queueClient(cleanUp, server);
  const directory = await temporaryDirectory(cleanUp);
  const files = { 'index.mjs': source('nothing.mjs') };
  await deploy(server, { name: 'nothing', runtime: 'nodejs24.x', files, memoryMb: 1769 });
  const { UpdateEventSourceMappingCommand } = lambdaSdk();

  const rows: string[][] = [];
  for (const { batchSize, messages } of LOADS) {
    const count = Math.round(messages * scale);
    const queue = await makeQueue(sqs, `bench-${batchSize}`, { VisibilityTimeout: '120' });
    const UUID = await makeMapping(lambda, {
      ...{ FunctionName: 'nothing', EventSourceArn: queue.arn },
      ...{ BatchSize: batchSize, Enabled: false },
    });
    const drained = async () => {
      await sendAll(sqs, queue, new Array<string>(count).fill(BODY));
      const startMs = performance.now();
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
      for (;;) {
        const { visible, inFlight } = await countsOf(sqs, queue);
        if (visible + inFlight === 0) break;
        await sleep(20);
      }
      const perSecond = count / ((performance.now() - startMs) / 1_000);
      await mappingIn(lambda, UUID, 'Enabled');
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
      await mappingIn(lambda, UUID, 'Disabled');
      return perSecond;
    };
    await drained(); // The first time starts the environments.
    const ours: number[] = [];
    const raw: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      raw.push(rawPerSecond(join(directory, 'raw.db'), { count, batchSize }));
      ours.push(await drained());
    }
    const ratio = median(ours) / median(raw);
    rows.push([`batches of ${batchSize}: SQLite alone`, median(raw).toFixed(0), '1.00']);
    rows.push([`batches of ${batchSize}: **Lambent**`, median(ours).toFixed(0), `**${ratio.toFixed(2)}**`]);
  }
  print('Queue messages of 1 KB through a mapping\n');
  print(table(['Load', 'messages a second', 'ratio'], rows));
  print('');
}

/** Receives and deletes as many messages, which are there before. */
function rawPerSecond(path: string, { count, batchSize }: { count: number; batchSize: number }): number {
  using database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(
    `CREATE TABLE messages (sequence INTEGER PRIMARY KEY, visibleAtMs INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
     CREATE INDEX messagesByVisibility ON messages (visibleAtMs);
     BEGIN`,
  );
  const insert = database.prepare('INSERT INTO messages (visibleAtMs, body) VALUES (0, ?)');
  for (let at = 0; at < count; at += 1) insert.run(BODY);
  database.exec('COMMIT');
  const select = database.prepare(
    'SELECT sequence, body FROM messages WHERE visibleAtMs <= ? ORDER BY visibleAtMs LIMIT ?',
  );
  const hide = database.prepare('UPDATE messages SET visibleAtMs = ? WHERE sequence = ?');
  const remove = database.prepare('DELETE FROM messages WHERE sequence = ?');
  const startMs = performance.now();
  for (let done = 0; done < count; ) {
    database.exec('BEGIN IMMEDIATE');
    const found = select.all(1, batchSize);
    for (const { sequence } of found) hide.run(2, sequence as number);
    database.exec('COMMIT; BEGIN IMMEDIATE');
    for (const { sequence } of found) remove.run(sequence as number);
    database.exec('COMMIT');
    done += found.length;
  }
  const perSecond = count / ((performance.now() - startMs) / 1_000);
  database.close();
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  return perSecond;
}
