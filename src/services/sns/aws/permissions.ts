import type { Handlers } from '../../../wire/service.ts';
import type { Sns } from '../sns.ts';
import { policyOf, type Topic, topicArn } from '../topic.ts';
import { reachedTopic } from './access.ts';
import { invalid } from './words.ts';

type Client = typeof import('@aws-sdk/client-sns');

/** What can be granted (API reference, AddPermission). */
const ACTIONS = [
  'AddPermission',
  'DeleteTopic',
  'GetDataProtectionPolicy',
  'GetTopicAttributes',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'Publish',
  'PutDataProtectionPolicy',
  'RemovePermission',
  'SetTopicAttributes',
  'Subscribe',
];

export function permissionHandlers(sns: () => Sns): Handlers<Client> {
  return {
    async AddPermission({ TopicArn, Label = '', AWSAccountId = [], ActionName = [] }, context) {
      const topic = reachedTopic(sns(), TopicArn, 'AddPermission', context);
      if (ActionName.length === 0 || !ActionName.every((name) => ACTIONS.includes(name)))
        throw invalid('Policy statement action out of service scope!');
      if (AWSAccountId.length === 0 || !AWSAccountId.every((id) => /^\d{12}$/.test(id))) throw invalid('AWSAccountId');
      await sns().changeTopic(topic, topic.name, (stored) => {
        const { policy, statements } = policyParts(stored);
        if (statements.some(({ Sid }) => Sid === Label)) throw invalid('Statement already exists');
        const added = {
          Sid: Label,
          Effect: 'Allow',
          Principal: { AWS: single(AWSAccountId.map((id) => `arn:aws:iam::${id}:root`)) },
          Action: single(ActionName.map((name) => `SNS:${name}`)),
          Resource: topicArn(stored),
        };
        return withStatements(stored, policy, [...statements, added]);
      });
      return {};
    },

    async RemovePermission({ TopicArn, Label }, context) {
      const topic = reachedTopic(sns(), TopicArn, 'RemovePermission', context);
      await sns().changeTopic(topic, topic.name, (stored) => {
        const { policy, statements } = policyParts(stored);
        return withStatements(
          stored,
          policy,
          statements.filter(({ Sid }) => Sid !== Label),
        );
      });
      return {};
    },
  };
}

type Statement = Readonly<Record<string, unknown>>;

function policyParts(topic: Topic): { policy: object; statements: Statement[] } {
  // SAFE: a policy is kept only if it is an object with statements that are objects.
  const policy = JSON.parse(policyOf(topic)) as { Statement: Statement | Statement[] };
  return { policy, statements: [policy.Statement].flat() };
}

function withStatements(topic: Topic, policy: object, statements: readonly Statement[]) {
  return { settings: { ...topic.settings, policy: JSON.stringify({ ...policy, Statement: statements }) } };
}

const single = (texts: readonly string[]) => (texts.length === 1 ? texts[0] : texts);
