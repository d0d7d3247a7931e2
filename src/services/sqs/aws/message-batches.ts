import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import type { Queues } from '../queues.ts';
import { SqsRefused } from '../refusal.ts';
import { messageBytes } from '../send-message.ts';
import { given, invalidParameter, missingParameter } from './errors.ts';
import { describeSent, readChange, readMessage, type SendInput } from './messages.ts';
import { reachedQueue } from './queue-url.ts';
import { refusalToAws } from './refusal-to-aws.ts';

type Client = typeof import('@aws-sdk/client-sqs');

const ENTRIES_MAX = 10;
/** "The maximum total payload is 1 MiB" (SendMessageBatch, SQS API reference). */
const BATCH_BYTES_MAX = 1_048_576;

export function batchHandlers(queues: () => Queues): Handlers<Client> {
  return {
    async SendMessageBatch({ QueueUrl, Entries }, context) {
      const place = reachedQueue(context, QueueUrl, 'SendMessage');
      const entries = checkEntries(Entries, 'SendMessage', context);
      const { settings } = queues().get(place);
      if (settings.fifo) for (const entry of entries) checkOrdered(entry, settings.deduplicatesContent);
      const { good, failed } = readEntries(entries, context, (input) => ({
        input,
        message: readMessage(input, context),
      }));
      checkBytes(good.map(({ value }) => messageBytes(value.message)));
      const results = await queues().send(
        place,
        good.map(({ value }) => value.message),
      );
      return answer(good, results, failed, context, ({ id, value }, sent) => ({
        Id: id,
        ...describeSent(value.message, value.input, sent),
      }));
    },

    async DeleteMessageBatch({ QueueUrl, Entries }, context) {
      const place = reachedQueue(context, QueueUrl, 'DeleteMessage');
      const entries = checkEntries(Entries, 'DeleteMessage', context);
      const { good, failed } = readEntries(entries, context, (entry) => given(entry.ReceiptHandle, 'ReceiptHandle'));
      const results = await queues().deleteMessages(
        place,
        good.map(({ value }) => value),
      );
      return answer(good, results, failed, context, ({ id }) => ({ Id: id }));
    },

    async ChangeMessageVisibilityBatch({ QueueUrl, Entries }, context) {
      const place = reachedQueue(context, QueueUrl, 'ChangeMessageVisibility');
      const entries = checkEntries(Entries, 'ChangeMessageVisibility', context);
      const { good, failed } = readEntries(entries, context, (entry) => readChange(entry));
      const results = await queues().changeVisibility(
        place,
        good.map(({ value }) => value),
      );
      return answer(good, results, failed, context, ({ id }) => ({ Id: id }));
    },
  };
}

interface Entry<Value> {
  readonly id: string;
  readonly value: Value;
}

/** Throws what refuses the batch as a whole: its size, and the ids of its entries. */
function checkEntries<Input extends { readonly Id?: string | undefined }>(
  entries: readonly Input[] | undefined,
  action: string,
  { headers }: Pick<RequestContext, 'headers'>,
): readonly Input[] {
  // A form cannot tell an empty list from none.
  if (entries === undefined && headers['x-amz-target'] !== undefined) throw missingParameter('Entries');
  if (entries === undefined || entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', `There should be at least one ${action}BatchRequestEntry in the request.`);
  }
  if (entries.length > ENTRIES_MAX) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${ENTRIES_MAX}. You have sent ${entries.length}.`,
    );
  }
  const seen = new Set<string>();
  for (const [at, { Id = '' }] of entries.entries()) {
    if (Id === '') throw missingParameter(`${action}BatchRequestEntry.${at + 1}.Id`);
    if (!/^[\w-]{1,80}$/.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (seen.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    seen.add(Id);
  }
  return entries;
}

/** Recorded: what a FIFO queue needs of every entry refuses the whole batch when it is missing in one. */
function checkOrdered({ MessageGroupId, MessageDeduplicationId }: SendInput, deduplicatesContent: boolean): void {
  if (MessageDeduplicationId === undefined && !deduplicatesContent) {
    throw invalidParameter(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  if (MessageGroupId === undefined) throw invalidParameter('The request must contain the parameter MessageGroupId.');
}

function checkBytes(sizes: readonly number[]): void {
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > BATCH_BYTES_MAX) {
    throw new AwsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`,
    );
  }
}

/** Reads every entry by itself: one that is refused does not hold up the others. */
function readEntries<Input extends { readonly Id?: string | undefined }, Value>(
  entries: readonly Input[],
  context: RequestContext,
  read: (entry: Input) => Value,
): { good: Entry<Value>[]; failed: BatchResultErrorEntry[] } {
  const good: Entry<Value>[] = [];
  const failed: BatchResultErrorEntry[] = [];
  for (const entry of entries) {
    const id = entry.Id ?? '';
    try {
      good.push({ id, value: read(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push(failure(id, error, context));
    }
  }
  return { good, failed };
}

function answer<Value, Result, Described>(
  entries: readonly Entry<Value>[],
  results: readonly (Result | SqsRefused)[],
  failed: readonly BatchResultErrorEntry[],
  context: RequestContext,
  describe: (entry: Entry<Value>, result: Result) => Described,
): { Successful: Described[]; Failed: BatchResultErrorEntry[] } {
  const Successful: Described[] = [];
  const Failed = [...failed];
  for (const [at, entry] of entries.entries()) {
    const result = results[at];
    if (result instanceof SqsRefused) Failed.push(failure(entry.id, result, context));
    // SAFE: there is one result for each entry, and those that are no refusals are results.
    else Successful.push(describe(entry, result as Result));
  }
  return { Successful, Failed };
}

function failure(id: string, error: AwsError | SqsRefused, context: RequestContext): BatchResultErrorEntry {
  const { code, message } = error instanceof SqsRefused ? refusalToAws(error.refusal, context) : error;
  return { Id: id, SenderFault: true, Code: QUERY_CODES[code] ?? code, Message: message };
}

/** Within an answer SQS has the codes of the query protocol in both protocols. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  InvalidParameterValueException: 'InvalidParameterValue',
  MissingRequiredParameterException: 'MissingParameter',
};
