import type { FunctionKey } from './function.ts';
import { Refused } from './refusal.ts';

/** Destinations as a caller gives them: an ARN, null for "none", undefined for nothing. */
export interface GivenDestinations {
  readonly onSuccess?: string | null | undefined;
  readonly onFailure?: string | null | undefined;
}

/** Whether there is such a function, with such a version or alias. */
export type FunctionExists = (key: FunctionKey, qualifier: string | undefined) => boolean;

const FUNCTION =
  /^arn:aws[a-zA-Z-]*:lambda:(?<region>[a-z0-9-]+):(?<account>\d{12}):function:(?<name>[a-zA-Z0-9-_]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?$/;

/** Standard queues and topics: AWS takes none in FIFO order for this. */
const TARGETS: readonly RegExp[] = [
  FUNCTION,
  /^arn:aws[a-zA-Z-]*:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9-_]{1,80}$/,
  /^arn:aws[a-zA-Z-]*:sns:[a-z0-9-]+:\d{12}:[a-zA-Z0-9-_]{1,256}$/,
  /^arn:aws[a-zA-Z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[/.a-zA-Z0-9-_]{1,256}$/,
];

const BUCKET = /^arn:aws[a-zA-Z-]*:s3:::[a-z0-9.-]{3,63}$/;

/**
 * Throws `Refused` for a destination that no record of an asynchronous invocation of `source` could go to (lambda-facts
 * 9.4). Queues, topics, buses and buckets, and functions of other accounts, are not looked up.
 */
export function assertDestinations(given: GivenDestinations, source: FunctionKey, exists: FunctionExists): void {
  const { onSuccess, onFailure } = given;
  const isPossible = (arn: string) => TARGETS.some((target) => target.test(arn));
  const successIsPossible = !onSuccess || isPossible(onSuccess);
  // AWS: "S3 buckets are supported only for on-failure destinations."
  const failureIsPossible = !onFailure || isPossible(onFailure) || BUCKET.test(onFailure);
  if (!successIsPossible || !failureIsPossible) {
    throw new Refused({ kind: 'destinations-unsupported', onSuccess, onFailure });
  }
  for (const arn of [onSuccess, onFailure]) {
    const target = FUNCTION.exec(arn ?? '')?.groups;
    if (arn && target !== undefined) assertFunction(arn, target, source, exists);
  }
}

function assertFunction(
  arn: string,
  target: Readonly<Record<string, string | undefined>>,
  source: FunctionKey,
  exists: FunctionExists,
): void {
  const { region = '', account = '', name = '', qualifier } = target;
  if (region === source.region && account === source.account && name === source.name) {
    throw new Refused({ kind: 'destination-is-source' });
  }
  // Nobody is told what there is in another account.
  if (account === source.account && !exists({ region, account, name }, qualifier))
    throw new Refused({ kind: 'no-such-destination', arn });
}
