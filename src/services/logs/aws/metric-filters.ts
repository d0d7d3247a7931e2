import type {
  MetricFilter as AwsMetricFilter,
  MetricTransformation,
  StandardUnit,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Handlers } from '../../../wire/service.ts';
import { type Pattern, readPattern } from '../filter-pattern.ts';
import type { GroupFollower } from '../follower-table.ts';
import type { Logs } from '../logs.ts';
import { type MetricFilter, metricFilterOf, numberOf, readingOf, type Transformation } from '../metric-filter.ts';
import { LogsRefused } from '../refusal.ts';
import { invalidParameter } from './constraints.ts';
import { assertStandard } from './filters.ts';
import { scopeOf } from './names.ts';
import { decodeToken, encodeToken } from './page-token.ts';
import { notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const LIST_DEFAULT = 50;
const DIMENSIONS_MAX = 3;

export function metricFilterHandlers(logs: Logs): Handlers<Client> {
  return {
    PutMetricFilter(input, context) {
      const { logGroupName = '', filterName = '', filterPattern = '', metricTransformations = [] } = input;
      if (input.applyOnTransformedLogs) throw notYet('applyOnTransformedLogs');
      if (input.fieldSelectionCriteria) throw notYet('fieldSelectionCriteria');
      if (input.emitSystemFieldDimensions?.length) throw notYet('emitSystemFieldDimensions');
      const group = logs.group(scopeOf(context), logGroupName);
      assertStandard(group);
      const pattern = patternOf(filterPattern);
      const transformation = readTransformation(metricTransformations[0], pattern);
      logs.filters.putMetricFilter(group.id, filterName, { pattern: filterPattern, transformation });
      return {};
    },

    DescribeMetricFilters(input, context) {
      const { logGroupName, filterNamePrefix, metricName, metricNamespace, nextToken, limit = LIST_DEFAULT } = input;
      if ((metricName === undefined) !== (metricNamespace === undefined)) {
        throw invalidParameter('metricName and metricNamespace must be specified together.');
      }
      const scope = scopeOf(context);
      const found = logs.filters.metricFilters(scope, {
        groupId: logGroupName === undefined ? undefined : logs.group(scope, logGroupName).id,
        prefix: filterNamePrefix,
        metric: metricName === undefined ? undefined : { name: metricName, namespace: metricNamespace ?? '' },
        after: decodeToken(nextToken, parsePlace),
        countMax: limit + 1,
      });
      const page = found.slice(0, limit);
      const last = page[page.length - 1];
      return {
        metricFilters: page.map(describe),
        nextToken: last && found.length > limit ? encodeToken([last.name, last.groupId]) : undefined,
      };
    },

    DeleteMetricFilter({ logGroupName = '', filterName = '' }, context) {
      logs.filters.remove(logs.group(scopeOf(context), logGroupName).id, 'metric', filterName);
      return {};
    },

    TestMetricFilter({ filterPattern = '', logEventMessages = [] }) {
      const pattern = patternOf(filterPattern);
      return {
        matches: logEventMessages.flatMap((eventMessage, index) =>
          pattern.test(eventMessage)
            ? [{ eventNumber: index + 1, eventMessage, extractedValues: pattern.values(eventMessage) }]
            : [],
        ),
      };
    },
  };
}

function patternOf(text: string): Pattern {
  const pattern = readPattern(text);
  if (!pattern) throw new LogsRefused({ kind: 'invalid-pattern' });
  return pattern;
}

function readTransformation(given: MetricTransformation | undefined, pattern: Pattern): Transformation {
  const { metricName: name = '', metricNamespace: namespace = '', metricValue: value = '' } = given ?? {};
  const { unit, defaultValue, dimensions = {} } = given ?? {};
  const sources = Object.values(dimensions);
  if (defaultValue !== undefined && sources.length > 0) {
    throw invalid('dimensions and default value are mutually exclusive properties.');
  }
  if (sources.length > DIMENSIONS_MAX) throw invalid(`there may be at most ${DIMENSIONS_MAX} dimensions.`);
  const isValue = value.startsWith('$') ? readingOf(value, pattern) !== undefined : numberOf(value) !== undefined;
  if (!isValue) throw invalid(`metricValue ${value} is neither a number nor a field of the filter pattern.`);
  for (const source of sources) {
    if (source.startsWith('$') && readingOf(source, pattern) !== undefined) continue;
    throw invalid(`the dimension ${source} is no field of the filter pattern.`);
  }
  return { namespace, name, value, unit, defaultValue, dimensions };
}

function invalid(what: string) {
  return invalidParameter(`Invalid metric transformation: ${what}`);
}

function describe(follower: GroupFollower): AwsMetricFilter {
  const { pattern, transformation }: MetricFilter = metricFilterOf(follower);
  const { name, namespace, value, unit, defaultValue, dimensions } = transformation;
  return {
    filterName: follower.name,
    filterPattern: pattern,
    metricTransformations: [
      {
        ...{ metricName: name, metricNamespace: namespace, metricValue: value, defaultValue },
        dimensions: Object.keys(dimensions).length > 0 ? { ...dimensions } : undefined,
        unit: unit as StandardUnit | undefined, // SAFE: it was one of them when it was put.
      },
    ],
    creationTime: follower.createdMs,
    logGroupName: follower.group,
    applyOnTransformedLogs: false,
  };
}

function parsePlace(value: unknown): { name: string; groupId: number } | undefined {
  if (!Array.isArray(value)) return undefined;
  const [name, groupId]: unknown[] = value;
  return typeof name === 'string' && typeof groupId === 'number' ? { name, groupId } : undefined;
}
