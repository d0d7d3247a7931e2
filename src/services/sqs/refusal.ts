import type { Redrive } from './queue.ts';

/** Why the queue service says no; `aws/refusal-to-aws.ts` has AWS's words for each. */
export type SqsRefusal =
  | { readonly kind: 'no-such-queue' }
  | { readonly kind: 'queue-differs'; readonly setting: string }
  | { readonly kind: 'deleted-recently' }
  | { readonly kind: 'purged-recently'; readonly name: string }
  | { readonly kind: 'message-too-long'; readonly bytesMax: number }
  | { readonly kind: 'group-missing' }
  | { readonly kind: 'deduplication-id-missing' }
  | { readonly kind: 'deduplication-id-refused'; readonly id: string }
  | { readonly kind: 'delay-refused'; readonly seconds: number }
  | { readonly kind: 'too-many-in-flight' }
  | { readonly kind: 'handle-invalid'; readonly handle: string }
  | { readonly kind: 'handle-expired'; readonly handle: string }
  | { readonly kind: 'not-there'; readonly handle: string }
  | { readonly kind: 'invisible-too-long'; readonly seconds: number }
  | {
      readonly kind: 'redrive-refused';
      readonly redrive: Redrive;
      readonly flaw: 'does-not-exist' | 'other-type' | 'other-owner' | 'other-region' | 'not-allowed';
    }
  | { readonly kind: 'not-a-dead-letter-queue' }
  | { readonly kind: 'no-such-source' }
  | { readonly kind: 'no-such-destination' }
  | { readonly kind: 'destination-of-other-type' }
  | { readonly kind: 'move-is-running' }
  | { readonly kind: 'no-such-move' }
  | { readonly kind: 'move-is-over' };

export class SqsRefused extends Error {
  readonly refusal: SqsRefusal;

  constructor(refusal: SqsRefusal) {
    super(`the queue service refuses: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
