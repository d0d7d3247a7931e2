import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';

const cloudWatch = new CloudWatchClient();
const PATIENCE_MS = 5_000;

/** Looks at each website, and counts those that are down: that is what the alarm watches. */
export const handler = async ({ websites, at }) => {
  for (const url of websites) {
    const trouble = await troubleOf(url);
    const metric = { MetricName: 'Down', Dimensions: [{ Name: 'Website', Value: url }], StorageResolution: 1 };
    const MetricData = [{ ...metric, Value: trouble === undefined ? 0 : 1 }];
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'Websites', MetricData }));
    console.log(`${at}: ${url} ${trouble === undefined ? 'is well' : `is down: ${trouble}`}`);
  }
};

async function troubleOf(url) {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? undefined : `status ${answer.status}`;
  } catch (error) {
    return error.cause?.code ?? error.name;
  }
}
