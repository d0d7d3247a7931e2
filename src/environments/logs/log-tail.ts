/** AWS: `X-Amz-Log-Result` holds the last 4 KB. */
const TAIL_BYTES_MAX = 4096;

export interface LogTail {
  add(message: string): void;
  /** The last 4 KB of what was added. */
  bytes(): Buffer;
}

/** Keeps the end of one invocation's log. */
export function logTail(): LogTail {
  let text = '';
  return {
    add(message) {
      text += message;
      // Every character is at least one byte, so nothing that could be in the last 4 KB is cut here.
      if (text.length > 2 * TAIL_BYTES_MAX) text = text.slice(-TAIL_BYTES_MAX);
    },
    bytes() {
      const all = Buffer.from(text);
      return all.length <= TAIL_BYTES_MAX ? all : all.subarray(all.length - TAIL_BYTES_MAX);
    },
  };
}
