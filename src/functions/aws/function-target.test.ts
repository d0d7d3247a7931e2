import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from '../../wire/aws-error.ts';
import { functionTarget, latestTarget } from './function-target.ts';

// The answers are those that AWS gave (lambda-facts 2).

const HERE = { account: '123456789012', region: 'eu-west-1' };
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';
const PATTERN =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?';
const badName = (name: string) =>
  `Value '${name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${PATTERN}`;

test('a name', () => check('hello', undefined, ARN));
test('a name with a qualifier', () => check('hello:7', undefined, `${ARN}:7`));
test('a name with $LATEST', () => check('hello:$LATEST', undefined, `${ARN}:$LATEST`));
test('function:name', () => check('function:hello', undefined, ARN));
test('account:function:name', () => check('123456789012:function:hello', undefined, ARN));
test('account:function:name:qualifier', () => check('123456789012:function:hello:live', undefined, `${ARN}:live`));
test('region:account:function:name', () => check('eu-west-1:123456789012:function:hello', undefined, ARN));
test('an ARN', () => check(ARN, undefined, ARN));
test('an ARN with a qualifier', () => check(`${ARN}:7`, undefined, `${ARN}:7`));
test('the Qualifier parameter', () => check('hello', '7', `${ARN}:7`));
test('the same qualifier twice', () => check(`${ARN}:7`, '7', `${ARN}:7`));
test('an ARN without a name is that of a function named function', () =>
  check('arn:aws:lambda:eu-west-1:123456789012:function', undefined, ARN.replace('hello', 'function')));
test('a name of 65 characters is looked for, and not found', () =>
  check('a'.repeat(65), undefined, ARN.replace('hello', 'a'.repeat(65))));
test('$latest is looked for, and not found', () => check('hello', '$latest', `${ARN}:$latest`));
test('a qualifier of 128 characters is looked for', () => check('hello', 'a'.repeat(128), `${ARN}:${'a'.repeat(128)}`));

test('two different qualifiers', () =>
  checkRefused(
    `${ARN}:$LATEST`,
    '1',
    'InvalidParameterValueException',
    'The derived qualifier from the function name does not match the specified qualifier.',
  ));
test('an ARN of another region', () =>
  checkRefused(
    ARN.replace('eu-west-1', 'us-east-1'),
    undefined,
    'ResourceNotFoundException',
    "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')",
  ));
test('an ARN of another account', () =>
  checkRefused(ARN.replace('123456789012', '999999999999'), undefined, 'AccessDeniedException', ''));
test('an ARN of another account whose policy lets the caller in', () => {
  const arn = `${ARN.replace('123456789012', '999999999999')}:live`;
  const asked: string[] = [];
  const mayReach = (one: string) => asked.push(one) > 0;
  assert.equal(functionTarget(arn, undefined, { ...HERE, mayReach }).arn, arn);
  functionTarget(ARN, undefined, { ...HERE, mayReach });
  assert.deepEqual(asked, [arn], 'for one of the own account no policy is asked');
});
test('an odd character', () => checkInvalid('my-function!', undefined, [badName('my-function!')]));
test('a star', () => checkInvalid('*', undefined, [badName('*')]));
test('an account that is none', () =>
  checkInvalid('invalid-account:function:hello', undefined, [badName('invalid-account:function:hello')]));
test('two qualifiers in a name', () => checkInvalid(`${ARN}:1:2`, undefined, [badName(`${ARN}:1:2`)]));
test('$LATES', () => checkInvalid(`${ARN}:$LATES`, undefined, [badName(`${ARN}:$LATES`)]));
test('an ARN without a region, or without an account', () => {
  const noRegion = ARN.replace('eu-west-1', '');
  const noAccount = ARN.replace('123456789012', '');
  checkInvalid(noRegion, undefined, [badName(noRegion)]);
  checkInvalid(noAccount, undefined, [badName(noAccount)]);
});
test('an ARN of another service', () => {
  const arn = 'arn:aws:ec2:eu-west-1:123456789012:instance:i-1234567890abcdef0';
  checkInvalid(arn, undefined, [badName(arn)]);
});
test('an odd character in the qualifier', () =>
  checkInvalid('hello', 'invalid!', [
    "Value 'invalid!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
  ]));
test('a qualifier of 129 characters and a bad name are told together, the qualifier first', () => {
  const long = 'a'.repeat(129);
  checkInvalid('my-function!', long, [
    `Value '${long}' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128`,
    badName('my-function!'),
  ]);
});

test('only $LATEST can be changed', () => {
  assert.equal(latestTarget('hello', HERE).name, 'hello');
  assert.equal(latestTarget('hello:$LATEST', HERE).name, 'hello');
  for (const name of ['hello:1', 'hello:live']) {
    assert.throws(() => latestTarget(name, HERE), { code: 'InvalidParameterValueException' });
  }
});

function check(name: string, qualifier: string | undefined, arn: string): void {
  assert.equal(functionTarget(name, qualifier, HERE).arn, arn);
}

function checkInvalid(name: string, qualifier: string | undefined, broken: string[]): void {
  const count = broken.length === 1 ? '1 validation error' : `${broken.length} validation errors`;
  checkRefused(name, qualifier, 'ValidationException', `${count} detected: ${broken.join('; ')}`);
}

function checkRefused(name: string, qualifier: string | undefined, code: string, message: string): void {
  assert.throws(
    () => functionTarget(name, qualifier, HERE),
    (error) => {
      assert.ok(error instanceof AwsError);
      assert.deepEqual([error.code, error.message], [code, message]);
      return true;
    },
  );
}
