// Fills a small disk with messages and then empties the queue; prints what was seen. Runs in a mount namespace of its own.
import { randomInt, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../../lib/clock.ts';
import { StorageFull } from '../../../store/outage.ts';
import { openQueues } from '../queues.ts';

const [dataDir = ''] = process.argv.slice(2);
const place = { account: '123456789012', region: 'eu-west-1', name: 'full' };
const logged: string[] = [];
const log = pino({ level: 'info', base: undefined }, { write: (line: string) => logged.push(JSON.parse(line).msg) });
const ports = { clock: systemClock, log, uuid: randomUUID, nonce: () => randomInt(2 ** 48 - 1) };
const open = () => openQueues(join(dataDir, 'queues.db'), ports);
const never = new AbortController().signal;

let queues = open();
await queues.create(place, {});
const accepted = new Set<string>();
const send = async (count: number) => {
  const message = { body: 'x'.repeat(100_000), attributes: undefined, senderId: 'me', traceHeader: undefined };
  const sent = await queues.send(place, Array(count).fill(message));
  for (const one of sent) if (!(one instanceof Error)) accepted.add(one.id);
  return sent.length;
};
const refusalOf = (error: unknown) => {
  if (error instanceof StorageFull) return error.message;
  throw error;
};

const refused: (string | number)[] = [];
while (refused.length < 3) {
  const outcome = await send(5).catch(refusalOf);
  if (typeof outcome === 'string') refused.push(outcome);
}
const filled = accepted.size;
// Somebody else takes what is left, also what the store has given up.
const ballast = join(dataDir, 'ballast');
const fillUp = () => {
  try {
    for (;;) appendFileSync(ballast, Buffer.alloc(4_096));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
};
const ballastEnded = fillUp();

const received = new Set<string>();
const takeSome = async () => {
  const messages = await queues.receive(place, { countMax: 10, waitMs: 0 }, never);
  for (const { id } of messages) received.add(id);
  const handles = messages.map(({ receiptHandle }) => receiptHandle);
  for (const refusal of await queues.deleteMessages(place, handles)) if (refusal !== undefined) throw refusal;
  return messages.length;
};
for (let taken = 0; taken < filled / 2; taken += 10) await takeSome();
// A server that starts on a full disk can be emptied, too.
queues.close();
fillUp();
queues = open();
while ((await takeSome()) > 0) {}
const lost = [...accepted].filter((id) => !received.has(id));
const again = await send(5).catch(refusalOf);
queues.close();
process.stdout.write(
  JSON.stringify({ refused, ballastEnded, some: filled > 100, lost, more: received.size - filled, again, logged }),
);
