/** Nothing more fits on the disk or into the quota. What was being written is not there; the store goes on working. */
export class StorageFull extends Error {
  override readonly name = 'StorageFull';

  constructor(what: string, options?: ErrorOptions) {
    super(`cannot ${what}: the disk that holds the data directory is full`, options);
  }
}

const FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const SQLITE_FULL = 13; // sqlite.org/rescode.html#full

/** Says what could not be done; a full disk gets its own class, because its cure is the operator's. */
export function outage(what: string, cause: unknown): Error {
  const { code, errcode } = (cause ?? {}) as { code?: unknown; errcode?: unknown };
  // The cause may have been told already by the store below.
  const full =
    cause instanceof StorageFull || (typeof code === 'string' && FULL_CODES.has(code)) || errcode === SQLITE_FULL;
  return full ? new StorageFull(what, { cause }) : new Error(`cannot ${what}`, { cause });
}

/** Whoever finds the disk full makes the store give up its reserve, and so what makes room goes through the next time. */
export async function againIfFull<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
    return work();
  }
}
