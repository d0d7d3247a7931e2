import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import type { SMTPServer, SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Logger } from '../../../lib/log.ts';
import type { Principal } from '../../../wire/service.ts';
import { flawOfAddress } from '../address.ts';
import { HEAD_BYTES_MAX, headersOf, isHeadTooLong } from '../headers.ts';
import type { Admission } from '../receiving.ts';
import { SesRefused } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { LETTER_BYTES_MAX, RECIPIENTS_MAX } from '../sending.ts';
import type { Ses } from '../ses.ts';
import { refusalToAwsV2 } from './refusal-to-aws.ts';
import { callerOf } from './words.ts';

/** Takes letters by SMTP: for those who have receipt rules from anybody, for anybody from those who have signed in. */
export interface SmtpListener extends AsyncDisposable {
  readonly port: number;
}

export interface SmtpListenerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Whether passwords may come without encryption: where nobody can listen. */
  readonly takesPlainPasswords: boolean;
  readonly certificate: { readonly key: string; readonly cert: string };
  readonly ses: () => Ses;
  readonly authenticate: (
    given: { readonly username: string; readonly password: string },
    regions: (account: string) => readonly string[],
  ) => { readonly principal: Principal; readonly region: string } | undefined;
  readonly log: Logger;
}

const CLIENTS_MAX = 100;
/** A client that is slow on purpose must not keep the others out. */
const CLIENTS_OF_ADDRESS_MAX = 50;
const SILENT_MS_MAX = 60_000;
/** 40 MB at half a megabit a second. */
const CONNECTION_MS_MAX = 660_000;
const CLOSE_MS_MAX = 2_000;
/** Of letters that are coming in, all together. */
const HELD_BYTES_MAX = 256 * 1024 * 1024;
/** AWS: recipients of a letter that comes in. */
const RECEIVERS_MAX = 100;
/** A letter that has been through so many servers goes round in a circle (RFC 5321 section 6.3). */
const HOPS_MAX = 50;

interface User {
  readonly scope: Scope;
  readonly principal: Principal;
}

