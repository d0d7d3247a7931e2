import { parsedJson } from '../lib/json-flaw.ts';

/** What became of a batch: of all items, or of all but those with these ids. */
export type BatchAnswer =
  | { readonly kind: 'done'; readonly failed: ReadonlySet<string> }
  /** The answer cannot be believed, so that nothing of the batch counts as done. `reason` is for the log. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Reads the answer of a function that tells which items of its batch have failed (ReportBatchItemFailures). What counts as
 * success and as failure is AWS's list ("Success and failure conditions" of the guide; lambda-facts 13.3): no answer and no
 * list mean success; whatever is not such a list, or names an item that was not in the batch, fails the whole batch.
 */
export function batchAnswer(payload: Buffer, ids: ReadonlySet<string>): BatchAnswer {
  const done: BatchAnswer = { kind: 'done', failed: new Set() };
  const text = payload.toString();
  if (text.trim() === '') return done;
  const json = parsedJson(text);
  // A custom runtime may answer anything.
  if (json === undefined) return { kind: 'failed', reason: 'the answer is not JSON' };
  const answer = json.value;
  if (answer === null || answer === '' || isEmptyList(answer)) return done;
  if (typeof answer !== 'object' || Array.isArray(answer)) return { kind: 'failed', reason: 'the answer is no object' };
  const { batchItemFailures: items = null } = answer as { batchItemFailures?: unknown };
  if (items === null) return done;
  if (!Array.isArray(items)) return { kind: 'failed', reason: 'batchItemFailures is no list' };
  const failed = new Set<string>();
  for (const item of items as unknown[]) {
    const id = typeof item === 'object' && item !== null ? (item as { itemIdentifier?: unknown }).itemIdentifier : null;
    if (typeof id !== 'string' || id === '') {
      return { kind: 'failed', reason: 'an item of batchItemFailures has no itemIdentifier' };
    }
    if (!ids.has(id)) return { kind: 'failed', reason: 'batchItemFailures names an item that was not in the batch' };
    failed.add(id);
  }
  return { kind: 'done', failed };
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;
