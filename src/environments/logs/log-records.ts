import { gather } from '../guests/gather.ts';

/** One log event written by a guest on descriptor 4. */
export type OnRecord = (message: string, timestampMs: number) => void;

const HEAD_BYTES = 16;
const MAGIC = 0xa55a0000;
/** CloudWatch Logs takes events of up to 1 MB; a longer record is malformed and what follows cannot be trusted. */
const RECORD_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Cuts the records pipe into log events (AWS's framing for `_LAMBDA_TELEMETRY_LOG_FD`, big-endian: type, length,
 * microseconds since the epoch, text). After bytes that are no record, the rest of the stream is dropped: the function
 * wrote to a descriptor that is not its own, and only its own log suffers. What is
 * returned takes a chunk and answers how many records it completed.
 */
export function recordReader(onRecord: OnRecord): (chunk: Buffer) => number {
  // Put together once for each record, however small the pieces are in which it comes.
  let held = gather();
  let heldBytes = 0;
  let needed = HEAD_BYTES;
  let broken = false;
  return (chunk) => {
    if (broken) return 0;
    held.add(chunk);
    heldBytes += chunk.length;
    if (heldBytes < needed) return 0;
    let data = held.bytes();
    let count = 0;
    needed = HEAD_BYTES;
    while (data.length >= HEAD_BYTES) {
      const type = data.readUInt32BE(0);
      const length = data.readUInt32BE(4);
      if ((type & 0xffff0000) >>> 0 !== MAGIC || length > RECORD_BYTES_MAX) {
        broken = true;
        held = gather();
        return count;
      }
      needed = HEAD_BYTES + length;
      if (data.length < needed) break;
      const timestampMs = Math.floor(Number(data.readBigUInt64BE(8)) / 1000);
      onRecord(data.toString('utf8', HEAD_BYTES, needed), timestampMs);
      count += 1;
      data = data.subarray(needed);
      needed = HEAD_BYTES;
    }
    held = gather();
    heldBytes = data.length;
    if (heldBytes > 0) held.add(data);
    return count;
  };
}
