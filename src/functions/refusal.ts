import type { GivenDestinations } from './destination.ts';
import type { PackageRefusal } from './package/limits.ts';

/** Why the control plane does not do what it was asked to. */
export type FunctionRefusal =
  | PackageRefusal
  | { kind: 'function-exists'; name: string }
  | { kind: 'no-such-function'; arn: string }
  | { kind: 'no-such-alias'; arn: string }
  | { kind: 'no-alias-to-update'; arn: string }
  | { kind: 'alias-exists'; arn: string }
  | { kind: 'too-many-weights' }
  | { kind: 'same-version-twice'; version: string }
  | { kind: 'weights-with-latest' }
  | { kind: 'update-in-progress'; arn: string }
  | { kind: 'wrong-state'; state: 'Failed' | 'Inactive' }
  | { kind: 'stale-revision' }
  | { kind: 'stale-policy-revision' }
  | { kind: 'other-code'; given: string; current: string }
  | { kind: 'role-not-assumable' }
  | { kind: 'role-of-other-account' }
  | { kind: 'variables-too-large'; json: string }
  | { kind: 'reserved-variables'; names: readonly string[] }
  | { kind: 'variables-with-nul'; names: readonly string[] }
  | { kind: 'levels-of-text-log' }
  | { kind: 'code-storage-full' }
  | { kind: 'too-many-tags' }
  | { kind: 'reserved-tag' }
  | { kind: 'latest-not-deletable' }
  | { kind: 'alias-not-deletable' }
  | { kind: 'version-of-aliases'; aliases: readonly string[] }
  | { kind: 'no-policy-for-latest' }
  | { kind: 'policy-too-long'; bytes: number; bytesMax: number }
  | { kind: 'statement-exists'; id: string }
  | { kind: 'no-policy' }
  | { kind: 'no-policy-of-missing-function'; arn: string }
  | { kind: 'no-such-statement'; id: string }
  | { kind: 'nothing-to-show' }
  | { kind: 'too-many-layers'; layersMax: number }
  | { kind: 'no-such-layer-version'; arn: string }
  | { kind: 'layer-denied'; arn: string; caller: string }
  | { kind: 'layer-elsewhere'; region: string }
  | { kind: 'same-layer-twice'; arns: readonly [string, string] }
  | { kind: 'layers-too-large'; bytesMax: number }
  | { kind: 'code-and-layers-too-large'; bytes: number; bytesMax: number }
  | { kind: 'layer-version-below-one' }
  | { kind: 'no-layer-version-to-share'; arn: string }
  | { kind: 'stale-layer-policy-revision' }
  | { kind: 'reserves-too-much' }
  | { kind: 'reserves-too-little'; reserved: number; provisioned: number }
  | { kind: 'provisions-more-than-reserved' }
  | { kind: 'provisions-more-than-left'; left: number }
  | { kind: 'provisions-too-much' }
  | { kind: 'provisions-snap-start' }
  | { kind: 'provisions-latest' }
  | { kind: 'provisions-weights' }
  | { kind: 'provisioned-already' }
  | { kind: 'provisioned-by-alias' }
  | { kind: 'nothing-provisioned' }
  | { kind: 'no-such-code-signing-config'; arn: string }
  | { kind: 'no-code-signing-config-to-use'; arn: string }
  | { kind: 'code-signing-config-in-use'; arn: string }
  /** `authority`: whose signature it is, where that is not trusted. */
  | { kind: 'code-not-trusted'; arn: string; authority?: string | undefined }
  | { kind: 'code-signature-expired'; arn: string }
  | { kind: 'code-signature-broken'; arn: string; part: 'content' | 'signature' }
  | { kind: 'runtime-of-alias'; arn: string }
  | { kind: 'no-such-runtime-version'; arn: string; runtime: string; installed: string | undefined }
  | { kind: 'no-function-for-events' }
  | { kind: 'no-event-invoke-config'; arn: string }
  | ({ kind: 'destinations-unsupported' } & GivenDestinations)
  | { kind: 'destination-is-source' }
  | { kind: 'no-such-destination'; arn: string }
  | { kind: 'no-function-for-url' }
  | { kind: 'url-exists'; arn: string }
  | { kind: 'cors-without-origins' }
  | { kind: 'cors-method'; method: string };

/**
 * Carries a refusal out of a decision. Thrown, not returned: a change passes through up to four decisions, and each
 * caller would only hand the refusal on. `aws/refusal-to-aws.ts` is the one place that looks at it.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: FunctionRefusal;

  constructor(refusal: FunctionRefusal) {
    super(`refused: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
