import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalToAws } from './refusal-to-aws.ts';

test('a snapshot whose hooks fail, or take too long, after it is restored is an error of AWS’s own', () => {
  const told = (timedOut: boolean) => refusalToAws({ kind: 'not-restored', timedOut });
  assert.equal(told(false).code, 'SnapStartException');
  assert.equal(told(true).code, 'SnapStartTimeoutException');
  assert.equal(told(true).message, "Lambda couldn't restore the snapshot within the timeout limit.");
});
