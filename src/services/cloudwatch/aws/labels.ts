import type { Query, QueryResult } from '../query.ts';

interface Where {
  readonly account: string;
  readonly region: string;
  /** `+0130`, of LabelOptions. */
  readonly timezone: string | undefined;
}

/**
 * A label for each result: the one that was given, with what it tells of the values filled in, else the metric's name. AWS was
 * recorded to add to the names of metrics what their queries differ in: the statistic, the period.
 */
export function labelsOf(queries: readonly Query[], results: readonly QueryResult[], where: Where): string[] {
  const sources = queries.flatMap((query) => (query.kind === 'metric' ? [query.source] : []));
  const differ = (of: (source: (typeof sources)[number]) => unknown) => new Set(sources.map(of)).size > 1;
  const differing = {
    statistic: differ(({ statisticText }) => statisticText),
    period: differ(({ periodS }) => periodS),
  };
  return results.map((result) => {
    const { query, series } = result;
    if (query.label !== undefined && query.label !== '') return filledIn(query.label, result, where);
    if (query.kind === 'expression') return series.label;
    const { metric, statisticText, periodS } = query.source;
    return [
      metric.name,
      ...(differing.statistic ? [statisticText] : []),
      ...(differing.period ? [String(periodS)] : []),
    ].join(' ');
  });
}

/** AWS: "dynamic labels". What it does not know stays as it is written. */
function filledIn(label: string, result: QueryResult, where: Where): string {
  return label.replace(/\$\{\s*([A-Z_]+)(?:\(\s*'([^']*)'\s*\))?\s*\}/g, (whole, name: string, property?: string) => {
    if (name === 'PROP') return propertyOf(property ?? '', result, where) ?? whole;
    return told(name, result, where) ?? whole;
  });
}

function propertyOf(name: string, { query, series }: QueryResult, { account, region }: Where): string | undefined {
  if (name === 'AccountId') return account;
  if (name === 'Region') return region;
  if (name === 'Period') return String(series.periodS);
  if (name === 'Label') return series.label;
  if (query.kind !== 'metric') return undefined;
  const { metric, statisticText } = query.source;
  if (name === 'MetricName') return metric.name;
  if (name === 'Namespace') return metric.namespace;
  if (name === 'Stat') return statisticText;
  return metric.dimensions.find((one) => name === `Dim.${one.name}`)?.value;
}

type Point = readonly [atS: number, value: number];

function told(name: string, { series }: QueryResult, where: Where): string | undefined {
  const points: readonly Point[] = [...series.points];
  const [first] = points;
  if (first === undefined) return name === 'DATAPOINT_COUNT' ? '0' : '--';
  const last = points.at(-1) ?? first;
  const least = points.reduce((one, other) => (other[1] < one[1] ? other : one));
  const most = points.reduce((one, other) => (other[1] > one[1] ? other : one));
  const sum = points.reduce((total, [, value]) => total + value, 0);
  const time = ([atS]: Point) => timeText(atS, where.timezone);
  switch (name) {
    case 'AVG':
      return short(sum / points.length);
    case 'SUM':
      return short(sum);
    case 'MIN':
      return short(least[1]);
    case 'MAX':
      return short(most[1]);
    case 'FIRST':
      return short(first[1]);
    case 'LAST':
      return short(last[1]);
    case 'MIN_TIME':
      return time(least);
    case 'MAX_TIME':
      return time(most);
    case 'FIRST_TIME':
      return time(first);
    case 'LAST_TIME':
      return time(last);
    case 'DATAPOINT_COUNT':
      return String(points.length);
    case 'FIRST_LAST_RANGE':
      return `${short(first[1])}-${short(last[1])}`;
    case 'FIRST_LAST_TIME_RANGE':
      return `${time(first)}-${time(last)}`;
    case 'MIN_MAX_RANGE':
      return `${short(least[1])}-${short(most[1])}`;
    default:
      return undefined;
  }
}

/** AWS: at most three digits behind the point. */
const short = (value: number) => String(Math.round(value * 1_000) / 1_000);

function timeText(atS: number, timezone: string | undefined): string {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(timezone ?? '') ?? [];
  const offsetS = sign === undefined ? 0 : (sign === '-' ? -60 : 60) * (Number(hours) * 60 + Number(minutes));
  return `${new Date((atS + offsetS) * 1_000).toISOString().slice(0, 19).replace('T', ' ')} ${timezone ?? 'UTC'}`;
}
