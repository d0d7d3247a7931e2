import { AwsError } from '../../../wire/aws-error.ts';
import type { Constraints } from '../../../wire/service.ts';
import {
  type Check,
  elements,
  length,
  oneOf,
  pattern,
  range,
  required,
  validationMessage,
  violations,
} from '../../../wire/validation.ts';

// Lengths, ranges and patterns: IAM's API model.

const PATH = [length(1, 512), pattern('(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)')];
const POLICY_PATH = [length(1, 512), pattern('((/[A-Za-z0-9\\.,\\+@=_-]+)*)/')];
const DOCUMENT = [required, length(1, 131_072), pattern('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+')];
const DESCRIPTION = [length(0, 1_000), pattern('[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*')];
const ARN = [length(20, 2_048)];
const SESSION_SECONDS = [range(3_600, 43_200)];
const POLICY_USAGE = [oneOf(['PermissionsPolicy', 'PermissionsBoundary'])];

const TAGS = [length(0, 50)];
const TAG_KEY = [length(1, 128), pattern('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+')];
const TAG_VALUE = [length(0, 256), pattern('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*')];
const TAG = { key: [required, ...TAG_KEY], value: [required, ...TAG_VALUE] };
const TAG_KEYS = [required, length(0, 50), elements(...TAG_KEY)];

const ROLE = { roleName: [required, length(1, 64), pattern('[\\w+=,.@-]+')] };
const POLICY_NAME = { policyName: [required, length(1, 128), pattern('[\\w+=,.@-]+')] };
const POLICY = { policyArn: [required, ...ARN] };
const VERSION = { ...POLICY, versionId: [required, pattern('v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?')] };
const PAGE = { marker: [length(1, 320), pattern('[\\u0020-\\u00FF]+')], maxItems: [range(1, 1_000)] };

export const IAM_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-iam')> = {
  CreateRole: {
    path: PATH,
    ...ROLE,
    assumeRolePolicyDocument: DOCUMENT,
    description: DESCRIPTION,
    maxSessionDuration: SESSION_SECONDS,
    permissionsBoundary: ARN,
    tags: TAGS,
    'tags.*': TAG,
  },
  GetRole: ROLE,
  ListRoles: { pathPrefix: [length(1, 512), pattern('\\u002F[\\u0021-\\u007F]*')], ...PAGE },
  UpdateRole: { ...ROLE, description: DESCRIPTION, maxSessionDuration: SESSION_SECONDS },
  UpdateRoleDescription: { ...ROLE, description: [required, ...DESCRIPTION] },
  UpdateAssumeRolePolicy: { ...ROLE, policyDocument: DOCUMENT },
  DeleteRole: ROLE,
  PutRolePermissionsBoundary: { ...ROLE, permissionsBoundary: [required, ...ARN] },
  DeleteRolePermissionsBoundary: ROLE,
  TagRole: { ...ROLE, tags: [required, ...TAGS], 'tags.*': TAG },
  UntagRole: { ...ROLE, tagKeys: TAG_KEYS },
  ListRoleTags: { ...ROLE, ...PAGE },
  ListInstanceProfilesForRole: { ...ROLE, ...PAGE },

  PutRolePolicy: { ...ROLE, ...POLICY_NAME, policyDocument: DOCUMENT },
  GetRolePolicy: { ...ROLE, ...POLICY_NAME },
  ListRolePolicies: { ...ROLE, ...PAGE },
  DeleteRolePolicy: { ...ROLE, ...POLICY_NAME },

  CreatePolicy: {
    ...POLICY_NAME,
    path: POLICY_PATH,
    policyDocument: DOCUMENT,
    description: [length(0, 1_000)],
    tags: TAGS,
    'tags.*': TAG,
  },
  GetPolicy: POLICY,
  ListPolicies: {
    scope: [oneOf(['All', 'AWS', 'Local'])],
    pathPrefix: POLICY_PATH,
    policyUsageFilter: POLICY_USAGE,
    ...PAGE,
  },
  DeletePolicy: POLICY,
  TagPolicy: { ...POLICY, tags: [required, ...TAGS], 'tags.*': TAG },
  UntagPolicy: { ...POLICY, tagKeys: TAG_KEYS },
  ListPolicyTags: { ...POLICY, ...PAGE },

  CreatePolicyVersion: { ...POLICY, policyDocument: DOCUMENT },
  GetPolicyVersion: VERSION,
  ListPolicyVersions: { ...POLICY, ...PAGE },
  SetDefaultPolicyVersion: VERSION,
  DeletePolicyVersion: VERSION,

  AttachRolePolicy: { ...ROLE, ...POLICY },
  DetachRolePolicy: { ...ROLE, ...POLICY },
  ListAttachedRolePolicies: { ...ROLE, pathPrefix: POLICY_PATH, ...PAGE },
  ListEntitiesForPolicy: {
    ...POLICY,
    entityFilter: [oneOf(['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'])],
    pathPrefix: PATH,
    policyUsageFilter: POLICY_USAGE,
    ...PAGE,
  },
};

/** Throws ValidationError. IAM tells where a constraint is broken, and keeps the value to itself. */
export function validateIam(checks: readonly Check[]): void {
  const broken = violations(checks, { values: 'untold' });
  if (broken.length > 0) throw invalid(validationMessage(broken));
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
