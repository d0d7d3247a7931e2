import { AwsError } from '../../../wire/aws-error.ts';
import type { Principal, RequestContext } from '../../../wire/service.ts';
import type { LetterSender } from '../sending.ts';

/** What AWS has and Lambent has not, yet. */
export function notYet(what: string): AwsError {
  return new AwsError('NotImplemented', `Lambent does not support ${what} yet.`);
}

/** Who sends, as topics are told. */
export function senderOf({ sourceIp, principal }: RequestContext): LetterSender {
  return { sourceIp, caller: callerOf(principal) };
}

/** The last part of a principal's ARN. */
export function callerOf({ arn }: Principal): string {
  return arn.slice(arn.search(/[/:][^/:]*$/) + 1);
}

/** A page of what is listed by name. `items`: from behind a name, at most so many. */
export function page<Item extends { readonly name: string }>(
  token: string | undefined,
  size: number,
  items: (after: string | undefined, countMax: number) => readonly Item[],
  refusal: (text: string) => AwsError,
): { items: readonly Item[]; next: { NextToken?: string } } {
  const found = items(token === undefined || token === '' ? undefined : readToken(token, refusal), size + 1);
  const shown = found.slice(0, size);
  const last = shown.at(-1);
  return { items: shown, next: found.length > size && last !== undefined ? { NextToken: writeToken(last.name) } : {} };
}

const writeToken = (name: string) => Buffer.from(JSON.stringify([name])).toString('base64');

function readToken(token: string, refusal: (text: string) => AwsError): string {
  try {
    const [name] = JSON.parse(Buffer.from(token, 'base64').toString('utf8'));
    if (typeof name === 'string') return name;
  } catch {
    // Told below, as whatever is no token of ours.
  }
  throw refusal('Invalid NextToken');
}

/** `TemplateName`s and the like in tags' form. */
export function messageTags(tags: readonly { Name?: string | undefined; Value?: string | undefined }[] = []) {
  return Object.fromEntries(tags.map(({ Name = '', Value = '' }) => [Name, [Value]]));
}

export function tagsFromAws(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []) {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

export const tagsToAws = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Where the owner of an address says that it is. */
export function verificationLink({ origin, account, region }: RequestContext, address: string, token: string): string {
  return `${origin}${VERIFY_PATH}?${new URLSearchParams({ account, region, address, token })}`;
}

export const VERIFY_PATH = '/_lambent/mail/verify';
