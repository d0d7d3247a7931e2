import { type TrustCaller, trustsCaller } from '../../identity/index.ts';

/** A role as STS needs to know it. */
export interface AssumableRole {
  /** `AROA…` */
  readonly id: string;
  readonly trustPolicy: string;
  readonly sessionSecondsMax: number;
}

export interface RoleRequest {
  readonly roleArn: string;
  readonly durationSeconds: number;
  readonly caller: TrustCaller;
}

export interface RolesPort {
  /** undefined: no such role. */
  find(roleArn: string): AssumableRole | undefined;
  /** `unchecked`: a role of the caller's own account may be assumed without existing. */
  readonly existence: 'checked' | 'unchecked';
}

export type AssumeRoleRefusal =
  | { readonly kind: 'no-role-arn' }
  | { readonly kind: 'not-authorized' }
  | { readonly kind: 'too-long-for-role' }
  | { readonly kind: 'too-long-for-chain' };

export type AssumeRoleDecision =
  | { readonly kind: 'granted'; readonly account: string; readonly roleId: string | undefined }
  | AssumeRoleRefusal;

const MADE_UP_SECONDS_MAX = 3_600; // AWS: what a role has unless it is told otherwise.
const CHAINED_SECONDS_MAX = 3_600; // AWS: a session that a session has asked for.

/** Decides whether the caller gets a session of the role (AssumeRole, STS API reference). */
export function decideAssumeRole(
  { roleArn, durationSeconds, caller }: RoleRequest,
  roles: RolesPort,
): AssumeRoleDecision {
  // Recorded: an ARN has six parts, and partition, service and resource are not empty.
  const [scheme, partition, service, , account = '', resource] = roleArn.split(':');
  if (scheme !== 'arn' || !partition || !service || !resource) return { kind: 'no-role-arn' };
  const role = roles.find(roleArn);
  const isTrusted =
    role === undefined
      ? roles.existence === 'unchecked' &&
        isRole(roleArn) &&
        account === caller.account &&
        caller.permission === 'allowed'
      : trustsCaller(role.trustPolicy, account, caller);
  if (!isTrusted) return { kind: 'not-authorized' };
  if (isSession(caller) && durationSeconds > CHAINED_SECONDS_MAX) return { kind: 'too-long-for-chain' };
  if (durationSeconds > (role?.sessionSecondsMax ?? MADE_UP_SECONDS_MAX)) return { kind: 'too-long-for-role' };
  return { kind: 'granted', account, roleId: role?.id };
}

function isRole(arn: string): boolean {
  return /^arn:aws[a-zA-Z-]*:iam::\d{12}:role\/(?:[\x21-\x7e]+\/)?[\w+=,.@-]{1,64}$/.test(arn);
}

function isSession({ arn }: TrustCaller): boolean {
  return arn.includes(':assumed-role/');
}
