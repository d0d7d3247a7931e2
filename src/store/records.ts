/** A value under a key. Revisions only grow, over all keys, so that a key made anew is never mistaken for its elder. */
export interface StoredRecord {
  readonly key: string;
  readonly value: string;
  readonly revision: number;
}

/**
 * Small values under keys, each write on condition of the revision it was made from. What a write has answered is
 * durable: it survives kill -9 and a power cut. A failed write (`StorageFull`, or another outage) has changed nothing.
 */
export interface Records extends AsyncDisposable {
  get(key: string): Promise<StoredRecord | undefined>;
  /** Writes if the key is still at `ifRevision` (0: absent), else throws `StaleRevision`. Answers the new revision. */
  put(key: string, value: string, options: { ifRevision: number }): Promise<number>;
  /** Deletes if the key is still at `ifRevision`, else throws `StaleRevision`. */
  delete(key: string, options: { ifRevision: number }): Promise<void>;
  /** Up to `limit` records whose key starts with `prefix` and comes behind `after`, by ascending bytes of the key. */
  list(prefix: string, page: { after?: string | undefined; limit: number }): Promise<StoredRecord[]>;
}

/** Somebody else wrote the key in between: read it again and decide anew. */
export class StaleRevision extends Error {
  override readonly name = 'StaleRevision';

  constructor(key: string, ifRevision: number) {
    super(`the record ${key} is no longer at revision ${ifRevision}`);
  }
}

export const KEY_LENGTH_MAX = 1_024;
const KEY = /^[A-Za-z0-9/_.=-]+$/; // What every adapter can hold; NATS allows no more than this in the name of a key.

/** A key of another form is our own mistake, not a caller's: whoever builds keys escapes what goes into them. */
export function assertKey(key: string): void {
  if (key.length > KEY_LENGTH_MAX || !KEY.test(key)) throw new Error(`not a record key: ${key.slice(0, 200)}`);
}

/** All records under a prefix, a page at a time. */
export async function* everyRecord(records: Records, prefix: string, pageSize = 500): AsyncGenerator<StoredRecord> {
  let after: string | undefined;
  for (;;) {
    const page = await records.list(prefix, { after, limit: pageSize });
    yield* page;
    if (page.length < pageSize) return;
    after = page.at(-1)?.key;
  }
}
