import { createRequire } from 'node:module';
import { parseArn } from '../delivery/arn.ts';
import type { Admission } from '../delivery/delivery.ts';
import type { Functions } from '../functions/functions.ts';
import type { CloudWatch } from '../services/cloudwatch/cloudwatch.ts';
import type { DestinationPorts } from '../services/logs/aws/subscription-filters.ts';
import type { RecordMetrics } from '../services/logs/log-metrics.ts';

const require = createRequire(import.meta.url);

/** What subscriptions of log groups need of functions. */
export function logDestinations(functions: Pick<Functions, 'get'>, admission: () => Admission): DestinationPorts {
  return {
    assertDeliverable: (arn, from) => admission().assertDeliverable(arn, from),
    logGroupOf(functionArn) {
      const { account, region, resource } = parseArn(functionArn) ?? { account: '', region: '', resource: '' };
      const [, name = ''] = resource.split(':');
      return functions.get({ account, region, name })?.head.latest.definition.settings.logging.group;
    },
  };
}

/** The numbers that metric filters find become metrics. The code is loaded with the first ones. */
export function logMetrics(cloudWatch: () => CloudWatch): RecordMetrics {
  return (scope, points) => {
    const { samplesOf } = require('./log-samples.ts') as typeof import('./log-samples.ts');
    return cloudWatch().record(scope, samplesOf(points));
  };
}
