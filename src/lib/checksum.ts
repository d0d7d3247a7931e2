import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The additional checksums of S3, by their names in `x-amz-checksum-…` ("Checking object integrity", S3 user guide). */
export const CHECKSUM_ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256', 'sha512', 'md5'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Big-endian bytes. Once. */
  digest(): Buffer;
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (CHECKSUM_ALGORITHMS as readonly string[]).includes(name);
}

export function startChecksum(algorithm: ChecksumAlgorithm): Checksum {
  switch (algorithm) {
    case 'crc32':
      return startCrc32();
    case 'crc32c':
      return startCrc32c();
    case 'crc64nvme':
      return startCrc64Nvme();
    case 'sha1':
    case 'sha256':
    case 'sha512':
    case 'md5': {
      const digest = createHash(algorithm);
      return { update: (bytes) => void digest.update(bytes), digest: () => digest.digest() };
    }
  }
}

function startCrc32(): Checksum {
  let crc = 0;
  return {
    update: (bytes) => {
      crc = crc32(bytes, crc);
    },
    digest: () => bigEndian(crc),
  };
}

function startCrc32c(): Checksum {
  const table = crc32cTable();
  let crc = 0xffff_ffff;
  return {
    update: (bytes) => {
      // An index is never out of range: the tables have all 256 bytes.
      const at = (slice: number, byte: number) => table[slice * 256 + (byte & 0xff)] ?? 0;
      let index = 0;
      for (const end = bytes.length - 7; index < end; index += 8) {
        const word = crc ^ word32(bytes, index);
        crc =
          at(7, word) ^
          at(6, word >>> 8) ^
          at(5, word >>> 16) ^
          at(4, word >>> 24) ^
          at(3, bytes[index + 4] ?? 0) ^
          at(2, bytes[index + 5] ?? 0) ^
          at(1, bytes[index + 6] ?? 0) ^
          at(0, bytes[index + 7] ?? 0);
      }
      for (; index < bytes.length; index += 1) crc = at(0, crc ^ (bytes[index] ?? 0)) ^ (crc >>> 8);
    },
    digest: () => bigEndian((crc ^ 0xffff_ffff) >>> 0),
  };
}

function startCrc64Nvme(): Checksum {
  const { lows, highs } = crc64Tables();
  // Two halves of 32 bits: BigInt would cost a hundred times as much.
  let high = 0xffff_ffff;
  let low = 0xffff_ffff;
  return {
    update: (bytes) => {
      let index = 0;
      for (const end = bytes.length - 7; index < end; index += 8) {
        const first = low ^ word32(bytes, index);
        const second = high ^ word32(bytes, index + 4);
        const [a, b, c, d] = [first & 0xff, (first >>> 8) & 0xff, (first >>> 16) & 0xff, first >>> 24];
        const [e, f, g, h] = [second & 0xff, (second >>> 8) & 0xff, (second >>> 16) & 0xff, second >>> 24];
        low = sliced(lows, a, b, c, d, e, f, g, h);
        high = sliced(highs, a, b, c, d, e, f, g, h);
      }
      for (; index < bytes.length; index += 1) {
        const at = (low ^ (bytes[index] ?? 0)) & 0xff;
        low = (lows[at] ?? 0) ^ ((low >>> 8) | (high << 24));
        high = (highs[at] ?? 0) ^ (high >>> 8);
      }
    },
    digest: () => Buffer.concat([bigEndian(~high >>> 0), bigEndian(~low >>> 0)]),
  };
}

/** Eight bytes at once: the tables say what each of them becomes once those after it have passed ("slicing by 8"). */
function sliced(
  table: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): number {
  return (
    (table[1_792 + a] ?? 0) ^
    (table[1_536 + b] ?? 0) ^
    (table[1_280 + c] ?? 0) ^
    (table[1_024 + d] ?? 0) ^
    (table[768 + e] ?? 0) ^
    (table[512 + f] ?? 0) ^
    (table[256 + g] ?? 0) ^
    (table[h] ?? 0)
  );
}

