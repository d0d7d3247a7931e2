import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from '../../lib/testing/random.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { policyJson } from '../permissions.ts';
import { readPolicy } from './policy-document.ts';

// What single documents are answered is in resource-policies.test.ts, through the official client.

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';

test('random documents are refused, or kept as they are and read again to the same', () => {
  const seed = Number(process.env.SEED ?? 20261121);
  const random = generator(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T; // SAFE: within its length.
  const odd = [null, true, 1, '', 'x', [], {}, [[]], JSON.parse('{"__proto__":"x"}')];
  // Mostly right, so that whole documents come through.
  const either = (good: readonly unknown[]): unknown => (random() < 0.9 ? pick(good) : pick(odd));
  const statement = () => ({
    ...(random() < 0.5 ? { Sid: either(['a', 'b', 'c']) } : {}),
    Effect: either(['Allow', 'Deny']),
    [pick(['Principal', 'Principal', 'NotPrincipal'])]: either([
      '*',
      { AWS: '123456789012' },
      { Service: ['s3.amazonaws.com'] },
    ]),
    [pick(['Action', 'Action', 'NotAction'])]: either(['lambda:InvokeFunction', ['lambda:*'], '*']),
    Resource: either([ARN, '*', [ARN, `${ARN}:*`]]),
    ...(random() < 0.3 ? { Condition: either([{ Bool: { 'aws:SecureTransport': 'true' } }]) } : {}),
    ...(random() < 0.03 ? { [pick(['__proto__', 'constructor', 'NotResource'])]: '*' } : {}),
  });
  let taken = 0;
  const rounds = 3_000;
  for (let round = 0; round < rounds; round += 1) {
    const Statement = random() < 0.2 ? statement() : Array.from({ length: Math.floor(random() * 3) }, statement);
    const text = JSON.stringify({ Version: either(['2012-10-17']), Statement: either([Statement]) });
    const told = `${text}, SEED=${seed}`;
    try {
      const policy = readPolicy(text, ARN);
      taken += 1;
      const shown = policyJson(policy);
      assert.deepEqual(
        JSON.parse(shown),
        { ...JSON.parse(text), Statement: [JSON.parse(text).Statement].flat() },
        told,
      );
      assert.deepEqual(readPolicy(shown, ARN), policy, told);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      assert.equal(error.code, 'InvalidParameterValueException', told);
    }
  }
  assert.ok(taken > rounds / 10 && taken < rounds, `${taken} of ${rounds} were taken, SEED=${seed}`);
});
