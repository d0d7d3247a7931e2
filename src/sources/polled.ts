import type { SourceKind } from './mapping.ts';

/** Kinds that nobody polls yet. */
const NAMES = {
  kinesis: 'Kinesis streams',
  dynamodb: 'DynamoDB streams',
  msk: 'Amazon MSK clusters',
  kafka: 'Kafka clusters',
  mq: 'Amazon MQ brokers',
  documentdb: 'DocumentDB clusters',
} as const;

type NotPolled = keyof typeof NAMES;

export const isPolled = (kind: SourceKind): kind is Exclude<SourceKind, NotPolled> => !Object.hasOwn(NAMES, kind);

/** Says that nothing comes out of such a mapping: whoever waits for it should not have to search for the reason. */
export const notPolled = (kind: NotPolled): string => `Lambent does not poll ${NAMES[kind]} yet.`;
