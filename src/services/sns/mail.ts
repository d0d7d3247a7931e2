import { createRequire } from 'node:module';
import { raceAbort } from '../../lib/abort.ts';

/** Sends mail through the operator's relay. */
export interface Mailer extends Disposable {
  send(mail: Mail, signal: AbortSignal): Promise<void>;
}

export interface Mail {
  readonly fromName: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Why a mail was not taken. `refused`: the relay will never take it. */
export class MailFailed extends Error {
  readonly kind: 'refused' | 'unavailable';

  constructor(kind: MailFailed['kind'], cause: Error) {
    super(cause.message, { cause });
    this.kind = kind;
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
  let transport: import('nodemailer').Transporter | undefined;
  return {
    async send({ fromName, to, subject, text }, signal) {
      signal.throwIfAborted();
      transport ??= transportTo(url);
      try {
        const message = { from: { name: fromName, address: from }, to: { name: '', address: to }, subject, text };
        // A stop does not wait for the relay; if it takes the mail yet, the mail comes twice.
        await raceAbort(transport.sendMail(message), signal);
      } catch (error) {
        const { responseCode = 0 } = error as { responseCode?: number };
        throw new MailFailed(responseCode >= 500 ? 'refused' : 'unavailable', error as Error);
      }
    },
    [Symbol.dispose]: () => transport?.close(),
  };
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
