/** One log event written by a guest on descriptor 4. */
export type OnRecord = (message: string, timestampMs: number) => void;

const HEAD_BYTES = 16;
const MAGIC = 0xa55a0000;
/** CloudWatch Logs takes events of up to 1 MB; a longer record is malformed and what follows cannot be trusted. */
const RECORD_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Cuts the records pipe into log events (AWS's framing for `_LAMBDA_TELEMETRY_LOG_FD`, big-endian: type, length,
 * microseconds since the epoch, text). After bytes that are no record, the rest of the stream is dropped: the function
 * wrote to a descriptor that is not its own, and only its own log suffers.
 */
export function recordReader(onRecord: OnRecord): (chunk: Buffer) => void {
  let held: Buffer | undefined;
  let broken = false;
  return (chunk) => {
    if (broken) return;
    let data = held === undefined ? chunk : Buffer.concat([held, chunk]);
    held = undefined;
    while (data.length >= HEAD_BYTES) {
      const type = data.readUInt32BE(0);
      const length = data.readUInt32BE(4);
      if ((type & 0xffff0000) >>> 0 !== MAGIC || length > RECORD_BYTES_MAX) {
        broken = true;
        return;
      }
      if (data.length < HEAD_BYTES + length) break;
      const timestampMs = Math.floor(Number(data.readBigUInt64BE(8)) / 1000);
      onRecord(data.toString('utf8', HEAD_BYTES, HEAD_BYTES + length), timestampMs);
      data = data.subarray(HEAD_BYTES + length);
    }
    if (data.length > 0) held = data;
  };
}
