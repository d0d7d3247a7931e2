import { type LetterTaken, type Mailer, MailFailed } from '../../delivery/mail.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Feedback } from './feedback.ts';
import { headersOf } from './headers.ts';
import type { LetterFiles } from './letter-files.ts';
import type { Tried } from './letters.ts';
import { afterAttempt, type OutgoingLetter, type OutgoingState } from './outgoing.ts';
import type { SesStore } from './ses-store.ts';

/** Hands letters to the operator's relay, and tells what has become of them. */
export function outgoingWork(parts: {
  readonly files: () => Promise<LetterFiles>;
  readonly mailer: Mailer | undefined;
  readonly feedback: Feedback;
  readonly store: SesStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly uuid: () => string;
}) {
  const { mailer, feedback, store, clock, log, uuid } = parts;
  return async (letter: OutgoingLetter, state: OutgoingState, signal: AbortSignal): Promise<Tried<OutgoingState>> => {
    const { messageId, envelope, scope } = letter;
    const files = await parts.files();
    const content = await files.read(letter.file);
    // It was removed just before the process died, when all was done.
    if (content === undefined) return 'done';
    const headers = headersOf(content);
    if (state.attempts === 0) await feedback.tell(letter, headers, { kind: 'send' });
    const result = await hand(mailer, { envelope: { from: envelope.from, to: state.left }, content }, signal);
    const { delivered, bounced, left, delayMs } = afterAttempt(state, result, clock.nowMs() - letter.acceptedMs);
    if (delivered.length > 0) {
      const response = 'response' in result ? result.response : '';
      await feedback.tell(letter, headers, { kind: 'delivery', recipients: delivered, response });
    }
    if (bounced.length > 0) {
      log.warn({ messageId, source: letter.source, bounced }, 'a letter has bounced');
      await feedback.tell(letter, headers, { kind: 'bounce', refused: bounced, feedbackId: uuid() });
      await store.countSent(scope, clock.nowMs(), { bounces: bounced.length });
    }
    if (left.length > 0) {
      const why = 'response' in result ? result.refused : result.message;
      log.warn({ messageId, left, why, delayMs }, 'a letter is tried again');
      return { state: { attempts: state.attempts + 1, left }, delayMs };
    }
    await files.delete(letter.file);
    return 'done';
  };
}

/** A server that was started without its relay keeps its letters, as while the relay is away. */
async function hand(
  mailer: Mailer | undefined,
  letter: Parameters<Mailer['sendLetter']>[0],
  signal: AbortSignal,
): Promise<LetterTaken | MailFailed> {
  if (mailer === undefined)
    return new MailFailed('unavailable', new Error('there is no SMTP relay: start Lambent with --smtp-relay'));
  try {
    return await mailer.sendLetter(letter, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MailFailed) return error;
    throw error;
  }
}
