// Puts batches for ever, and prints the number of each once it has been acknowledged. The crash test kills it.
import { systemClock } from '../../../lib/clock.ts';
import { openLog } from '../../../lib/log.ts';
import { openLogs } from '../logs.ts';
import { GROUP, HERE, STREAM } from './fixture.ts';

const [dataDir = ''] = process.argv.slice(2);
const { core, sink } = openLogs({ dataDir, clock: systemClock, log: openLog() });
core.createGroup(HERE, { name: GROUP, class: 'STANDARD', tags: {} });
core.createStream(HERE, GROUP, STREAM);
const lines = sink.open({ ...HERE, group: GROUP, stream: 'lines' });
for (let batch = 0; ; batch += 1) {
  lines.write(`line ${batch}\n`, systemClock.nowMs());
  const timestampMs = systemClock.nowMs();
  await core.put(HERE, GROUP, STREAM, [
    { timestampMs, message: `first of ${batch}` },
    { timestampMs, message: `second of ${batch}` },
  ]);
  process.stdout.write(`${batch}\n`);
}
