export { ENTITY_ID_BYTES, entityId } from './access-key.ts';
export {
  addAccount,
  assertAccount,
  FIRST_ACCOUNT,
  listAccounts,
  readAccountKey,
  removeAccount,
} from './accounts.ts';
export { actionOf, actionOfVersion } from './action.ts';
export {
  type Authorizer,
  accountOf,
  type FindRole,
  type KnownRole,
  openAuthorizer,
  refusalOf,
} from './authorize.ts';
export { ANYBODY, type Identity, type IdentityOptions, openIdentity } from './identity.ts';
export type { IdentityVerdict } from './identity-policy.ts';
export { assertMayPass } from './pass-role.ts';
export type { ConditionContext } from './policy-condition.ts';
export { isWithinPolicyLevels } from './policy-levels.ts';
export type { PolicyVerdict } from './policy-statement.ts';
export { principalContext } from './principal-context.ts';
export { isLoopback, relaxedRefusal } from './relaxed-policy.ts';
export {
  judgePolicy,
  type PolicyCaller,
  type PolicyRequest,
} from './resource-policy.ts';
export { type Assumable, assumableRoles, type RoleVerdict } from './role-policy.ts';
export { functionSessionName, type RoleCredentials, type RoleSessionRequest } from './role-session.ts';
export type { RootKey } from './root-key.ts';
export { openSecretBox, type SecretBox } from './secret-box.ts';
export { smtpPassword } from './smtp-password.ts';
export { type TrustCaller, trustsCaller, trustsService } from './trust-policy.ts';
export { matchesWildcard } from './wildcard.ts';
