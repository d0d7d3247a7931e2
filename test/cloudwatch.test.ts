// Metrics of the whole server, seen from outside.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { awsCli } from './aws-cli.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { cleanUpOf, serve, type TestServer } from './server.ts';

describe('metrics of the whole server', { timeout: 120_000 }, () => {
  const cleanUp = cleanUpOf({ after });
  let server: TestServer;
  before(async () => {
    server = await serve(cleanUp);
    assert.equal(existsSync(join(server.dataDir, 'metrics.db')), false, 'nothing is opened before somebody asks');
  });

  test('boto3 puts and reads values by each protocol that it speaks', async () => {
    const env = { ...process.env, ...server.env };
    const python = await pythonWithBoto3(env);
    const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'boto3-cloudwatch.py')], { env });
    const seen: Record<string, unknown> = JSON.parse(stdout);
    assert.ok(Object.keys(seen).length > 0);
    for (const [protocol, answers] of Object.entries(seen)) {
      assert.deepEqual(
        answers,
        {
          statistics: [7.5, { p100: 4 }, 'Count', true],
          data: [
            ['orders', [0, 4, 3.5], 'Complete'],
            ['twice', [0, 8, 7], 'Complete'],
          ],
          times: true,
          listed: [[{ Name: 'shop', Value: 'north & south' }]],
          refused: [
            'InvalidParameterCombination',
            'The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.',
          ],
        },
        protocol,
      );
    }
  });

  test('the AWS CLI puts and reads values', async () => {
    const aws = await awsCli({ ...process.env, ...server.env }, 'cloudwatch');
    const metric = ['--namespace', 'CLI', '--metric-name', 'orders', '--dimensions'];
    await aws('put-metric-data', ...metric, 'shop=north', '--value', '3', '--unit', 'Count');
    const now = Date.now();
    const time = (ms: number) => new Date(now + ms).toISOString();
    const range = ['--start-time', time(-300_000), '--end-time', time(300_000), '--period', '3600'];
    const asked = [...metric, 'Name=shop,Value=north', ...range, '--statistics', 'Sum', 'Maximum'];
    const { Datapoints } = await aws('get-metric-statistics', ...asked);
    assert.deepEqual([Datapoints[0].Sum, Datapoints[0].Maximum, Datapoints[0].Unit], [3, 3, 'Count']);
    const { Metrics } = await aws('list-metrics', '--namespace', 'CLI');
    assert.deepEqual(Metrics, [
      { Namespace: 'CLI', MetricName: 'orders', Dimensions: [{ Name: 'shop', Value: 'north' }] },
    ]);
  });
});
