// Puts values until it is killed, and says after each one that it has been acknowledged. Run by the test of kill -9.
import { systemClock } from '../../../lib/clock.ts';
import { openLog } from '../../../lib/log.ts';
import { CloudWatch } from '../cloudwatch.ts';
import { addValue, emptySketch } from '../sketch.ts';

const [path = ''] = process.argv.slice(2);
const cloudWatch = new CloudWatch({ path, clock: systemClock, log: openLog('silent'), flush: async () => {} });
const metric = { namespace: 'Shop', name: 'orders', dimensions: [] };
for (let count = 1; ; count += 1) {
  const sketch = emptySketch();
  addValue(sketch, 1);
  const sample = { metric, unit: 'Count', atMs: systemClock.nowMs(), resolutionS: 60, sketch } as const;
  await cloudWatch.record({ account: '111122223333', region: 'us-east-1' }, [sample]);
  process.stdout.write(`${count}\n`);
}
