import type { Settings, SourceKind } from './mapping.ts';

/** Why a mapping is not made or changed as asked. */
export type MappingRefusal =
  | { kind: 'no-such-mapping' }
  | { kind: 'mapping-in-use'; wanted: 'update' | 'delete' }
  | { kind: 'no-such-function' }
  | { kind: 'no-such-queue' }
  | { kind: 'queue-not-readable' }
  | { kind: 'visibility-too-short'; visibilityMs: number; timeoutMs: number }
  | { kind: 'unknown-source' }
  | { kind: 'two-sources' }
  | { kind: 'source-elsewhere'; arn: string; region: string }
  | { kind: 'setting-not-supported'; setting: keyof Settings | 'topics' | 'queues' }
  | { kind: 'setting-missing'; setting: keyof Settings | 'topics' | 'queues' }
  | { kind: 'no-start' }
  | { kind: 'start-of-queue'; source: SourceKind }
  | { kind: 'start-not-supported'; arn: string }
  | { kind: 'no-start-timestamp' }
  | { kind: 'start-in-future' }
  | { kind: 'window-missing' }
  | { kind: 'window-of-fifo' }
  | { kind: 'batch-size-of-fifo'; max: number }
  | { kind: 'record-age' }
  | { kind: 'invalid-filter' }
  | { kind: 'too-many-filters'; max: number }
  | { kind: 'destination-of-other-source'; destination: string }
  | { kind: 'metric-of-other-source'; metric: string }
  | { kind: 'access-of-other-source'; type: string }
  | { kind: 'pollers-and-concurrency' }
  | { kind: 'pollers-out-of-range'; minMin: number; maxMax: number }
  | { kind: 'poller-group-of-other-source' }
  | { kind: 'schema-registry-without-pollers' }
  | { kind: 'mapping-exists'; id: string; of: Existing };

/** Which mapping is there already, in the words of its source. */
export type Existing =
  | { readonly source: 'queue' | 'stream'; readonly arn: string; readonly functionName: string }
  | {
      readonly source: 'broker';
      readonly from: string;
      readonly functionArn: string;
      readonly channel: 'topics' | 'queues';
      readonly names: readonly string[];
    };

/** Carries a refusal out of a decision; `aws/refusal-to-aws.ts` is the one place that looks at it. */
export class MappingRefused extends Error {
  override readonly name = 'MappingRefused';
  readonly refusal: MappingRefusal;

  constructor(refusal: MappingRefusal) {
    super(`refused: ${refusal.kind}`);
    this.refusal = refusal;
  }
}
