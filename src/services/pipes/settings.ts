import { parseArn } from '../../delivery/arn.ts';
import { readPattern } from '../../patterns/read-pattern.ts';
import { PatternFlaw } from '../../patterns/token-reader.ts';
import { type PipeSettings, type Scope, TARGET_BATCH_MAX } from './pipe.ts';
import { PipeRefused } from './refusal.ts';

const FIFO_BATCH_MAX = 10; // AWS: quota of a FIFO queue.
const BATCH_WITHOUT_WINDOW_MAX = 10; // As of Lambda's mappings, whose pollers pipes have.

/** What a pipe's settings must satisfy together. Throws `PipeRefused`. */
export function assertSettings(scope: Scope, { source, enrichment, target }: PipeSettings): void {
  assertHere(scope, 'Source', source.arn);
  if (enrichment !== undefined) assertHere(scope, 'Enrichment', enrichment.arn);
  assertHere(scope, 'Target', target.arn);
  for (const filter of source.filters) assertFilter(filter);
  const { batchSize, batchWindowMs } = source;
  if (source.arn.endsWith('.fifo')) {
    if (batchWindowMs > 0) throw new PipeRefused({ kind: 'window-of-fifo' });
    if (batchSize > FIFO_BATCH_MAX) throw new PipeRefused({ kind: 'batch-of-fifo', max: FIFO_BATCH_MAX });
  } else if (batchSize > BATCH_WITHOUT_WINDOW_MAX && batchWindowMs === 0) {
    throw new PipeRefused({ kind: 'window-missing' });
  }
  const max = TARGET_BATCH_MAX[target.kind];
  // "You can't configure a pipe with a larger batch size than the target supports" (user guide).
  if (max !== undefined && batchSize > max)
    throw new PipeRefused({ kind: 'batch-too-large', target: target.kind, max });
  if (target.kind === 'queue' && target.arn.endsWith('.fifo') && target.groupId === undefined) {
    throw new PipeRefused({ kind: 'group-missing' });
  }
}

/** A pipe stands where its source, enrichment and target do: nothing is read or sent for it across accounts or regions. */
function assertHere({ account, region }: Scope, member: string, arn: string): void {
  const parsed = parseArn(arn);
  if (parsed?.account !== account || parsed.region !== region) {
    throw new PipeRefused({ kind: 'elsewhere', member, arn });
  }
}

function assertFilter(filter: string): void {
  try {
    readPattern(filter);
  } catch (error) {
    if (!(error instanceof PatternFlaw)) throw error;
    throw new PipeRefused({ kind: 'invalid-filter', reason: error.message });
  }
}
