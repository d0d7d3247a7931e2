import type {
  Event,
  LambdaFunctionConfiguration,
  NotificationConfiguration,
  NotificationConfigurationFilter,
  QueueConfiguration,
  TopicConfiguration,
} from '@aws-sdk/client-s3';
import { parseArn } from '../../../delivery/arn.ts';
import type { Admission } from '../../../delivery/delivery.ts';
import type { Posted } from '../../../delivery/outbox.ts';
import { Undeliverable } from '../../../delivery/undeliverable.ts';
import type { Clock } from '../../../lib/clock.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Bucket } from '../bucket.ts';
import type { NotifiedRule } from '../change.ts';
import { testMessage } from '../event-record.ts';
import {
  areAmbiguous,
  isNotificationEvent,
  NOTIFICATION_RULES_MAX,
  type NotificationRule,
  TOLD_TO_BUS,
} from '../notification.ts';
import { senderOf, subjectOf } from '../notifier.ts';
import type { S3 } from '../s3.ts';
import { NOTIFICATION_SETTING, notificationRules } from '../s3-store.ts';
import { argumentError, bucketOf } from './asked.ts';
import type { Client } from './client.ts';

export interface NotificationPorts {
  readonly s3: () => S3;
  readonly admission: Admission;
  /** Durable once it has resolved. */
  readonly post: (posted: Posted) => Promise<void>;
  readonly clock: Clock;
  readonly uuid: () => string;
}

/** To the compiler, an empty structure looks like a stream, which answers take for bytes. */
type Shown = Omit<NotificationConfiguration, 'EventBridgeConfiguration'>;
type Kind = NotifiedRule['kind'];

/** Notifications of buckets, as operations of S3. */
export function notificationOperations({ s3, admission, post, clock, uuid }: NotificationPorts): Handlers<Client> {
  return {
    async PutBucketNotificationConfiguration(input, context) {
      const bucket = bucketOf(s3(), input, context);
      const rules = readRules(input.NotificationConfiguration ?? {}, bucket, uuid);
      if (!input.SkipDestinationValidation) await assertAllDeliverable(rules, bucket, admission);
      const { store } = s3();
      await store.commit(() => {
        const value = rules.length === 0 ? undefined : JSON.stringify(rules);
        store.buckets.setSetting(store.bucketNow(bucket).id, NOTIFICATION_SETTING, value);
      });
      if (input.SkipDestinationValidation) return {};
      const body = testMessage(bucket.name, { nowMs: clock.nowMs(), requestId: context.requestId });
      const isTested = ({ kind }: NotificationRule) => kind === 'queue' || kind === 'topic';
      const tested = new Map(rules.filter(isTested).map((rule) => [rule.arn, rule]));
      const from = senderOf(bucket);
      for (const { arn, kind } of tested.values()) {
        await post({ arn, from, purpose: 'notification', message: { body, ...subjectOf(kind) } });
      }
      return {};
    },
    GetBucketNotificationConfiguration(input, context) {
      const bucket = bucketOf(s3(), input, context);
      return shown(notificationRules(s3().store.buckets, bucket.id));
    },
  };
}

interface Configured {
  readonly id: string | undefined;
  readonly kind: Configurable;
  readonly arn: string;
  readonly events: readonly string[] | undefined;
  readonly filter: NotificationConfigurationFilter | undefined;
}

function readRules(configuration: NotificationConfiguration, bucket: Bucket, uuid: () => string): NotificationRule[] {
  const rules = configuredIn(configuration).map(({ id, kind, arn, events = [], filter }): NotificationRule => {
    assertDestination(kind, arn, bucket);
    const unknown = events.find((event) => !isNotificationEvent(event));
    if (unknown !== undefined) {
      throw argumentError('Event', unknown, 'A specified event is not supported for notifications.');
    }
    return { id: id ?? uuid(), kind, arn, events, ...filterOf(filter) };
  });
  if (rules.length > NOTIFICATION_RULES_MAX) {
    const text = `You are attempting to create a new configuration but have already reached the ${NOTIFICATION_RULES_MAX}-configuration limit.`;
    throw new AwsError('TooManyConfigurations', text, { status: 400 });
  }
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    throw argumentError('Id', undefined, 'Same ID used for multiple configurations. IDs must be unique');
  }
  if (areAmbiguous(rules)) {
    throw new AwsError(
      'InvalidArgument',
      'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
      { status: 400 },
    );
  }
  if (configuration.EventBridgeConfiguration === undefined) return rules;
  const arn = `arn:aws:events:${bucket.region}:${bucket.account}:event-bus/default`;
  return [
    ...rules,
    { id: EVENT_BUS_ID, kind: 'event-bus', arn, events: TOLD_TO_BUS, prefix: undefined, suffix: undefined },
  ];
}

/** Nobody is told it. */
const EVENT_BUS_ID = 'the event bus of the account';

