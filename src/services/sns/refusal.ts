/** Why a topic's service says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type SnsRefusal =
  | { readonly kind: 'no-such-topic' }
  | { readonly kind: 'no-such-subscription' }
  | { readonly kind: 'topic-differs'; readonly in: 'Attributes' | 'Tags' }
  | { readonly kind: 'subscription-differs' }
  | { readonly kind: 'unknown-token' }
  | { readonly kind: 'too-many-topics' }
  | { readonly kind: 'too-many-subscriptions' }
  | { readonly kind: 'too-many-filter-policies' }
  | { readonly kind: 'must-authenticate' }
  | { readonly kind: 'no-such-certificate' };

export class SnsRefused extends Error {
  readonly refusal: SnsRefusal;

  constructor(refusal: SnsRefusal) {
    super(`the topics' service refuses: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
