// AWS's metrics of Lambda ("Types of metrics for Lambda functions" of its guide), counted in memory: the way of an invocation
// pays for two look-ups and some additions. What is counted of one function, qualifier and version within a minute stands in
// one place, from which all combinations of dimensions are made when it is drained.

import type { InvocationObserver, ObservedInvocation } from '../invoke/observer.ts';
import type { Clock } from '../lib/clock.ts';
import type { MetricLabels, Metrics } from '../lib/metrics.ts';
import type { Scope, Unit } from '../services/cloudwatch/metric.ts';
import type { CountingSource } from '../services/cloudwatch/recorder.ts';
import { SampleSet } from '../services/cloudwatch/sample-set.ts';
import { addValue, emptySketch, merge, type Sketch } from '../services/cloudwatch/sketch.ts';

const NAMESPACE = 'AWS/Lambda';
const MINUTE_MS = 60_000;

/** Metrics that others count by name, with their units. What is not among them is no metric of Lambda. */
const COUNTED: Readonly<Record<string, Unit | undefined>> = {
  AsyncEventsReceived: 'Count',
  AsyncEventsDropped: 'Count',
  AsyncEventAge: 'Milliseconds',
  DeadLetterErrors: 'Count',
  DestinationDeliveryFailures: 'Count',
  RecursiveInvocationsDropped: 'Count',
};

/** How many run at once, of a function or of all; the most since the last look. */
interface Gauge {
  readonly scope: Scope;
  /** undefined: of all functions. */
  readonly name: string | undefined;
  /** The last one in which something began. */
  minute: number;
  running: number;
  peak: number;
  /** Of all functions: those without a reservation. */
  unreserved: number;
  unreservedPeak: number;
}

/** What is counted of one function, qualifier and version that was asked for within a minute. */
class Place {
  readonly scope: Scope;
  readonly name: string;
  /** `orders:live` */
  readonly resource: string;
  /** Of what an alias stands for; undefined where the resource says it. */
  readonly executedVersion: string | undefined;
  readonly atMs: number;
  /** Of the function, and of all. */
  readonly own: Gauge;
  readonly whole: Gauge;
  isDirty = false;
  invocations = 0;
  errors = 0;
  throttles = 0;
  onProvisioned = 0;
  spilledOver = 0;
  duration = emptySketch();
  init = emptySketch();

  constructor({ runnable, invokedArn }: ObservedInvocation, atMs: number, gauges: { own: Gauge; whole: Gauge }) {
    const { account, region, name, version, functionArn } = runnable;
    const qualifier = invokedArn.slice(functionArn.length + 1);
    this.scope = { account, region };
    this.name = name;
    this.resource = qualifier === '' ? name : `${name}:${qualifier}`;
    this.executedVersion = qualifier === '' || qualifier === version ? undefined : version;
    this.atMs = atMs;
    this.own = gauges.own;
    this.whole = gauges.whole;
  }
}

export interface LambdaMetrics extends InvocationObserver, Metrics, CountingSource {}

