import type { Now } from '../function.ts';
import { POLICY_BYTES_MAX, policyJson } from '../permissions.ts';
import { Refused } from '../refusal.ts';
import type { Grant, LayerPolicy, LayerVersion } from './layer.ts';

/** Throws `Refused`. */
export function grantLayer(layer: LayerVersion, grant: Grant, revisionId: string | undefined, now: Now): LayerVersion {
  assertRevision(layer.policy, revisionId);
  const statements = layer.policy?.statements ?? [];
  if (statements.some(({ id }) => id === grant.id)) throw new Refused({ kind: 'statement-exists', id: grant.id });
  const policy = { revisionId: now.uuid(), statements: [...statements, grant] };
  const bytes = Buffer.byteLength(policyJson(policy));
  if (bytes > POLICY_BYTES_MAX) throw new Refused({ kind: 'policy-too-long', bytes, bytesMax: POLICY_BYTES_MAX });
  return { ...layer, policy };
}

/** The policy goes with its last statement. Throws `Refused`. */
export function revokeLayer(layer: LayerVersion, id: string, revisionId: string | undefined, now: Now): LayerVersion {
  const policy = layerPolicy(layer);
  if (!policy.statements.some((statement) => statement.id === id)) throw new Refused({ kind: 'no-such-statement', id });
  assertRevision(policy, revisionId);
  const statements = policy.statements.filter((statement) => statement.id !== id);
  return { ...layer, policy: statements.length === 0 ? undefined : { revisionId: now.uuid(), statements } };
}

/** Throws `Refused` if there is none. */
export function layerPolicy({ policy }: LayerVersion): LayerPolicy {
  if (policy === undefined) throw new Refused({ kind: 'no-policy' });
  return policy;
}

/** Whether somebody of another account may use it. There are no organizations here, so nobody is in one. */
export function mayUse({ policy }: LayerVersion, account: string): boolean {
  return (policy?.statements ?? []).some(
    (grant) => grant.organization === undefined && (grant.account === '*' || grant.account === account),
  );
}

function assertRevision(policy: LayerPolicy | undefined, given: string | undefined): void {
  if (given !== undefined && given !== policy?.revisionId) throw new Refused({ kind: 'stale-layer-policy-revision' });
}
