import { dimensionsKey, type Metric, type Scope, type Unit } from './metric.ts';
import type { ScopedSample } from './recorder.ts';
import { emptySketch, type Sketch } from './sketch.ts';

/** Where values of a metric belong. */
export type Bin = Omit<ScopedSample, 'sketch'>;

/** Values in memory: those of the same metric, unit and second or minute are one sample. */
export class SampleSet {
  #byKey = new Map<string, ScopedSample>();

  get size(): number {
    return this.#byKey.size;
  }

  /** What values are added to. */
  at(bin: Bin): Sketch {
    const startMs = Math.floor(bin.atMs / (bin.resolutionS * 1_000)) * bin.resolutionS * 1_000;
    const key = keyOf(bin.scope, bin.metric, bin.unit, startMs);
    let sample = this.#byKey.get(key);
    if (sample === undefined) {
      sample = { ...bin, atMs: startMs, sketch: emptySketch() };
      this.#byKey.set(key, sample);
    }
    return sample.sketch;
  }

  /** All of them, which are forgotten. */
  take(): ScopedSample[] {
    const all = [...this.#byKey.values()];
    this.#byKey = new Map();
    return all;
  }
}

function keyOf(
  { account, region }: Scope,
  { namespace, name, dimensions }: Metric,
  unit: Unit,
  startMs: number,
): string {
  return [account, region, namespace, name, unit, startMs, dimensionsKey(dimensions)].join('\n');
}
