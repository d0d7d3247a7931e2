import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalToAws } from './refusal-to-aws.ts';

test('a snapshot whose hooks fail, or take too long, after it is restored is an error of AWS’s own', () => {
  const told = (timedOut: boolean) => refusalToAws({ kind: 'not-restored', timedOut });
  assert.equal(told(false).code, 'SnapStartException');
  assert.equal(told(true).code, 'SnapStartTimeoutException');
  assert.equal(told(true).message, "Lambda couldn't restore the snapshot within the timeout limit.");
});

test('an inactive function answers in the words of what is brought back, and tells what went wrong the last time', () => {
  const told = (snapStart: boolean, failure?: { reason: string }) =>
    refusalToAws({ kind: 'restoring', arn: 'ARN', snapStart, failure });
  assert.equal(told(false).code, 'CodeArtifactUserPendingException');
  assert.equal(told(true).code, 'SnapStartNotReadyException');
  assert.equal(
    told(true).message,
    'Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.',
  );
  const failed = told(false, { reason: 'Type: lambent runtime add nodejs22.x' });
  assert.equal(failed.code, 'CodeArtifactUserFailedException');
  assert.match(failed.message, /^The function ARN is inactive\..*Type: lambent runtime add nodejs22\.x$/);
});
