import { isWithinPolicyLevels } from '../../../identity/index.ts';
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
  if (policy === undefined) throw invalidAttribute('RedrivePolicy', 'Redrive policy is not a valid JSON map.');
  const { deadLetterTargetArn: deadLetterArn, maxReceiveCount } = policy;
  for (const name of REDRIVE_MEMBERS) {
    if (policy[name] === undefined) throw refused(`Redrive policy does not contain mandatory attribute: ${name}.`);
  }
  // Not every object can be told as a text.
  const told = typeof maxReceiveCount === 'object' ? 'null' : String(maxReceiveCount);
  const receivesMax = integer(told, 1, 1_000)?.value;
  if (receivesMax === undefined) {
    throw refused(`Invalid value for maxReceiveCount: ${told}, valid values are from 1 to 1000 both inclusive.`);
  }
  if (typeof deadLetterArn !== 'string' || placeOfArn(deadLetterArn) === undefined) {
    throw refused('Invalid value for deadLetterTargetArn.');
  }
  if (Object.keys(policy).length > REDRIVE_MEMBERS.length) {
    throw refused(`Only following attributes are supported: [${REDRIVE_MEMBERS.join(', ')}].`);
  }
  return { deadLetterArn, receivesMax };
}

const REDRIVE_MEMBERS = ['maxReceiveCount', 'deadLetterTargetArn'];

const ALLOWED = { allowAll: 'all', denyAll: 'none' } as const;
const SOURCES_MAX = 10;

function readRedriveAllow(text: string): RedriveAllow {
  const refused = (reason: string) =>
    invalidValue(text, 'RedriveAllowPolicy', `Amazon SQS can't create the redrive allow policy. ${reason}`);
  const unsupported = invalidAttribute(
    'RedriveAllowPolicy',
    "Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
  );
  const { redrivePermission: permission, sourceQueueArns: arns, ...others } = parseObject(text) ?? {};
  if (Object.keys(others).length > 0) throw unsupported;
  if (permission !== 'byQueue' && permission !== 'allowAll' && permission !== 'denyAll') throw unsupported;
  if (arns !== undefined && !isTexts(arns)) throw unsupported;
  if (permission !== 'byQueue') {
    if (arns === undefined) return { kind: ALLOWED[permission] };
    throw refused('To specify one or more source queue ARNs, you must set redrivePermission to byQueue.');
  }
  if (arns === undefined || arns.length === 0) {
    throw refused(
      'When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.',
    );
  }
  if (arns.length > SOURCES_MAX) {
    throw refused(`The maximum number of source queue ARNs you can specify is ${SOURCES_MAX}.`);
  }
  return { kind: 'queues', arns };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function redriveAllowText(allow: RedriveAllow): string {
  if (allow.kind === 'queues') return JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: allow.arns });
  return JSON.stringify({ redrivePermission: allow.kind === 'all' ? 'allowAll' : 'denyAll' });
}

/** Whether a text is a policy by its form; what it means is read when somebody calls. Throws when it is too large. */
function isPolicy(text: string): boolean {
  const { Statement: given, ...head } = parseObject(text) ?? {};
  const statements: unknown[] = [given ?? []].flat();
  if (statements.length > STATEMENTS_MAX) throw tooManyStatements(statements.length);
  if (Object.keys(head).some((name) => !POLICY_MEMBERS.includes(name))) return false;
  if (head.Version !== undefined && head.Version !== '2012-10-17' && head.Version !== '2008-10-17') return false;
  return statements.length > 0 && statements.every(isStatement);
}

function isStatement(statement: unknown): boolean {
  if (typeof statement !== 'object' || statement === null) return false;
  const { Effect, Action, NotAction, Resource, NotResource } = statement as Record<string, unknown>;
  const isNamed = (value: unknown) => typeof value === 'string' || isTexts(value);
  return (
    Object.keys(statement).every((name) => STATEMENT_MEMBERS.includes(name)) &&
    (Effect === 'Allow' || Effect === 'Deny') &&
    isNamed(Action ?? NotAction) &&
    isNamed(Resource ?? NotResource) &&
    isWithinPolicyLevels(statement)
  );
}

const POLICY_MEMBERS = ['Version', 'Id'];
const STATEMENT_MEMBERS = ['Sid', 'Effect', 'Condition'].concat(
  ['Principal', 'Action', 'Resource'].flatMap((name) => [name, `Not${name}`]),
);
/** Of one policy, however it is made. */
export const STATEMENTS_MAX = 20;

export function tooManyStatements(count: number): AwsError {
  return new AwsError(
    'OverLimit',
    `${count} statements were found in the submitted policy, max allowed is ${STATEMENTS_MAX}`,
  );
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
