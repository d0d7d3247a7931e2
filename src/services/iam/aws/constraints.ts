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

const NAME = '[\\w+=,.@-]+';
const DOCUMENT = '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+';
const PATH = '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)';
const POLICY_PATH = '((/[A-Za-z0-9\\.,\\+@=_-]+)*)/';
const TAG_KEY = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+';
const TAG_VALUE = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*';
const TAGS_MAX = 50;

/** Constraints of IAM's members (API model), by their names. */
const CONSTRAINTS = {
  path: [length(1, 512), pattern(PATH)],
  policyPath: [length(1, 512), pattern(POLICY_PATH)],
  pathPrefix: [length(1, 512), pattern('\\u002F[\\u0021-\\u007F]*')],
  roleName: [length(1, 64), pattern(NAME)],
  policyName: [length(1, 128), pattern(NAME)],
  assumeRolePolicyDocument: [length(1, 131_072), pattern(DOCUMENT)],
  policyDocument: [length(1, 131_072), pattern(DOCUMENT)],
  description: [length(0, 1_000), pattern('[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*')],
  policyDescription: [length(0, 1_000)],
  maxSessionDuration: [range(3_600, 43_200)],
  permissionsBoundary: [length(20, 2_048)],
  policyArn: [length(20, 2_048)],
  versionId: [pattern('v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?')],
  scope: [oneOf(['All', 'AWS', 'Local'])],
  policyUsageFilter: [oneOf(['PermissionsPolicy', 'PermissionsBoundary'])],
  entityFilter: [oneOf(['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'])],
  marker: [length(1, 320), pattern('[\\u0020-\\u00FF]+')],
  maxItems: [range(1, 1_000)],
  tags: [length(0, TAGS_MAX)],
  tagKeys: [length(0, TAGS_MAX), elements(length(1, 128), pattern(TAG_KEY))],
} satisfies Record<string, readonly Constraint[]>;

type Constrained = keyof typeof CONSTRAINTS;

export function checkOf(name: Constrained, value: unknown, path: string = name): Check {
  return { path, value, constraints: CONSTRAINTS[name] };
}

export function checkRequired(name: Constrained, value: unknown, path: string = name): Check {
  return { path, value, constraints: [required, ...CONSTRAINTS[name]] };
}

/** The list, and each of its tags at a path of its own: `tags.1.member.key`. */
export function tagChecks(tags: readonly { Key?: string; Value?: string }[] | undefined): Check[] {
  const each = (tags ?? []).slice(0, TAGS_MAX).flatMap(({ Key, Value }, at) => [
    { path: `tags.${at + 1}.member.key`, value: Key, constraints: [required, length(1, 128), pattern(TAG_KEY)] },
    { path: `tags.${at + 1}.member.value`, value: Value, constraints: [required, length(0, 256), pattern(TAG_VALUE)] },
  ]);
  return [checkOf('tags', tags), ...each];
}

/** Throws ValidationError. IAM tells where a constraint is broken, and keeps the value to itself. */
export function validateIam(checks: readonly Check[]): void {
  const broken = violations(checks, { values: 'untold' });
  if (broken.length > 0) throw invalid(validationMessage(broken));
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
