/** Why the mail's service says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type SesRefusal =
  | { readonly kind: 'not-verified'; readonly addresses: readonly string[]; readonly region: string }
  | { readonly kind: 'bad-address'; readonly flaw: string }
  | { readonly kind: 'no-recipient' }
  | { readonly kind: 'too-many-recipients'; readonly count: number; readonly countMax: number }
  | { readonly kind: 'letter-too-long'; readonly bytes: number; readonly bytesMax: number }
  | { readonly kind: 'no-relay' }
  | { readonly kind: 'sending-paused'; readonly configurationSet: string }
  | { readonly kind: 'no-such'; readonly what: ThingKind; readonly name: string }
  | { readonly kind: 'exists'; readonly what: ThingKind; readonly name: string }
  | { readonly kind: 'too-many'; readonly what: ThingKind; readonly countMax: number }
  | { readonly kind: 'rule-set-active'; readonly name: string }
  | { readonly kind: 'cannot-deliver'; readonly to: 's3' | 'lambda' | 'sns'; readonly name: string }
  | { readonly kind: 'attribute-missing'; readonly attribute: string }
  | { readonly kind: 'bad-data'; readonly flaw: string }
  | { readonly kind: 'bad-template'; readonly flaw: string };

export type ThingKind =
  | 'identity'
  | 'template'
  | 'configuration-set'
  | 'event-destination'
  | 'rule-set'
  | 'rule'
  | 'filter';

export class SesRefused extends Error {
  readonly refusal: SesRefusal;

  constructor(refusal: SesRefusal, options?: ErrorOptions) {
    super(`the mail's service refuses: ${refusal.kind}`, options);
    this.refusal = refusal;
  }
}
