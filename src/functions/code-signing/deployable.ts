import type { StoredCode } from '../package/code-store.ts';
import { Refused } from '../refusal.ts';
import type { CodeSigningConfig } from './code-signing-config.ts';

/** What is to be deployed, and what it is called when it is refused: a function's code, or a layer's. */
export interface Artifact {
  readonly arn: string;
  readonly code: StoredCode;
}

/** Throws `Refused` for what a function with this configuration may not have; without one it may have everything. */
export function assertDeployable(artifact: Artifact, config: CodeSigningConfig | undefined): void {
  if (config?.untrusted === 'enforce') throw new Refused({ kind: 'code-not-trusted', arn: artifact.arn });
}
