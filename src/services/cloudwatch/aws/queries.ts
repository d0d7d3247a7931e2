import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { BadExpression, readExpression } from '../math/expression.ts';
import type { Query } from '../query.ts';
import { parseStatistic } from '../statistic.ts';
import { dimensionsFromAws } from './parameters.ts';

/** AWS's limit (API reference, GetMetricData). */
const QUERIES_MAX = 500;
const ID = /^[a-z][A-Za-z0-9_]*$/;

/** The queries of a request; what is wrong with them is added to `flaws`, in AWS's words as far as clients have recorded them. */
export function queriesFromAws(
  given: readonly MetricDataQuery[],
  flaws: string[],
  member = 'MetricDataQueries',
): Query[] {
  if (given.length > QUERIES_MAX)
    flaws.push(`The collection ${member} must not have a size greater than ${QUERIES_MAX}.`);
  const ids = given.map(({ Id }) => Id);
  const queries: Query[] = [];
  for (const [at, one] of given.entries()) {
    const path = `${member}.member.${at + 1}`;
    if (!ID.test(one.Id ?? ''))
      flaws.push(
        `The value ${one.Id} for parameter ${path}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      );
    else if (ids.indexOf(one.Id) < at) flaws.push(`The values for parameter id in ${member} are not unique.`);
    const query = queryFromAws(one, path, flaws);
    if (query !== undefined) queries.push(query);
  }
  return queries;
}

function queryFromAws(given: MetricDataQuery, path: string, flaws: string[]): Query | undefined {
  const { Id: id = '', Label: label, ReturnData, MetricStat, Expression } = given;
  const common = { id, label, isReturned: ReturnData !== false };
  if ((MetricStat === undefined) === (Expression === undefined)) {
    flaws.push(
      MetricStat === undefined
        ? `The parameter ${path}.MetricStat is required.`
        : `The parameters ${path}.MetricStat and ${path}.Expression are mutually exclusive and you have specified both.`,
    );
    return undefined;
  }
  if (Expression !== undefined) {
    try {
      return { ...common, kind: 'expression', expression: readExpression(Expression), text: Expression };
    } catch (error) {
      if (!(error instanceof BadExpression)) throw error;
      flaws.push(`Error in expression '${id}': ${error.message}`);
      return undefined;
    }
  }
  const { Metric, Period = 0, Stat = '', Unit: unit } = MetricStat ?? {};
  const statistic = parseStatistic(Stat);
  if (statistic === undefined)
    flaws.push(`The value ${Stat} for parameter ${path}.MetricStat.Stat is not a valid statistic.`);
  if (Period < 1) flaws.push(`The parameter ${path}.MetricStat.Period must be greater than or equal to 1.`);
  else if (![1, 5, 10, 20, 30].includes(Period) && Period % 60 !== 0)
    flaws.push(`The parameter ${path}.MetricStat.Period must be 1, 5, 10, 20, 30 or a multiple of 60.`);
  if (Metric?.MetricName === undefined) flaws.push(`The parameter ${path}.MetricStat.Metric.MetricName is required.`);
  if (Metric?.Namespace === undefined) flaws.push(`The parameter ${path}.MetricStat.Metric.Namespace is required.`);
  if (statistic === undefined) return undefined;
  const { MetricName: name = '', Namespace: namespace = '', Dimensions } = Metric ?? {};
  const metric = { namespace, name, dimensions: dimensionsFromAws(Dimensions) };
  return { ...common, kind: 'metric', source: { metric, periodS: Period, statistic, statisticText: Stat, unit } };
}
