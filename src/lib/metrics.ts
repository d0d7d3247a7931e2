/** Where what happens is counted, in AWS's names where it has them: `AsyncEventsDropped`. */
export interface Metrics {
  /** One more of something, or as many as are given, for each account, region and whatever else it is told apart by. */
  count(name: string, of: MetricLabels, many?: number): void;
  /** A measured value, whose number and sum are kept. */
  observe(name: string, of: MetricLabels, value: number): void;
}

export interface MetricLabels {
  readonly account: string;
  readonly region: string;
  readonly [label: string]: string;
}

export interface CountedMetrics extends Metrics {
  /** What an account's metrics are now, since the start, in Prometheus's text format. */
  text(account: string): string;
}

/** Counts with both. */
export function bothMetrics(one: Metrics, other: Metrics): Metrics {
  return {
    count(name, of, many) {
      one.count(name, of, many);
      other.count(name, of, many);
    },
    observe(name, of, value) {
      one.observe(name, of, value);
      other.observe(name, of, value);
    },
  };
}

/** Series in memory; what is new beyond that is not counted. */
const SERIES_MAX = 20_000;

/** Counts in memory. */
export function countedMetrics(): CountedMetrics {
  const series = new Map<string, { name: string; of: MetricLabels; count: number; sum: number | undefined }>();
  const at = (name: string, of: MetricLabels) => {
    const key = [name, ...Object.values(of)].join('\n');
    const known = series.get(key);
    if (known !== undefined) return known;
    const made = { name, of, count: 0, sum: undefined };
    if (series.size < SERIES_MAX) series.set(key, made);
    return made;
  };
  return {
    count(name, of, many = 1) {
      at(name, of).count += many;
    },
    observe(name, of, value) {
      const one = at(name, of);
      one.count += 1;
      one.sum = (one.sum ?? 0) + value;
    },
    text(account) {
      const lines = [...series.values()]
        .filter(({ of }) => of.account === account)
        .flatMap(({ name, of, count, sum }) => {
          const shown = `lambent_${snakeCase(name)}`;
          const labels = labelsText(of);
          if (sum === undefined) return [{ type: `${shown}_total counter`, line: `${shown}_total${labels} ${count}` }];
          return [
            { type: `${shown} summary`, line: `${shown}_sum${labels} ${sum}` },
            { type: `${shown} summary`, line: `${shown}_count${labels} ${count}` },
          ];
        });
      const byType = Object.groupBy(lines, ({ type }) => type);
      return Object.entries(byType)
        .map(([type, of = []]) => `# TYPE ${type}\n${of.map(({ line }) => `${line}\n`).join('')}`)
        .join('');
    },
  };
}

function labelsText(of: MetricLabels): string {
  const labels = Object.entries(of).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return `{${labels.join(',')}}`;
}

const escaped = (character: string) => (character === '\n' ? '\\n' : `\\${character}`);
const snakeCase = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase();
