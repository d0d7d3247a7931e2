/** A header field of a letter, unfolded. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

const LF = 0x0a;
const CR = 0x0d;

/** Where the body begins: behind the empty line; the length of the letter if it has none. */
export function bodyStart(letter: Uint8Array): number {
  let lineStart = 0;
  for (let at = letter.indexOf(LF); at >= 0; at = letter.indexOf(LF, lineStart)) {
    const end = letter[at - 1] === CR && at > lineStart ? at - 1 : at;
    if (end === lineStart) return at + 1;
    lineStart = at + 1;
  }
  return letter.length;
}

/** Reading a head takes time by its length, and no letter that people write has a longer one. Ours. */
export const HEAD_BYTES_MAX = 256 * 1024;

/** Whether the head is longer than it may be; looks no further than that. */
export function isHeadTooLong(letter: Uint8Array): boolean {
  return letter.length > HEAD_BYTES_MAX && bodyStart(letter.subarray(0, HEAD_BYTES_MAX)) === HEAD_BYTES_MAX;
}

/** The header fields, in their order. What is no field is left out. */
export function headersOf(letter: Buffer): Header[] {
  return fieldsOf(letter).flatMap((field) => {
    const [, name, value] = /^([!-9;-~]+)[ \t]*:([\s\S]*)$/.exec(field) ?? [];
    if (name === undefined || value === undefined) return [];
    // What is not ASCII is UTF-8 (RFC 6532).
    const unfolded = Buffer.from(value.replace(/\r?\n(?=[ \t])/g, ''), 'latin1');
    return [{ name, value: unfolded.toString('utf8').trim() }];
  });
}

/** The first one of this name, whatever its case. */
export function headerOf(headers: readonly Header[], name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name.toLowerCase())?.value;
}

/** The letter with other fields before its own, and without those of some names, in lower case. */
export function withHeaders(
  letter: Buffer,
  { before = [], without = [] }: { before?: readonly Header[]; without?: readonly string[] },
): Buffer {
  const added = before.map(({ name, value }) => `${name}: ${value}\r\n`).join('');
  const prefix = Buffer.from(added, 'utf8');
  if (without.length === 0) return Buffer.concat([prefix, letter]);
  const start = bodyStart(letter);
  const kept = fieldsOf(letter).filter(
    (field) => !without.includes(field.split(':', 1)[0]?.trim().toLowerCase() ?? ''),
  );
  // A head without an end gets one, so that the body does not become a field.
  const head = Buffer.from(kept.map((field) => `${field}\r\n`).join(''), 'latin1');
  return Buffer.concat([prefix, head, Buffer.from('\r\n'), letter.subarray(start)]);
}

/** Each with its folded lines, without the last line's end; one character a byte, so that each byte can be kept. */
function fieldsOf(letter: Buffer): string[] {
  const head = letter.subarray(0, bodyStart(letter)).toString('latin1');
  return head
    .replace(/\r?\n$/, '')
    .split(/\r?\n(?![ \t])/)
    .filter((field) => field !== '');
}
