import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { type Alarm, type AlarmSettings, isComposite, isMetricAlarm, type MetricSettings } from '../alarm.ts';
import { alarmNameOf, alarmsIn, readRule } from '../alarm-rule.ts';
import { HISTORY_TYPES, type HistoryItem } from '../alarm-store.ts';
import type { Alarms } from '../alarms.ts';
import { dimensionsKey } from '../metric.ts';
import { compositeAlarmToAws, historyToAws, metricAlarmToAws } from './alarm-to-aws.ts';
import { dimensionsFromAws } from './parameters.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch');

/** AWS's page, unless it is said otherwise. */
const DESCRIBED = 50;
const HISTORY_PAGE = 100;

/** Alarms and their history are read. */
export function describeAlarmHandlers(alarms: () => Alarms): Handlers<Client> {
  return {
    DescribeAlarms(input, context) {
      const {
        AlarmNames,
        AlarmNamePrefix,
        AlarmTypes,
        StateValue,
        ActionPrefix,
        MaxRecords = DESCRIBED,
        NextToken,
      } = input;
      if (AlarmNames !== undefined && AlarmNamePrefix !== undefined)
        throw new AwsError('ValidationException', 'AlarmNamePrefix and AlarmNames.member are mutually exclusive');
      const kinds =
        AlarmTypes === undefined || AlarmTypes.length === 0 ? kindsOf(['MetricAlarm']) : kindsOf(AlarmTypes);
      const related = relatedTo(alarms(), context, input);
      const isAsked = ({ name, settings, state }: Alarm) =>
        kinds.includes(settings.kind) &&
        (AlarmNames === undefined || AlarmNames.includes(name)) &&
        (AlarmNamePrefix === undefined || name.startsWith(AlarmNamePrefix)) &&
        (StateValue === undefined || state.value === StateValue) &&
        (ActionPrefix === undefined ||
          Object.values(settings.actions)
            .flat()
            .some((arn) => arn.startsWith(ActionPrefix))) &&
        (related === undefined || related.includes(name));
      const page: Alarm[] = [];
      let hasMore = false;
      for (const alarm of alarms().store.list(context, NextToken === undefined ? '' : readToken(NextToken))) {
        if (!isAsked(alarm)) continue;
        hasMore = page.length === MaxRecords;
        if (hasMore) break;
        page.push(alarm);
      }
      return {
        MetricAlarms: page.filter(isMetricAlarm).map(metricAlarmToAws),
        CompositeAlarms: page.filter(isComposite).map(compositeAlarmToAws),
        LogAlarms: [],
        ...(hasMore ? { NextToken: writeToken(page.at(-1)?.name ?? '') } : {}),
      };
    },

    DescribeAlarmsForMetric(input, context) {
      const { MetricName, Namespace, Dimensions, Period, Unit } = input;
      const statistic = input.Statistic ?? input.ExtendedStatistic;
      const dimensions = dimensionsKey(dimensionsFromAws(Dimensions));
      const watches = ({ settings: { watched } }: Alarm<MetricSettings>) => {
        const metrics =
          watched.kind === 'metric' ? [watched] : watched.queries.filter((query) => query.kind === 'metric');
        return metrics.some(
          ({ metric, ...one }) =>
            metric.name === MetricName &&
            metric.namespace === Namespace &&
            dimensionsKey(metric.dimensions) === dimensions &&
            (Period === undefined || one.periodS === Period) &&
            (Unit === undefined || one.unit === Unit) &&
            (statistic === undefined || one.statistic === statistic),
        );
      };
      const found = [...alarms().store.list(context)].filter(isMetricAlarm).filter(watches);
      return { MetricAlarms: found.map(metricAlarmToAws) };
    },

    DescribeAlarmHistory(input, context) {
      const { AlarmName, AlarmTypes, HistoryItemType, StartDate, EndDate, ScanBy, NextToken } = input;
      const countMax = input.MaxRecords ?? HISTORY_PAGE;
      const type = HISTORY_TYPES.find((one) => one === HistoryItemType);
      // Of the types that contributors of alarms have there is nothing.
      if (HistoryItemType !== undefined && type === undefined) return { AlarmHistoryItems: [] };
      const found = alarms().store.history(context, {
        ...{ alarm: AlarmName, type },
        kinds: AlarmTypes === undefined || AlarmTypes.length === 0 ? ['metric'] : kindsOf(AlarmTypes),
        fromMs: StartDate?.getTime() ?? 0,
        toMs: EndDate?.getTime() ?? Number.MAX_SAFE_INTEGER,
        newestFirst: ScanBy !== 'TimestampAscending',
        after: NextToken === undefined ? undefined : Number(readToken(NextToken)),
        countMax: countMax + 1,
      });
      const items: (HistoryItem & { id: number })[] = found.slice(0, countMax);
      return {
        AlarmHistoryItems: items.map(historyToAws),
        ...(found.length > countMax ? { NextToken: writeToken(String(items.at(-1)?.id ?? 0)) } : {}),
      };
    },
  };
}

/** AWS: metric alarms alone, unless composite ones are asked for. */
function kindsOf(types: readonly string[]): AlarmSettings['kind'][] {
  return types.flatMap((type) => (type === 'MetricAlarm' ? 'metric' : type === 'CompositeAlarm' ? 'composite' : []));
}

/** Names of alarms that a composite one watches, or of composite ones that watch an alarm; undefined: nobody asks. */
function relatedTo(
  alarms: Alarms,
  scope: { account: string; region: string },
  asked: { ChildrenOfAlarmName?: string | undefined; ParentsOfAlarmName?: string | undefined },
): string[] | undefined {
  const { ChildrenOfAlarmName: parent, ParentsOfAlarmName: child } = asked;
  const watchedBy = (alarm: Alarm | undefined) =>
    alarm?.settings.kind === 'composite' ? alarmsIn(readRule(alarm.settings.rule)).map(alarmNameOf) : [];
  if (parent !== undefined) return watchedBy(alarms.store.find(scope, parent));
  if (child === undefined) return undefined;
  const composites = alarms.store.composites(scope);
  return composites.filter((alarm) => watchedBy(alarm).includes(child)).map(({ name }) => name);
}

const writeToken = (last: string) => Buffer.from(JSON.stringify([last])).toString('base64');

function readToken(token: string): string {
  try {
    const [last] = JSON.parse(Buffer.from(token, 'base64').toString());
    if (typeof last === 'string') return last;
  } catch {
    // Refused like all others.
  }
  throw new AwsError('InvalidNextToken', 'The next token specified is invalid.');
}
