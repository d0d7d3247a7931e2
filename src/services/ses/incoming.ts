import { own } from '../../lib/own.ts';
import { type Header, headersOf, withHeaders } from './headers.ts';
import { headerMembers, isoTime } from './mail-document.ts';
import type { ReceiptAction, ReceiptStep } from './receipt-rule.ts';
import type { Scope } from './scope.ts';

/** A letter that was taken for somebody, beside its content. */
export interface IncomingLetter {
  readonly scope: Scope;
  readonly messageId: string;
  /** Of its content in `LetterFiles`. */
  readonly file: string;
  /** Empty for a letter that nobody is to answer. */
  readonly from: string;
  readonly to: readonly string[];
  readonly receivedMs: number;
  readonly ruleSet: string;
  /** What the rules said when it came. */
  readonly steps: readonly ReceiptStep[];
}

/** How far a letter has come. */
export interface IncomingState {
  /** The step that is next. */
  readonly at: number;
  /** Of this step, and since when it has failed. */
  readonly attempts: number;
  readonly failedSinceMs: number | undefined;
  /** By the steps before. */
  readonly added: readonly Header[];
}

/** What a step means for those behind it. */
export type Disposition = 'continue' | 'stop-rule' | 'stop-rule-set';

/** The step that follows; undefined: none. */
export function nextStep(steps: readonly ReceiptStep[], at: number, disposition: Disposition): number | undefined {
  if (disposition === 'stop-rule-set') return undefined;
  const rule = steps[at]?.rule;
  const next = steps.findIndex((step, index) => index > at && (disposition === 'continue' || step.rule !== rule));
  return next < 0 ? undefined : next;
}

/** The disposition that a function has answered; whatever else it says means to go on. */
export function dispositionIn(answer: Buffer): Disposition {
  const known: Record<string, Disposition> = { STOP_RULE: 'stop-rule', STOP_RULE_SET: 'stop-rule-set' };
  try {
    const { disposition } = JSON.parse(answer.toString('utf8')) ?? {};
    return own(known, String(disposition)) ?? 'continue';
  } catch {
    return 'continue'; // AWS: a function need not answer anything.
  }
}

/** The letter as actions get it: with what came before them on its way. */
export function withAdded(content: Buffer, added: readonly Header[]): Buffer {
  return added.length === 0 ? content : withHeaders(content, { before: added });
}

/** `mail` and `receipt` of what functions and topics are told. */
export function receiptDocument(
  letter: IncomingLetter,
  content: Buffer,
  step: ReceiptStep,
  nowMs: number,
): { mail: object; receipt: object } {
  const { messageId, from, to, receivedMs } = letter;
  const timestamp = isoTime(receivedMs);
  return {
    mail: { timestamp, source: from, messageId, destination: to, ...headerMembers(headersOf(content), from) },
    receipt: {
      timestamp,
      processingTimeMillis: nowMs - receivedMs,
      recipients: step.recipients,
      ...VERDICTS,
      action: shownAction(step.action, messageId),
    },
  };
}

/** Nothing is looked for in letters here, and nothing is asked of the DNS: AWS's words for both. */
const VERDICTS = {
  spamVerdict: { status: 'DISABLED' },
  virusVerdict: { status: 'DISABLED' },
  spfVerdict: { status: 'PROCESSING_FAILED' },
  dkimVerdict: { status: 'PROCESSING_FAILED' },
  dmarcVerdict: { status: 'PROCESSING_FAILED' },
};

export function objectKeyOf({ prefix }: Extract<ReceiptAction, { kind: 's3' }>, messageId: string): string {
  return `${prefix}${messageId}`;
}

function shownAction(action: ReceiptAction, messageId: string): object {
  const topic = 'topic' in action && action.topic !== undefined ? { topicArn: action.topic } : {};
  switch (action.kind) {
    case 's3': {
      const { bucket, prefix } = action;
      const objectKey = objectKeyOf(action, messageId);
      return { type: 'S3', ...topic, bucketName: bucket, objectKeyPrefix: prefix, objectKey };
    }
    case 'lambda': {
      const invocationType = action.waits ? 'RequestResponse' : 'Event';
      return { type: 'Lambda', ...topic, functionArn: action.arn, invocationType };
    }
    case 'sns':
      return { type: 'SNS', ...topic, encoding: action.encoding === 'Base64' ? 'BASE64' : 'UTF8' };
    case 'bounce': {
      const { code: smtpReplyCode, status: statusCode, message, sender } = action;
      return { type: 'Bounce', ...topic, smtpReplyCode, statusCode, message, sender };
    }
    case 'stop':
      return { type: 'Stop', ...topic };
    case 'add-header':
      return { type: 'AddHeader' };
  }
}
