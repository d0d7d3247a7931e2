// Sends, receives and deletes for ever, in a standard and a FIFO queue, and says what was acknowledged when. The crash
// test kills it, and starts it again on the same directory.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../../lib/clock.ts';
import { openSqs } from '../open-sqs.ts';
import { queueArn } from '../queue.ts';
import { DEAD, FIFO, QUEUE } from './fixture.ts';

const [dataDir = '', run = ''] = process.argv.slice(2);
const queues = openSqs({ dataDir, clock: systemClock, log: pino({ level: 'silent' }) }).core();
const signal = new AbortController().signal;
await queues.create(DEAD, {});
await queues.create(QUEUE, { redrive: { deadLetterArn: queueArn(DEAD), receivesMax: 2 } });
await queues.create(FIFO, { fifo: true, deduplicatesContent: true });

// Into a file, since a pipe that is full keeps back what it takes until later. One line on the pipe tells how far it is.
const notes = openSync(join(dataDir, 'notes'), 'a');
const say = (what: string, name: string) => {
  writeSync(notes, `${what} ${name}\n`);
  process.stdout.write('.\n');
};

async function work(place: typeof QUEUE, worker: number): Promise<never> {
  for (let round = 0; ; round += 1) {
    const names = [0, 1, 2, 3].map((at) => `${run}/${worker}/${String(round).padStart(6, '0')}/${at}`);
    await queues.send(
      place,
      names.map((body) => ({ body, senderId: 'x', group: place === FIFO ? `g${worker}` : undefined })),
    );
    for (const name of names) say('sent', name);
    const [released, ...done] = await queues.receive(place, { countMax: 3 }, signal);
    // Some messages come again and again, until they are dead letters.
    if (released) await queues.changeVisibility(place, [{ handle: released.receiptHandle, visibilityMs: 0 }]);
    for (const { body } of done) say('deleting', body);
    const handles = done.map(({ receiptHandle }) => receiptHandle);
    const results = await queues.deleteMessages(place, handles);
    for (const [at, { body }] of done.entries()) if (results[at] === undefined) say('deleted', body);
  }
}

await Promise.all([0, 1, 2, 3].flatMap((worker) => [work(FIFO, worker), work(QUEUE, worker + 4)]));
