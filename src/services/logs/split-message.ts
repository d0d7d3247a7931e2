/** Longest line of a function that stays one event, in bytes of UTF-8. Seen on AWS: longer lines are cut after 2^18 - 26 bytes. */
export const LINE_BYTES_MAX = 256 * 1024 - 26;

/** No line of so few UTF-16 units needs cutting: none takes more than three bytes. */
export const LINE_UNITS_SAFE = Math.floor(LINE_BYTES_MAX / 3);

/** Cuts a line into parts of at most `bytesMax` bytes of UTF-8, never inside a character. */
export function splitMessage(message: string, bytesMax: number = LINE_BYTES_MAX): string[] {
  const bytes = Buffer.from(message);
  const parts: string[] = [];
  let start = 0;
  while (bytes.length - start > bytesMax) {
    let end = start + bytesMax;
    // A byte 10xxxxxx continues a character: step back to where that character begins (at most three steps).
    while (isContinuation(bytes[end])) end -= 1;
    parts.push(bytes.toString('utf8', start, end));
    start = end;
  }
  parts.push(bytes.toString('utf8', start));
  return parts;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
