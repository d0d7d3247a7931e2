/** One element of ASN.1, as BER writes it: DER, and lengths that are found by an end marker. */
export interface Element {
  /** The identifier: class, whether it is constructed, and the number of the tag. */
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length, as it came. */
  readonly raw: Buffer;
  /** Whether the length was written down, as DER demands. */
  readonly definite: boolean;
}

/** Bytes that are no ASN.1, or none of the kind that is expected. */
export class NotBer extends Error {}

const DEPTH_MAX = 32;
const CONSTRUCTED = 0x20;

/** The one element that these bytes are. Throws `NotBer`. */
export function readElement(bytes: Buffer): Element {
  const { element, end } = elementAt(bytes, 0, 0);
  if (end !== bytes.length) throw new NotBer('there is more behind the element');
  return element;
}

/** The elements within a constructed one. Throws `NotBer`. */
export function childrenOf({ tag, content }: Element): Element[] {
  if ((tag & CONSTRUCTED) === 0) throw new NotBer('a primitive element has no elements within');
  const children: Element[] = [];
  for (let at = 0; at < content.length; ) {
    const { element, end } = elementAt(content, at, 0);
    children.push(element);
    at = end;
  }
  return children;
}

function elementAt(bytes: Buffer, at: number, depth: number): { element: Element; end: number } {
  const tag = byteAt(bytes, at);
  const first = byteAt(bytes, at + 1);
  if ((tag & 0x1f) === 0x1f) throw new NotBer('a tag of several bytes');
  if (first === 0x80) return untilMarker(bytes, at, depth);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4) throw new NotBer('a length of more than four bytes');
  let length = lengthBytes === 0 ? first : 0;
  for (let index = 0; index < lengthBytes; index += 1) length = length * 256 + byteAt(bytes, at + 2 + index);
  const start = at + 2 + lengthBytes;
  const end = start + length;
  if (end > bytes.length) throw new NotBer('the element is cut off');
  return {
    element: { tag, content: bytes.subarray(start, end), raw: bytes.subarray(at, end), definite: true },
    end,
  };
}

function untilMarker(bytes: Buffer, at: number, depth: number): { element: Element; end: number } {
  const tag = byteAt(bytes, at);
  if (depth >= DEPTH_MAX) throw new NotBer(`more than ${DEPTH_MAX} elements within each other`);
  if ((tag & CONSTRUCTED) === 0) throw new NotBer('a primitive element without length');
  const start = at + 2;
  let next = start;
  while (byteAt(bytes, next) !== 0 || byteAt(bytes, next + 1) !== 0) next = elementAt(bytes, next, depth + 1).end;
  const end = next + 2;
  return {
    element: { tag, content: bytes.subarray(start, next), raw: bytes.subarray(at, end), definite: false },
    end,
  };
}

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new NotBer('the element is cut off');
  return byte;
}
