/** Who changed something, as notifications tell it. */
export interface Actor {
  /** `AWS:AROA…:session`, or the account of a root. */
  readonly principalId: string;
  /** Undefined in changes that waited while a former Lambent ended: they do not tell. */
  readonly account?: string | undefined;
  readonly sourceIp: string;
  readonly requestId: string;
  /** X-Ray's header of the request: what is told of the change goes on in that trace. */
  readonly traceHeader?: string | undefined;
}

export const CHANGE_KINDS = [
  'ObjectCreated:Put',
  'ObjectCreated:Post',
  'ObjectCreated:Copy',
  'ObjectCreated:CompleteMultipartUpload',
  'ObjectRemoved:Delete',
  'ObjectRemoved:DeleteMarkerCreated',
  'ObjectTagging:Put',
  'ObjectTagging:Delete',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A change of an object, told after it is on the disk. It has what AWS's notification record needs. */
export interface ObjectChange {
  readonly kind: ChangeKind;
  readonly atMs: number;
  readonly bucket: { readonly name: string; readonly account: string; readonly region: string };
  readonly key: string;
  /** Of objects that were created or tagged. */
  readonly bytes?: number;
  readonly etag?: string;
  /** Undefined where the bucket has never had versions. */
  readonly versionId?: string;
  /** Hexadecimal; of two changes of one key, the greater one came later. */
  readonly sequencer: string;
  readonly actor: Actor;
}

/** Who is told, under which id of the bucket's configuration. */
export interface NotifiedRule {
  readonly id: string;
  readonly kind: 'function' | 'queue' | 'topic' | 'event-bus';
  readonly arn: string;
}

/**
 * A change that waits in the store until whoever notifies has taken it: it was written in the transaction of the change
 * itself, so that no crash comes between the two.
 */
export interface WaitingChange {
  readonly id: number;
  readonly change: ObjectChange;
  /** Those that concerned it when it happened. */
  readonly rules: readonly NotifiedRule[];
}
