import { randomUUID } from 'node:crypto';
import type { StartQueryRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { Handlers } from '../../../wire/service.ts';
import type { Logs, Scope } from '../logs.ts';
import { invalidParameter } from './constraints.ts';
import { groupNameOf, scopeOf } from './names.ts';
import { decodeToken, encodeToken } from './page-token.ts';
import { notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const ROWS_DEFAULT = 10_000;
const LIST_DEFAULT = 1_000;
const GROUPS_MAX = 50;

export function queryHandlers(logs: Logs): Handlers<Client> {
  return {
    StartQuery(input, context) {
      const { queryString = '', startTime = 0, endTime = 0, limit = ROWS_DEFAULT, queryLanguage = 'CWLI' } = input;
      if (queryLanguage !== 'CWLI') throw notYet(`the query language ${queryLanguage}`);
      if (endTime < startTime) throw invalidParameter("Query's end date and time is before its start date and time.");
      const scope = scopeOf(context);
      const groups = groupsOf(input, scope).map((name) => logs.group(scope, name));
      const queryId = randomUUID();
      logs.queries().start(queryId, scope, {
        ...{ text: queryString, groups, countMax: Math.min(limit, ROWS_DEFAULT) },
        // Seconds; both ends are part of the range.
        ...{ fromMs: startTime * 1_000, untilMs: (endTime + 1) * 1_000 },
      });
      return { queryId };
    },

    GetQueryResults({ queryId = '', nextToken, maxItems = ROWS_DEFAULT }, context) {
      const { status, result } = logs.queries().get(scopeOf(context), queryId);
      const from = decodeToken(nextToken, (value) => (typeof value === 'number' ? value : undefined)) ?? 0;
      const rows = result?.rows ?? [];
      const until = from + (maxItems === 0 ? ROWS_DEFAULT : maxItems);
      return {
        queryLanguage: 'CWLI' as const,
        results: rows.slice(from, until).map((row) => [...row]),
        nextToken: rows.length > until ? encodeToken(until) : undefined,
        statistics: {
          ...{ recordsMatched: result?.matched ?? 0, recordsScanned: result?.scanned ?? 0 },
          bytesScanned: result?.bytes ?? 0,
        },
        status,
      };
    },

    StopQuery({ queryId = '' }, context) {
      logs.queries().stop(scopeOf(context), queryId);
      return { success: true };
    },

    DescribeQueries({ logGroupName, status, maxResults = LIST_DEFAULT, nextToken, queryLanguage }, context) {
      const from = decodeToken(nextToken, (value) => (typeof value === 'number' ? value : undefined)) ?? 0;
      const found = logs
        .queries()
        .list(scopeOf(context))
        // There are none in another language.
        .filter(() => queryLanguage === undefined || queryLanguage === 'CWLI')
        .filter((query) => status === undefined || query.status === status)
        .filter(({ groups }) => logGroupName === undefined || groups.includes(logGroupName));
      const page = found.slice(from, from + maxResults);
      return {
        queries: page.map(({ id, text, status, createdMs, groups }) => ({
          ...{ queryId: id, queryString: text, status, createTime: createdMs, logGroupName: groups[0] },
          queryLanguage: 'CWLI' as const,
        })),
        nextToken: found.length > from + maxResults ? encodeToken(from + maxResults) : undefined,
      };
    },

    GetLogRecord({ logRecordPointer = '' }, context) {
      return { logRecord: logs.record(scopeOf(context), logRecordPointer) };
    },

    async GetLogGroupFields({ time, ...input }, context) {
      const scope = scopeOf(context);
      const fields = await logs.fields(scope, groupNameOf(input, scope), time, context.signal);
      return { logGroupFields: fields };
    },
  };
}

function groupsOf({ logGroupName, logGroupNames, logGroupIdentifiers }: StartQueryRequest, scope: Scope): string[] {
  const given = [logGroupName, logGroupNames, logGroupIdentifiers].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw invalidParameter('Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.');
  }
  const names = given.flat().map((logGroupIdentifier) => groupNameOf({ logGroupIdentifier }, scope));
  if (names.length === 0 || names.length > GROUPS_MAX)
    throw invalidParameter(`A query is about 1 to ${GROUPS_MAX} log groups.`);
  return [...new Set(names)];
}
