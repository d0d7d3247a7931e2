import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { traceHeader } from '../../../wire/trace-header.ts';
import type { Draft } from '../publish.ts';
import type { Sns } from '../sns.ts';
import type { Topic } from '../topic.ts';
import { reachedTopic } from './access.ts';
import { attributesFromAws } from './message-attributes.ts';
import { invalid, notYet } from './words.ts';

type Client = typeof import('@aws-sdk/client-sns');

/** Of one message with its attributes, and of all of a batch (API reference, Publish). */
export const MESSAGE_BYTES_MAX = 262_144;
const BATCH_MAX = 10;
const SUBJECT_MAX = 100;

export function publishHandlers(sns: () => Sns): Handlers<Client> {
  return {
    async Publish(input, context) {
      if (input.PhoneNumber !== undefined) throw notYet('text messages to phones');
      if (input.TopicArn === undefined && input.TargetArn === undefined)
        throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
      const isOtherTarget =
        input.TopicArn === undefined && /^[^:]*:[^:]*:sns:[^:]*:[^:]*:endpoint\//.test(input.TargetArn ?? '');
      if (isOtherTarget) throw invalid('TargetArn Reason: No endpoint found for the target arn specified');
      const member = input.TopicArn === undefined && input.TargetArn !== undefined ? 'TargetArn' : 'TopicArn';
      const topic = reachedTopic(sns(), input.TopicArn ?? input.TargetArn, 'Publish', context, member);
      const draft = checkedDraft(topic, input, {
        attributesPath: 'messageAttributes',
        traceHeader: traceHeader(context.headers),
      });
      if (sizeOf(draft) > MESSAGE_BYTES_MAX) throw invalid('Message too long');
      const [published] = await sns().publish(topic, topic.name, [draft]);
      return { MessageId: published?.messageId, SequenceNumber: published?.sequenceNumber };
    },

    async PublishBatch({ TopicArn, PublishBatchRequestEntries: entries = [] }, context) {
      const topic = reachedTopic(sns(), TopicArn, 'Publish', context);
      checkIds(entries.map(({ Id = '' }) => Id));
      const drafts = entries.map((entry, at) =>
        checkedDraft(topic, entry, {
          attributesPath: `publishBatchRequestEntries.${at + 1}.member.messageAttributes`,
          traceHeader: traceHeader(context.headers),
        }),
      );
      if (drafts.reduce((sum, draft) => sum + sizeOf(draft), 0) > MESSAGE_BYTES_MAX) {
        throw new AwsError(
          'BatchRequestTooLongException',
          'The length of all the messages put together is more than the limit.',
        );
      }
      const published = await sns().publish(topic, topic.name, drafts);
      const Successful = published.map(({ messageId, sequenceNumber }, at) => ({
        Id: entries[at]?.Id,
        MessageId: messageId,
        SequenceNumber: sequenceNumber,
      }));
      return { Successful, Failed: [] };
    },
  };
}

interface MessageInput {
  readonly Message?: string | undefined;
  readonly Subject?: string | undefined;
  readonly MessageStructure?: string | undefined;
  readonly MessageAttributes?: Record<string, MessageAttributeValue> | undefined;
  readonly MessageGroupId?: string | undefined;
  readonly MessageDeduplicationId?: string | undefined;
}

function checkedDraft(
  topic: Topic,
  input: MessageInput,
  { attributesPath, traceHeader }: { attributesPath: string; traceHeader: string | undefined },
): Draft {
  const { Message = '', Subject, MessageGroupId, MessageDeduplicationId } = input;
  if (Subject !== undefined && !isSubject(Subject)) throw invalid('Subject');
  if (Message === '') throw invalid('Empty message');
  if (Buffer.byteLength(Message) > MESSAGE_BYTES_MAX) throw invalid('Message too long');
  checkOrder(topic, MessageGroupId, MessageDeduplicationId);
  const texts = input.MessageStructure === undefined || input.MessageStructure === '' ? undefined : textsOf(input);
  return {
    text: texts?.default ?? Message,
    texts,
    subject: Subject,
    attributes: attributesFromAws(input.MessageAttributes, attributesPath),
    groupId: MessageGroupId,
    deduplicationId: MessageDeduplicationId,
    traceHeader,
  };
}

/** ASCII text that begins with a letter, number or punctuation mark, without line breaks (API reference, Publish). */
function isSubject(subject: string): boolean {
  return subject.length <= SUBJECT_MAX && /^[\x21-\x7e][\x20-\x7e]*$/.test(subject);
}

const ORDER_ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

function checkOrder(
  { settings: { fifo } }: Topic,
  groupId: string | undefined,
  deduplicationId: string | undefined,
): void {
  if (groupId !== undefined && !ORDER_ID.test(groupId)) throw invalid('MessageGroupId');
  if (deduplicationId !== undefined && !ORDER_ID.test(deduplicationId)) throw invalid('MessageDeduplicationId');
  if (fifo === undefined) {
    if (deduplicationId === undefined) return;
    throw invalid(
      'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    );
  }
  if (groupId === undefined) throw invalid('The MessageGroupId parameter is required for FIFO topics');
  if (deduplicationId === undefined && !fifo.contentBasedDeduplication) {
    throw invalid(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
}

function textsOf({ Message = '', MessageStructure }: MessageInput): Record<string, string> {
  if (MessageStructure !== 'json') throw invalid('MessageStructure');
  const texts = parse(Message);
  if (typeof texts !== 'object' || texts === null || Array.isArray(texts))
    throw invalid('Message Structure - JSON message body failed to parse');
  if (typeof Reflect.get(texts, 'default') !== 'string')
    throw invalid('Message Structure - No default entry in JSON message body');
  // What is no text is left aside, as what is no protocol.
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => typeof text === 'string'));
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The caller refuses it in SNS's words.
  }
}

function checkIds(ids: readonly string[]): void {
  if (ids.length === 0) {
    throw new AwsError('EmptyBatchRequestException', "The batch request doesn't contain any entries.");
  }
  if (ids.length > BATCH_MAX) {
    throw new AwsError(
      'TooManyEntriesInBatchRequestException',
      'The batch request contains more entries than permissible.',
    );
  }
  if (new Set(ids).size < ids.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinctException',
      'Two or more batch entries in the request have the same Id.',
    );
  }
  for (const id of ids) {
    if (id.length > 80) {
      throw new AwsError(
        'InvalidBatchEntryIdException',
        `The Id of a batch entry in the batch request is too long: ${id}`,
      );
    }
    if (!/^[A-Za-z0-9_-]+$/.test(id)) {
      throw new AwsError(
        'InvalidBatchEntryIdException',
        `The Id of a batch entry in the batch request contains an impermissible character: ${id}`,
      );
    }
  }
}

/** Attributes count with their names and types. */
function sizeOf({ text, texts, attributes }: Draft): number {
  const message = texts === undefined ? Buffer.byteLength(text) : Buffer.byteLength(JSON.stringify(texts));
  return Object.entries(attributes).reduce(
    (sum, [name, { type, value }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(type) +
      (type.startsWith('Binary') ? Buffer.from(value, 'base64').length : Buffer.byteLength(value)),
    message,
  );
}
