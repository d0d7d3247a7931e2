import { AwsError } from '../wire/aws-error.ts';
import type { Principal } from '../wire/service.ts';

/**
 * Throws AWS's refusal unless the principal's own policies let it do `action`. Until policies are evaluated: root and
 * relaxed principals may do everything, and the session of a role nothing but ask who it is, and for a session of another
 * role. Whether another account's resource lets the principal in is decided by that resource (`policyAllows`).
 */
export function authorize(principal: Principal, action: string, resourceArn: string): void {
  // AWS lets everybody ask, whatever the policies say (GetCallerIdentity, STS API reference).
  if (action === 'sts:GetCallerIdentity') return;
  // The trust policy of the role decides, which STS asks (`trustsCaller`).
  if (action === 'sts:AssumeRole') return;
  if (principal.kind === 'anonymous') throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
  if (principal.kind === 'assumed-role') throw denied(principal, action, resourceArn);
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
