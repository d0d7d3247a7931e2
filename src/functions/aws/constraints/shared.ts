import { type Constraint, keys, length, pattern, range, values } from '../../../wire/validation.ts';
import { REGION } from './names.ts';

const ARN_LENGTH = length(0, 10_000);

/** An ARN of any service. */
export const ARN: readonly Constraint[] = [
  ARN_LENGTH,
  pattern(`arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(${REGION})?:(\\d{12})?:(.*)`),
];

/** An empty text takes away what was set before. */
export const ARN_OR_NOTHING: readonly Constraint[] = [ARN_LENGTH, pattern('(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()')];

/** Of mappings and of event-invoke configurations. */
export const DESTINATION: readonly Constraint[] = [
  length(0, 350),
  pattern(
    `$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(${REGION})?:(\\d{12})?:(.*)`,
  ),
];

export const ROLE_ARN: readonly Constraint[] = [
  ARN_LENGTH,
  pattern('arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+'),
];

export const CODE_SIGNING_CONFIG_ARN: readonly Constraint[] = [
  length(0, 200),
  pattern(`arn:(aws[a-zA-Z-]*)?:lambda:${REGION}:\\d{12}:code-signing-config:csc-[a-z0-9]{17}`),
];

/** As recorded (lambda-facts 14). */
export const LAYER_VERSION_ARN: readonly Constraint[] = [
  length(1, 2_048),
  pattern(
    `(arn:(aws[a-zA-Z-]*)?:lambda:${REGION}:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)`,
  ),
];

export const DESCRIPTION: readonly Constraint[] = [length(0, 256)];

export const STATEMENT_ID: readonly Constraint[] = [length(1, 100), pattern('([a-zA-Z0-9-_]+)')];

export const ARCHITECTURES: readonly string[] = ['x86_64', 'arm64'];
export const SYSTEM_LOG_LEVELS: readonly string[] = ['DEBUG', 'INFO', 'WARN'];
export const URL_AUTH_TYPES: readonly string[] = ['NONE', 'AWS_IAM'];

/** Of lists of functions, versions, aliases, mappings and code signing configurations. */
export const MAX_ITEMS: readonly Constraint[] = [range(1, 10_000)];

/** Of all other lists: no more than a page has. */
export const MAX_ITEMS_OF_PAGE: readonly Constraint[] = [range(1, 50)];

const TAG_TEXT = pattern('([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)');

export const TAG_KEY: readonly Constraint[] = [length(1, 128), TAG_TEXT];

export const TAGS: readonly Constraint[] = [keys(...TAG_KEY), values(length(0, 256), TAG_TEXT)];
