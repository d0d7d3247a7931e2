/** `unavailable` may pass, and is tried again; the others stay as they are until somebody changes the target. */
export type UndeliverableKind =
  /** No such function, queue, topic or bucket. */
  | 'no-such-target'
  /** Nothing can be delivered to this kind of ARN. */
  | 'unsupported-target'
  /** The target's policy does not let the sender in. */
  | 'denied'
  /** The target will never take this message: too large, forbidden characters, not in order. */
  | 'refused'
  | 'unavailable';

/** Why something was not delivered, in a sentence for the operator. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
  readonly kind: UndeliverableKind;

  constructor(kind: UndeliverableKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
