// Metrics in log lines: AWS's embedded metric format ("Specification: Embedded metric format" of its guide).

import type { LogSink } from '../../environments/logs/log-sink.ts';
import type { Clock } from '../../lib/clock.ts';
import { type Dimension, type Scope, UNITS } from './metric.ts';
import type { CountingSource } from './recorder.ts';
import { type Bin, SampleSet } from './sample-set.ts';
import { addValue } from './sketch.ts';

// AWS's limits: of a line, and of what it may name.
const METRICS_MAX = 100;
const DIMENSIONS_MAX = 30;
const VALUES_MAX = 100;
const VALUE_MAX = 2 ** 360;
const PAST_MS_MAX = 14 * 86_400_000;
const FUTURE_MS_MAX = 2 * 3_600_000;

/** Samples that wait for the next flush; lines that would make more are stored, and their metrics are not. */
const WAITING_MAX = 20_000;

/** A value that a line tells, and of what. */
export interface Embedded extends Omit<Bin, 'scope'> {
  readonly values: readonly number[];
}

export interface EmbeddedMetrics extends CountingSource {
  /** The same sink; what goes through it is looked at. */
  through(sink: LogSink): LogSink;
}

/** `wake` is told when there is something to drain. */
export function embeddedMetrics({ clock, wake }: { clock: Clock; wake: () => void }): EmbeddedMetrics {
  const waiting = new SampleSet();
  const look = (scope: Scope, line: string) => {
    for (const { values, ...bin } of readEmbedded(line, clock.nowMs())) {
      if (waiting.size >= WAITING_MAX) return;
      const sketch = waiting.at({ ...bin, scope });
      for (const value of values) addValue(sketch, value);
    }
    if (waiting.size > 0) wake();
  };
  return {
    through: (sink) => ({
      open(where) {
        const stream = sink.open(where);
        const scope = { account: where.account, region: where.region };
        return {
          write(message, timestampMs) {
            stream.write(message, timestampMs);
            if (message.includes('"_aws"')) look(scope, message);
          },
          close: () => stream.close(),
        };
      },
    }),
    drain: () => waiting.take(),
  };
}

/** What a line tells; nothing of one that is not written so. AWS drops what is wrong without a word, too. */
export function readEmbedded(line: string, nowMs: number): Embedded[] {
  const root = parsed(line);
  const facts = isObject(root) ? root._aws : undefined;
  if (!isObject(root) || !isObject(facts) || !Array.isArray(facts.CloudWatchMetrics)) return [];
  const { Timestamp: atMs } = facts;
  if (typeof atMs !== 'number' || atMs < nowMs - PAST_MS_MAX || atMs > nowMs + FUTURE_MS_MAX) return [];
  return facts.CloudWatchMetrics.filter(isObject).flatMap((directive) => readDirective(root, directive, atMs));
}

type Members = Readonly<Record<string, unknown>>;

function readDirective(root: Members, directive: Members, atMs: number): Embedded[] {
  const { Namespace: namespace, Dimensions: sets, Metrics: metrics } = directive;
  if (!isName(namespace) || namespace.startsWith('AWS/') || !Array.isArray(metrics)) return [];
  const dimensionSets = (Array.isArray(sets) && sets.length > 0 ? sets : [[]]).flatMap((set) => {
    const dimensions = dimensionsOf(root, set);
    return dimensions === undefined ? [] : [dimensions];
  });
  return metrics
    .slice(0, METRICS_MAX)
    .filter(isObject)
    .flatMap(({ Name: name, Unit: given, StorageResolution }) => {
      if (!isName(name)) return [];
      const values = [root[name]].flat().filter(isValue);
      if (values.length === 0 || values.length > VALUES_MAX) return [];
      const unit = UNITS.find((one) => one === given) ?? 'None';
      const resolutionS: 1 | 60 = StorageResolution === 1 ? 1 : 60;
      return dimensionSets.map((dimensions) => ({
        metric: { namespace, name, dimensions },
        ...{ unit, atMs, resolutionS, values },
      }));
    });
}

/** A set names members of the line, which tell its values. */
function dimensionsOf(root: Members, set: unknown): Dimension[] | undefined {
  if (!Array.isArray(set) || set.length > DIMENSIONS_MAX) return undefined;
  const dimensions = [...new Set(set)].map((name) => ({ name, value: isName(name) ? root[name] : undefined }));
  return dimensions.every(isDimension) ? dimensions : undefined;
}

const isDimension = (one: { name: unknown; value: unknown }): one is Dimension =>
  typeof one.value === 'string' && one.value !== '' && one.value.length <= 1_024;

const isName = (text: unknown): text is string => typeof text === 'string' && text !== '' && text.length <= 255;

const isValue = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= VALUE_MAX;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** From the first bracket on: in front of it a runtime may have put the time and the id of the request. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line.slice(Math.max(0, line.indexOf('{'))));
  } catch {
    return undefined; // A line that only looks like it: it is a line all the same.
  }
}
