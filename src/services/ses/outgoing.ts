import type { Envelope, LetterTaken, MailFailed, RefusedRecipient } from '../../delivery/mail.ts';
import type { Scope } from './scope.ts';

/** A letter that was accepted, beside its content. */
export interface OutgoingLetter {
  readonly scope: Scope;
  readonly messageId: string;
  /** Of its content in `LetterFiles`. */
  readonly file: string;
  readonly envelope: Envelope;
  /** The address, and the identity, from which it is sent. */
  readonly source: string;
  readonly identity: string;
  readonly sourceIp: string;
  readonly caller: string;
  readonly acceptedMs: number;
  readonly configurationSet: string | undefined;
  readonly tags: Readonly<Record<string, readonly string[]>>;
}

/** What is known of a letter after some attempts. */
export interface OutgoingState {
  readonly attempts: number;
  /** Recipients of whom nothing is known yet. */
  readonly left: readonly string[];
}

/** What an attempt has come to. */
export interface AttemptOutcome {
  readonly delivered: readonly string[];
  readonly bounced: readonly RefusedRecipient[];
  /** To be tried again, after `delayMs`. */
  readonly left: readonly string[];
  readonly delayMs: number;
}

/** AWS: for how long SES tries by default (developer guide, maximum delivery time). */
const TRIED_MS_MAX = 14 * 3_600_000;
const DELAY_MS_MIN = 5_000;
const DELAY_MS_MAX = 1_800_000;

/** Decides what an attempt for all of `left` means: who has the letter, who never will, and for whom it is tried again. */
export function afterAttempt(
  { left, attempts }: OutgoingState,
  result: LetterTaken | MailFailed,
  ageMs: number,
): AttemptOutcome {
  const isTaken = 'response' in result;
  const refusals = new Map(result.refused.map((one) => [one.address, one]));
  // Where the relay has not said it of somebody, it has said it of the letter.
  const rest = isTaken ? undefined : { code: result.kind === 'refused' ? 554 : 0, text: result.message };
  const delayMs = Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** attempts);
  const isLast = ageMs + delayMs > TRIED_MS_MAX;
  const delivered: string[] = [];
  const bounced: RefusedRecipient[] = [];
  const again: string[] = [];
  for (const address of left) {
    const refused = refusals.get(address) ?? (rest === undefined ? undefined : { address, ...rest });
    if (refused === undefined) delivered.push(address);
    else if (refused.code >= 500 || isLast) bounced.push(refused);
    else again.push(address);
  }
  return { delivered, bounced, left: again, delayMs };
}
