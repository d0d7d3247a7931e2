/** AWS's words: they stand in ARNs' neighbours and in per-protocol messages. Others exist that Lambent does not serve. */
export const PROTOCOLS = ['http', 'https', 'email', 'email-json', 'sqs', 'lambda'] as const;
export type SubscriptionProtocol = (typeof PROTOCOLS)[number];

/** What can be set on a subscription. Policies are kept as the JSON that was given. */
export interface SubscriptionSettings {
  readonly rawDelivery?: boolean | undefined;
  readonly filterPolicy?: string | undefined;
  readonly filterScope?: 'MessageAttributes' | 'MessageBody' | undefined;
  readonly redrivePolicy?: string | undefined;
  readonly deliveryPolicy?: string | undefined;
}

export interface Subscription {
  readonly id: number;
  readonly topicId: number;
  /** The end of its ARN. */
  readonly uuid: string;
  /** Whose it is. */
  readonly account: string;
  /** ARN of who subscribed. */
  readonly principal: string;
  readonly protocol: SubscriptionProtocol;
  readonly endpoint: string;
  readonly settings: SubscriptionSettings;
  /** `deleted`: kept for as long as its last message is under way and its token brings it back. */
  readonly state: 'pending' | 'confirmed' | 'deleted';
  readonly token: string;
  readonly tokenMs: number;
  readonly confirmedByAuthenticated: boolean;
  readonly authenticateOnUnsubscribe: boolean;
  /** `http://host:port` as the subscriber reached us: links in messages lead there. */
  readonly origin: string;
}

/** AWS: confirmation tokens are valid for two days (API reference, Subscribe). */
export const TOKEN_MS = 2 * 86_400_000;

/** The endpoint without the password that may stand in its URL: AWS shows it so, too. */
export function shownEndpoint({ endpoint }: Pick<Subscription, 'endpoint'>): string {
  return endpoint.replace(/^(https?:\/\/[^/?#:@]*):[^/?#]*@/, '$1:****@');
}
