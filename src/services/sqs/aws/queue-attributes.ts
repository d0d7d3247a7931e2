import { AwsError } from '../../../wire/aws-error.ts';
import { placeOfArn, type Queue, type QueueSettings, queueArn, type Redrive, type RedriveAllow } from '../queue.ts';
import type { Counts } from '../queue-store.ts';
import { invalidValue } from './errors.ts';

type Attributes = Readonly<Partial<Record<string, string>>>;

/** One attribute that can be set: the setting that it is, and how its text becomes that. */
interface Settable {
  readonly setting: keyof QueueSettings;
  /** Undefined: the text is no value of this attribute. Throws where AWS says more. */
  readonly read: (text: string) => { readonly value: QueueSettings[keyof QueueSettings] } | undefined;
  readonly write: (settings: QueueSettings) => string | undefined;
  readonly fifoOnly?: true;
}

const SETTABLE: Readonly<Record<string, Settable>> = {
  VisibilityTimeout: seconds('visibilityMs', 0, 43_200),
  MaximumMessageSize: {
    setting: 'messageBytesMax',
    read: (text) => integer(text, 1_024, 1_048_576),
    write: ({ messageBytesMax }) => String(messageBytesMax),
  },
  MessageRetentionPeriod: seconds('retentionMs', 60, 1_209_600),
  DelaySeconds: seconds('delayMs', 0, 900),
  ReceiveMessageWaitTimeSeconds: seconds('waitMs', 0, 20),
  Policy: {
    setting: 'policy',
    read: (text) => (text === '' ? { value: undefined } : isPolicy(text) ? { value: text } : undefined),
    write: ({ policy }) => policy,
  },
  RedrivePolicy: {
    setting: 'redrive',
    read: (text) => ({ value: text === '' ? undefined : readRedrive(text) }),
    write: ({ redrive }) => redrive && redriveText(redrive),
  },
  RedriveAllowPolicy: {
    setting: 'redriveAllow',
    read: (text) => ({ value: text === '' ? undefined : readRedriveAllow(text) }),
    write: ({ redriveAllow }) => redriveAllow && redriveAllowText(redriveAllow),
  },
  SqsManagedSseEnabled: flag('managedEncryption'),
  ContentBasedDeduplication: { ...flag('deduplicatesContent'), fifoOnly: true },
  DeduplicationScope: { ...choice('deduplicationScope', ['messageGroup', 'queue']), fifoOnly: true },
  FifoThroughputLimit: { ...choice('throughputLimit', ['perQueue', 'perMessageGroupId']), fifoOnly: true },
};

/** What a queue tells and nobody sets. */
const READ_ONLY: Readonly<Record<string, (queue: Queue, counts: Counts) => string>> = {
  QueueArn: ({ place }) => queueArn(place),
  ApproximateNumberOfMessages: (_queue, { visible }) => String(visible),
  ApproximateNumberOfMessagesNotVisible: (_queue, { inFlight }) => String(inFlight),
  ApproximateNumberOfMessagesDelayed: (_queue, { delayed }) => String(delayed),
  CreatedTimestamp: ({ createdMs }) => String(Math.floor(createdMs / 1000)),
  LastModifiedTimestamp: ({ modifiedMs }) => String(Math.floor(modifiedMs / 1000)),
};

const KMS = ['KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'];

/** The settings that attributes of a request give. Throws AWS's refusals. `fifo`: of which type the queue is, or will be. */
export function readSettings(attributes: Attributes, fifo: boolean): Partial<QueueSettings> {
  const settings: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(attributes)) {
    if (text === undefined || name === 'FifoQueue') continue;
    if (KMS.includes(name)) {
      refuseKeys(name, text);
      continue;
    }
    const settable = Object.hasOwn(SETTABLE, name) ? SETTABLE[name] : undefined;
    if (settable === undefined) throw unknownAttribute(name);
    if (settable.fifoOnly && !fifo) {
      throw new AwsError('InvalidAttributeName', `You can specify the ${name} only when FifoQueue is set to true.`);
    }
    const read = settable.read(text);
    if (read === undefined) throw invalidAttribute(name);
    settings[settable.setting] = read.value;
  }
  return settings; // SAFE: each reader answers a value of the setting beside which it stands.
}

/** "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup" (API reference). */
export function checkThroughput(settings: QueueSettings): void {
  if (settings.throughputLimit === 'perMessageGroupId' && settings.deduplicationScope !== 'messageGroup') {
    throw new AwsError(
      'InvalidAttributeValue',
      'Invalid value for the parameter FifoThroughputLimit. Reason: perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup.',
    );
  }
}

/** The attributes that are asked for, `All` for all. Throws InvalidAttributeName. */
export function writeAttributes(queue: Queue, names: readonly string[], counts: () => Counts): Record<string, string> {
  for (const name of names) if (name !== 'All' && !isKnown(name)) throw unknownAttribute(name);
  const wants = (name: string) => names.includes('All') || names.includes(name);
  const written: Record<string, string> = {};
  const { settings } = queue;
  const told = names.some((name) => name === 'All' || name.startsWith('Approximate')) ? counts() : NO_COUNTS;
  for (const [name, write] of Object.entries(READ_ONLY)) if (wants(name)) written[name] = write(queue, told);
  for (const [name, { write, fifoOnly }] of Object.entries(SETTABLE)) {
    const text = fifoOnly && !settings.fifo ? undefined : write(settings);
    if (text !== undefined && wants(name)) written[name] = text;
  }
  if (settings.fifo && wants('FifoQueue')) written.FifoQueue = 'true';
  return written;
}

