import type { Writable } from 'node:stream';
import { type Gathered, gather } from './gather.ts';

/** Frame types of `guest/frames.md`. */
export const FRAME = {
  init: 1,
  invoke: 2,
  restore: 3,
  wake: 4,
  ready: 16,
  initDone: 17,
  initError: 18,
  response: 19,
  error: 20,
  fatal: 21,
  streamStart: 22,
  streamData: 23,
  streamEnd: 24,
  restored: 25,
  restoreError: 26,
} as const;

const HEAD_BYTES = 5;
/** Below this, one copy into one write is cheaper than two writes. */
const COPY_BYTES_MAX = 16 * 1024;

/** Writes one frame whose payload is the concatenation of `parts`. */
export function writeFrame(to: Writable, type: number, parts: readonly Buffer[]): void {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length <= COPY_BYTES_MAX) {
    const whole = Buffer.allocUnsafe(HEAD_BYTES + length);
    whole.writeUInt32LE(length, 0);
    whole[4] = type;
    let at = HEAD_BYTES;
    for (const part of parts) at += part.copy(whole, at);
    to.write(whole);
    return;
  }
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(length, 0);
  head[4] = type;
  to.cork();
  to.write(head);
  for (const part of parts) to.write(part);
  to.uncork();
}

/** Frame types that a guest may send. */
const FROM_GUEST: ReadonlySet<number> = new Set([
  FRAME.ready,
  FRAME.initDone,
  FRAME.initError,
  FRAME.response,
  FRAME.error,
  FRAME.fatal,
  FRAME.streamStart,
  FRAME.streamData,
  FRAME.streamEnd,
  FRAME.restored,
  FRAME.restoreError,
]);

export interface FrameListener {
  /** A whole frame; `payload` is undefined when it was longer than the reader's limit and has been skipped. */
  onFrame(type: number, payload: Buffer | undefined, bytes: number): void;
  /** Bytes of a STREAM_DATA frame, in whatever pieces they come: nothing of a stream is gathered. */
  onPiece(piece: Buffer): void;
  /** What came is no frame of a guest: nothing that follows can be trusted, and nothing more is read. */
  onGarbage(): void;
}

/**
 * Cuts a byte stream into frames. A payload over `payloadBytesMax` is skipped as it comes in, so that a guest cannot
 * make the host hold more than that.
 */
export function frameReader(payloadBytesMax: number, listener: FrameListener): (chunk: Buffer) => void {
  let broken = false;
  let held: Gathered = gather();
  let heldBytes = 0;
  let needed = HEAD_BYTES;
  let skipping: { type: number; bytes: number; left: number } | undefined;
  /** What is still to come of a STREAM_DATA frame. */
  let pieceLeft = 0;

  return (chunk) => {
    if (broken) return;
    let data = chunk;
    if (skipping === undefined && pieceLeft === 0 && heldBytes > 0) {
      held.add(data);
      heldBytes += data.length;
      if (heldBytes < needed) return;
      data = held.bytes();
      held = gather();
      heldBytes = 0;
    }
    let at = 0;
    for (;;) {
      if (skipping !== undefined) {
        const step = Math.min(skipping.left, data.length - at);
        skipping.left -= step;
        at += step;
        if (skipping.left > 0) return;
        const { type, bytes } = skipping;
        skipping = undefined;
        listener.onFrame(type, undefined, bytes);
      }
      if (pieceLeft > 0 && at < data.length) {
        const piece = data.subarray(at, at + pieceLeft);
        pieceLeft -= piece.length;
        at += piece.length;
        listener.onPiece(piece);
      }
      if (data.length - at < HEAD_BYTES) {
        needed = HEAD_BYTES;
        break;
      }
      const length = data.readUInt32LE(at);
      const type = data[at + 4] as number; // SAFE: at + 4 < data.length, checked above.
      if (!FROM_GUEST.has(type)) {
        broken = true;
        return listener.onGarbage();
      }
      if (type === FRAME.streamData) {
        pieceLeft = length;
        at += HEAD_BYTES;
        continue;
      }
      if (length > payloadBytesMax) {
        skipping = { type, bytes: length, left: length };
        at += HEAD_BYTES;
        continue;
      }
      const end = at + HEAD_BYTES + length;
      if (data.length < end) {
        needed = HEAD_BYTES + length;
        break;
      }
      listener.onFrame(type, data.subarray(at + HEAD_BYTES, end), length);
      at = end;
    }
    if (at < data.length) {
      const rest = at === 0 ? data : data.subarray(at);
      held.add(rest);
      heldBytes = rest.length;
    }
  };
}
