import { type Constraint, length, pattern } from '../../../wire/validation.ts';

// How functions and what belongs to them may be named: as recorded (lambda-facts 2), else as the API's model has it.

export const REGION = '(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}';

const PREFIX = `(arn:(aws[a-zA-Z-]*)?:lambda:)?(${REGION}:)?(\\d{12}:)?(function:)?`;

/** A function in any form, with or without a qualifier. */
export const FUNCTION_NAME: readonly Constraint[] = [
  length(1, 140),
  pattern(`${PREFIX}([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`),
];

/** The same where the operation belongs to another namespace too: names may have dots, and be longer. */
export const NAMESPACED_FUNCTION_NAME: readonly Constraint[] = [
  length(1, 256),
  pattern(`${PREFIX}([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`),
];

export const UNQUALIFIED_FUNCTION_NAME: readonly Constraint[] = [length(1, 140), pattern(`${PREFIX}([a-zA-Z0-9-_]+)`)];

export const URL_FUNCTION_NAME: readonly Constraint[] = [
  length(1, 140),
  pattern(`${PREFIX}([a-zA-Z0-9-_]{1,64})(:((?!\\d+$)[0-9a-zA-Z-_]+))?`),
];

export const QUALIFIER: readonly Constraint[] = [length(1, 128), pattern('\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+')];

export const PROVISIONED_QUALIFIER: readonly Constraint[] = [length(1, 128), pattern('(|[a-zA-Z0-9$_-]+)')];

/** Only an alias: a version cannot have a URL. */
export const URL_QUALIFIER: readonly Constraint[] = [length(1, 128), pattern('((?!^\\d+$)^[0-9a-zA-Z-_]+$)')];

export const VERSION: readonly Constraint[] = [length(1, 1_024), pattern('(\\$LATEST(\\.PUBLISHED)?|[0-9]+)')];
