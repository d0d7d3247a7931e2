import type { Unit } from '../services/cloudwatch/metric.ts';
import type { Sample } from '../services/cloudwatch/metric-store.ts';
import { addValue, emptySketch } from '../services/cloudwatch/sketch.ts';
import type { MetricPoint } from '../services/logs/log-metrics.ts';

const MINUTE_MS = 60_000;

/** CloudWatch's form of what log events gave: one sample for the points of a metric within a minute. */
export function samplesOf(points: readonly MetricPoint[]): Sample[] {
  const alike = Map.groupBy(points, ({ namespace, name, unit, dimensions, atMs }) =>
    JSON.stringify([namespace, name, unit, dimensions, Math.floor(atMs / MINUTE_MS)]),
  );
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const { namespace, name, dimensions, unit = 'None', atMs } = first;
    const sketch = emptySketch();
    for (const { value } of [first, ...others]) addValue(sketch, value);
    // SAFE: the wire took it as one of CloudWatch Logs' units, which are CloudWatch's.
    return [{ metric: { namespace, name, dimensions }, unit: unit as Unit, atMs, resolutionS: 60, sketch }];
  });
}
