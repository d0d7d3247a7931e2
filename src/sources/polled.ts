import type { Mapping, SourceKind } from './mapping.ts';

const NAMES: Readonly<Record<SourceKind, string>> = {
  sqs: 'Amazon SQS queues',
  kinesis: 'Kinesis streams',
  dynamodb: 'DynamoDB streams',
  msk: 'Amazon MSK clusters',
  kafka: 'Kafka clusters',
  mq: 'Amazon MQ brokers',
  documentdb: 'DocumentDB clusters',
};

/** Says that nothing comes out of such a mapping: whoever waits for it should not have to search for the reason. */
export const notPolled = (kind: SourceKind): string => `Lambent does not poll ${NAMES[kind]} yet.`;

/** How the last attempt to poll went, for people; undefined: there was none, and none is due. */
export function lastResult({ source, enabled }: Pick<Mapping, 'source' | 'enabled'>): string | undefined {
  if (enabled) return `PROBLEM: ${notPolled(source.kind)}`;
  // As AWS shows a stream from which nothing was read (lambda-facts 13.1).
  return source.kind === 'sqs' ? undefined : 'No records processed';
}
