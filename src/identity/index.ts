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
export { accountOf, authorize } from './authorize.ts';
export { ANYBODY, type Identity, type IdentityOptions, openIdentity } from './identity.ts';
export type { ConditionContext } from './policy-condition.ts';
export { isWithinPolicyLevels } from './policy-levels.ts';
export { isLoopback, relaxedRefusal } from './relaxed-policy.ts';
export {
  judgePolicy,
  type PolicyCaller,
  type PolicyRequest,
  type PolicyVerdict,
  policyAllows,
} from './resource-policy.ts';
export { type Assumable, assumableRoles, type RoleVerdict } from './role-policy.ts';
export { functionSessionName, type RoleCredentials, type RoleSessionRequest } from './role-session.ts';
export type { RootKey } from './root-key.ts';
export { openSecretBox, type SecretBox } from './secret-box.ts';
export { type TrustCaller, trustsCaller, trustsService } from './trust-policy.ts';
export { matchesWildcard } from './wildcard.ts';
