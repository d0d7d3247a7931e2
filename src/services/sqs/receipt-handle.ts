import { crc32 } from 'node:zlib';

/** What a receipt handle says: which message of which queue, and which of its receives. */
export interface Receipt {
  readonly queueId: number;
  readonly sequence: number;
  /** Random, below 2^48; the message knows that of its last receive. */
  readonly nonce: number;
}

const NONCE_BYTES = 6;

const BYTES = 30;
const CHECKED_BYTES = BYTES - 4;
/** So that handles begin as AWS's do, with AQEB. */
const MARK = 0x010101;

/** Opaque text. The check at its end tells a handle that was never ours from one whose message has gone. */
export function receiptHandle({ queueId, sequence, nonce }: Receipt): string {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUIntBE(MARK, 0, 3);
  bytes.writeUInt32BE(queueId, 4);
  bytes.writeBigUInt64BE(BigInt(sequence), 8);
  bytes.writeUIntBE(nonce, 20, NONCE_BYTES);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return bytes.toString('base64');
}

/** What the handle says, or undefined when it is none of ours. */
export function parseReceiptHandle(handle: string): Receipt | undefined {
  const bytes = Buffer.from(handle, 'base64');
  if (bytes.length !== BYTES || bytes.readUIntBE(0, 3) !== MARK) return undefined;
  if (bytes.readUInt32BE(CHECKED_BYTES) !== crc32(bytes.subarray(0, CHECKED_BYTES))) return undefined;
  const sequence = Number(bytes.readBigUInt64BE(8));
  if (!Number.isSafeInteger(sequence)) return undefined;
  return { queueId: bytes.readUInt32BE(4), sequence, nonce: bytes.readUIntBE(20, NONCE_BYTES) };
}
