/** Why CloudWatch says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type CloudWatchRefusal =
  | { readonly kind: 'bad-expression'; readonly id: string; readonly reason: string }
  /** AWS has it, and Lambent not yet. */
  | { readonly kind: 'unsupported'; readonly what: string };

export class CloudWatchRefused extends Error {
  readonly refusal: CloudWatchRefusal;

  constructor(refusal: CloudWatchRefusal) {
    super(`CloudWatch refuses: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
