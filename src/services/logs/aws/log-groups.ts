import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { LogGroup, Scope } from '../log-store.ts';
import type { Logs } from '../logs.ts';
import { invalidParameter } from './constraints.ts';
import { groupArn, groupOfArn, scopeOf } from './names.ts';
import { decodeToken, encodeToken } from './page-token.ts';

type Client = typeof import('@aws-sdk/client-cloudwatch-logs');

const LIST_DEFAULT = 50;
const TAGS_MAX = 50;
const TOO_MANY_TAGS = 'The maximum number of tags of a log group is 50.';
/** Those whose groups behave here as on AWS: the second one differs in price and in what Insights can do. */
const CLASSES = ['STANDARD', 'INFREQUENT_ACCESS'] as const;

export function groupHandlers(logs: Logs): Handlers<Client> {
  return {
    CreateLogGroup(input, context) {
      const { logGroupName = '', kmsKeyId, tags = {}, logGroupClass = 'STANDARD', deletionProtectionEnabled } = input;
      if (deletionProtectionEnabled) throw invalidParameter('deletionProtectionEnabled is not supported yet.');
      if (!CLASSES.some((known) => known === logGroupClass)) {
        throw invalidParameter(`logGroupClass ${logGroupClass} is not supported yet.`);
      }
      logs.createGroup(scopeOf(context), { name: logGroupName, class: logGroupClass, tags, kmsKeyId });
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
        logGroups: page.map((group) => describeGroup(scope, group, logs.filters.count(group.id, 'metric'))),
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

    AssociateKmsKey({ kmsKeyId, ...input }, context) {
      logs.setKey(scopeOf(context), keyedGroup(input, scopeOf(context)), kmsKeyId);
      return {};
    },

    DisassociateKmsKey(input, context) {
      logs.setKey(scopeOf(context), keyedGroup(input, scopeOf(context)), undefined);
      return {};
    },

    TagLogGroup({ logGroupName = '', tags = {} }, context) {
      addTags(logs, scopeOf(context), logGroupName, tags, 'InvalidParameterException');
      return {};
    },

    UntagLogGroup({ logGroupName = '', tags = [] }, context) {
      removeTags(logs, scopeOf(context), logGroupName, tags);
      return {};
    },

    ListTagsLogGroup({ logGroupName = '' }, context) {
      return { tags: logs.group(scopeOf(context), logGroupName).tags };
    },

    TagResource({ resourceArn = '', tags = {} }, context) {
      addTags(logs, scopeOf(context), taggedGroup(resourceArn, scopeOf(context)), tags, 'TooManyTagsException');
      return {};
    },

    UntagResource({ resourceArn = '', tagKeys = [] }, context) {
      removeTags(logs, scopeOf(context), taggedGroup(resourceArn, scopeOf(context)), tagKeys);
      return {};
    },

    ListTagsForResource({ resourceArn = '' }, context) {
      const scope = scopeOf(context);
      return { tags: logs.group(scope, taggedGroup(resourceArn, scope)).tags };
    },
  };
}

function addTags(
  logs: Logs,
  scope: Scope,
  name: string,
  tags: Readonly<Record<string, string>>,
  refusal: string,
): void {
  const all = { ...logs.group(scope, name).tags, ...tags };
  if (Object.keys(all).length > TAGS_MAX) throw new AwsError(refusal, TOO_MANY_TAGS);
  logs.setTags(scope, name, all);
}

function removeTags(logs: Logs, scope: Scope, name: string, keys: readonly string[]): void {
  const kept = Object.entries(logs.group(scope, name).tags).filter(([key]) => !keys.includes(key));
  logs.setTags(scope, name, Object.fromEntries(kept));
}

function describeGroup(scope: Scope, group: LogGroup, metricFilterCount: number) {
  const arn = groupArn(scope, group.name);
  return {
    logGroupName: group.name,
    creationTime: group.createdMs,
    retentionInDays: group.retentionDays,
    kmsKeyId: group.kmsKeyId,
    metricFilterCount,
    arn: `${arn}:*`,
    storedBytes: group.storedBytes,
    logGroupClass: group.class === 'INFREQUENT_ACCESS' ? CLASSES[1] : CLASSES[0],
    logGroupArn: arn,
    deletionProtectionEnabled: false,
  };
}

function taggedGroup(arn: string, scope: Scope): string {
  if (!arn.startsWith(groupArn(scope, ''))) throw noSuchResource();
  return groupOfArn(arn, scope);
}

/** A key may also belong to the results of queries, whose ARN is no group's. */
function keyedGroup(input: { logGroupName?: string; resourceIdentifier?: string }, scope: Scope): string {
  const { logGroupName, resourceIdentifier } = input;
  if ((logGroupName === undefined) === (resourceIdentifier === undefined)) {
    throw invalidParameter('Exactly one of logGroupName and resourceIdentifier must be specified.');
  }
  return logGroupName ?? taggedGroup(resourceIdentifier ?? '', scope);
}

function noSuchResource(): AwsError {
  return new AwsError('ResourceNotFoundException', 'The specified resource does not exist.');
}
