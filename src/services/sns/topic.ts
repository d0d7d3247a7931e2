/** Whose topics: every account has its own in each region. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** What can be set on a topic. Policies are kept as the JSON that was given. */
export interface TopicSettings {
  readonly displayName?: string | undefined;
  /** The access policy; undefined: the default one, which lets in the owner alone. */
  readonly policy?: string | undefined;
  readonly deliveryPolicy?: string | undefined;
  /** Undefined: 1, and not told. */
  readonly signatureVersion?: '1' | '2' | undefined;
  readonly tracing?: 'PassThrough' | undefined;
  readonly fifo?: FifoSettings | undefined;
}

export interface FifoSettings {
  readonly contentBasedDeduplication: boolean;
  /** Within what a deduplication id is one message. */
  readonly throughputScope?: 'Topic' | 'MessageGroup' | undefined;
}

export interface Topic extends Scope {
  readonly id: number;
  readonly name: string;
  readonly settings: TopicSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly subscriptionsDeleted: number;
}

export const FIFO_SUFFIX = '.fifo';

export function topicArn({ region, account, name }: Scope & { readonly name: string }): string {
  return `arn:aws:sns:${region}:${account}:${name}`;
}

/** What a topic without a policy of its own has: its owner alone may use it. */
export function defaultPolicy(topic: Scope & { readonly name: string }): object {
  return {
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'SNS:GetTopicAttributes',
          'SNS:SetTopicAttributes',
          'SNS:AddPermission',
          'SNS:RemovePermission',
          'SNS:DeleteTopic',
          'SNS:Subscribe',
          'SNS:ListSubscriptionsByTopic',
          'SNS:Publish',
        ],
        Resource: topicArn(topic),
        Condition: { StringEquals: { 'AWS:SourceOwner': topic.account } },
      },
    ],
  };
}

/** The topic's policy as JSON. */
export function policyOf(topic: Topic): string {
  return topic.settings.policy ?? JSON.stringify(defaultPolicy(topic));
}

/** Its statements, each as JSON. */
export function statementsOf(topic: Topic): string[] {
  // SAFE: policies are read before they are kept.
  const { Statement } = JSON.parse(policyOf(topic)) as { Statement?: unknown };
  return [Statement ?? []].flat().map((statement) => JSON.stringify(statement));
}
