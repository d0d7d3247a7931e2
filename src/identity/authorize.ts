import { AwsError } from '../wire/aws-error.ts';
import type { Principal } from '../wire/service.ts';

/**
 * Throws AWS's refusal unless the principal may do `action` to the resource. Until policies are evaluated: root and
 * relaxed principals may do everything in their own account, and the session of a role nothing but ask who it is, and
 * for a session of another role.
 * Called for every request: it parses nothing but the ARN's account.
 */
export function authorize(principal: Principal, action: string, resourceArn: string): void {
  // AWS lets everybody ask, whatever the policies say (GetCallerIdentity, STS API reference).
  if (action === 'sts:GetCallerIdentity') return;
  // The trust policy of the role decides, which STS asks (`trustsCaller`).
  if (action === 'sts:AssumeRole') return;
  if (principal.kind === 'assumed-role') throw denied(principal, action, resourceArn);
  const account = accountOf(resourceArn);
  // Some ARNs (a bucket's, `*`) name no account: what they stand for is looked up in the caller's.
  if (account !== '' && account !== principal.account) throw crossAccount();
}

/** The fifth part of `arn:aws:lambda:us-east-1:123456789012:function:f`; the empty string where there is none. */
export function accountOf(arn: string): string {
  let from = 0;
  for (let colons = 0; colons < 4; colons += 1) {
    from = arn.indexOf(':', from) + 1;
    if (from === 0) return '';
  }
  const to = arn.indexOf(':', from);
  return to < 0 ? '' : arn.slice(from, to);
}

function denied(principal: Principal, action: string, resourceArn: string): AwsError {
  return new AwsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resourceArn} because no identity-based policy allows the ${action} action`,
  );
}

/** Another account's resources are not even described (lambda-facts 1.1: 403 with a null message). */
function crossAccount(): AwsError {
  return new AwsError('AccessDeniedException', null);
}
