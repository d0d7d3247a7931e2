// What topics and functions are told of a letter, in the words of SES's developer guide (notification contents).

import { decoded, mailboxesIn } from './address.ts';
import { type Header, headerOf } from './headers.ts';

/** AWS: "whether the headers were truncated, which will happen if the headers are larger than 10 KB". */
const HEADER_BYTES_MAX = 10 * 1024;

/** `headers`, `headersTruncated` and `commonHeaders` of a document. */
export function headerMembers(headers: readonly Header[], returnPath: string) {
  const shown: Header[] = [];
  let bytes = 0;
  for (const header of headers) {
    bytes += header.name.length + Buffer.byteLength(header.value) + 4;
    if (bytes > HEADER_BYTES_MAX) break;
    shown.push(header);
  }
  return {
    headersTruncated: shown.length < headers.length,
    headers: shown,
    commonHeaders: commonHeaders(headers, returnPath),
  };
}

/** Headers that name people. */
const LISTS = 'from to cc bcc sender reply-to'.split(' ');

function commonHeaders(headers: readonly Header[], returnPath: string) {
  const lists = LISTS.flatMap((name) => {
    const value = headerOf(headers, name);
    return value === undefined
      ? []
      : [[name === 'reply-to' ? 'replyTo' : name, mailboxesIn(value).map(shownMailbox)] as const];
  });
  const date = headerOf(headers, 'date');
  const messageId = headerOf(headers, 'message-id');
  const subject = headerOf(headers, 'subject');
  return {
    returnPath,
    ...Object.fromEntries(lists),
    ...(date === undefined ? {} : { date }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(subject === undefined ? {} : { subject: decoded(subject) }),
  };
}

function shownMailbox({ name, address }: { name: string; address: string }): string {
  return name === '' ? address : `${name} <${address}>`;
}

export const isoTime = (ms: number) => new Date(ms).toISOString();
