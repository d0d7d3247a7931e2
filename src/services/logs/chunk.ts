/**
 * Events are stored in chunks: one row holds what one stream got in one flush. A row for each event costs five times
 * as much, and each invocation writes at least three of them.
 */
export interface Chunk {
  /** Ascending. */
  readonly timestampsMs: readonly number[];
  readonly messages: readonly string[];
  /** Bytes of all messages in UTF-8 plus EVENT_OVERHEAD_BYTES for each. */
  readonly bytes: number;
}

/** AWS counts this much for each event beside its message (PutLogEvents). */
export const EVENT_OVERHEAD_BYTES = 26;

/**
 * No chunk spans more time than this. A read that starts at a time finds every chunk that reaches into it by looking
 * back just this far, so it need not scan the whole stream.
 */
export const CHUNK_SPAN_MS_MAX = 10_000;

/** A chunk is closed once it holds this much; a single larger event is a chunk by itself. Bounds what one read decodes. */
export const CHUNK_BYTES_MAX = 256 * 1024;

/** Cuts events into chunks, oldest first; events of the same time keep their order. */
export function cutChunks(timestampsMs: readonly number[], messages: readonly string[]): Chunk[] {
  const sizes = messages.map((message) => Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES);
  const order = isAscending(timestampsMs) ? undefined : sortedIndexes(timestampsMs);
  const chunks: Chunk[] = [];
  let open = { timestampsMs: [] as number[], messages: [] as string[], bytes: 0 };
  for (let place = 0; place < messages.length; place += 1) {
    const at = order?.[place] ?? place;
    const timestampMs = timestampsMs[at] ?? 0;
    const bytes = sizes[at] ?? 0;
    const first = open.timestampsMs[0];
    if (first !== undefined && (timestampMs - first > CHUNK_SPAN_MS_MAX || open.bytes + bytes > CHUNK_BYTES_MAX)) {
      chunks.push(open);
      open = { timestampsMs: [], messages: [], bytes: 0 };
    }
    open.timestampsMs.push(timestampMs);
    open.messages.push(messages[at] ?? '');
    open.bytes += bytes;
  }
  if (open.messages.length > 0) chunks.push(open);
  return chunks;
}

/** JSON, because it keeps every string exactly: lone surrogates and NUL characters too, which SQLite's TEXT would not. */
export function encodeChunk({ timestampsMs, messages }: Chunk): string {
  return JSON.stringify([timestampsMs, messages]);
}

export function decodeChunk(events: string): Pick<Chunk, 'timestampsMs' | 'messages'> {
  const [timestampsMs, messages] = JSON.parse(events) as [number[], string[]]; // SAFE: only encodeChunk writes these.
  return { timestampsMs, messages };
}

function isAscending(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
}

function sortedIndexes(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
}
