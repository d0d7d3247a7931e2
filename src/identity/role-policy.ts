import { accountOf } from './authorize.ts';
import { trustsService } from './trust-policy.ts';

/** What is asked before a role is named in a function, pipe, … of an account. */
export type Assumable = (roleArn: string, account: string) => RoleVerdict;

/** `other-account`: nobody may pass the role of another account on. */
export type RoleVerdict = 'assumable' | 'not-assumable' | 'other-account';

/**
 * `existence`: `unchecked`: roles may be named without existing, which is how most test suites work; `checked`
 * (`--check-roles`): only those that exist and whose trust policy names the service that is to take them. `accounts`: `own` as on AWS; `any` for
 * `--auth relaxed`, as suites name roles of whatever account. `trustPolicyOf`: undefined for a role that does not exist.
 */
export function assumableRoles(
  { existence, accounts }: { existence: 'checked' | 'unchecked'; accounts: 'own' | 'any' },
  trustPolicyOf: (roleArn: string) => string | undefined,
  service = 'lambda.amazonaws.com',
): Assumable {
  return (roleArn, account) => {
    const isOwn = accountOf(roleArn) === account;
    if (!isOwn && (accounts === 'own' || existence === 'checked')) return 'other-account';
    if (existence === 'unchecked') return 'assumable';
    const trustPolicy = trustPolicyOf(roleArn);
    const isTrusting = trustPolicy !== undefined && trustsService(trustPolicy, service);
    return isTrusting ? 'assumable' : 'not-assumable';
  };
}
