/** Why CloudWatch says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type CloudWatchRefusal =
  | { readonly kind: 'bad-expression'; readonly id: string; readonly reason: string }
  | { readonly kind: 'no-such-alarm'; readonly name: string }
  | { readonly kind: 'no-such-dashboard'; readonly name: string }
  /** A metric alarm has the name of a composite one, or the other way round. */
  | { readonly kind: 'other-kind-of-alarm'; readonly name: string };

export class CloudWatchRefused extends Error {
  readonly refusal: CloudWatchRefusal;

  constructor(refusal: CloudWatchRefusal) {
    super(`CloudWatch refuses: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
