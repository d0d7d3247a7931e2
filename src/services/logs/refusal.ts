/** Why the log service says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type LogsRefusal =
  | { readonly kind: 'no-such-group' }
  | { readonly kind: 'no-such-stream' }
  | { readonly kind: 'group-exists' }
  | { readonly kind: 'stream-exists' }
  | { readonly kind: 'invalid-pattern' }
  | { readonly kind: 'no-such-filter'; readonly filter: 'metric' | 'subscription' }
  | { readonly kind: 'too-many-filters' }
  | { readonly kind: 'too-many-sessions' }
  | { readonly kind: 'too-many-queries' }
  | { readonly kind: 'too-many-policies' }
  | { readonly kind: 'no-such-policy' }
  | { readonly kind: 'no-such-query' }
  | { readonly kind: 'query-ended'; readonly status: string }
  | { readonly kind: 'no-such-record' }
  | { readonly kind: 'malformed-query'; readonly message: string; readonly start: number; readonly end: number }
  | { readonly kind: 'unsupported-query'; readonly what: string }
  | { readonly kind: 'not-chronological' }
  | { readonly kind: 'span-too-long' }
  | { readonly kind: 'event-too-large'; readonly bytes: number; readonly bytesMax: number }
  | { readonly kind: 'upload-too-large'; readonly bytes: number; readonly bytesMax: number }
  /** The disk did not take what was to be stored; nothing of it was. */
  | { readonly kind: 'not-stored' };

export class LogsRefused extends Error {
  readonly refusal: LogsRefusal;

  constructor(refusal: LogsRefusal, options?: ErrorOptions) {
    super(`the log service refuses: ${refusal.kind}`, options);
    this.refusal = refusal;
  }
}
