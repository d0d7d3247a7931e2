import { parseArn } from '../../delivery/arn.ts';
import { parsedJson } from '../../lib/json-flaw.ts';
import type { QueueMessage } from './source-queues.ts';

/** A message as the function gets it, in `Records` of its event (lambda-facts 13.3; "Using Lambda with Amazon SQS"). */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, RecordAttribute>>;
  readonly md5OfMessageAttributes?: string | undefined;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

interface RecordAttribute {
  readonly stringValue?: string | undefined;
  /** Base64. */
  readonly binaryValue?: string | undefined;
  /** Always empty, as SQS has no lists. */
  readonly stringListValues: readonly never[];
  readonly binaryListValues: readonly never[];
  readonly dataType: string;
}

export function queueRecord(message: QueueMessage, arn: string): QueueRecord {
  return {
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.system,
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, { type, value }]) => [
        name,
        {
          ...(type.startsWith('Binary') ? { binaryValue: value } : { stringValue: value }),
          stringListValues: [],
          binaryListValues: [],
          dataType: type,
        },
      ]),
    ),
    md5OfMessageAttributes: message.attributesMd5,
    md5OfBody: message.bodyMd5,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: parseArn(arn)?.region ?? '',
  };
}

/**
 * The record as filters look at it: a body that is JSON is looked into, any other one is a text. So a pattern of fields never
 * matches a text, and a pattern of texts never matches JSON, and what does not match is dropped ("Properly filtering Amazon
 * SQS messages" of the guide).
 */
export function filteredRecord(record: QueueRecord): unknown {
  return { ...record, body: looked(record.body) };
}

function looked(body: string): unknown {
  const first = body.trimStart().charAt(0);
  if (first !== '{' && first !== '[') return body;
  // A text that only begins like JSON stays a text.
  const json = parsedJson(body);
  return json === undefined ? body : json.value;
}
