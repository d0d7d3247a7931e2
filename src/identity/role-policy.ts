import { accountOf } from './authorize.ts';
import { trustsService } from './trust-policy.ts';

/** Whether Lambda may assume a role for functions of an account: what `functions` asks before it names one in a function. */
export type Assumable = (roleArn: string, account: string) => boolean;

/**
 * `unchecked`: roles may be named without existing, which is how most test suites work. `checked` (`--check-roles`):
 * only roles of the same account that exist and whose trust policy names Lambda. `trustPolicyOf`: undefined for a role that does not exist.
 */
export function assumableRoles(
  mode: 'checked' | 'unchecked',
  trustPolicyOf: (roleArn: string) => string | undefined,
): Assumable {
  return (roleArn, account) => {
    if (mode === 'unchecked') return true;
    if (accountOf(roleArn) !== account) return false;
    const trustPolicy = trustPolicyOf(roleArn);
    return trustPolicy !== undefined && trustsService(trustPolicy, 'lambda.amazonaws.com');
  };
}
