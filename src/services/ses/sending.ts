import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { flawOfAddress, mailboxesIn, withPlainDomain } from './address.ts';
import { composed, readied, type WrittenLetter } from './compose.ts';
import type { ConfigurationSets } from './configuration-sets.ts';
import type { Feedback } from './feedback.ts';
import { HEAD_BYTES_MAX, headerOf, headersOf, isHeadTooLong } from './headers.ts';
import type { Identities } from './identities.ts';
import type { LetterFiles } from './letter-files.ts';
import type { Letters } from './letters.ts';
import type { OutgoingLetter } from './outgoing.ts';
import { SesRefused } from './refusal.ts';
import type { Scope } from './scope.ts';
import type { SesStore } from './ses-store.ts';
import { renderedTemplate, type Template, type TemplateData } from './template.ts';

/** AWS: recipients of a letter, whichever way they are named. */
export const RECIPIENTS_MAX = 50;
/** AWS: size of a letter, of version 1 of the API, and otherwise. */
export const LETTER_BYTES_MAX_V1 = 10 * 1024 * 1024;
export const LETTER_BYTES_MAX = 40 * 1024 * 1024;

/** Who sends. */
export interface LetterSender {
  readonly sourceIp: string;
  /** The last part of the principal's ARN. */
  readonly caller: string;
}

export interface SendOptions {
  readonly sender: LetterSender;
  readonly bytesMax: number;
  /** Who is told by others when it does not arrive; by default who sends it. */
  readonly returnPath?: string | undefined;
  readonly configurationSet?: string | undefined;
  readonly tags?: Readonly<Record<string, readonly string[]>>;
}

/** A letter with those who get it secretly. */
export type Draft = WrittenLetter & { readonly bcc: readonly string[] };

/** A letter that its sender has put together. */
export interface RawLetter {
  readonly content: Buffer;
  /** By default its header `From`. */
  readonly from?: string | undefined;
  /** By default those of its headers. */
  readonly to?: readonly string[] | undefined;
}

export interface SendingParts {
  readonly store: SesStore;
  readonly identities: Identities;
  readonly configurationSets: ConfigurationSets;
  readonly files: () => Promise<LetterFiles>;
  readonly letters: () => Promise<Letters>;
  readonly feedback: Feedback;
  /** The address of the operator's relay; undefined: there is no relay. */
  readonly relayFrom: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly uuid: () => string;
}

type Addressed = Omit<OutgoingLetter, 'file'>;

/** Takes letters that go out through the operator's relay: what has been answered is durable. Throws `SesRefused`. */
export class Sending {
  readonly #parts: SendingParts;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** Sends a letter; answers its id. */
  async written(scope: Scope, draft: Draft, options: SendOptions): Promise<string> {
    const letter = this.#addressed(scope, [draft.from], [...draft.to, ...draft.cc, ...draft.bcc], options);
    addressesIn(draft.replyTo);
    const content = await composed(draft, headerId(letter), letter.acceptedMs);
    return this.#post(letter, content, options.bytesMax);
  }

