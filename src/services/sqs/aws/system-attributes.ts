import { type ReceivedMessage, sequenceNumber } from '../message.ts';

/** What the queue says of a message, by AWS's names. */
export function systemAttributes(message: ReceivedMessage) {
  const { deduplicationId, firstReceivedMs } = message;
  return {
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(firstReceivedMs),
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentMs),
    // Only messages of FIFO queues have an id for deduplication.
    SequenceNumber: deduplicationId === undefined ? undefined : sequenceNumber(message.sequence),
    MessageDeduplicationId: deduplicationId,
    MessageGroupId: message.group,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSourceArn,
  };
}
