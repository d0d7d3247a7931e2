import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, combineChecksums, startChecksum } from './checksum.ts';
import { generator } from './testing/random.ts';

/** Of the nine bytes `123456789`: the check values of the CRC catalogue, and what the system's sha512sum and its like print. */
const CHECK_VALUES: Record<ChecksumAlgorithm, string> = {
  crc32: 'cbf43926',
  crc32c: 'e3069283',
  crc64nvme: 'ae8b14860a799888',
  sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  sha512:
    'd9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85',
  md5: '25f9e794323b453885f5181f1b624d0b',
};

for (const algorithm of CHECKSUM_ALGORITHMS) {
  test(`${algorithm} has its published check value, however the bytes are cut`, () => {
    for (const cut of [0, 1, 4, 9]) {
      const sum = startChecksum(algorithm);
      sum.update(Buffer.from('123456789'.slice(0, cut)));
      sum.update(Buffer.from('123456789'.slice(cut)));
      assert.equal(sum.digest().toString('hex'), CHECK_VALUES[algorithm], `cut at ${cut}`);
    }
  });
}

function digestOf(algorithm: ChecksumAlgorithm, ...pieces: Buffer[]): Buffer {
  const sum = startChecksum(algorithm);
  for (const piece of pieces) sum.update(piece);
  return sum.digest();
}

const random = generator(20_261_121);
const bytes = (count: number) => Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));

test('a checksum is the same however its bytes are cut', () => {
  const whole = bytes(1_000);
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    for (let round = 0; round < 50; round += 1) {
      const [one = 0, two = 0] = [Math.floor(random() * 1_001), Math.floor(random() * 1_001)].sort((a, b) => a - b);
      const cut = [whole.subarray(0, one), whole.subarray(one, two), whole.subarray(two)];
      assert.deepEqual(digestOf(algorithm, ...cut), digestOf(algorithm, whole), `${algorithm}, cut at ${one}, ${two}`);
    }
  }
});

test('those of pieces make that of the whole, where the algorithm has that property', () => {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const pieces = [bytes(5), bytes(0), bytes(3_000), bytes(1), bytes(3_000)];
    const known = pieces.map((piece) => ({ digest: digestOf(algorithm, piece), bytes: piece.length }));
    const expected = algorithm.startsWith('crc') ? digestOf(algorithm, ...pieces) : undefined;
    assert.deepEqual(combineChecksums(algorithm, known), expected, algorithm);
  }
  // Lengths do not fit into 32 bits for long.
  const zeros = digestOf('crc32', Buffer.alloc(1));
  const half = combineChecksums('crc32', Array(2).fill({ digest: zeros, bytes: 1 })) ?? zeros;
  assert.deepEqual(half, digestOf('crc32', Buffer.alloc(2)));
  const large = 5 * 1024 ** 3;
  const one = { digest: digestOf('crc64nvme', Buffer.from('a')), bytes: large };
  const [left, right] = [combineChecksums('crc64nvme', [one, one, one]), combineChecksums('crc64nvme', [one, one])];
  assert.deepEqual(combineChecksums('crc64nvme', [{ digest: right ?? zeros, bytes: 2 * large }, one]), left);
});
