import type { PipeTarget } from './pipe.ts';
import type { PipeState } from './pipe-state.ts';

export type PipeRefusal =
  | { readonly kind: 'no-such-pipe'; readonly name: string }
  | { readonly kind: 'pipe-exists'; readonly name: string }
  /** Something is under way with it. */
  | { readonly kind: 'pipe-in-use'; readonly name: string; readonly state: PipeState }
  | { readonly kind: 'too-many-pipes'; readonly max: number }
  | { readonly kind: 'too-many-tags'; readonly max: number }
  | { readonly kind: 'reserved-tag' }
  | { readonly kind: 'role-of-other-account' }
  | { readonly kind: 'role-not-assumable'; readonly roleArn: string }
  /** The source, target or enrichment is of another account or region. */
  | { readonly kind: 'elsewhere'; readonly member: string; readonly arn: string }
  | { readonly kind: 'invalid-filter'; readonly reason: string }
  | { readonly kind: 'batch-too-large'; readonly target: PipeTarget['kind']; readonly max: number }
  | { readonly kind: 'batch-of-fifo'; readonly max: number }
  | { readonly kind: 'window-of-fifo' }
  | { readonly kind: 'window-missing' }
  | { readonly kind: 'group-missing' };

export class PipeRefused extends Error {
  override readonly name = 'PipeRefused';
  readonly refusal: PipeRefusal;

  constructor(refusal: PipeRefusal) {
    super(refusal.kind);
    this.refusal = refusal;
  }
}
