import type { ChangeKind, NotifiedRule, ObjectChange } from './change.ts';

/** Whom a bucket tells of which changes. */
export interface NotificationRule extends NotifiedRule {
  /** `s3:ObjectCreated:Put`, or `s3:ObjectCreated:*` for all of a family. */
  readonly events: readonly string[];
  /** Undefined: of every key. */
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
}

/** AWS: quota of event notifications of a bucket. */
export const NOTIFICATION_RULES_MAX = 100;

/** All that AWS has, those of what never happens here among them ("Supported event types", S3 user guide). */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  'ObjectCreated:': ['*', 'Put', 'Post', 'Copy', 'CompleteMultipartUpload'],
  'ObjectRemoved:': ['*', 'Delete', 'DeleteMarkerCreated'],
  'ObjectRestore:': ['*', 'Post', 'Completed', 'Delete'],
  'ObjectTagging:': ['*', 'Put', 'Delete'],
  'ObjectAcl:': ['Put'],
  'Replication:': [
    '*',
    'OperationFailedReplication',
    'OperationMissedThreshold',
    'OperationReplicatedAfterThreshold',
    'OperationNotTracked',
  ],
  'LifecycleExpiration:': ['*', 'Delete', 'DeleteMarkerCreated'],
  '': ['ReducedRedundancyLostObject', 'LifecycleTransition', 'IntelligentTiering'],
};
const EVENT_NAMES = new Set(
  Object.entries(EVENTS).flatMap(([family, names]) => names.map((name) => `s3:${family}${name}`)),
);

export function isNotificationEvent(event: string): boolean {
  return EVENT_NAMES.has(event);
}

/** The default bus is told of all that happens, whatever else is configured (EventBridgeConfiguration). */
export const TOLD_TO_BUS = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*'] as const;

/** The rules that a change concerns, in their order. */
export function rulesFor(
  rules: readonly NotificationRule[],
  { kind, key }: Pick<ObjectChange, 'kind' | 'key'>,
): NotificationRule[] {
  return rules.filter(
    ({ events, prefix = '', suffix = '' }) =>
      events.some((event) => isCovered(event, kind)) && key.startsWith(prefix) && key.endsWith(suffix),
  );
}

function isCovered(event: string, kind: ChangeKind): boolean {
  return event === `s3:${kind}` || (event.endsWith(':*') && `s3:${kind}`.startsWith(event.slice(0, -1)));
}

/**
 * Whether one change may concern two of the rules, which S3 does not allow: it tells only one of each change ("Configuring
 * event notifications using object key name filtering", S3 user guide).
 */
export function areAmbiguous(all: readonly NotificationRule[]): boolean {
  const rules = all.filter(({ kind }) => kind !== 'event-bus');
  return rules.some((one, index) => rules.slice(index + 1).some((other) => overlap(one, other)));
}

function overlap(one: NotificationRule, other: NotificationRule): boolean {
  const [prefix = '', otherPrefix = ''] = [one.prefix, other.prefix];
  const [suffix = '', otherSuffix = ''] = [one.suffix, other.suffix];
  return (
    one.events.some((event) => other.events.some((another) => eventsOverlap(event, another))) &&
    (prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix)) &&
    (suffix.endsWith(otherSuffix) || otherSuffix.endsWith(suffix))
  );
}

function eventsOverlap(one: string, other: string): boolean {
  const covers = (wide: string, narrow: string) => wide.endsWith(':*') && narrow.startsWith(wide.slice(0, -1));
  return one === other || covers(one, other) || covers(other, one);
}
