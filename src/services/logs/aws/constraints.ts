import { AwsError } from '../../../wire/aws-error.ts';
import {
  type Check,
  type Constraint,
  elements,
  length,
  oneOf,
  pattern,
  range,
  required,
  validationMessage,
  violations,
} from '../../../wire/validation.ts';

/** Constraints of CloudWatch Logs' members (API reference), by their names. */
const CONSTRAINTS = {
  logGroupName: [length(1, 512), pattern('[\\.\\-_/#A-Za-z0-9]+')],
  logGroupNamePrefix: [length(1, 512), pattern('[\\.\\-_/#A-Za-z0-9]+')],
  logGroupNamePattern: [length(0, 512), pattern('[\\.\\-_/#A-Za-z0-9]*')],
  logGroupIdentifier: [length(1, 2048), pattern('[\\w#+=/:,.@-]*')],
  logStreamName: [length(1, 512), pattern('[^:*]*')],
  logStreamNamePrefix: [length(1, 512), pattern('[^:*]*')],
  logStreamNames: [length(1, 100), elements(length(1, 512), pattern('[^:*]*'))],
  filterPattern: [length(0, 1024)],
  orderBy: [oneOf(['LogStreamName', 'LastEventTime'])],
  retentionInDays: [
    oneOf(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653].map(
        String,
      ),
    ),
  ],
  logEvents: [length(1, 10_000)],
  message: [length(1, Number.POSITIVE_INFINITY)],
  timestamp: [range(0, Number.POSITIVE_INFINITY)],
  startTime: [range(0, Number.POSITIVE_INFINITY)],
  endTime: [range(0, Number.POSITIVE_INFINITY)],
  nextToken: [length(1, Number.POSITIVE_INFINITY)],
  resourceArn: [length(1, 1011), pattern('[\\w+=/:,.@-]*')],
} satisfies Record<string, readonly Constraint[]>;

type Constrained = keyof typeof CONSTRAINTS;

/** A page of events. */
export const EVENTS_LIMIT = range(1, 10_000);
/** A page of groups or streams. */
export const LIST_LIMIT = range(1, 50);

/** The check of a member that has the name of its constraints, or stands at another path. */
export function checkOf(name: Constrained, value: unknown, path: string = name): Check {
  return { path, value, constraints: CONSTRAINTS[name] };
}

export function checkRequired(name: Constrained, value: unknown, path: string = name): Check {
  return { path, value, constraints: [required, ...CONSTRAINTS[name]] };
}

export function limitCheck(value: unknown, limit: Constraint): Check {
  return { path: 'limit', value, constraints: [limit] };
}

/** Throws InvalidParameterException, the code that CloudWatch Logs has for every broken constraint. */
export function validateLogs(checks: readonly Check[]): void {
  const broken = violations(checks);
  if (broken.length > 0) throw invalidParameter(validationMessage(broken));
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
