import { createRequire } from 'node:module';
import type { SendMailOptions } from 'nodemailer';
import { type Header, headerOf, headersOf, withHeaders } from './headers.ts';

/** A letter as people write it: its parts are put together here. */
export interface WrittenLetter {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly headers?: readonly Header[];
  readonly attachments?: readonly Attachment[];
}

export interface Attachment {
  readonly name: string;
  readonly content: Uint8Array;
  readonly type?: string | undefined;
  readonly isInline: boolean;
  readonly contentId?: string | undefined;
  readonly description?: string | undefined;
}

const require = createRequire(import.meta.url);

/** The letter as it goes over the wire. Who gets it secretly stands in the envelope only. */
export async function composed(letter: WrittenLetter, messageId: string, nowMs: number): Promise<Buffer> {
  const { createTransport } = require('nodemailer') as typeof import('nodemailer');
  const { from, to, cc, replyTo, subject, text, html, headers = [], attachments = [] } = letter;
  const mail: SendMailOptions = {
    ...{ from, to: [...to], cc: [...cc], replyTo: [...replyTo], subject, text, html, messageId },
    date: new Date(nowMs),
    headers: headers.map(({ name, value }) => ({ key: name, value })),
    attachments: attachments.map((one) => ({
      filename: one.name,
      content: Buffer.from(one.content),
      contentType: one.type,
      contentDisposition: one.isInline ? 'inline' : 'attachment',
      ...(one.contentId === undefined ? {} : { cid: one.contentId }),
      ...(one.description === undefined ? {} : { headers: { 'Content-Description': one.description } }),
    })),
    // Nothing that a letter says makes the server read its own files, or somebody else's.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  const { message } = await createTransport({ streamTransport: true, buffer: true, newline: 'windows' }).sendMail(mail);
  return message as Buffer; // SAFE: `buffer` was asked for.
}

/** Headers that are for SES, or for nobody but the sender. */
const NOT_SENT = [
  'bcc',
  'message-id',
  'x-ses-configuration-set',
  'x-ses-message-tags',
  'x-ses-source-arn',
  'x-ses-from-arn',
  'x-ses-return-path-arn',
  'x-ses-list-management-options',
];

/** A letter that its sender has put together, as it goes on: under our id, with a date, without what is not for its readers. */
export function readied(letter: Buffer, messageId: string, nowMs: number): Buffer {
  const hasDate = headerOf(headersOf(letter), 'date') !== undefined;
  const date = hasDate ? [] : [{ name: 'Date', value: mailDate(nowMs) }];
  return withHeaders(letter, { before: [...date, { name: 'Message-ID', value: messageId }], without: NOT_SENT });
}

/** `Sat, 21 Nov 2026 22:00:00 +0000` (RFC 5322). */
export function mailDate(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
