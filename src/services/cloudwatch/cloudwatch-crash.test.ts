import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { CloudWatch } from './cloudwatch.ts';

const ACKNOWLEDGED = 20;

test('kill -9 loses no value that was acknowledged', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'lambent-metrics-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'metrics.db');
  const script = join(import.meta.dirname, 'testing/put-until-killed.ts');
  const putting = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const text of putting.stdout.setEncoding('utf8')) {
    acknowledged += String(text).split('\n').length - 1;
    if (acknowledged >= ACKNOWLEDGED) putting.kill('SIGKILL');
  }
  if (putting.exitCode === null && putting.signalCode === null) await once(putting, 'exit');
  assert.equal(putting.signalCode, 'SIGKILL');
  await using cloudWatch = new CloudWatch({ path, clock: systemClock, log: openLog('silent'), flush: async () => {} });
  const metric = { namespace: 'Shop', name: 'orders', dimensions: [] };
  const nowS = Math.floor(systemClock.nowMs() / 1_000);
  const fromS = nowS - 3_600;
  const query = { fromS, toS: nowS + 3_600, periodS: 7_200, distribution: false };
  const series = cloudWatch.store.series({ account: '111122223333', region: 'us-east-1' }, metric, query);
  const stored = series.get('Count')?.get(fromS)?.count ?? 0;
  // One more may have been stored, and its acknowledgement lost.
  assert.ok(stored >= acknowledged && stored <= acknowledged + 1, `${stored} of ${acknowledged}`);
});
