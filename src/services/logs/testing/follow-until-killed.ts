// Puts events into a group with a subscription for ever, and prints what was acknowledged. Its deliveries fail. The crash
// test kills it, and delivers what waits.
import { systemClock } from '../../../lib/clock.ts';
import { openLog } from '../../../lib/log.ts';
import { openLogs } from '../logs.ts';
import { GROUP, HERE, STREAM } from './fixture.ts';
import { functionArn } from './functions.ts';

const [dataDir = ''] = process.argv.slice(2);
const { core } = openLogs({ dataDir, clock: systemClock, log: openLog('error') });
core.createGroup(HERE, { name: GROUP, class: 'STANDARD', tags: {} });
core.createStream(HERE, GROUP, STREAM);
core.filters.putSubscription(core.group(HERE, GROUP).id, 'all', {
  ...{ pattern: 'event', destinationArn: functionArn('watch'), distribution: 'ByLogStream' },
});
core.follow({ deliver: () => Promise.reject(new Error('nobody is there')), record: async () => {} });
for (let event = 0; ; event += 1) {
  await core.put(HERE, GROUP, STREAM, [{ timestampMs: systemClock.nowMs(), message: `event ${event}` }]);
  process.stdout.write(`${event}\n`);
}
