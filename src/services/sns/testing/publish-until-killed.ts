// Publishes to a topic until it is killed, and prints the number of each message that was acknowledged.

import { randomBytes, randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { Undeliverable } from '../../../delivery/undeliverable.ts';
import { systemClock } from '../../../lib/clock.ts';
import { openSns } from '../open-sns.ts';

const [dataDir = ''] = process.argv.slice(2);
const SCOPE = { account: '123456789012', region: 'us-east-1' };

const sns = openSns({
  dataDir,
  clock: systemClock,
  log: pino({ level: 'silent' }),
  random: Math.random,
  randomBytes,
  uuid: randomUUID,
  // Some get through before the end, and most do not.
  deliver: async (arn, { body }) => {
    if (Number(body.toString()) % 3 !== 0) throw new Undeliverable('unavailable', 'not now');
    writeSync(1, `${arn} ${body.toString()}\n`);
  },
  relay: undefined,
}).core();

await sns.createTopic(SCOPE, 'news', { settings: {}, tags: {}, isMetBy: () => true });
for (const name of ['one', 'two']) {
  await sns.subscribe(SCOPE, 'news', {
    protocol: 'sqs',
    endpoint: `arn:aws:sqs:us-east-1:123456789012:${name}`,
    settings: { rawDelivery: true },
    account: SCOPE.account,
    principal: 'arn:aws:iam::123456789012:root',
    origin: 'http://127.0.0.1',
    ownsEndpoint: true,
  });
}
for (let at = 0; ; at += 8) {
  const numbers = Array.from({ length: 8 }, (_, index) => at + index);
  await Promise.all(
    numbers.map(async (number) => {
      await sns.publish(SCOPE, 'news', [{ text: String(number), attributes: {} }]);
      writeSync(1, `published ${number}\n`);
    }),
  );
}
