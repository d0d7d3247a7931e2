import type { Delivery } from '../../delivery/delivery.ts';
import type { Outbox } from '../../delivery/outbox.ts';
import { retryDelayMs } from '../../delivery/retry.ts';
import type { Sender } from '../../delivery/sender.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { type BounceReason, bounceLetter } from './bounce-letter.ts';
import { SES_PRINCIPAL } from './feedback.ts';
import { headerOf, headersOf } from './headers.ts';
import {
  type Disposition,
  dispositionIn,
  type IncomingLetter,
  type IncomingState,
  nextStep,
  objectKeyOf,
  receiptDocument,
  withAdded,
} from './incoming.ts';
import type { LetterFiles } from './letter-files.ts';
import type { Tried } from './letters.ts';
import type { ReceiptAction, ReceiptStep } from './receipt-rule.ts';
import { type Scope, sesArn } from './scope.ts';
import type { Sending } from './sending.ts';

/** AWS: a function that is waited for has 30 seconds. */
const FUNCTION_MS_MAX = 30_000;
/** AWS: a letter that a topic gets; a larger one bounces. */
const TOPIC_LETTER_BYTES_MAX = 150 * 1024;
const SUBJECT = 'Amazon SES Email Receipt Notification';

/** Runs a function and waits for its answer; undefined: it has failed. Rejects when it cannot be run now. */
export type AskFunction = (arn: string, event: Buffer, signal: AbortSignal) => Promise<Buffer | undefined>;

export interface ReceiptPorts {
  readonly deliver: Delivery['deliver'];
  readonly assertDeliverable: (arn: string, from: Sender) => Promise<void>;
  readonly ask: AskFunction;
  readonly post: Outbox['post'];
}

export const receiptSender = (scope: Scope, ruleSet: string, rule: string): Sender => ({
  kind: 'service',
  service: SES_PRINCIPAL,
  sourceArn: sesArn(scope, `receipt-rule-set/${ruleSet}:receipt-rule/${rule}`),
  sourceAccount: scope.account,
});

/**
 * Does with a letter what the rules say, one step after the other: what a function reads from a bucket is there. A step
 * that fails is tried again for six hours, as deliveries are, whatever the reason: somebody may mend it. Then the next one follows.
 */
export function incomingWork(
  parts: ReceiptPorts & {
    readonly files: () => Promise<LetterFiles>;
    readonly sending: Sending;
    readonly clock: Clock;
    readonly log: Logger;
    readonly uuid: () => string;
  },
) {
  const { clock, log } = parts;
  return async (letter: IncomingLetter, state: IncomingState, signal: AbortSignal): Promise<Tried<IncomingState>> => {
    const files = await parts.files();
    const content = await files.read(letter.file);
    // It was removed just before the process died, when all was done.
    if (content === undefined) return 'done';
    let { at, attempts, failedSinceMs, added } = state;
    for (let step = letter.steps[at]; step !== undefined; step = letter.steps[at]) {
      let disposition: Disposition = 'continue';
      try {
        if (step.action.kind === 'add-header') added = [{ name: step.action.name, value: step.action.value }, ...added];
        else disposition = await perform({ ...parts, letter, content: withAdded(content, added), step, signal });
      } catch (error) {
        signal.throwIfAborted();
        const nowMs = clock.nowMs();
        failedSinceMs ??= nowMs;
        attempts += 1;
        // Whatever it is, it counts as something that may pass.
        const delayMs = retryDelayMs(undefined, attempts, nowMs - failedSinceMs);
        const about = { err: error, messageId: letter.messageId, rule: step.rule, action: step.action.kind, attempts };
        if (delayMs !== undefined) {
          log.warn({ ...about, delayMs }, 'an action of a receipt rule has failed, and is tried again');
          return { state: { at, attempts, failedSinceMs, added }, delayMs };
        }
        log.error(about, 'an action of a receipt rule has been given up');
      }
      const next = nextStep(letter.steps, at, disposition);
      if (next === undefined) break;
      at = next;
      attempts = 0;
      failedSinceMs = undefined;
    }
    await files.delete(letter.file);
    return 'done';
  };
}

