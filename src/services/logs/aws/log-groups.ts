import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { LogGroup, Scope } from '../log-store.ts';
import type { Logs } from '../logs.ts';
import { invalidParameter } from './constraints.ts';
import { groupArn, groupOfArn, scopeOf } from './names.ts';
import { decodeToken, encodeToken } from './page-token.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const LIST_DEFAULT = 50;
/** Those whose groups behave here as on AWS: the second one differs in price and in what Insights can do. */
const CLASSES = ['STANDARD', 'INFREQUENT_ACCESS'] as const;

export function groupHandlers(logs: Logs): Handlers<Client> {
  return {
    CreateLogGroup(input, context) {
      const { logGroupName = '', kmsKeyId, tags = {}, logGroupClass = 'STANDARD', deletionProtectionEnabled } = input;
      if (kmsKeyId !== undefined) throw invalidParameter('kmsKeyId is not supported yet.');
      if (deletionProtectionEnabled) throw invalidParameter('deletionProtectionEnabled is not supported yet.');
      if (!CLASSES.some((known) => known === logGroupClass)) {
        throw invalidParameter(`logGroupClass ${logGroupClass} is not supported yet.`);
      }
      logs.createGroup(scopeOf(context), { name: logGroupName, class: logGroupClass, tags });
      return {};
    },

    DeleteLogGroup({ logGroupName = '' }, context) {
      logs.deleteGroup(scopeOf(context), logGroupName);
      return {};
    },

    DescribeLogGroups(input, context) {
      const { logGroupNamePrefix, logGroupNamePattern, logGroupClass, limit = LIST_DEFAULT, nextToken } = input;
      if (input.logGroupIdentifiers) throw invalidParameter('logGroupIdentifiers is not supported yet.');
      if (input.includeLinkedAccounts) throw invalidParameter('includeLinkedAccounts is not supported yet.');
      if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined) {
        throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
      }
      const scope = scopeOf(context);
      const after = decodeToken(nextToken, (value) => (typeof value === 'string' ? value : undefined));
      // One more than asked for tells whether there is a further page.
      const found = logs.groups(scope, {
        prefix: logGroupNamePrefix,
        part: logGroupNamePattern,
        class: logGroupClass,
        after,
        countMax: limit + 1,
      });
      const page = found.slice(0, limit);
      return {
        logGroups: page.map((group) => describeGroup(scope, group)),
        nextToken: found.length > limit ? encodeToken(page[page.length - 1]?.name) : undefined,
      };
    },

    PutRetentionPolicy({ logGroupName = '', retentionInDays }, context) {
      logs.setRetention(scopeOf(context), logGroupName, retentionInDays);
      return {};
    },

    DeleteRetentionPolicy({ logGroupName = '' }, context) {
      logs.setRetention(scopeOf(context), logGroupName, undefined);
      return {};
    },

    TagResource({ resourceArn = '', tags = {} }, context) {
      const { scope, group } = taggedGroup(logs, resourceArn, scopeOf(context));
      logs.setTags(scope, group.name, { ...group.tags, ...tags });
      return {};
    },

    UntagResource({ resourceArn = '', tagKeys = [] }, context) {
      const { scope, group } = taggedGroup(logs, resourceArn, scopeOf(context));
      const kept = Object.entries(group.tags).filter(([key]) => !tagKeys.includes(key));
      logs.setTags(scope, group.name, Object.fromEntries(kept));
      return {};
    },

    ListTagsForResource({ resourceArn = '' }, context) {
      return { tags: taggedGroup(logs, resourceArn, scopeOf(context)).group.tags };
    },
  };
}

function describeGroup(scope: Scope, group: LogGroup) {
  const arn = groupArn(scope, group.name);
  return {
    logGroupName: group.name,
    creationTime: group.createdMs,
    retentionInDays: group.retentionDays,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    storedBytes: group.storedBytes,
    logGroupClass: group.class === 'INFREQUENT_ACCESS' ? CLASSES[1] : CLASSES[0],
    logGroupArn: arn,
    deletionProtectionEnabled: false,
  };
}

function taggedGroup(logs: Logs, arn: string, scope: Scope): { scope: Scope; group: LogGroup } {
  if (!arn.startsWith(groupArn(scope, ''))) {
    throw new AwsError('ResourceNotFoundException', 'The specified resource does not exist.');
  }
  return { scope, group: logs.group(scope, groupOfArn(arn, scope)) };
}