/** In the order in which S3 looks at them. */
function configuredIn(configuration: NotificationConfiguration): Configured[] {
  const common = ({
    Id: id,
    Events: events,
    Filter: filter,
  }: TopicConfiguration | QueueConfiguration | LambdaFunctionConfiguration) => ({
    id,
    events,
    filter,
  });
  return [
    ...(configuration.QueueConfigurations ?? []).map((one) => ({
      ...common(one),
      kind: 'queue' as const,
      arn: one.QueueArn ?? '',
    })),
    ...(configuration.TopicConfigurations ?? []).map((one) => ({
      ...common(one),
      kind: 'topic' as const,
      arn: one.TopicArn ?? '',
    })),
    ...(configuration.LambdaFunctionConfigurations ?? []).map((one) => ({
      ...common(one),
      kind: 'function' as const,
      arn: one.LambdaFunctionArn ?? '',
    })),
  ];
}

type Configurable = Exclude<Kind, 'event-bus'>;

const SERVICE: Readonly<Record<Configurable, string>> = { queue: 'sqs', topic: 'sns', function: 'lambda' };
const ARGUMENT: Readonly<Record<Configurable, string>> = {
  queue: 'QueueArn',
  topic: 'TopicArn',
  function: 'CloudFunction',
};

function assertDestination(kind: Configurable, text: string, { region }: Bucket): void {
  const arn = parseArn(text);
  if (arn?.service !== SERVICE[kind]) throw argumentError(ARGUMENT[kind], text, 'The ARN could not be parsed');
  if (arn.region !== region) {
    const message = 'The notification destination service region is not valid for the bucket location constraint';
    throw argumentError(ARGUMENT[kind], text, message);
  }
}

function filterOf(filter: NotificationConfigurationFilter | undefined): Pick<NotificationRule, 'prefix' | 'suffix'> {
  const found: { prefix: string | undefined; suffix: string | undefined } = { prefix: undefined, suffix: undefined };
  for (const { Name: name = '', Value: value = '' } of filter?.Key?.FilterRules ?? []) {
    const kind = name.toLowerCase();
    if (kind !== 'prefix' && kind !== 'suffix') {
      throw argumentError('FilterRule.Name', name, 'filter rule name must be either prefix or suffix');
    }
    if (found[kind] !== undefined) {
      throw argumentError('FilterRule.Name', name, `Cannot specify more than one ${kind} rule in a filter.`);
    }
    if (Buffer.byteLength(value) > 1_024) {
      throw argumentError(
        'FilterRule.Value',
        value,
        'Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation',
      );
    }
    found[kind] = value;
  }
  return found;
}

/** S3 names all that it may not tell at once. */
async function assertAllDeliverable(
  rules: readonly NotificationRule[],
  bucket: Bucket,
  admission: Admission,
): Promise<void> {
  const members: Record<string, string> = {};
  let count = 0;
  for (const { kind, arn } of rules) {
    // The account's own bus is always there, and lets S3 in.
    if (kind === 'event-bus') continue;
    const refusal = await refusalOf(kind, arn, bucket, admission);
    if (refusal === undefined) continue;
    count += 1;
    members[`ArgumentName${count}`] = kind === 'function' ? `${arn}, null` : arn;
    members[`ArgumentValue${count}`] = refusal;
  }
  if (count === 0) return;
  const text = 'Unable to validate the following destination configurations';
  throw new AwsError('InvalidArgument', text, { status: 400, members });
}

async function refusalOf(
  kind: Configurable,
  arn: string,
  bucket: Bucket,
  admission: Admission,
): Promise<string | undefined> {
  if (kind !== 'function' && arn.endsWith('.fifo')) {
    return `FIFO ${kind === 'queue' ? 'queues' : 'topics'} are not supported as destinations`;
  }
  try {
    await admission.assertDeliverable(arn, senderOf(bucket));
    return undefined;
  } catch (error) {
    if (!(error instanceof Undeliverable)) throw error;
    if (kind === 'function') return `Not authorized to invoke function [${arn}]`;
    if (error.kind === 'denied') {
      return `Permissions on the destination ${kind} do not allow S3 to publish notifications from this bucket`;
    }
    return `The destination ${kind} does not exist`;
  }
}

function shown(rules: readonly NotificationRule[]): Shown {
  const ofKind = (kind: Kind) => rules.filter((rule) => rule.kind === kind);
  const common = ({ id, events, prefix, suffix }: NotificationRule) => {
    const filterRules = [
      ...(prefix === undefined ? [] : [{ Name: 'Prefix', Value: prefix } as const]),
      ...(suffix === undefined ? [] : [{ Name: 'Suffix', Value: suffix } as const]),
    ];
    return {
      Id: id,
      Events: events as Event[], // SAFE: `readRules` takes only events that S3 has.
      ...(filterRules.length > 0 && { Filter: { Key: { FilterRules: filterRules } } }),
    };
  };
  // SAFE: the type lists names in lower case; S3 answers them as here.
  return {
    TopicConfigurations: ofKind('topic').map((rule) => ({ ...common(rule), TopicArn: rule.arn })),
    QueueConfigurations: ofKind('queue').map((rule) => ({ ...common(rule), QueueArn: rule.arn })),
    LambdaFunctionConfigurations: ofKind('function').map((rule) => ({ ...common(rule), LambdaFunctionArn: rule.arn })),
    ...(ofKind('event-bus').length > 0 && { EventBridgeConfiguration: {} }),
  } as Shown;
}
