import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import type { MessageAttribute } from '../../../delivery/message.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import { missing } from './words.ts';

const NAME_BYTES_MAX = 256;

/** Message attributes in our words. `path`: where they stand in the request. Throws as AWS does. */
export function attributesFromAws(
  attributes: Readonly<Record<string, MessageAttributeValue>> | undefined,
  path = 'messageAttributes',
): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, value]) => {
      checkName(name);
      return [name, read(name, value, path)];
    }),
  );
}

function checkName(name: string): void {
  if (Buffer.byteLength(name) >= NAME_BYTES_MAX || name === '')
    throw refused(`Length of message attribute name must be less than ${NAME_BYTES_MAX} bytes.`);
  if (name.startsWith('.')) throw refused("Invalid message attribute name starting with character '.' was found.");
  if (name.endsWith('.')) throw refused("Invalid message attribute name ending with character '.' was found.");
  const other = /[^A-Za-z0-9_.-]/u.exec(name)?.[0];
  if (other !== undefined) {
    const code = `#x${(other.codePointAt(0) ?? 0).toString(16).toUpperCase()}`;
    throw refused(
      `Invalid non-alphanumeric character '${code}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    );
  }
  if (name.includes('..')) throw refused("Message attribute name can not have successive '.' character.");
}

function read(name: string, value: MessageAttributeValue, path: string): MessageAttribute {
  const { DataType: type, StringValue: text, BinaryValue: bytes } = value;
  if (type === undefined || type === '') throw missing(`${path}.${name}.member.dataType`);
  const base = /^(String|Number|Binary)(?:\..+)?$/.exec(type)?.[1];
  if (base === undefined) {
    throw refused(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const field = base === 'Binary' ? 'Binary' : 'String';
  const [own, other] = field === 'Binary' ? [bytes, text] : [text, bytes];
  if (own === undefined && other !== undefined)
    throw refused(`The message attribute '${name}' with type '${type}' must use field '${field}'.`);
  if (own === undefined || own.length === 0) {
    throw refused(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  }
  if (base === 'Number' && (typeof own !== 'string' || !isNumber(own)))
    throw refused(`Could not cast message attribute '${name}' value to number.`);
  if (type === 'String.Array' && typeof own === 'string' && !isArray(own))
    throw refused(
      `The message attribute '${name}' with type 'String.Array' must be a JSON array of strings, numbers, true, false, and null.`,
    );
  return { type, value: typeof own === 'string' ? own : Buffer.from(own).toString('base64') };
}

function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text.trim());
}

function isArray(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((one) => one === null || typeof one !== 'object');
  } catch {
    return false;
  }
}

function refused(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}
