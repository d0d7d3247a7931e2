import { createRequire } from 'node:module';
import type { SendMailOptions } from 'nodemailer';
import { raceAbort } from '../lib/abort.ts';

/** Sends mail through the operator's relay. */
export interface Mailer extends Disposable {
  /** Rejects with `MailFailed`. */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
  /** A letter as it is. Resolves when the relay has taken it for some at least; rejects with `MailFailed`. */
  sendLetter(letter: Letter, signal: AbortSignal): Promise<LetterTaken>;
}

export interface Mail {
  readonly fromName: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Letter {
  readonly envelope: Envelope;
  readonly content: Buffer;
}

export interface Envelope {
  /** Empty for a letter that nobody is to answer: a bounce. */
  readonly from: string;
  readonly to: readonly string[];
}

export interface LetterTaken {
  /** What the relay has said. */
  readonly response: string;
  /** Recipients that it does not take, or not now. */
  readonly refused: readonly RefusedRecipient[];
}

export interface RefusedRecipient {
  readonly address: string;
  /** Its SMTP code: 5xx is for ever. */
  readonly code: number;
  readonly text: string;
}

/** Why a mail was not taken. `refused`: the relay will never take it. */
export class MailFailed extends Error {
  readonly kind: 'refused' | 'unavailable';
  /** What the relay has said of each recipient, if it has. */
  readonly refused: readonly RefusedRecipient[];

  constructor(kind: MailFailed['kind'], cause: Error, refused: readonly RefusedRecipient[] = []) {
    super(cause.message, { cause });
    this.kind = kind;
    this.refused = refused;
  }
}

export interface Relay {
  /** `smtp://user:password@host:587`, or `smtps://…`, without the sender. */
  readonly url: string;
  readonly from: string;
}

const SEND_MS_MAX = 30_000;

/** Reads `--smtp-relay`: `smtp://user:password@host:port?from=lambent@example.com`. Throws with a text for the operator. */
export function readRelay(text: string): Relay {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    throw new Error('the SMTP relay must be a URL like smtp://user:password@host:587?from=news@example.com');
  }
  const from = url.searchParams.get('from');
  if (from === null || !/^[^@\s]+@[^@\s]+$/.test(from)) {
    throw new Error('the SMTP relay needs an address to send from: append ?from=news@example.com to its URL');
  }
  url.searchParams.delete('from');
  return { url: url.href, from };
}

/** The module is loaded, and the relay asked, when the first mail is sent. */
export function openMailer({ url, from }: Relay): Mailer {
  let transport: Transport | undefined;
  const hand = async (message: SendMailOptions, signal: AbortSignal) => {
    signal.throwIfAborted();
    transport ??= transportTo(url);
    try {
      // A stop does not wait for the relay; if it takes the mail yet, the mail comes twice.
      return await raceAbort(transport.sendMail(message), signal);
    } catch (error) {
      const { responseCode = 0, rejectedErrors, code } = error as SmtpError;
      // A password that the relay does not take is the operator's mistake, not the letter's.
      const kind = responseCode >= 500 && code !== 'EAUTH' ? 'refused' : 'unavailable';
      throw new MailFailed(kind, error as Error, refusedIn(rejectedErrors));
    }
  };
  return {
    async send({ fromName, to, subject, text }, signal) {
      await hand({ from: { name: fromName, address: from }, to: { name: '', address: to }, subject, text }, signal);
    },
    async sendLetter({ envelope, content }, signal) {
      const sent = await hand({ envelope: { from: envelope.from, to: [...envelope.to] }, raw: content }, signal);
      return { response: sent.response, refused: refusedIn(sent.rejectedErrors) };
    },
    [Symbol.dispose]: () => transport?.close(),
  };
}

type Transport = ReturnType<typeof transportTo>;

/** What nodemailer tells of a refusal, in all or of one recipient. */
type SmtpError = Error & {
  readonly code?: string | undefined;
  readonly recipient?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly rejectedErrors?: readonly SmtpError[] | undefined;
};

function refusedIn(errors: readonly SmtpError[] = []): RefusedRecipient[] {
  return errors.map(({ recipient = '', responseCode = 0, response, message }) => {
    return { address: recipient, code: responseCode, text: response ?? message };
  });
}

function transportTo(url: string) {
  const { createTransport } = createRequire(import.meta.url)('nodemailer') as typeof import('nodemailer');
  const limits = { connectionTimeout: SEND_MS_MAX, greetingTimeout: SEND_MS_MAX, socketTimeout: SEND_MS_MAX };
  const { protocol, hostname, port, username, password, searchParams } = new URL(url);
  return createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    secure: protocol === 'smtps:',
    ignoreTLS: searchParams.get('ignoreTLS') === 'true',
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    ...limits,
  });
}
