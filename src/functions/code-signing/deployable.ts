import type { StoredCode } from '../package/code-store.ts';
import { Refused } from '../refusal.ts';
import type { CodeSigningConfig } from './code-signing-config.ts';

/** What is to be deployed, and what it is called when it is refused: a function's code, or a layer's. */
export interface Artifact {
  readonly arn: string;
  readonly code: StoredCode;
}

/**
 * Throws `Refused` for what a function with this configuration may not have; without one it may have everything. A
 * signature that is broken is refused under every policy, what is signed by nobody, by others, or for a time that is over
 * only under `enforce`.
 */
export function assertDeployable(
  { arn, code: { signature } }: Artifact,
  config: CodeSigningConfig | undefined,
  nowMs: number,
): void {
  if (config === undefined) return;
  if (signature?.kind === 'broken') throw new Refused({ kind: 'code-signature-broken', arn, part: signature.part });
  if (config.untrusted === 'warn') return;
  if (signature === undefined) throw new Refused({ kind: 'code-not-trusted', arn });
  if (signature.kind === 'by-stranger') {
    throw new Refused({ kind: 'code-not-trusted', arn, authority: signature.authority });
  }
  if (!config.publishers.includes(signature.profileVersionArn)) throw new Refused({ kind: 'code-not-trusted', arn });
  if (signature.expiresMs <= nowMs) throw new Refused({ kind: 'code-signature-expired', arn });
}