/** `wake` is told when there is something to drain. */
export function lambdaMetrics({ clock, wake }: { clock: Clock; wake: () => void }): LambdaMetrics {
  let minute = -1;
  let places = new Map<string, Map<string, Place>>();
  let dirty: Place[] = [];
  const gauges = new Map<string, Gauge>();
  const counted = new SampleSet();
  let gaugedMs = clock.nowMs();

  const placeOf = (of: ObservedInvocation): Place => {
    const nowMs = clock.nowMs();
    const now = Math.floor(nowMs / MINUTE_MS);
    if (now !== minute) {
      minute = now;
      // Whoever began before has its place still, and is drained with it.
      places = new Map();
    }
    const byVersion = places.get(of.invokedArn) ?? new Map<string, Place>();
    if (byVersion.size === 0) places.set(of.invokedArn, byVersion);
    const { version } = of.runnable;
    let place = byVersion.get(version);
    if (place === undefined) {
      const own = gaugeOf(of.runnable, 'own');
      place = new Place(of, now * MINUTE_MS, { own, whole: gaugeOf(of.runnable, 'whole') });
      byVersion.set(version, place);
    }
    return touched(place);
  };
  const touched = (place: Place): Place => {
    if (place.isDirty) return place;
    place.isDirty = true;
    dirty.push(place);
    wake();
    return place;
  };
  const gaugeOf = (
    { account, region, functionArn, name }: ObservedInvocation['runnable'],
    of: 'own' | 'whole',
  ): Gauge => {
    const key = of === 'own' ? functionArn : `${account} ${region}`;
    let gauge = gauges.get(key);
    if (gauge === undefined) {
      const nothing = { running: 0, peak: 0, unreserved: 0, unreservedPeak: 0 };
      gauge = { scope: { account, region }, name: of === 'own' ? name : undefined, minute, ...nothing };
      gauges.set(key, gauge);
    }
    gauge.minute = minute;
    return gauge;
  };

  const add = (name: string, of: MetricLabels, value: number, many: number): void => {
    const unit = COUNTED[name];
    const { account, region, function: functionName } = of;
    if (unit === undefined || functionName === undefined) return;
    const metric = { namespace: NAMESPACE, name, dimensions: [{ name: 'FunctionName', value: functionName }] };
    const sketch = counted.at({ scope: { account, region }, metric, unit, atMs: clock.nowMs(), resolutionS: 60 });
    addValue(sketch, value, many);
    wake();
  };

  return {
    throttled(of) {
      placeOf(of).throttles += 1;
    },
    began(of, onProvisioned) {
      const place = placeOf(of);
      const { own, whole } = place;
      const isUnreserved = of.reserved === undefined;
      own.running += 1;
      if (own.running > own.peak) own.peak = own.running;
      whole.running += 1;
      if (whole.running > whole.peak) whole.peak = whole.running;
      if (isUnreserved) {
        whole.unreserved += 1;
        if (whole.unreserved > whole.unreservedPeak) whole.unreservedPeak = whole.unreserved;
      }
      return {
        ended(outcome) {
          own.running -= 1;
          whole.running -= 1;
          if (isUnreserved) whole.unreserved -= 1;
          if (outcome === undefined) return;
          touched(place);
          place.invocations += 1;
          if (outcome.kind === 'function-error') place.errors += 1;
          if (onProvisioned) place.onProvisioned += 1;
          else if (of.provisionedBy !== undefined) place.spilledOver += 1;
          // As the REPORT line has it.
          addValue(place.duration, hundredths(outcome.durationMs));
          if (outcome.initMs !== undefined) addValue(place.init, hundredths(outcome.initMs));
        },
      };
    },
    count: (name, of, many = 1) => add(name, of, 1, many),
    observe: (name, of, value) => add(name, of, value, 1),
    drain() {
      const samples = new SampleSet();
      for (const place of dirty) drainPlace(place, samples);
      dirty = [];
      for (const [key, gauge] of gauges) {
        drainGauge(gauge, gaugedMs, samples);
        // What goes on for minutes is told of each of them.
        if (gauge.running > 0) wake();
        // Places of this minute know it still.
        else if (gauge.minute !== minute) gauges.delete(key);
      }
      gaugedMs = clock.nowMs();
      return [...samples.take(), ...counted.take()];
    },
  };
}

const hundredths = (ms: number) => Math.round(ms * 100) / 100;

function drainPlace(place: Place, samples: SampleSet): void {
  const { scope, name, resource, executedVersion, atMs, invocations, errors, throttles } = place;
  const functionName = { name: 'FunctionName', value: name };
  const ofResource = [functionName, { name: 'Resource', value: resource }];
  const versions =
    executedVersion === undefined ? [] : [[...ofResource, { name: 'ExecutedVersion', value: executedVersion }]];
  const times = (value: number, count: number, zeros = 0): Sketch => {
    const sketch = emptySketch();
    if (count > 0) addValue(sketch, value, count);
    if (zeros > 0) addValue(sketch, 0, zeros);
    return sketch;
  };
  // An invocation without an error is told as one with none, so that averages are rates; and so it is with throttles.
  const metrics: [string, Unit, Sketch][] = [
    ['Invocations', 'Count', times(1, invocations)],
    ['Errors', 'Count', times(1, errors, invocations - errors)],
    ['Throttles', 'Count', times(1, throttles, invocations)],
    ['Duration', 'Milliseconds', place.duration],
    ['InitDuration', 'Milliseconds', place.init],
    ['ProvisionedConcurrencyInvocations', 'Count', times(1, place.onProvisioned)],
    ['ProvisionedConcurrencySpilloverInvocations', 'Count', times(1, place.spilledOver)],
  ];
  for (const [metric, unit, sketch] of metrics) {
    if (sketch.count === 0) continue;
    for (const dimensions of [[], [functionName], ofResource, ...versions])
      merge(
        samples.at({ scope, metric: { namespace: NAMESPACE, name: metric, dimensions }, unit, atMs, resolutionS: 60 }),
        sketch,
      );
  }
  place.isDirty = false;
  place.invocations = 0;
  place.errors = 0;
  place.throttles = 0;
  place.onProvisioned = 0;
  place.spilledOver = 0;
  place.duration = emptySketch();
  place.init = emptySketch();
}

function drainGauge(gauge: Gauge, atMs: number, samples: SampleSet): void {
  const { scope, name, peak, unreservedPeak } = gauge;
  const dimensions = name === undefined ? [] : [{ name: 'FunctionName', value: name }];
  const add = (of: string, value: number) => {
    const metric = { namespace: NAMESPACE, name: of, dimensions };
    addValue(samples.at({ scope, metric, unit: 'Count', atMs, resolutionS: 60 }), value);
  };
  if (peak > 0) add('ConcurrentExecutions', peak);
  if (name === undefined && unreservedPeak > 0) add('UnreservedConcurrentExecutions', unreservedPeak);
  gauge.peak = gauge.running;
  gauge.unreservedPeak = gauge.unreserved;
}
