import type { BusKey } from './bus.ts';
import type { RuleKey } from './rule.ts';

/** Why the service of event buses says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type EventsRefusal =
  | { readonly kind: 'no-such-bus'; readonly bus: BusKey['bus'] }
  | { readonly kind: 'bus-exists'; readonly bus: BusKey['bus'] }
  | { readonly kind: 'default-bus' }
  | { readonly kind: 'bus-has-rules' }
  | { readonly kind: 'no-such-rule'; readonly rule: RuleKey }
  | { readonly kind: 'rule-has-targets' }
  | { readonly kind: 'no-such-statement' }
  | { readonly kind: 'policy-too-long' }
  | { readonly kind: 'no-such-archive'; readonly archive: string }
  | { readonly kind: 'archive-exists'; readonly archive: string }
  | { readonly kind: 'no-such-replay'; readonly replay: string }
  | { readonly kind: 'replay-exists'; readonly replay: string }
  | { readonly kind: 'replay-has-ended'; readonly replay: string }
  /** A quota is reached. */
  | { readonly kind: 'too-many' };

export class EventsRefused extends Error {
  readonly refusal: EventsRefusal;

  constructor(refusal: EventsRefusal) {
    super(`the event buses' service refuses: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
