/** Conditions of a read; see RFC 9110, section 13, whose order of precedence S3 follows. */
export interface ReadConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSinceMs?: number | undefined;
  readonly ifUnmodifiedSinceMs?: number | undefined;
}

export type Judgement = { kind: 'met' } | { kind: 'not-modified' } | { kind: 'failed'; condition: string };

interface State {
  readonly etag: string;
  readonly modifiedMs: number;
}

/** What the conditions say to reading an object in this state. */
export function judgeRead(conditions: ReadConditions, state: State): Judgement {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions;
  // HTTP dates have no fractions of seconds.
  const modifiedMs = Math.floor(state.modifiedMs / 1_000) * 1_000;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, state.etag)) return { kind: 'failed', condition: 'If-Match' };
  } else if (ifUnmodifiedSinceMs !== undefined && modifiedMs > ifUnmodifiedSinceMs) {
    return { kind: 'failed', condition: 'If-Unmodified-Since' };
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, state.etag)) return { kind: 'not-modified' };
  } else if (ifModifiedSinceMs !== undefined && modifiedMs <= ifModifiedSinceMs) {
    return { kind: 'not-modified' };
  }
  return { kind: 'met' };
}

/** Conditions of a write: the object is as expected, or not there at all. */
export interface WriteConditions {
  /** An ETag. */
  readonly ifMatch?: string | undefined;
  readonly ifAbsent?: boolean | undefined;
}

export type WriteJudgement = { kind: 'met' } | { kind: 'missing' } | { kind: 'failed'; condition: string };

/** `current`: undefined when there is no object, or only a delete marker. */
export function judgeWrite(
  { ifMatch, ifAbsent }: WriteConditions,
  current: { etag: string } | undefined,
): WriteJudgement {
  if (ifAbsent && current !== undefined) return { kind: 'failed', condition: 'If-None-Match' };
  if (ifMatch === undefined) return { kind: 'met' };
  if (current === undefined) return { kind: 'missing' };
  return matches(ifMatch, current.etag) ? { kind: 'met' } : { kind: 'failed', condition: 'If-Match' };
}

/** `header`: one or several ETags, quoted or, as some clients send them, not; or `*`. */
function matches(header: string, etag: string): boolean {
  return header
    .split(',')
    .map((one) => one.trim().replace(/^W\//, ''))
    .some((one) => one === '*' || one === etag || one === `"${etag}"`);
}