  /** Sends a letter as it is, but for what only its sender needs to know. */
  async raw(scope: Scope, { content, from, to }: RawLetter, options: SendOptions): Promise<string> {
    if (isHeadTooLong(content)) {
      throw new SesRefused({ kind: 'bad-address', flaw: `The headers take more than ${HEAD_BYTES_MAX} bytes.` });
    }
    const headers = headersOf(content);
    const written = headerOf(headers, 'From');
    if (written === undefined) throw new SesRefused({ kind: 'bad-address', flaw: "Missing required header 'From'." });
    // Only one of each is judged, and readers may show another one.
    for (const name of ['From', 'Sender']) {
      const isTwice = headers.filter((header) => header.name.toLowerCase() === name.toLowerCase()).length > 1;
      if (isTwice) throw new SesRefused({ kind: 'bad-address', flaw: `Duplicate header '${name}'.` });
    }
    const senders = [from, written, headerOf(headers, 'sender')].filter((one) => one !== undefined);
    const named = ['to', 'cc', 'bcc'].flatMap((name) => mailboxesIn(headerOf(headers, name) ?? ''));
    const recipients = to ?? named.map(({ address }) => address);
    const letter = this.#addressed(scope, senders, recipients, {
      ...options,
      returnPath: options.returnPath ?? mailboxesIn(headerOf(headers, 'return-path') ?? '')[0]?.address,
      configurationSet: options.configurationSet ?? headerOf(headers, 'x-ses-configuration-set'),
      tags: { ...tagsIn(headerOf(headers, 'x-ses-message-tags') ?? ''), ...options.tags },
    });
    return this.#post(letter, readied(content, headerId(letter), letter.acceptedMs), options.bytesMax);
  }

  /** A letter out of a template. What the data lack is told to those who follow what becomes of letters, as by AWS. */
  async templated(
    scope: Scope,
    draft: Omit<Draft, 'subject' | 'text' | 'html'>,
    template: { readonly name: string; readonly content: Template; readonly data: TemplateData },
    options: SendOptions,
  ): Promise<string> {
    const { name, content, data } = template;
    try {
      return await this.written(scope, { ...draft, ...renderedTemplate(content, data) }, options);
    } catch (error) {
      if (!(error instanceof SesRefused) || error.refusal.kind !== 'attribute-missing') throw error;
      const letter = this.#addressed(scope, [draft.from], [...draft.to, ...draft.cc, ...draft.bcc], options);
      const text = `Attribute '${error.refusal.attribute}' is not present in the rendering data.`;
      this.#parts.log.warn({ messageId: letter.messageId, template: name, err: error }, 'a letter cannot be rendered');
      await this.#parts.feedback.tell(letter, [], { kind: 'renderingFailure', template: name, error: text });
      return letter.messageId;
    }
  }

  /** The operator's relay asks the owner of an address by a letter. `link` is where it says so. */
  async asking(scope: Scope, address: string, link: string): Promise<void> {
    const { relayFrom } = this.#parts;
    if (relayFrom === undefined) throw new SesRefused({ kind: 'no-relay' });
    const letter: Addressed = {
      ...this.#head(scope),
      envelope: { from: relayFrom, to: [address] },
      ...{ source: relayFrom, identity: relayFrom, sourceIp: '127.0.0.1', caller: 'lambent' },
      ...{ configurationSet: undefined, tags: {} },
    };
    const text = [
      'Dear Amazon Web Services Customer,',
      '',
      `We have received a request to authorize this email address for use with Amazon SES in region ${scope.region}.`,
      'If you requested this verification, please go to the following URL to confirm that you are authorized to use this email address:',
      '',
      link,
      '',
      'Your request will not be processed unless you confirm the address using this URL. This link expires 24 hours after your original verification request.',
      '',
      'If you did NOT request to verify this email address, do not click on the link.',
      '',
    ].join('\n');
    const subject = `Amazon Web Services - Email Address Verification Request in region ${scope.region}`;
    const content = await composed(
      { from: relayFrom, to: [address], cc: [], replyTo: [], subject, text },
      headerId(letter),
      letter.acceptedMs,
    );
    await this.#keep(letter, content);
  }

  /** A letter that nobody is to answer: to whom nothing is sent back. `content` is made of the letter's id. */
  async bounce(scope: Scope, sender: string, to: string, content: (headerId: string) => Buffer): Promise<void> {
    const found = this.#parts.identities.sendingFrom(scope, mailboxesIn(sender)[0]?.address ?? '');
    if (found === undefined) throw notVerified([sender], scope);
    const letter: Addressed = {
      ...this.#head(scope),
      envelope: { from: '', to: [to] },
      ...{ source: sender, identity: found.name, sourceIp: '127.0.0.1', caller: 'ses' },
      ...{ configurationSet: undefined, tags: {} },
    };
    await this.#keep(letter, content(headerId(letter)));
  }

  /** Recipients of letters that an account has sent within a time, by slots of a quarter of an hour. */
  within(scope: Scope, ms: number) {
    return this.#parts.store.sentSince(scope, this.#parts.clock.nowMs() - ms);
  }

  #head(scope: Scope) {
    const { clock, uuid } = this.#parts;
    const acceptedMs = clock.nowMs();
    return { scope, acceptedMs, messageId: messageId(acceptedMs, uuid()) };
  }

  /** A letter whose sender may send it, and whose recipients are addresses. `senders`: the first is its source. */
  #addressed(
    scope: Scope,
    senders: readonly string[],
    recipients: readonly string[],
    { sender, returnPath, configurationSet, tags = {} }: SendOptions,
  ): Addressed {
    const { identities, configurationSets, relayFrom } = this.#parts;
    const from = addressesIn(senders);
    const to = [...new Set(addressesIn(recipients).map(withPlainDomain))];
    const [source] = from;
    if (source === undefined) throw new SesRefused({ kind: 'bad-address', flaw: "Missing final '@domain'" });
    if (to.length === 0) throw new SesRefused({ kind: 'no-recipient' });
    if (to.length > RECIPIENTS_MAX)
      throw new SesRefused({ kind: 'too-many-recipients', count: to.length, countMax: RECIPIENTS_MAX });
    const back = returnPath === undefined ? [] : addressesIn([returnPath]);
    const checked = [...new Set([...from, ...back])];
    const found = identities.sendingFrom(scope, source);
    const failed = checked.filter((address) => identities.sendingFrom(scope, address) === undefined);
    if (found === undefined || failed.length > 0) throw notVerified(failed, scope);
    const setName = configurationSet ?? found.identity.configurationSet;
    if (setName !== undefined && !configurationSets.get(scope, setName).sends)
      throw new SesRefused({ kind: 'sending-paused', configurationSet: setName });
    if (relayFrom === undefined) throw new SesRefused({ kind: 'no-relay' });
    return {
      ...this.#head(scope),
      envelope: { from: back[0] ?? source, to },
      ...{ source, identity: found.name, sourceIp: sender.sourceIp, caller: sender.caller },
      ...{ configurationSet: setName, tags },
    };
  }

  async #post(letter: Addressed, content: Buffer, bytesMax: number): Promise<string> {
    if (content.length > bytesMax) throw new SesRefused({ kind: 'letter-too-long', bytes: content.length, bytesMax });
    await this.#keep(letter, content);
    await this.#parts.store.countSent(letter.scope, letter.acceptedMs, { attempts: letter.envelope.to.length });
    return letter.messageId;
  }

  async #keep(letter: Addressed, content: Buffer): Promise<void> {
    const file = await (await this.#parts.files()).write(content);
    await (await this.#parts.letters()).send({ ...letter, file });
  }
}

