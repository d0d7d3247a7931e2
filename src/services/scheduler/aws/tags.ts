import type { Tag } from '@aws-sdk/client-scheduler';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { groupArn } from '../schedule.ts';
import type { SchedulerPorts } from './scheduler-service.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-scheduler');

export function tagHandlers({ scheduler }: SchedulerPorts): Handlers<Client> {
  return {
    async TagResource({ ResourceArn, Tags }, context) {
      const { scope, name } = taggedGroup(ResourceArn, context);
      const added = tagsFromAws(Tags);
      await scheduler().changeTags(scope, name, (tags) => ({ ...tags, ...added }));
      return {};
    },

    async UntagResource({ ResourceArn, TagKeys = [] }, context) {
      const { scope, name } = taggedGroup(ResourceArn, context);
      await scheduler().changeTags(scope, name, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))),
      );
      return {};
    },

    ListTagsForResource({ ResourceArn }, context) {
      const { scope, name } = taggedGroup(ResourceArn, context);
      const { tags } = scheduler().group(scope, name);
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

/** Throws ValidationException for a key that comes twice. */
export function tagsFromAws(tags: readonly Tag[] | undefined): Record<string, string> {
  const entries = (tags ?? []).map(({ Key = '', Value = '' }): [string, string] => [Key, Value]);
  if (new Set(entries.map(([key]) => key)).size < entries.length) throw invalid('Duplicate tag keys are not allowed.');
  if (entries.some(([key]) => key.toLowerCase().startsWith('aws:')))
    throw invalid('Tag keys must not begin with aws:.');
  return Object.fromEntries(entries);
}

function taggedGroup(arn: string | undefined, { account, region }: RequestContext) {
  const scope = { account, region };
  const name = arn?.split('/')[1] ?? '';
  if (arn !== groupArn({ ...scope, name }))
    throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`);
  return { scope, name };
}