const NO_COUNTS: Counts = { visible: 0, inFlight: 0, delayed: 0 };

/** The attribute that a setting is told as. */
export function attributeOfSetting(setting: string): string {
  return Object.entries(SETTABLE).find(([, one]) => one.setting === setting)?.[0] ?? setting;
}

export function redriveText({ deadLetterArn, receivesMax }: Redrive): string {
  return JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount: receivesMax });
}

export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // SAFE: an object that is no array has texts as keys.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // Harmless: whoever asks refuses what is no object.
  }
}

function readRedrive(text: string): Redrive {
  const refused = (reason: string) => invalidValue(text, 'RedrivePolicy', reason);
  const policy = parseObject(text);
  if (policy === undefined) throw refused('Redrive policy is not a valid JSON map.');
  const { deadLetterTargetArn: deadLetterArn, maxReceiveCount, ...others } = policy;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw refused(`Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount]`);
  for (const name of ['maxReceiveCount', 'deadLetterTargetArn']) {
    if (policy[name] === undefined) throw refused(`Redrive policy does not contain mandatory attribute: ${name}.`);
  }
  const receivesMax = integer(String(maxReceiveCount), 1, 1_000)?.value;
  if (receivesMax === undefined) {
    throw refused(
      `Invalid value for maxReceiveCount: ${String(maxReceiveCount)}, valid values are from 1 to 1000 both inclusive.`,
    );
  }
  if (typeof deadLetterArn !== 'string' || placeOfArn(deadLetterArn) === undefined) {
    throw refused('Invalid value for deadLetterTargetArn.');
  }
  return { deadLetterArn, receivesMax };
}

const ALLOWED = { allowAll: 'all', denyAll: 'none' } as const;
const SOURCES_MAX = 10;

function readRedriveAllow(text: string): RedriveAllow {
  const refused = (reason: string) => invalidValue(text, 'RedriveAllowPolicy', reason);
  const policy = parseObject(text);
  if (policy === undefined) throw refused('Redrive allow policy is not a valid JSON map.');
  const { redrivePermission: permission, sourceQueueArns: arns } = policy;
  if (permission === 'byQueue') {
    const listed = Array.isArray(arns) ? arns.filter((arn) => typeof arn === 'string') : [];
    const isGood = Array.isArray(arns) && listed.length === arns.length && listed.every((arn) => placeOfArn(arn));
    if (!isGood || listed.length === 0 || listed.length > SOURCES_MAX) {
      throw refused('Invalid value for sourceQueueArns, between 1 and 10 queue ARNs are needed.');
    }
    return { kind: 'queues', arns: listed };
  }
  if (permission !== 'allowAll' && permission !== 'denyAll') throw refused('Invalid value for redrivePermission.');
  if (arns !== undefined) throw refused('sourceQueueArns is allowed only when redrivePermission is byQueue.');
  return { kind: ALLOWED[permission] };
}

function redriveAllowText(allow: RedriveAllow): string {
  if (allow.kind === 'queues') return JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: allow.arns });
  return JSON.stringify({ redrivePermission: allow.kind === 'all' ? 'allowAll' : 'denyAll' });
}

/** A document with statements that each say what they do; what they mean is read when somebody calls. */
function isPolicy(text: string): boolean {
  const document = parseObject(text);
  const statements: unknown[] = [document?.Statement ?? []].flat();
  const isOne = (one: unknown) => {
    const effect = typeof one === 'object' && one !== null && 'Effect' in one ? one.Effect : undefined;
    return effect === 'Allow' || effect === 'Deny';
  };
  return statements.length > 0 && statements.every(isOne);
}

function isKnown(name: string): boolean {
  return (
    [SETTABLE, READ_ONLY].some((table) => Object.hasOwn(table, name)) || name === 'FifoQueue' || KMS.includes(name)
  );
}

function refuseKeys(name: string, text: string): void {
  // What takes a key away, or rules keys that there are none of, changes nothing.
  if (name === 'KmsMasterKeyId' && text !== '') {
    throw new AwsError('InvalidAttributeValue', 'KmsMasterKeyId is not supported yet: there are no KMS keys here.');
  }
}

export function unknownAttribute(name: string): AwsError {
  return new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

export function invalidAttribute(name: string, reason?: string): AwsError {
  const end = reason === undefined ? '' : ` Reason: ${reason}`;
  return new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.${end}`);
}

function seconds(setting: 'visibilityMs' | 'retentionMs' | 'delayMs' | 'waitMs', min: number, max: number): Settable {
  return {
    setting,
    read: (text) => {
      const found = integer(text, min, max);
      return found && { value: found.value * 1_000 };
    },
    write: (settings) => String(settings[setting] / 1_000),
  };
}

function flag(setting: 'managedEncryption' | 'deduplicatesContent'): Settable {
  return {
    setting,
    read: (text) => (/^(?:true|false)$/i.test(text) ? { value: text.toLowerCase() === 'true' } : undefined),
    write: (settings) => String(settings[setting]),
  };
}

function choice(setting: 'deduplicationScope' | 'throughputLimit', values: readonly string[]): Settable {
  return {
    setting,
    // SAFE: `values` are those of the setting, by the callers above.
    read: (text) => (values.includes(text) ? { value: text as QueueSettings[typeof setting] } : undefined),
    write: (settings) => settings[setting],
  };
}

function integer(text: string, min: number, max: number): { value: number } | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? { value } : undefined;
}
