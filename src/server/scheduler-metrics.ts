// AWS's metrics of EventBridge Scheduler ("Monitoring Amazon EventBridge Scheduler with Amazon CloudWatch", User Guide), counted
// in memory by minutes: of each group, and of all.

import type { Clock } from '../lib/clock.ts';
import type { CountingSource, ScopedSample } from '../services/cloudwatch/recorder.ts';
import { addValue, emptySketch } from '../services/cloudwatch/sketch.ts';
import type { CountFires } from '../services/scheduler/open-scheduler.ts';

const NAMESPACE = 'AWS/Scheduler';
const MINUTE_MS = 60_000;

/** `wake` is told when there is something to drain. */
export function schedulerMetrics({ clock, wake }: { clock: Clock; wake: () => void }): CountingSource & {
  readonly count: CountFires;
} {
  let counted = new Map<string, ScopedSample>();
  const add = (name: string, { account, region }: { account: string; region: string }, group?: string): void => {
    const atMs = Math.floor(clock.nowMs() / MINUTE_MS) * MINUTE_MS;
    const key = `${account} ${region} ${name} ${atMs} ${group ?? ''}`;
    let sample = counted.get(key);
    if (sample === undefined) {
      const dimensions = group === undefined ? [] : [{ name: 'ScheduleGroup', value: group }];
      const metric = { namespace: NAMESPACE, name, dimensions };
      sample = { scope: { account, region }, metric, unit: 'Count', atMs, resolutionS: 60, sketch: emptySketch() };
      counted.set(key, sample);
      wake();
    }
    addValue(sample.sketch, 1);
  };
  return {
    count(name, of) {
      add(name, of);
      add(name, of, of.group);
    },
    drain() {
      const samples = [...counted.values()];
      counted = new Map();
      return samples;
    },
  };
}