/** Throws, with a text for the operator, when the port cannot be had. */
export async function openSmtpListener(options: SmtpListenerOptions): Promise<SmtpListener> {
  const { host, port, takesPlainPasswords, certificate, ses, authenticate, log } = options;
  const { SMTPServer } = createRequire(import.meta.url)('smtp-server') as typeof import('smtp-server');
  let held = 0;
  const server: SMTPServer = new SMTPServer({
    ...certificate,
    name: 'Lambent',
    banner: 'Lambent',
    size: LETTER_BYTES_MAX,
    rejectOversized: true,
    maxRecipients: RECEIVERS_MAX,
    maxClients: CLIENTS_MAX,
    socketTimeout: SILENT_MS_MAX,
    closeTimeout: CLOSE_MS_MAX,
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: true,
    allowInsecureAuth: takesPlainPasswords,
    disableReverseLookup: true,
    disabledCommands: ['VRFY', 'WIZ', 'SHELL', 'KILL'],
    logger: false,

    onAuth({ username, password }, _session, answer) {
      const found = authenticate({ username: username ?? '', password: password ?? '' }, (account) =>
        regionsOf(ses(), account),
      );
      if (found === undefined) return answer(refusal(535, 'Authentication Credentials Invalid'));
      const { principal, region } = found;
      const user: User = { principal, scope: { account: principal.account, region } };
      // SAFE: the library hands on what it is given here, whatever its type.
      answer(null, { user: user as unknown as string });
    },

    onRcptTo({ address }, session, answer) {
      if (flawOfAddress(address) !== undefined)
        return answer(refusal(553, 'Requested action not taken: mailbox name invalid'));
      if (userOf(session) !== undefined) {
        const isFull = session.envelope.rcptTo.length >= RECIPIENTS_MAX;
        return answer(isFull ? refusal(452, 'Too many recipients') : null);
      }
      // A mistake of ours must not leave a client without an answer.
      try {
        const where = { ip: ipOf(session), isSecure: session.secure };
        answer(ADMISSIONS[ses().receiving.admits(address, where)]());
      } catch (error) {
        log.error({ err: error }, 'it cannot be found out whether a letter is for somebody here');
        answer(refusal(451, 'Temporary service failure. Please try again later.'));
      }
    },

    onData(stream, session, answer) {
      read(stream)
        .then((content) => take(content, session))
        .then(
          (ids) => answer(null, `Ok ${ids}`),
          (error) => answer(smtpError(error, log)),
        );
    },
  });
  // What clients do wrong is nothing that an operator must know.
  server.on('error', (error) => log.debug({ err: error }, 'a connection by SMTP has failed'));

  const read = async (stream: SMTPServerDataStream): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isTooMuch = false;
    try {
      for await (const chunk of stream) {
        if (isTooMuch || stream.sizeExceeded) continue;
        isTooMuch = held + chunk.length > HELD_BYTES_MAX;
        if (isTooMuch) continue;
        held += chunk.length;
        bytes += chunk.length;
        chunks.push(chunk);
      }
      if (stream.sizeExceeded) throw refusal(552, `Message length is more than ${LETTER_BYTES_MAX} bytes long`);
      if (isTooMuch) throw refusal(452, 'Too many letters at once. Please try again later.');
      return Buffer.concat(chunks);
    } catch (error) {
      // A client that left in the middle is no trouble of ours, and hears no answer.
      throw stream.errored === null && !stream.destroyed ? error : refusal(451, 'The letter has no end');
    } finally {
      held -= bytes;
    }
  };

  const take = async (content: Buffer, session: SMTPServerSession): Promise<string> => {
    const { mailFrom, rcptTo } = session.envelope;
    const from = mailFrom === false ? '' : mailFrom.address;
    const to = rcptTo.map(({ address }) => address);
    const user = userOf(session);
    if (user !== undefined) {
      const { principal, scope } = user;
      const sender = { sourceIp: ipOf(session), caller: callerOf(principal) };
      const sent = { sender, bytesMax: LETTER_BYTES_MAX, returnPath: from || undefined };
      return ses().sending.raw(scope, { content, from: from || undefined, to }, sent);
    }
    if (isHeadTooLong(content)) throw refusal(552, `The headers take more than ${HEAD_BYTES_MAX} bytes`);
    const hops = headersOf(content).filter(({ name }) => name.toLowerCase() === 'received').length;
    if (hops > HOPS_MAX) throw refusal(554, 'Too many hops');
    const arrival = { ip: ipOf(session), host: session.hostNameAppearsAs, isSecure: session.secure };
    const ids = await ses().receiving.take({ from, to }, content, arrival);
    if (ids.length === 0) throw refusal(550, 'Requested action not taken: mailbox unavailable');
    return ids.join(' ');
  };

  const listening = server.listen(port, host);
  await new Promise<void>((resolve, reject) => {
    server.server.once('listening', resolve);
    server.server.once('error', (cause) =>
      reject(new Error(`cannot take letters at ${host}:${port}: ${cause.message}`, { cause })),
    );
  });
  listening.on('connection', limited());
  return {
    port: (listening.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Ends connections that take too long, however busy they are, and those of an address that has too many. */
function limited(): (socket: Socket) => void {
  const counts = new Map<string, number>();
  return (socket) => {
    const ip = socket.remoteAddress ?? '';
    const count = (counts.get(ip) ?? 0) + 1;
    counts.set(ip, count);
    const timer = setTimeout(() => socket.destroy(), CONNECTION_MS_MAX);
    timer.unref();
    socket.once('close', () => {
      clearTimeout(timer);
      const left = (counts.get(ip) ?? 1) - 1;
      if (left > 0) counts.set(ip, left);
      else counts.delete(ip);
    });
    if (count > CLIENTS_OF_ADDRESS_MAX) socket.destroy();
  };
}

const ADMISSIONS: Record<Admission, () => Error | null> = {
  taken: () => null,
  'over-tls': () => refusal(530, 'Must issue a STARTTLS command first'),
  blocked: () => refusal(550, 'Requested action not taken: your address is blocked'),
  'no-rule': () => refusal(550, 'Requested action not taken: mailbox unavailable'),
};

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** What a client is told when its letter is not taken. */
function smtpError(error: Error & { responseCode?: number }, log: Logger): Error {
  if (error.responseCode !== undefined) return error;
  if (error instanceof SesRefused) {
    const { message } = refusalToAwsV2(error.refusal);
    if (error.refusal.kind === 'letter-too-long') return refusal(552, message);
    return refusal(
      554,
      error.refusal.kind === 'not-verified' ? `Message rejected: ${message}` : `Transaction failed: ${message}`,
    );
  }
  log.error({ err: error }, 'a letter could not be taken');
  return refusal(451, 'Temporary service failure. Please try again later.');
}

function userOf({ user }: SMTPServerSession): User | undefined {
  return user ? (user as unknown as User) : undefined; // SAFE: `onAuth` gave it.
}

/** An IPv4 client of a socket that takes both versions has its address wrapped. */
const ipOf = ({ remoteAddress }: SMTPServerSession) => remoteAddress.replace(/^::ffff:/, '');

/** Where an account may have SMTP passwords for: AWS's regions with SES, and where it has anything here. */
function regionsOf(ses: Ses, account: string): string[] {
  return [...new Set([...ses.identities.regionsOf(account), ...REGIONS])];
}

/** AWS General Reference, Amazon SES endpoints: SMTP. */
const REGIONS = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'af-south-1', 'ap-south-1', 'ap-south-2', 'ap-northeast-1'],
  ...['ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-5'],
  ...['ca-central-1', 'ca-west-1', 'eu-central-1', 'eu-central-2', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'],
  ...['eu-south-1', 'il-central-1', 'me-south-1', 'me-central-1', 'sa-east-1', 'us-gov-west-1', 'us-gov-east-1'],
];
