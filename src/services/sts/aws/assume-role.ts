import type { AssumeRoleRequest } from '@aws-sdk/client-sts';
import type { IdentityVerdict, RoleCredentials, RoleSessionRequest } from '../../../identity/index.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import { unsupported } from '../../../wire/select.ts';
import type { Constraints, Operation, Principal, RequestContext } from '../../../wire/service.ts';
import { elements, length, pattern, range, required } from '../../../wire/validation.ts';
import { type AssumeRoleRefusal, decideAssumeRole, type RolesPort } from '../assume-role.ts';

type Client = typeof import('@aws-sdk/client-sts');

const SECONDS_DEFAULT = 3_600; // STS API reference, AssumeRole.

/** What a request may say and we have no answer to yet; what narrows a session's permissions must not be ignored. */
const UNSUPPORTED = [
  'Policy',
  'PolicyArns',
  'Tags',
  'TransitiveTagKeys',
  'SerialNumber',
  'TokenCode',
  'SourceIdentity',
  'ProvidedContexts',
] as const satisfies readonly (keyof AssumeRoleRequest)[];

// Lengths, ranges and patterns: STS's API model.

const ARN = [
  length(20, 2_048),
  pattern('[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+'),
];

const TAG_KEY = [length(1, 128), pattern('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+')];

export const ASSUME_ROLE_CONSTRAINTS: Constraints<Client> = {
  AssumeRole: {
    roleArn: [required, ...ARN],
    roleSessionName: [required, length(2, 64), pattern('[\\w+=,.@-]*')],
    durationSeconds: [range(900, 43_200)],
    externalId: [length(2, 1_224), pattern('[\\w+=,.@:\\/-]*')],
    'policyArns.*': { arn: ARN },
    policy: [length(1, Number.POSITIVE_INFINITY), pattern('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+')],
    tags: [length(0, 50)],
    'tags.*': {
      key: [required, ...TAG_KEY],
      value: [required, length(0, 256), pattern('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*')],
    },
    transitiveTagKeys: [length(0, 50), elements(...TAG_KEY)],
    serialNumber: [length(9, 256), pattern('[\\w+=/:,.@-]*')],
    tokenCode: [length(6, 6), pattern('[\\d]*')],
    sourceIdentity: [length(2, 64), pattern('[\\w+=,.@-]*')],
    providedContexts: [length(1, 5)],
    'providedContexts.*': { providerArn: ARN, contextAssertion: [length(4, 2_048)] },
    minimumSessionTokenSize: [range(0, 4_096)],
  },
};

/** `issue`: makes a session's credentials. `judge`: what the caller's own policies say. */
export function assumeRole(
  roles: RolesPort,
  issue: (request: RoleSessionRequest) => RoleCredentials,
  judge: (by: RequestContext, roleArn: string) => IdentityVerdict,
): Operation<Client, 'AssumeRole'> {
  return (input, context) => {
    const { principal } = context;
    assertSupported(input);
    const { RoleArn: roleArn = '', RoleSessionName: sessionName = '', DurationSeconds = SECONDS_DEFAULT } = input;
    const { account, arn } = principal;
    const caller = { account, arn, permission: judge(context, roleArn), externalId: input.ExternalId };
    const decision = decideAssumeRole({ roleArn, durationSeconds: DurationSeconds, caller }, roles);
    if (decision.kind !== 'granted') throw refusalToAws(decision, roleArn, principal);
    const durationMs = DurationSeconds * 1_000;
    const session = issue({ roleArn, sessionName, durationMs, account: decision.account, roleId: decision.roleId });
    return {
      Credentials: {
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        SessionToken: session.sessionToken,
        // AWS tells whole seconds; rounded down, so that nobody relies on credentials that have just ended.
        Expiration: new Date(Math.floor(session.expirationMs / 1_000) * 1_000),
      },
      AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    };
  };
}

function assertSupported(input: AssumeRoleRequest): void {
  const asked = UNSUPPORTED.find((name) => {
    const value = input[name];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (asked !== undefined) throw unsupported(`${asked} of AssumeRole`);
}

function refusalToAws({ kind }: AssumeRoleRefusal, roleArn: string, { arn }: Principal): AwsError {
  switch (kind) {
    case 'no-role-arn':
      return new AwsError('ValidationException', `${roleArn} is invalid`);
    case 'not-authorized':
      return new AwsError(
        'AccessDeniedException',
        `User: ${arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      );
    case 'too-long-for-role':
      return new AwsError(
        'ValidationException',
        'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      );
    case 'too-long-for-chain':
      return new AwsError(
        'ValidationException',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
      );
  }
}