interface Act extends ReceiptPorts {
  readonly letter: IncomingLetter;
  readonly content: Buffer;
  readonly step: ReceiptStep;
  readonly sending: Sending;
  readonly clock: Clock;
  readonly log: Logger;
  readonly uuid: () => string;
  readonly signal: AbortSignal;
}

async function perform(act: Act): Promise<Disposition> {
  const { letter, content, step, deliver, signal } = act;
  const { action } = step;
  const from = receiptSender(letter.scope, letter.ruleSet, step.rule);
  switch (action.kind) {
    case 's3': {
      const objectKey = objectKeyOf(action, letter.messageId);
      const message = { body: content, objectKey, contentType: 'application/octet-stream' };
      await deliver(`arn:aws:s3:::${action.bucket}`, message, from, signal);
      break;
    }
    case 'lambda':
      return await runFunction(act, action, from);
    case 'sns':
      if (content.length > TOPIC_LETTER_BYTES_MAX) {
        await sendBack(act, {
          code: '552',
          status: '5.3.4',
          message: 'Message too large',
          sender: step.recipients[0] ?? '',
        });
        return 'continue';
      }
      await deliver(action.topic, { body: note(act, content, action), subject: SUBJECT }, from, signal);
      return 'continue';
    case 'bounce':
      await sendBack(act, action);
      break;
    case 'stop':
      break;
    case 'add-header':
      return 'continue';
  }
  await tell(act, action, from);
  return action.kind === 'stop' ? 'stop-rule-set' : 'continue';
}

async function runFunction(
  act: Act,
  action: Extract<ReceiptAction, { kind: 'lambda' }>,
  from: Sender,
): Promise<Disposition> {
  const { letter, content, step, clock, deliver, assertDeliverable, ask } = act;
  const ses = receiptDocument(letter, content, step, clock.nowMs());
  const event = Buffer.from(JSON.stringify({ Records: [{ eventSource: 'aws:ses', eventVersion: '1.0', ses }] }));
  if (!action.waits) {
    await deliver(action.arn, { body: event }, from, act.signal);
    await tell(act, action, from);
    return 'continue';
  }
  await assertDeliverable(action.arn, from);
  const answer = await ask(action.arn, event, AbortSignal.any([act.signal, AbortSignal.timeout(FUNCTION_MS_MAX)]));
  await tell(act, action, from);
  if (answer === undefined)
    act.log.warn({ messageId: letter.messageId, function: action.arn }, 'a function failed on a letter');
  return answer === undefined ? 'continue' : dispositionIn(answer);
}

/** Sends the letter back, unless that would go round in a circle. */
async function sendBack(
  { letter, content, step, sending, clock, log, uuid }: Act,
  reason: BounceReason,
): Promise<void> {
  const headers = headersOf(content);
  const isAutomatic = !/^no$/i.test(headerOf(headers, 'auto-submitted') ?? 'no');
  if (letter.from === '' || isAutomatic) {
    log.warn({ messageId: letter.messageId }, 'a letter that nobody is to answer does not bounce');
    return;
  }
  await sending.bounce(letter.scope, reason.sender, letter.from, (messageId) =>
    bounceLetter(letter.from, step.recipients, headers, reason, { messageId, boundary: uuid(), nowMs: clock.nowMs() }),
  );
}

/** Tells the topic of an action that it was done. */
async function tell(act: Act, action: ReceiptAction, from: Sender): Promise<void> {
  if (!('topic' in action) || action.topic === undefined) return;
  const body = note(act, undefined);
  await act.post({ arn: action.topic, message: { body, subject: SUBJECT }, from, purpose: 'notification' });
}

function note(
  { letter, content, step, clock }: Act,
  sent: Buffer | undefined,
  as?: { encoding: 'UTF-8' | 'Base64' },
): Buffer {
  const { mail, receipt } = receiptDocument(letter, content, step, clock.nowMs());
  const text = sent?.toString(as?.encoding === 'Base64' ? 'base64' : 'utf8');
  return Buffer.from(
    JSON.stringify({ notificationType: 'Received', mail, receipt, ...(text === undefined ? {} : { content: text }) }),
  );
}
