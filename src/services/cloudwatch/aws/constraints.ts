import type { Constraints } from '../../../wire/service.ts';
import { required } from '../../../wire/validation.ts';

/**
 * For operations that tell what is wrong as AWS's newer services do. The oldest ones, which put and read values, have words of
 * their own (`parameters.ts`).
 */
export const CLOUDWATCH_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-cloudwatch')> = {
  PutMetricData: {},
  GetMetricStatistics: {},
  ListMetrics: {},
  GetMetricData: { metricDataQueries: [required], startTime: [required], endTime: [required] },
};
