import { AwsError } from '../../wire/aws-error.ts';
import { jsonFault } from '../payload.ts';

/** AWS: "up to 3,583 bytes of base64-encoded data" (Invoke). */
const CLIENT_CONTEXT_CHARACTERS_MAX = 3_583;

/** The JSON text behind `X-Amz-Client-Context`; it is handed to the function as it is. Throws AwsError. */
export function clientContext(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  const bytes = Buffer.from(header, 'base64');
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(header);
  if (
    !isBase64 ||
    header.length > CLIENT_CONTEXT_CHARACTERS_MAX ||
    bytes[0] !== 0x7b ||
    jsonFault(bytes) !== undefined
  ) {
    throw new AwsError('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.');
  }
  return bytes.toString();
}
