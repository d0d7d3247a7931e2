import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceId } from './trace-id.ts';

const ROOT = '1-3152b799-8954dae64eda91bc9a23a7e8';
const PARENT = '7fa8c0f79203be72';
const NEW_24 = '0123456789abcdef01234567';
const NEW_16 = 'fedcba9876543210';

function check(received: string | undefined, expected: string) {
  assert.equal(traceId(received, 0x6b01c3f9_000, NEW_24, NEW_16), expected);
}

const NEW = `Root=1-${Math.floor(0x6b01c3f9_000 / 1000).toString(16)}-${NEW_24};Parent=${NEW_16};Sampled=0`;

test('a whole header is handed on as it came', () => {
  check(`Root=${ROOT};Parent=${PARENT};Sampled=1`, `Root=${ROOT};Parent=${PARENT};Sampled=1`);
  const lineage = `Root=${ROOT};Parent=${PARENT};Sampled=0;Lineage=1:a87bd80c:0`;
  check(lineage, lineage);
});

test('what a header leaves out is filled in, and what is not the function’s goes', () => {
  check(`Root=${ROOT}`, `Root=${ROOT};Parent=${NEW_16};Sampled=0`);
  check(`Root=${ROOT};Sampled=1`, `Root=${ROOT};Parent=${NEW_16};Sampled=1`);
  check(`Root=${ROOT};Parent=${PARENT};Sampled=?`, `Root=${ROOT};Parent=${PARENT};Sampled=0`);
  check(`Self=1-2; Sampled=1; root=${ROOT}; Parent=${PARENT}`, `Root=${ROOT};Parent=${PARENT};Sampled=1`);
  check(`Root=${ROOT};Parent=nothing;Sampled=1`, `Root=${ROOT};Parent=${NEW_16};Sampled=1`);
});

test('without a trace there is a new one, which is not sampled', () => {
  check(undefined, NEW);
  check('', NEW);
  check('garbage', NEW);
  check(`Root=not-one;Parent=${PARENT};Sampled=1`, NEW);
});
