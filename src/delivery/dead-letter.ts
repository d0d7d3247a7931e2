import type { MessageAttribute } from './message.ts';
import type { Posted } from './outbox.ts';
import { Undeliverable, type UndeliverableKind } from './undeliverable.ts';

/** Why a delivery was given up. */
export interface GivenUp {
  readonly error: unknown;
  readonly attempts: number;
  /** The limit that was reached; undefined: no attempt could have helped. */
  readonly exhausted: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | undefined;
}

/** AWS's codes where it documents them ("Using dead-letter queues to process undelivered events", user guide). */
const CODES: Readonly<Record<UndeliverableKind, string>> = {
  'no-such-target': 'NO_RESOURCE',
  'unsupported-target': 'NO_RESOURCE',
  denied: 'NO_PERMISSIONS',
  refused: 'SDK_CLIENT_ERROR',
  unavailable: 'INTERNAL_ERROR',
};

/** The limit of a message's attributes leaves no room for more. */
const ERROR_CHARACTERS_MAX = 1_024;

/** What goes to the dead-letter queue of a delivery that was given up; undefined: it has none. */
export function deadLetterOf(posted: Posted, { error, attempts, exhausted }: GivenUp): Posted | undefined {
  const { deadLetters, message, arn, from } = posted;
  if (deadLetters === undefined) return undefined;
  const texts: Record<string, string> = {
    ...deadLetters.attributes,
    TARGET_ARN: arn,
    ERROR_CODE: error instanceof Undeliverable ? CODES[error.kind] : CODES.unavailable,
    ERROR_MESSAGE: (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS_MAX) || '-',
    RETRY_ATTEMPTS: String(attempts - 1),
    ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: exhausted }),
  };
  const attributes = Object.fromEntries(
    Object.entries(texts).map(([name, value]): [string, MessageAttribute] => [name, { type: 'String', value }]),
  );
  const { body, traceHeader } = message;
  return { arn: deadLetters.arn, message: { body, attributes, traceHeader }, from, purpose: 'dead-letter' };
}
