// How often each function was invoked in one chain of invocations, as trace headers tell it: `Lineage=<function>:<count>|…`.
// AWS adds the field to the header that a function is given, its SDKs pass the header on with every request that a function
// makes, and queues, topics and buckets keep it for what they invoke in turn (invocation-recursion, Lambda's developer guide; the
// field's first form, as opentelemetry-dotnet-contrib's pull request 2480 tells it). Pure.

/**
 * AWS: "If your function is invoked approximately 16 times in the same chain of requests", the next invocation is stopped
 * (invocation-recursion).
 */
export const ROUNDS_MAX = 16;

/** Functions that a chain is remembered for; a loop through more of them is not seen. */
const FUNCTIONS_MAX = 16;

const FIELD = ';Lineage=';

export interface Entered {
  /** For the function: what it sends on tells of this invocation, too. */
  readonly traceId: string;
  /** The function's invocations in this chain, with this one. */
  readonly rounds: number;
}

/** A function is invoked. `traceId`: the header as `newTraceId` has made it, with Lineage as its last field if it has one. */
export function enter(traceId: string, functionArn: string): Entered {
  const id = idOf(functionArn);
  const at = traceId.indexOf(FIELD);
  if (at === -1) return { traceId: `${traceId}${FIELD}${id}:1`, rounds: 1 };
  const counts = countsOf(traceId.slice(at + FIELD.length));
  const rounds = (counts.get(id) ?? 0) + 1;
  // The one that was invoked longest ago is forgotten first.
  counts.delete(id);
  counts.set(id, rounds);
  return { traceId: traceId.slice(0, at) + fieldOf([...counts].slice(-FUNCTIONS_MAX)), rounds };
}

/** One trace for what comes from several chains: it has the most invocations that any of them has of a function. */
export function joined(traceId: string, headers: readonly (string | undefined)[]): string {
  const most = new Map<string, number>();
  for (const header of headers) {
    for (const [id, count] of lineageOf(header)) most.set(id, Math.max(count, most.get(id) ?? 0));
  }
  if (most.size === 0) return traceId;
  const highest = [...most].sort(([, one], [, other]) => one - other).slice(-FUNCTIONS_MAX);
  return traceId + fieldOf(highest);
}

/** Whether some function was invoked as often as it may be in the chain of this header, if it is one. */
export function isAtLimit(header: string | undefined): boolean {
  for (const count of lineageOf(header).values()) if (count >= ROUNDS_MAX) return true;
  return false;
}

function lineageOf(header: string | undefined): Map<string, number> {
  const [, text = ''] = header === undefined ? [] : (/(?:^|;)\s*Lineage=([^;\s]+)/.exec(header) ?? []);
  return countsOf(text);
}

/** What is written otherwise, as by AWS itself, counts for nothing here. */
function countsOf(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, id = '', count] of text.matchAll(/(?<=^|\|)([0-9a-f]{8}):(\d{1,9})(?=\||$)/g)) {
    counts.set(id, Math.max(Number(count), counts.get(id) ?? 0));
  }
  return counts;
}

function fieldOf(counts: readonly (readonly [string, number])[]): string {
  return FIELD + counts.map(([id, count]) => `${id}:${count}`).join('|');
}

/** Eight hexadecimal digits that stand for a function: FNV-1a, which costs nothing on the way of every invocation. */
function idOf(functionArn: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < functionArn.length; at += 1) {
    hash = Math.imul(hash ^ functionArn.charCodeAt(at), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
