import type { Message as AwsMessage, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { traceHeader } from '../../../wire/trace-header.ts';
import type { OutgoingMessage, ReceivedMessage, SentMessage } from '../message.ts';
import type { Ask, Queues } from '../queues.ts';
import { SqsRefused } from '../refusal.ts';
import { attributesDigest, bodyDigest } from './attribute-digest.ts';
import { checkRange, given, invalidValue } from './errors.ts';
import {
  checkCharacters,
  readMessageAttributes,
  readTraceHeader,
  selectAttributes,
  writeMessageAttributes,
} from './message-attributes.ts';
import { reachedQueue } from './queue-url.ts';
import { systemAttributes } from './system-attributes.ts';

type Client = typeof import('@aws-sdk/client-sqs');

export function messageHandlers(queues: () => Queues): Handlers<Client> {
  return {
    async SendMessage(input, context) {
      const place = reachedQueue(context, input.QueueUrl, 'SendMessage');
      const message = readMessage(input, context);
      const [sent] = await queues().send(place, [message]);
      return describeSent(message, input, accepted(sent));
    },

    async ReceiveMessage(input, context) {
      const place = reachedQueue(context, input.QueueUrl, 'ReceiveMessage');
      const ask = readAsk(input);
      const messages = await queues().receive(place, ask, context.signal);
      const systemNames = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
      const names = input.MessageAttributeNames ?? [];
      // AWS leaves the member out when there is none.
      if (messages.length === 0) return {};
      return { Messages: messages.map((message) => describeReceived(message, systemNames, names)) };
    },

    async DeleteMessage({ QueueUrl, ReceiptHandle }, context) {
      const place = reachedQueue(context, QueueUrl, 'DeleteMessage');
      const [refused] = await queues().deleteMessages(place, [given(ReceiptHandle, 'ReceiptHandle')]);
      if (refused !== undefined) throw refused;
      return {};
    },

    async ChangeMessageVisibility({ QueueUrl, ReceiptHandle, VisibilityTimeout }, context) {
      const place = reachedQueue(context, QueueUrl, 'ChangeMessageVisibility');
      const change = readChange({ ReceiptHandle, VisibilityTimeout });
      const [refused] = await queues().changeVisibility(place, [change]);
      if (refused !== undefined) throw refused;
      return {};
    },
  };
}

/** What both ways to send have in common. */
export interface SendInput {
  readonly MessageBody?: string | undefined;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: Record<string, MessageAttributeValue> | undefined;
  readonly MessageSystemAttributes?: Partial<Record<'AWSTraceHeader', MessageAttributeValue>> | undefined;
  readonly MessageDeduplicationId?: string | undefined;
  readonly MessageGroupId?: string | undefined;
}

/**
 * A message as a request has it. Throws AWS's refusals. A trace that the sender is part of goes with it, by an attribute
 * or by the header of the request ("Amazon SQS and AWS X-Ray", X-Ray developer guide).
 */
export function readMessage(
  input: SendInput,
  { principal, headers }: Pick<RequestContext, 'principal' | 'headers'>,
): OutgoingMessage {
  const body = given(input.MessageBody, 'MessageBody');
  checkCharacters(body);
  const { DelaySeconds, MessageGroupId: group, MessageDeduplicationId: deduplicationId } = input;
  checkRange(DelaySeconds, 'DelaySeconds', { min: 0, max: 900, reason: 'DelaySeconds must be >= 0 and <= 900.' });
  checkId(group, 'MessageGroupId');
  checkId(deduplicationId, 'MessageDeduplicationId');
  return {
    body,
    attributes: readMessageAttributes(input.MessageAttributes),
    senderId: principal.userId,
    traceHeader: readTraceHeader(input.MessageSystemAttributes) ?? traceHeader(headers),
    delayMs: milliseconds(DelaySeconds),
    group,
    deduplicationId,
  };
}

/** The answer to an entry of a request, with digests of what was in it. */
export function describeSent({ body, attributes }: OutgoingMessage, input: SendInput, sent: SentMessage) {
  const trace = readTraceHeader(input.MessageSystemAttributes);
  const system = trace === undefined ? undefined : { AWSTraceHeader: { type: 'String', value: trace } };
  return {
    MD5OfMessageBody: bodyDigest(body),
    MD5OfMessageAttributes: attributesDigest(attributes),
    MD5OfMessageSystemAttributes: attributesDigest(system),
    MessageId: sent.id,
    SequenceNumber: sent.sequenceNumber,
  };
}

/** Throws AWS's refusals. */
export function readChange({
  ReceiptHandle,
  VisibilityTimeout,
}: {
  readonly ReceiptHandle?: string | undefined;
  readonly VisibilityTimeout?: number | undefined;
}): { handle: string; visibilityMs: number } {
  const handle = given(ReceiptHandle, 'ReceiptHandle');
  const seconds = given(VisibilityTimeout, 'VisibilityTimeout');
  checkRange(seconds, 'VisibilityTimeout', {
    ...VISIBILITY,
    reason: 'VisibilityTimeout must be an integer between 0 and 43200.',
  });
  return { handle, visibilityMs: seconds * 1_000 };
}

function readAsk(input: {
  readonly MaxNumberOfMessages?: number | undefined;
  readonly VisibilityTimeout?: number | undefined;
  readonly WaitTimeSeconds?: number | undefined;
  readonly ReceiveRequestAttemptId?: string | undefined;
}): Ask {
  const { MaxNumberOfMessages: countMax = 1, VisibilityTimeout, WaitTimeSeconds, ReceiveRequestAttemptId } = input;
  checkRange(countMax, 'MaxNumberOfMessages', { min: 1, max: 10, reason: 'Must be between 1 and 10, if provided.' });
  checkRange(WaitTimeSeconds, 'WaitTimeSeconds', { min: 0, max: 20, reason: 'Must be >= 0 and <= 20, if provided.' });
  checkRange(VisibilityTimeout, 'VisibilityTimeout', VISIBILITY);
  checkId(ReceiveRequestAttemptId, 'ReceiveRequestAttemptId');
  return {
    countMax,
    visibilityMs: milliseconds(VisibilityTimeout),
    waitMs: milliseconds(WaitTimeSeconds),
    attemptId: ReceiveRequestAttemptId,
  };
}

const VISIBILITY = { min: 0, max: 43_200, reason: 'Must be >= 0 and <= 43200, if provided.' };

function describeReceived(
  message: ReceivedMessage,
  systemNames: readonly string[],
  names: readonly string[],
): AwsMessage {
  const system = systemAttributes(message);
  const told = Object.entries(system).filter(
    ([name, value]) => value !== undefined && (systemNames.includes('All') || systemNames.includes(name)),
  );
  const attributes = selectAttributes(message.attributes, names);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: bodyDigest(message.body),
    Body: message.body,
    Attributes: told.length === 0 ? undefined : (Object.fromEntries(told) as Record<string, string>),
    MD5OfMessageAttributes: attributesDigest(attributes),
    MessageAttributes: attributes && writeMessageAttributes(attributes),
  };
}

function accepted(result: SentMessage | SqsRefused | undefined): SentMessage {
  if (result instanceof SqsRefused) throw result;
  if (result === undefined) throw new Error('a message was sent and not answered');
  return result;
}

/** "Up to 128 alphanumeric characters and punctuation" (SendMessage, SQS API reference). */
function checkId(id: string | undefined, parameter: string): void {
  if (id === undefined || /^[a-zA-Z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/.test(id)) return;
  throw invalidValue(
    id,
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
