/** Where a queue is: names are known only within an account and a region. */
export interface QueuePlace {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** After so many receives a message goes to another queue instead. */
export interface Redrive {
  readonly deadLetterArn: string;
  readonly receivesMax: number;
}

/** Which queues may name this one as their dead-letter queue. */
export type RedriveAllow =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'queues'; readonly arns: readonly string[] };

export interface QueueSettings {
  /** Messages of a group come in order, one batch at a time, and none twice within five minutes. Never changes. */
  readonly fifo: boolean;
  readonly delayMs: number;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly messageBytesMax: number;
  /** How long a receive that does not say otherwise waits for a message. */
  readonly waitMs: number;
  readonly redrive: Redrive | undefined;
  readonly redriveAllow: RedriveAllow | undefined;
  /** A policy document, JSON as it was given. */
  readonly policy: string | undefined;
  /** FIFO: a message without an id for deduplication gets the digest of its body. */
  readonly deduplicatesContent: boolean;
  readonly deduplicationScope: 'queue' | 'messageGroup';
  readonly throughputLimit: 'perQueue' | 'perMessageGroupId';
  /** What the owner has asked for. What lies in the data directory is not encrypted by it. */
  readonly managedEncryption: boolean;
}

export interface Queue {
  /** Never given to another queue, also not to one of the same name. */
  readonly id: number;
  readonly place: QueuePlace;
  readonly settings: QueueSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** Undefined: never purged. */
  readonly purgedMs: number | undefined;
}

const DAY_MS = 86_400_000;

/** AWS's defaults (CreateQueue, SQS API reference). */
export function defaultSettings(fifo: boolean): QueueSettings {
  return {
    fifo,
    delayMs: 0,
    visibilityMs: 30_000,
    retentionMs: 4 * DAY_MS,
    messageBytesMax: 1_048_576,
    waitMs: 0,
    redrive: undefined,
    redriveAllow: undefined,
    policy: undefined,
    deduplicatesContent: false,
    deduplicationScope: 'queue',
    throughputLimit: 'perQueue',
    managedEncryption: true,
  };
}

export function queueArn({ account, region, name }: QueuePlace): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/** The place that an ARN names; undefined when it is no queue's. */
export function placeOfArn(arn: string): QueuePlace | undefined {
  const [, region, account, name] =
    /^arn:aws[\w-]*:sqs:([a-z0-9-]+):(\d{12}):([\w-]{1,80}(?:\.fifo)?)$/.exec(arn) ?? [];
  return region === undefined || account === undefined || name === undefined ? undefined : { region, account, name };
}

/**
 * Why a queue may not use another one as its dead-letter queue; undefined when it may. Rules of AWS's "Using dead-letter
 * queues" (SQS developer guide): both of one type, one account and one region, and allowed by the dead-letter queue.
 */
export function redriveFlaw(
  source: { readonly place: QueuePlace; readonly fifo: boolean },
  target: Pick<Queue, 'place' | 'settings'> | undefined,
): 'does-not-exist' | 'other-type' | 'other-owner' | 'other-region' | 'not-allowed' | undefined {
  if (target === undefined) return 'does-not-exist';
  if (target.place.account !== source.place.account) return 'other-owner';
  if (target.place.region !== source.place.region) return 'other-region';
  if (target.settings.fifo !== source.fifo) return 'other-type';
  const { redriveAllow } = target.settings;
  if (redriveAllow === undefined || redriveAllow.kind === 'all') return undefined;
  if (redriveAllow.kind === 'none') return 'not-allowed';
  return redriveAllow.arns.includes(queueArn(source.place)) ? undefined : 'not-allowed';
}

/** The statements of a queue's policy, each as JSON; none without a policy. */
export function policyStatements(policy: string | undefined): string[] {
  // SAFE: only documents that were read and found good are kept.
  const document = policy === undefined ? {} : (JSON.parse(policy) as { Statement?: unknown });
  return [document.Statement ?? []].flat().map((statement) => JSON.stringify(statement));
}