function word32(bytes: Uint8Array, index: number): number {
  return (
    (bytes[index] ?? 0) |
    ((bytes[index + 1] ?? 0) << 8) |
    ((bytes[index + 2] ?? 0) << 16) |
    ((bytes[index + 3] ?? 0) << 24)
  );
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

let crc32cValues: Int32Array | undefined;

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4); eight slices. Made on first use. */
function crc32cTable(): Int32Array {
  if (crc32cValues !== undefined) return crc32cValues;
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f6_3b78 : value >>> 1;
    table[byte] = value;
  }
  for (let at = 256; at < table.length; at += 1) {
    const before = table[at - 256] ?? 0;
    table[at] = (before >>> 8) ^ (table[before & 0xff] ?? 0);
  }
  crc32cValues = table;
  return table;
}

let crc64Values: { lows: Int32Array; highs: Int32Array } | undefined;

/** The polynomial of the NVM Express specification, reflected; eight slices, each entry in two halves. */
function crc64Tables(): { lows: Int32Array; highs: Int32Array } {
  if (crc64Values !== undefined) return crc64Values;
  const lows = new Int32Array(8 * 256);
  const highs = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ CRC64NVME_POLYNOMIAL : value >> 1n;
    highs[byte] = Number(value >> 32n) | 0;
    lows[byte] = Number(value & 0xffff_ffffn) | 0;
  }
  for (let at = 256; at < lows.length; at += 1) {
    const low = lows[at - 256] ?? 0;
    const high = highs[at - 256] ?? 0;
    lows[at] = ((low >>> 8) | (high << 24)) ^ (lows[low & 0xff] ?? 0);
    highs[at] = (high >>> 8) ^ (highs[low & 0xff] ?? 0);
  }
  crc64Values = { lows, highs };
  return crc64Values;
}

const CRC64NVME_POLYNOMIAL = 0x9a6c_9329_ac4b_c9b5n;

/** Reflected polynomials of the checksums that can be combined. */
const CRC_POLYNOMIALS: Partial<Record<ChecksumAlgorithm, { readonly polynomial: bigint; readonly bits: bigint }>> = {
  crc32: { polynomial: 0xedb8_8320n, bits: 32n },
  crc32c: { polynomial: 0x82f6_3b78n, bits: 32n },
  crc64nvme: { polynomial: CRC64NVME_POLYNOMIAL, bits: 64n },
};

/**
 * The checksum of one text from those of its pieces, without reading them again: zlib's `crc32_combine`, for all three
 * polynomials. Undefined where the algorithm has no such property (SHA).
 */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  pieces: readonly { readonly digest: Buffer; readonly bytes: number }[],
): Buffer | undefined {
  const field = CRC_POLYNOMIALS[algorithm];
  if (field === undefined) return undefined;
  const shifts = new Map<number, bigint>();
  let sum = 0n;
  for (const { digest, bytes } of pieces) {
    const shift = shifts.get(bytes) ?? powerOfX(BigInt(bytes) * 8n, field);
    shifts.set(bytes, shift);
    sum = product(sum, shift, field) ^ BigInt(`0x${digest.toString('hex')}`);
  }
  return Buffer.from(sum.toString(16).padStart(Number(field.bits) / 4, '0'), 'hex');
}

type Field = { readonly polynomial: bigint; readonly bits: bigint };

/** Reflected: the highest bit is x to the power of 0. */
function powerOfX(exponent: bigint, field: Field): bigint {
  let result = 1n << (field.bits - 1n);
  let square = 1n << (field.bits - 2n);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = product(result, square, field);
    square = product(square, square, field);
  }
  return result;
}

function product(a: bigint, b: bigint, { polynomial, bits }: Field): bigint {
  let sum = 0n;
  let shifted = b;
  for (let bit = bits - 1n; bit >= 0n; bit -= 1n) {
    if ((a >> bit) & 1n) sum ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return sum;
}
