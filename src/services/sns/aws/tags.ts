import type { Tag } from '@aws-sdk/client-sns';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import type { Sns } from '../sns.ts';
import { topicArn } from '../topic.ts';
import { namedTopic } from './access.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-sns');

const TAGS_MAX = 50;

export function tagHandlers(sns: () => Sns): Handlers<Client> {
  return {
    async TagResource({ ResourceArn, Tags }, context) {
      const { scope, name } = taggedTopic(sns(), ResourceArn, context);
      const added = tagsFromAws(Tags);
      await sns().changeTopic(scope, name, ({ tags }) => ({ tags: limited({ ...tags, ...added }) }));
      return {};
    },

    async UntagResource({ ResourceArn, TagKeys = [] }, context) {
      const { scope, name } = taggedTopic(sns(), ResourceArn, context);
      await sns().changeTopic(scope, name, ({ tags }) => ({
        tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))),
      }));
      return {};
    },

    ListTagsForResource({ ResourceArn }, context) {
      const { scope, name } = taggedTopic(sns(), ResourceArn, context);
      const { tags } = sns().topic(scope, name);
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

/** Throws InvalidParameter for a key that comes twice, and TagLimitExceeded. */
export function tagsFromAws(tags: readonly Tag[] | undefined): Record<string, string> {
  const entries = (tags ?? []).map(({ Key = '', Value = '' }): [string, string] => [Key, Value]);
  if (new Set(entries.map(([key]) => key)).size < entries.length) throw invalid('Duplicated keys are not allowed.');
  return limited(Object.fromEntries(entries));
}

function limited(tags: Readonly<Record<string, string>>): Record<string, string> {
  if (Object.keys(tags).length > TAGS_MAX) {
    throw new AwsError('TagLimitExceededException', 'Could not complete request: tag quota of per resource exceeded');
  }
  return { ...tags };
}

function taggedTopic(sns: Sns, arn: string | undefined, { account, region }: RequestContext) {
  const named = namedTopic(arn, region, 'ResourceArn');
  const topic = named.scope.account === account ? sns.findTopic(named.scope, named.name) : undefined;
  if (topic === undefined) throw new AwsError('ResourceNotFoundException', 'Resource does not exist');
  return { ...named, arn: topicArn(topic) };
}
