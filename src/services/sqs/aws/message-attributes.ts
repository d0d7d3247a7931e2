import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { AwsError } from '../../../wire/aws-error.ts';
import { isAllowedText, type MessageAttribute } from '../message.ts';
import { invalidParameter } from './errors.ts';

/** "A message can have up to 10 attributes" (Amazon SQS message metadata, SQS developer guide). */
const ATTRIBUTES_MAX = 10;
const NAME_LENGTH_MAX = 256;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Attributes in our words; undefined when there are none. Throws AWS's refusals. */
export function readMessageAttributes(
  given: Readonly<Record<string, MessageAttributeValue>> | undefined,
): Record<string, MessageAttribute> | undefined {
  const entries = Object.entries(given ?? {});
  if (entries.length === 0) return undefined;
  if (entries.length > ATTRIBUTES_MAX) {
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`,
    );
  }
  return Object.fromEntries(
    entries.map(([name, value]) => {
      checkName(name);
      return [name, readAttribute(name, value)];
    }),
  );
}

/** The only attribute of the system that senders have; undefined when it is not given. Throws AWS's refusals. */
export function readTraceHeader(
  given: Readonly<Partial<Record<string, MessageAttributeValue>>> | undefined,
): string | undefined {
  const entries = Object.entries(given ?? {});
  for (const [name, value] of entries) {
    if (name !== 'AWSTraceHeader') throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
    if (value?.DataType !== 'String' || value.StringValue === undefined) {
      throw invalidParameter("Message system attribute 'AWSTraceHeader' must be of type 'String'.");
    }
  }
  return given?.AWSTraceHeader?.StringValue;
}

/** Throws when a text holds what no message may. */
export function checkCharacters(text: string): void {
  if (isAllowedText(text)) return;
  throw new AwsError('InvalidMessageContents', FORBIDDEN_TEXT);
}

const FORBIDDEN_TEXT =
  'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF';

export function writeMessageAttributes(
  attributes: Readonly<Record<string, MessageAttribute>>,
): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { type, value }]) => [
      name,
      type.startsWith('Binary')
        ? { DataType: type, BinaryValue: Buffer.from(value, 'base64') }
        : { DataType: type, StringValue: value },
    ]),
  );
}

/** Those whose names are asked for: `All` or `.*`, a name, or all that begin as `name.*`. */
export function selectAttributes(
  attributes: Readonly<Record<string, MessageAttribute>> | undefined,
  names: readonly string[],
): Record<string, MessageAttribute> | undefined {
  if (names.includes('All') || names.includes('.*')) return attributes;
  const isAsked = (name: string) =>
    names.some((asked) => (asked.endsWith('.*') ? name.startsWith(asked.slice(0, -2)) : name === asked));
  const selected = Object.entries(attributes ?? {}).filter(([name]) => isAsked(name));
  return selected.length === 0 ? undefined : Object.fromEntries(selected);
}

function checkName(name: string): void {
  if (name.length > NAME_LENGTH_MAX) {
    throw invalidParameter('Message (user) attribute names must be shorter than 256 Bytes');
  }
  if (!/^[\w.-]+$/.test(name)) {
    throw invalidParameter(
      `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.`,
    );
  }
  if (/^(?:aws\.|amazon\.|\.)|\.$|\.\./i.test(name)) {
    throw invalidParameter(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
    );
  }
}

function readAttribute(
  name: string,
  { DataType: type, StringValue, BinaryValue }: MessageAttributeValue,
): MessageAttribute {
  if (type === undefined || type === '') {
    throw invalidParameter(`The message attribute '${name}' must contain non-empty message attribute type.`);
  }
  const base = /^(String|Number|Binary)(?:\..+)?$/.exec(type)?.[1];
  if (base === undefined) {
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  if (type.length > NAME_LENGTH_MAX) {
    throw invalidParameter('Message (user) attribute types must be shorter than 256 Bytes');
  }
  const value = base === 'Binary' ? base64Of(BinaryValue) : StringValue;
  if (value === undefined || value === '') {
    throw invalidParameter(`Message (user) attribute '${name}' must contain a non-empty value of type '${base}'.`);
  }
  if (base !== 'Binary' && !isAllowedText(value)) throw invalidParameter(FORBIDDEN_TEXT);
  if (base === 'Number' && !DECIMAL.test(value)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return { type, value };
}

function base64Of(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('base64');
}
