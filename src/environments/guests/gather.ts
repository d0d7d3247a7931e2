/** Bytes that come in parts. */
export interface Gathered {
  add(part: Buffer): void;
  /** All of them, in one piece. */
  bytes(): Buffer;
}

/**
 * Puts together what comes in parts. Memory grows with the bytes alone: a list of parts would let a sender of single
 * bytes make the server hold a hundred times what it sent. One part alone is handed on as it is, without a copy.
 */
export function gather(): Gathered {
  let whole: Buffer = Buffer.alloc(0);
  let length = 0;
  return {
    add: (part) => {
      if (length === 0) {
        whole = part;
      } else {
        // The first part is the sender's own, and full: nothing is ever written behind it.
        if (length + part.length > whole.length) {
          const grown = Buffer.allocUnsafeSlow(Math.max(2 * whole.length, length + part.length));
          whole.copy(grown, 0, 0, length);
          whole = grown;
        }
        part.copy(whole, length);
      }
      length += part.length;
    },
    bytes: () => whole.subarray(0, length),
  };
}
