// Fills a small disk with messages that cannot be delivered, and then delivers them; prints what was seen. Runs in a mount
// namespace of its own.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../../../lib/clock.ts';
import { againIfFull, StorageFull } from '../../../store/outage.ts';
import { SnsStore } from '../sns-store.ts';

const [dataDir = ''] = process.argv.slice(2);
const store = new SnsStore(join(dataDir, 'sns.db'), { clock: systemClock, log: pino({ level: 'silent' }) });
const SUBSCRIPTION = 1;
const publish = () =>
  store.write(() => {
    const text = 'x'.repeat(100_000);
    const notification = {
      kind: 'Notification',
      id: 'a',
      topicArn: 'b',
      text,
      attributes: {},
      timestampMs: 0,
    } as const;
    store.addDelivery(SUBSCRIPTION, store.addMessage(notification), undefined, 0);
  });

let accepted = 0;
let refused: string | undefined;
while (refused === undefined) {
  try {
    await publish();
    accepted += 1;
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
    refused = error.message;
  }
}
try {
  for (;;) appendFileSync(join(dataDir, 'ballast'), Buffer.alloc(4_096));
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
}
let delivered = 0;
for (;;) {
  const [id] = store.dueDeliveries(SUBSCRIPTION, 1, 1);
  const delivery = id === undefined ? undefined : store.delivery(id);
  if (delivery === undefined) break;
  await againIfFull(() => store.free(() => store.removeDelivery(delivery)));
  delivered += 1;
}
const again = await publish().then(() => 'accepted', String);
store.close();
process.stdout.write(JSON.stringify({ refused, some: accepted > 100, missing: accepted - delivered, again }));
