import type { Handlers } from '../../../wire/service.ts';
import type { Sns } from '../sns.ts';
import { FIFO_SUFFIX, topicArn } from '../topic.ts';
import { isTopicName, namedTopic, reachedTopic } from './access.ts';
import { page } from './page.ts';
import { tagsFromAws } from './tags.ts';
import { changedTopicSettings, hasAttributes, newTopicSettings, topicAttributes } from './topic-attributes.ts';
import { invalid, notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-sns');

export function topicHandlers(sns: () => Sns): Handlers<Client> {
  return {
    async CreateTopic({ Name: name = '', Attributes, Tags, DataProtectionPolicy }, { account, region }) {
      if (DataProtectionPolicy !== undefined && DataProtectionPolicy !== '')
        throw notYet('data protection policies of topics');
      const attributes = Attributes ?? {};
      const settings = newTopicSettings(attributes);
      if (!isTopicName(name) || name.endsWith(FIFO_SUFFIX) !== (settings.fifo !== undefined))
        throw invalid('Topic Name');
      const scope = { account, region };
      await sns().createTopic(scope, name, {
        settings,
        tags: tagsFromAws(Tags),
        isMetBy: (found) => hasAttributes(found, attributes),
      });
      return { TopicArn: topicArn({ ...scope, name }) };
    },

    async DeleteTopic({ TopicArn }, context) {
      const { scope, name } = namedTopic(TopicArn, context.region);
      // One that is not there any more has been deleted.
      if (scope.account === context.account && sns().findTopic(scope, name) === undefined) return {};
      reachedTopic(sns(), TopicArn, 'DeleteTopic', context);
      await sns().deleteTopic(scope, name);
      return {};
    },

    ListTopics({ NextToken }, { account, region }) {
      const { items, answer } = page(NextToken, (after, countMax) =>
        sns().topics({ account, region }, after, countMax),
      );
      return { Topics: items.map((topic) => ({ TopicArn: topicArn(topic) })), ...answer };
    },

    GetTopicAttributes({ TopicArn }, context) {
      return { Attributes: topicAttributes(sns(), reachedTopic(sns(), TopicArn, 'GetTopicAttributes', context)) };
    },

    async SetTopicAttributes({ TopicArn, AttributeName = '', AttributeValue = '' }, context) {
      const topic = reachedTopic(sns(), TopicArn, 'SetTopicAttributes', context);
      await sns().changeTopic(topic, topic.name, ({ settings }) => ({
        settings: changedTopicSettings(settings, AttributeName, AttributeValue),
      }));
      return {};
    },
  };
}
