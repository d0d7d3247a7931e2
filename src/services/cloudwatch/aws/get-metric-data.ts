import type { GetMetricDataInput, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { CloudWatch } from '../cloudwatch.ts';
import { askedBetween, type QueryResult, readAhead, runQueries } from '../query.ts';
import { labelsOf } from './labels.ts';
import { queriesFromAws } from './queries.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

/** AWS's limit of one answer (API reference, GetMetricData). */
const DATAPOINTS_MAX = 100_800;

export function getMetricDataHandlers(cloudWatch: () => CloudWatch): Handlers<Client> {
  return {
    async GetMetricData(input, { account, region, signal }) {
      const { fromMs, toMs, queries, countMax, offset } = checked(input);
      await cloudWatch().settle();
      const nowMs = cloudWatch().nowMs();
      const from = { store: cloudWatch().store, scope: { account, region } };
      const asked = askedBetween({ fromMs, toMs, nowMs }, from);
      const results = runQueries(asked, queries, await readAhead(asked, queries, signal));
      const labels = labelsOf(queries, results, { account, region, timezone: input.LabelOptions?.Timezone });
      const descending = input.ScanBy !== 'TimestampAscending';
      const rows = results.map((result, at) => ({ result, label: labels[at] ?? '', descending }));
      const { page, next } = pageOf(rows, offset, countMax);
      return { MetricDataResults: page, Messages: [], ...(next === undefined ? {} : { NextToken: writeToken(next) }) };
    },
  };
}

function checked(input: GetMetricDataInput) {
  const { StartTime, EndTime, MetricDataQueries = [], MaxDatapoints = DATAPOINTS_MAX, NextToken } = input;
  const fromMs = StartTime?.getTime() ?? 0;
  const toMs = EndTime?.getTime() ?? 0;
  const flaws: string[] = [];
  if (fromMs > toMs) flaws.push('The parameter EndTime must be greater than StartTime.');
  if (fromMs === toMs) flaws.push('The parameter StartTime must not equal parameter EndTime.');
  if (MaxDatapoints < 1 || MaxDatapoints > DATAPOINTS_MAX)
    flaws.push(`The parameter MaxDatapoints must be between 1 and ${DATAPOINTS_MAX}.`);
  const queries = queriesFromAws(MetricDataQueries, flaws);
  if (flaws.length > 0) throw new AwsError('ValidationException', flaws.map((flaw) => `${flaw}\n`).join(''));
  return { fromMs, toMs, queries, countMax: MaxDatapoints, offset: NextToken === undefined ? 0 : readToken(NextToken) };
}

interface ResultRow {
  readonly result: QueryResult;
  readonly label: string;
  readonly descending: boolean;
}

/** So many data points behind the first `offset` of all results in their order. What has none is told with the first page. */
function pageOf(rows: readonly ResultRow[], offset: number, countMax: number) {
  const page: MetricDataResult[] = [];
  let begin = 0;
  let hasMore = false;
  for (const { result, label, descending } of rows) {
    const points = [...result.series.points];
    if (descending) points.reverse();
    const within = (at: number) => Math.min(points.length, Math.max(0, at - begin));
    const from = within(offset);
    const to = within(offset + countMax);
    begin += points.length;
    if (to < points.length) hasMore = true;
    if (points.length === 0 ? offset > 0 : from === to) continue;
    const taken = points.slice(from, to);
    page.push({
      Id: result.query.id,
      Label: label,
      Timestamps: taken.map(([atS]) => new Date(atS * 1_000)),
      Values: taken.map(([, value]) => value),
      StatusCode: to < points.length ? 'PartialData' : 'Complete',
      ...(result.units.length > 1
        ? { Messages: [{ Code: 'MultipleUnits', Value: `Multiple units returned: '[${result.units.join(', ')}]'` }] }
        : {}),
    });
  }
  return { page, next: hasMore ? offset + countMax : undefined };
}

const writeToken = (offset: number) => Buffer.from(JSON.stringify([offset])).toString('base64');

function readToken(token: string): number {
  const offset = /^\[(\d{1,15})\]$/.exec(Buffer.from(token, 'base64').toString())?.[1];
  if (offset === undefined) throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
  return Number(offset);
}
