/** What a sender says of a message beside its body. */
export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, alone or with a label of the sender's: `Number.int`. */
  readonly type: string;
  /** Text, or base64 for those of a Binary type. */
  readonly value: string;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined;
  /** Who sends it: an account or the user id of a role's session. */
  readonly senderId: string;
  readonly traceHeader?: string | undefined;
  /** Undefined: the queue's own delay. FIFO queues have only that. */
  readonly delayMs?: number | undefined;
  /** FIFO queues: required. Others only pass it on. */
  readonly group?: string | undefined;
  /** FIFO queues only. Undefined: from the body, where the queue is set so. */
  readonly deduplicationId?: string | undefined;
  /** Not for FIFO queues: one of our own services sends it, and no second one of this name is stored within five minutes. */
  readonly once?: string | undefined;
}

export interface SentMessage {
  readonly id: string;
  /** FIFO queues only: 20 digits, ascending. */
  readonly sequenceNumber: string | undefined;
}

/** A message as it lies in a queue. */
export interface Message {
  /** Order of arrival in its queue; also the identity of the stored message. */
  readonly sequence: number;
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>> | undefined;
  readonly senderId: string;
  readonly traceHeader: string | undefined;
  readonly sentMs: number;
  readonly visibleAtMs: number;
  readonly receiveCount: number;
  /** Undefined until the first receive. */
  readonly firstReceivedMs: number | undefined;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
  /** The queue from which it came here as a dead letter. */
  readonly deadLetterSourceArn: string | undefined;
}

export interface ReceivedMessage extends Message {
  /** Good for this receive only. */
  readonly receiptHandle: string;
}

/** 20 digits, as AWS's: those of later messages are greater. */
export function sequenceNumber(sequence: number): string {
  return `1${String(sequence).padStart(19, '0')}`;
}

/** Characters that XML cannot hold. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Whether a message, or an attribute of one, may hold the text (SendMessage, SQS API reference). */
export function isAllowedText(text: string): boolean {
  return !FORBIDDEN.test(text);
}
