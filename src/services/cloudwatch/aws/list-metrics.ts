import type { Handlers } from '../../../wire/service.ts';
import type { CloudWatch } from '../cloudwatch.ts';
import type { Metric } from '../metric.ts';
import { dimensionsToAws, Flaws } from './parameters.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

/** AWS: "Up to 500 results are returned for any one call", of metrics that had values within two weeks. */
const PAGE_SIZE = 500;
const LISTED_MS = 14 * 86_400_000;
const RECENT_MS = 3 * 3_600_000;
const FILTERS_MAX = 10;

export function listMetricsHandlers(cloudWatch: () => CloudWatch): Handlers<Client> {
  return {
    async ListMetrics(input, { account, region }) {
      const {
        Namespace: namespace,
        MetricName: name,
        Dimensions = [],
        NextToken,
        RecentlyActive,
        OwningAccount,
      } = input;
      const flaws = new Flaws();
      flaws.optionalText('Namespace', namespace, 255);
      flaws.optionalText('MetricName', name, 255);
      flaws.size('Dimensions', Dimensions, FILTERS_MAX);
      for (const [at, { Name, Value }] of Dimensions.entries()) {
        flaws.text(`Dimensions.member.${at + 1}.Name`, Name, 255);
        flaws.optionalText(`Dimensions.member.${at + 1}.Value`, Value, 1_024);
      }
      flaws.oneOf('RecentlyActive', RecentlyActive, ['PT3H']);
      const after = NextToken === undefined ? undefined : readToken(NextToken);
      if (NextToken !== undefined && after === undefined) flaws.invalid('Request parameter NextToken is invalid');
      flaws.throwIfAny();
      // No account sees another one's metrics here.
      if (OwningAccount !== undefined && OwningAccount !== account) return { Metrics: [] };
      await cloudWatch().settle();
      const found = cloudWatch().store.list(
        { account, region },
        {
          ...{ namespace, name },
          dimensions: Dimensions.map(({ Name = '', Value: value }) => ({ name: Name, value })),
          activeSinceMs: cloudWatch().nowMs() - (RecentlyActive === undefined ? LISTED_MS : RECENT_MS),
        },
        after && { metric: after },
        PAGE_SIZE,
      );
      const last = found.at(-1);
      return {
        Metrics: found.map(({ metric }) => ({
          Namespace: metric.namespace,
          MetricName: metric.name,
          Dimensions: dimensionsToAws(metric.dimensions),
        })),
        ...(last === undefined || last.isLast ? {} : { NextToken: writeToken(last.metric) }),
      };
    },
  };
}

const writeToken = ({ namespace, name, dimensions }: Metric) =>
  Buffer.from(JSON.stringify([namespace, name, dimensions.map((one) => [one.name, one.value])])).toString('base64');

function readToken(token: string): Metric | undefined {
  try {
    const [namespace, name, dimensions] = JSON.parse(Buffer.from(token, 'base64').toString());
    if (typeof namespace !== 'string' || typeof name !== 'string' || !Array.isArray(dimensions)) return undefined;
    return {
      namespace,
      name,
      dimensions: dimensions.map(([one, value]) => ({ name: String(one), value: String(value) })),
    };
  } catch {
    return undefined; // The caller refuses it in AWS's words.
  }
}
