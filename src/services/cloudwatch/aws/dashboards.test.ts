import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { cloudWatchResources } from './resources.ts';
import { ACCOUNT, refusal, sdk, serveCloudWatch } from './testing/serve-cloudwatch.ts';

const NOON_MS = Date.UTC(2026, 0, 15, 12);
const BODY = JSON.stringify({ widgets: [{ type: 'text', properties: { markdown: '# Größe' } }] });

test('a dashboard is put, read in every region, listed and taken away', async (t) => {
  const server = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  const { client } = server;
  for (const DashboardName of ['shop', 'shop-2', 'other'])
    await client.send(new sdk.PutDashboardCommand({ DashboardName, DashboardBody: BODY }));
  const DashboardArn = `arn:aws:cloudwatch::${ACCOUNT}:dashboard/shop`;
  const { $metadata: _, ...shown } = await server
    .clientOf({ region: 'eu-west-1' })
    .send(new sdk.GetDashboardCommand({ DashboardName: 'shop' }));
  assert.deepEqual(shown, { DashboardArn, DashboardBody: BODY, DashboardName: 'shop' });
  const list = async (DashboardNamePrefix?: string) =>
    (await client.send(new sdk.ListDashboardsCommand({ DashboardNamePrefix }))).DashboardEntries ?? [];
  assert.deepEqual(
    (await list()).map(({ DashboardName }) => DashboardName),
    ['other', 'shop', 'shop-2'],
  );
  const Size = Buffer.byteLength(BODY);
  const LastModified = new Date(NOON_MS);
  assert.deepEqual((await list('shop'))[0], { DashboardName: 'shop', DashboardArn, LastModified, Size });
  const remove = (...DashboardNames: string[]) => client.send(new sdk.DeleteDashboardsCommand({ DashboardNames }));
  const missing = { name: 'ResourceNotFound', message: 'Dashboard none does not exist' };
  assert.deepEqual(await refusal(remove('shop', 'none')), missing);
  assert.equal((await list()).length, 3, 'all or none');
  await remove('shop', 'other');
  assert.deepEqual(
    (await list()).map(({ DashboardName }) => DashboardName),
    ['shop-2'],
  );
  const elsewhere = server.clientOf({ account: '999999999999' });
  const foreign = refusal(elsewhere.send(new sdk.GetDashboardCommand({ DashboardName: 'shop-2' })));
  assert.equal((await foreign).name, 'ResourceNotFound');
});

test('names and bodies that are none, in AWS’s words', async (t) => {
  const { client } = await serveCloudWatch(t, { clock: manualClock(NOON_MS) });
  const put = (DashboardName: string, DashboardBody: string) =>
    client.send(new sdk.PutDashboardCommand({ DashboardName, DashboardBody }));
  await put('n'.repeat(255), '{}');
  assert.match((await refusal(put('n'.repeat(256), '{}'))).message, /shorter than 256 characters/);
  assert.deepEqual(await refusal(put('a:b', '{}')), {
    name: 'InvalidParameterValueException',
    message:
      'The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n',
  });
  for (const body of ['{', '[]', '7']) assert.equal((await refusal(put('a', body))).name, 'DashboardInvalidInputError');
});

test('policies name alarms and dashboards by their ARNs', () => {
  const context = { account: ACCOUNT, region: 'us-east-1' } as RequestContext; // SAFE: no more is asked of it.
  const alarm = `arn:aws:cloudwatch:us-east-1:${ACCOUNT}:alarm:`;
  const resources = (operation: string, input: object) => cloudWatchResources(operation, { ...input }, context);
  assert.deepEqual(resources('PutMetricAlarm', { AlarmName: 'slow' }), [`${alarm}slow`]);
  assert.deepEqual(resources('DeleteAlarms', { AlarmNames: ['a', 'b'] }), [`${alarm}a`, `${alarm}b`]);
  assert.deepEqual(resources('DescribeAlarms', {}), [`${alarm}*`]);
  assert.deepEqual(resources('TagResource', { ResourceARN: `${alarm}a` }), [`${alarm}a`]);
  assert.deepEqual(resources('GetDashboard', { DashboardName: 'd' }), [`arn:aws:cloudwatch::${ACCOUNT}:dashboard/d`]);
  assert.deepEqual(resources('PutMetricData', { Namespace: 'Shop' }), ['*']);
});
