import { invalidParameter } from './constraints.ts';

/** Page tokens that only we read: JSON in base64url. */
export function encodeToken(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What `encodeToken` was given, if it has the form that `parse` looks for. Throws InvalidParameterException else. */
export function decodeToken<Value>(
  token: string | undefined,
  parse: (value: unknown) => Value | undefined,
): Value | undefined {
  if (token === undefined) return undefined;
  const value = parse(parseJson(Buffer.from(token, 'base64url').toString()));
  if (value === undefined) throw invalidParameter('The specified nextToken is invalid.');
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Harmless: `decodeToken` refuses it like any other token that is not ours.
  }
}
