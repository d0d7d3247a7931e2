import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, startChecksum } from './checksum.ts';

/** Of the nine bytes `123456789`: the check values of the CRC catalogue, and of FIPS 180. */
const CHECK_VALUES: Record<ChecksumAlgorithm, string> = {
  crc32: 'cbf43926',
  crc32c: 'e3069283',
  crc64nvme: 'ae8b14860a799888',
  sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
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
