import { AwsError } from '../../../wire/aws-error.ts';
import type { PolicyFlaw } from '../policy-flaw.ts';
import type { IamRefusal, Quota } from '../refusal.ts';

/** What AWS calls the quota. */
const QUOTAS: Readonly<Record<Quota, string>> = {
  roles: 'RolesPerAccount',
  policies: 'PoliciesPerAccount',
  'attached-policies': 'PoliciesPerRole',
  'trust-policy-characters': 'ACLSizePerRole',
  'policy-characters': 'PolicySize',
};

/** Who asked for what: refusals of access name both. */
export interface Asked {
  readonly callerArn: string;
  /** `iam:GetPolicy` */
  readonly action: string;
}

/** AWS's code and text for each refusal. The texts are as clients have recorded them. */
export function refusalToAws(refusal: IamRefusal, { callerArn, action }: Asked, cause: unknown): AwsError {
  const error = (code: string, message: string) => new AwsError(code, message, { cause });
  const missing = (message: string) => error('NoSuchEntityException', message);
  const conflict = (message: string) => error('DeleteConflictException', message);
  const limit = (message: string) => error('LimitExceededException', message);
  switch (refusal.kind) {
    case 'no-such-role':
      return missing(`The role with name ${refusal.name} cannot be found.`);
    case 'role-exists':
      return error('EntityAlreadyExistsException', `Role with name ${refusal.name} already exists.`);
    case 'no-such-role-policy':
      return missing(`The role policy with name ${refusal.name} cannot be found.`);
    case 'role-has-attached-policies':
      return conflict('Cannot delete entity, must detach all policies first.');
    case 'role-has-inline-policies':
      return conflict('Cannot delete entity, must delete policies first.');
    case 'no-such-policy':
      return missing(`Policy ${refusal.arn} was not found.`);
    case 'nothing-to-attach':
      return missing(`Policy ${refusal.arn} does not exist or is not attachable.`);
    case 'only-for-service-roles':
      return error('PolicyNotAttachableException', 'Cannot attach a Service Role Policy to a Customer Role.');
    case 'no-such-version':
      return missing(`Policy ${refusal.arn} version ${refusal.version} does not exist or is not attachable.`);
    case 'no-such-boundary':
      return missing(`Scope ARN: ${refusal.arn} does not exist or is not attachable.`);
    case 'not-a-boundary':
      return error('InvalidInputException', `ARN ${refusal.arn} is not valid.`);
    case 'not-an-arn':
      return error('ValidationException', `ARN ${refusal.arn} is not valid.`);
    case 'not-your-policy':
      return error(
        'AccessDeniedException',
        `User: ${callerArn} is not authorized to perform: ${action} on resource: policy ${refusal.arn}`,
      );
    case 'policy-exists':
      return error(
        'EntityAlreadyExistsException',
        `A policy called ${refusal.name} already exists. Duplicate names are not allowed.`,
      );
    case 'policy-attached':
      return conflict('Cannot delete a policy attached to entities.');
    case 'policy-has-versions':
      return conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    case 'default-version':
      return conflict('Cannot delete the default version of a policy.');
    case 'too-many-versions':
      return limit(
        `A managed policy can have up to ${refusal.countMax} versions. Before you create a new version, you must delete an existing version.`,
      );
    case 'inline-policies-too-large':
      return limit(`Maximum policy size of ${refusal.charactersMax} bytes exceeded for role ${refusal.role}`);
    case 'quota':
      return limit(`Cannot exceed quota for ${QUOTAS[refusal.quota]}: ${refusal.max}`);
    case 'duplicate-tags':
      return error(
        'InvalidInputException',
        'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      );
    case 'too-many-tags':
      return limit('The number of tags has reached the maximum limit.');
    case 'malformed-policy':
      return error('MalformedPolicyDocumentException', flawText(refusal.flaw));
  }
}

function flawText(flaw: PolicyFlaw): string {
  switch (flaw.kind) {
    case 'no-json':
      return 'This policy contains invalid Json';
    case 'syntax':
      return 'Syntax errors in policy.';
    case 'version':
      return 'Policy document must be version 2012-10-17 or greater.';
    case 'trust-version':
      return 'The policy must contain a valid version string';
    case 'legacy':
      return 'The policy failed legacy parsing';
    case 'sid-twice':
      return 'Statement IDs (SID) in a single policy must be unique.';
    case 'no-actions':
      return 'Policy statement must contain actions.';
    case 'no-resources':
      return 'Policy statement must contain resources.';
    case 'resource-form':
      return `Resource ${flaw.resource} must be in ARN format or "*".`;
    case 'resource-partition':
      return `Partition "${flaw.partition}" is not valid for resource "${fullArn(flaw.resource)}".`;
    case 'resource-vendor':
      return 'Resource vendor must be fully qualified and cannot contain regexes.';
    case 'action-without-vendor':
      return 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
    case 'action-with-colons':
      return 'Actions/Condition can contain only one colon.';
    case 'action-vendor':
      return `Vendor ${flaw.vendor} is not valid`;
    case 'has-principal':
      return 'Policy document should not specify a principal.';
    case 'unknown-field':
      return `Unknown field ${flaw.field}`;
    case 'missing-field':
      return `Missing required field ${flaw.field}`;
    case 'prohibited-field':
      return `Has prohibited field ${flaw.field}`;
    case 'trust-action':
      return 'AssumeRole policy may only specify STS AssumeRole actions.';
    case 'principal':
      return `Invalid principal in policy: "${flaw.type}":"${flaw.value}"`;
  }
}

/** AWS prints the six parts of an ARN, with stars for those that are not there. */
function fullArn(resource: string): string {
  const [, partition, ...parts] = resource.split(':');
  const [service = '', region = '*', account = '*', ...rest] = parts;
  return ['arn', partition, service || '*', region, account, rest.length > 0 ? rest.join(':') : '*'].join(':');
}