function notVerified(addresses: readonly string[], { region }: Scope): SesRefused {
  return new SesRefused({ kind: 'not-verified', addresses, region });
}

/** The addresses in texts like `Ada <ada@example.com>`. Throws `SesRefused` for what is none. */
function addressesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    if (/[\r\n]/.test(text)) throw new SesRefused({ kind: 'bad-address', flaw: 'Address contains a line break' });
    // What reads mailboxes takes the first words of a bare address with a blank in it for a name.
    const addresses = text.includes('<') ? mailboxesIn(text).map(({ address }) => address) : [text.trim()];
    if (addresses.length === 0) throw new SesRefused({ kind: 'bad-address', flaw: "Missing final '@domain'" });
    for (const address of addresses) {
      const flaw = flawOfAddress(address);
      if (flaw !== undefined) throw new SesRefused({ kind: 'bad-address', flaw });
    }
    return addresses;
  });
}

/** As SES's are: `0100019a…-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx-000000`. */
function messageId(nowMs: number, uuid: string): string {
  return `0100${nowMs.toString(16).padStart(12, '0')}-${uuid}-000000`;
}

/** The header `Message-ID` (developer guide: each region has a domain, us-east-1 another one). */
function headerId({ scope: { region }, messageId: id }: Pick<OutgoingLetter, 'scope' | 'messageId'>): string {
  return `<${id}@${region === 'us-east-1' ? 'email' : region}.amazonses.com>`;
}

/** `campaign=spring, kind=news` */
function tagsIn(text: string): Record<string, string[]> {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  return Object.fromEntries(pairs.flatMap(([name, value]) => (name && value ? [[name, [value]]] : [])));
}
