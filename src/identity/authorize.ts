import type { Clock } from '../lib/clock.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Asking, Principal } from '../wire/service.ts';
import { type IdentityVerdict, identityJudge, type Permissions } from './identity-policy.ts';
import type { ConditionContext } from './policy-condition.ts';

/** A role that exists. */
export interface KnownRole extends Permissions {
  readonly arn: string;
  /** Values by key. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The role of an account by its name; undefined: there is none. */
export type FindRole = (account: string, roleName: string) => KnownRole | undefined;

export interface Authorizer {
  /**
   * What the principal's own policies say to doing `action` to a resource. Whether another account's resource, too, lets the
   * principal in is decided by that resource (`judgePolicy`). `context`: more that conditions may ask about.
   */
  judge(by: Asking, action: string, resource: string, context?: ConditionContext): IdentityVerdict;
  /** The same for a role that a service acts as, by its ARN; undefined: there is no such role. */
  judgeRole(roleArn: string, action: string, resource: string): IdentityVerdict | undefined;
}

/**
 * Root and relaxed principals may do everything; a session of a role what its policies allow, which is nothing where the role
 * does not exist; whoever signed nothing has no policies.
 */
export function openAuthorizer({ findRole, clock }: { findRole: FindRole; clock: Clock }): Authorizer {
  const judge = identityJudge();
  const now = (): ConditionContext => {
    const nowMs = clock.nowMs();
    return {
      'aws:currenttime': new Date(nowMs).toISOString(),
      'aws:epochtime': String(Math.floor(nowMs / 1_000)),
      'aws:securetransport': 'true',
      'aws:principalisawsservice': 'false',
    };
  };
  return {
    judge(by, action, resource, context) {
      const { kind, account, arn } = by.principal;
      if (kind === 'root' || kind === 'relaxed') return 'allowed';
      // AWS lets everybody ask, whatever the policies say (GetCallerIdentity, STS API reference).
      if (action === 'sts:GetCallerIdentity' && kind !== 'anonymous') return 'allowed';
      const role = kind === 'assumed-role' ? findRole(account, roleNameOf(arn)) : undefined;
      if (role === undefined) return 'silent';
      const known = { ...now(), ...ofRole(role), ...ofRequest(by), ...ofResource(resource), ...context };
      return judge(role, { action, resource, context: known });
    },
    judgeRole(roleArn, action, resource) {
      const role = findRole(accountOf(roleArn), roleArn.slice(roleArn.lastIndexOf('/') + 1));
      if (role?.arn !== roleArn) return undefined;
      return judge(role, { action, resource, context: { ...now(), ...ofRole(role), ...ofResource(resource) } });
    },
  };
}

/** Why the principal's own policies do not let it do it, in AWS's words. */
export function refusalOf(
  verdict: Exclude<IdentityVerdict, 'allowed'>,
  { kind, arn }: Principal,
  action: string,
  resource: string,
): AwsError {
  if (kind === 'anonymous') return new AwsError('AccessDenied', 'Access Denied', { status: 403 });
  return new AwsError(
    'AccessDeniedException',
    `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${reasonOf(verdict, action)}`,
  );
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

function reasonOf(verdict: Exclude<IdentityVerdict, 'allowed'>, action: string): string {
  switch (verdict) {
    case 'denied':
      return 'with an explicit deny in an identity-based policy';
    case 'out-of-bounds':
      return `because no permissions boundary allows the ${action} action`;
    case 'silent':
      return `because no identity-based policy allows the ${action} action`;
  }
}

/** Of a session's ARN, in which the role's path does not stand. */
function roleNameOf(sessionArn: string): string {
  return sessionArn.split('/')[1] ?? '';
}

function ofRole({ arn, tags }: KnownRole): ConditionContext {
  const context: Record<string, string> = {
    'aws:principalarn': arn,
    'aws:principalaccount': accountOf(arn),
    'aws:principaltype': 'AssumedRole',
  };
  for (const [key, value] of Object.entries(tags)) context[`aws:principaltag/${key.toLowerCase()}`] = value;
  return context;
}

function ofRequest({ principal, headers, sourceIp, region }: Asking): ConditionContext {
  const context: Record<string, string> = { 'aws:userid': principal.userId };
  if (sourceIp !== '') context['aws:sourceip'] = sourceIp;
  if (region !== undefined) context['aws:requestedregion'] = region;
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-') && typeof value === 'string') context[`s3:${name}`] = value;
  }
  return context;
}

function ofResource(resource: string): ConditionContext {
  const account = accountOf(resource);
  return account === '' ? {} : { 'aws:resourceaccount': account };
}
