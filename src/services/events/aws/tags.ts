import type { Tag } from '@aws-sdk/client-eventbridge';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { busOfArn, type Tags } from '../bus.ts';
import type { Buses } from '../buses.ts';
import { EventsRefused } from '../refusal.ts';
import { ruleOfArn } from '../rule.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-eventbridge');

/** AWS: tags of a resource. */
const TAGS_MAX = 50;

export function tagHandlers(buses: () => Buses): Handlers<Client> {
  return {
    async TagResource({ ResourceARN, Tags }, context) {
      const added = tagsFromAws(Tags);
      await tagged(buses(), ResourceARN, context).change((tags) => limited({ ...tags, ...added }));
      return {};
    },

    async UntagResource({ ResourceARN, TagKeys = [] }, context) {
      await tagged(buses(), ResourceARN, context).change((tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))),
      );
      return {};
    },

    ListTagsForResource({ ResourceARN }, context) {
      const { tags } = tagged(buses(), ResourceARN, context);
      return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
    },
  };
}

export function tagsFromAws(tags: readonly Tag[] | undefined): Tags {
  return limited(Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])));
}

function limited(tags: Tags): Tags {
  if (Object.keys(tags).length > TAGS_MAX) throw new EventsRefused({ kind: 'too-many' });
  return tags;
}

interface Tagged {
  readonly tags: Tags;
  change(change: (tags: Tags) => Tags): Promise<void>;
}

/** The bus or rule of the ARN. */
function tagged(buses: Buses, arn = '', { account, region }: RequestContext): Tagged {
  const rule = ruleOfArn(arn);
  const bus = busOfArn(arn);
  const key = rule ?? bus;
  if (key === undefined || key.account !== account || key.region !== region)
    throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  if (rule !== undefined) {
    const { tags } = buses.rule(rule);
    return { tags, change: (change) => buses.changeRule(rule, (found) => ({ tags: change(found.tags) })) };
  }
  const { tags } = buses.bus(key);
  return { tags, change: (change) => buses.changeBus(key, (found) => ({ tags: change(found.tags) })) };
}
