import type { PolicyFlaw } from './policy-flaw.ts';

/** Why IAM says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type IamRefusal =
  | { readonly kind: 'no-such-role'; readonly name: string }
  | { readonly kind: 'role-exists'; readonly name: string }
  | { readonly kind: 'no-such-role-policy'; readonly name: string }
  | { readonly kind: 'role-has-attached-policies' }
  | { readonly kind: 'role-has-inline-policies' }
  | { readonly kind: 'no-such-policy'; readonly arn: string }
  | { readonly kind: 'nothing-to-attach'; readonly arn: string }
  | { readonly kind: 'only-for-service-roles' }
  | { readonly kind: 'no-such-version'; readonly arn: string; readonly version: string }
  | { readonly kind: 'no-such-boundary'; readonly arn: string }
  | { readonly kind: 'not-a-boundary'; readonly arn: string }
  | { readonly kind: 'not-an-arn'; readonly arn: string }
  /** A policy of AWS, or of another account. */
  | { readonly kind: 'not-your-policy'; readonly arn: string }
  | { readonly kind: 'policy-exists'; readonly name: string }
  | { readonly kind: 'policy-attached' }
  | { readonly kind: 'policy-has-versions' }
  | { readonly kind: 'default-version' }
  | { readonly kind: 'too-many-versions'; readonly countMax: number }
  | { readonly kind: 'inline-policies-too-large'; readonly role: string; readonly charactersMax: number }
  | { readonly kind: 'quota'; readonly quota: Quota; readonly max: number }
  | { readonly kind: 'duplicate-tags' }
  | { readonly kind: 'too-many-tags' }
  | { readonly kind: 'malformed-policy'; readonly flaw: PolicyFlaw };

export type Quota = 'roles' | 'policies' | 'attached-policies' | 'trust-policy-characters' | 'policy-characters';

export class IamRefused extends Error {
  readonly refusal: IamRefusal;

  constructor(refusal: IamRefusal) {
    super(`IAM refuses: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
