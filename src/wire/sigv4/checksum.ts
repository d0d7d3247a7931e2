import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** S3's additional checksums, by their names in `x-amz-checksum-…` ("Checking object integrity", S3 user guide). */
export const CHECKSUM_ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export interface Checksum {
  update(bytes: Uint8Array): void;
  /** Big-endian bytes, which S3 writes in base64. Once. */
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
    case 'sha256': {
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
      // An index is never out of range: the table has all 256 bytes.
      for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
    },
    digest: () => bigEndian((crc ^ 0xffff_ffff) >>> 0),
  };
}

function startCrc64Nvme(): Checksum {
  const table = crc64Table();
  // Two halves of 32 bits: BigInt would cost a hundred times as much.
  let high = 0xffff_ffff;
  let low = 0xffff_ffff;
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const at = ((low ^ byte) & 0xff) * 2;
        low = (table[at + 1] ?? 0) ^ ((low >>> 8) | (high << 24));
        high = (table[at] ?? 0) ^ (high >>> 8);
      }
    },
    digest: () => Buffer.concat([bigEndian(~high >>> 0), bigEndian(~low >>> 0)]),
  };
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

let crc32cValues: Int32Array | undefined;

/** Castagnoli's polynomial, reflected (RFC 3720, appendix B.4). Made on first use. */
function crc32cTable(): Int32Array {
  crc32cValues ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f6_3b78 : value >>> 1;
    return value;
  });
  return crc32cValues;
}

let crc64Values: Int32Array | undefined;

/** The polynomial of the NVM Express specification, reflected; high and low half of each entry side by side. */
function crc64Table(): Int32Array {
  if (crc64Values !== undefined) return crc64Values;
  crc64Values = new Int32Array(512);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ 0x9a6c_9329_ac4b_c9b5n : value >> 1n;
    crc64Values[byte * 2] = Number(value >> 32n) | 0;
    crc64Values[byte * 2 + 1] = Number(value & 0xffff_ffffn) | 0;
  }
  return crc64Values;
}
