import type { Message, MessageAttribute } from '../../delivery/message.ts';
import { Undeliverable, type UndeliverableKind } from '../../delivery/undeliverable.ts';
import { type Occasion, secondOf } from './occasion.ts';
import { operationOf } from './outgoing.ts';

/** Why a fire was not delivered. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** The limit that was reached; undefined: no attempt could have helped. */
  readonly exhausted: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined;
  readonly retries: number;
}

/** What each service answers, by the operation that AWS would have called. */
const CODES: Readonly<Record<string, Partial<Record<UndeliverableKind, string>>>> = {
  sqs: {
    'no-such-target': 'AWS.SimpleQueueService.NonExistentQueue',
    denied: 'AccessDenied',
    refused: 'InvalidParameterValue',
  },
  sns: { 'no-such-target': 'NotFound', denied: 'AuthorizationError', refused: 'InvalidParameter' },
  lambda: {
    'no-such-target': 'ResourceNotFoundException',
    denied: 'AccessDeniedException',
    refused: 'InvalidParameterValueException',
  },
  eventbridge: {
    'no-such-target': 'ResourceNotFoundException',
    denied: 'AccessDeniedException',
    refused: 'ValidationException',
  },
};
/** For what is no answer of a target (User Guide, "Retrieve the dead-letter event"). */
const OURS = {
  code: 'AWS.Scheduler.InternalServerError',
  message: 'Unexpected error occurred while processing the request',
};

/** The limit of a message leaves no room for more. */
const MESSAGE_CHARACTERS_MAX = 1_024;

export function reasonOf(error: unknown, targetArn: string): Pick<Failure, 'code' | 'message'> {
  if (!(error instanceof Undeliverable)) return OURS;
  const code = CODES[operationOf(targetArn)?.service ?? '']?.[error.kind];
  return { code: code ?? OURS.code, message: error.message.slice(0, MESSAGE_CHARACTERS_MAX) };
}

/** What the dead-letter queue gets. `body`: what the target was to get. */
export function deadLetter(body: Buffer, targetArn: string, occasion: Occasion, failure: Failure): Message {
  const operation = operationOf(targetArn);
  const texts: Readonly<Record<string, string | undefined>> = {
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: failure.message,
    EXECUTION_ID: occasion.executionId,
    EXHAUSTED_RETRY_CONDITION: failure.exhausted,
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(failure.retries),
    SCHEDULED_TIME: secondOf(occasion.scheduledMs),
    SCHEDULE_ARN: occasion.scheduleArn,
    TARGET_ARN:
      operation === undefined ? targetArn : `arn:aws:scheduler:::aws-sdk:${operation.service}:${operation.operation}`,
  };
  const attributes: Record<string, MessageAttribute> = {};
  for (const [name, value] of Object.entries(texts)) {
    if (value !== undefined) attributes[name] = { type: 'String', value };
  }
  return { body, attributes };
}
