import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsError } from './aws-error.ts';
import {
  type Constraint,
  doubleRange,
  elements,
  keys,
  length,
  oneOf,
  pattern,
  range,
  required,
  validate,
  values,
  violations,
} from './validation.ts';

const head = (value: string) =>
  `1 validation error detected: Value ${value} at 'member' failed to satisfy constraint: `;

test('an absent member that is required is reported as null without quotes', () =>
  check(undefined, [required, length(1, 2)], `${head('null')}Member must not be null`));
test('an absent member that is not required passes every other constraint', () =>
  check(undefined, [length(1, 2), pattern('a'), oneOf(['a'])], undefined));
test('a text of the largest length passes', () => check('ab', [length(1, 2)], undefined));
test('a text one longer is refused', () =>
  check('abc', [length(1, 2)], `${head("'abc'")}Member must have length less than or equal to 2`));
test('a text one too short is refused', () =>
  check('', [length(1, 2)], `${head("''")}Member must have length greater than or equal to 1`));
test('a number at each end passes', () => {
  check(1, [range(1, 900)], undefined);
  check(900, [range(1, 900)], undefined);
});
test('a number below its range', () =>
  check(0, [range(1, 900)], `${head("'0'")}Member must have value greater than or equal to 1`));
test('a number above its range', () =>
  check(901, [range(1, 900)], `${head("'901'")}Member must have value less than or equal to 900`));
test('NaN is within no range', () =>
  check(Number.NaN, [range(1, 900)], `${head("'NaN'")}Member must have value greater than or equal to 1`));
test('a pattern covers the whole text', () =>
  check('abc1', [pattern('[a-z]+')], `${head("'abc1'")}Member must satisfy regular expression pattern: [a-z]+`));
test('a pattern with alternatives covers the whole text with each', () =>
  check('a2', [pattern('a|b')], `${head("'a2'")}Member must satisfy regular expression pattern: a|b`));
test('a text that is longer than any of AWS’s matches no pattern', () => {
  const longest = 'a'.repeat(1_000_000);
  check(longest, [pattern('([a-z])+')], undefined);
  assert.equal(violations([{ path: 'member', value: `${longest}a`, constraints: [pattern('([a-z])+')] }]).length, 1);
  assert.equal(
    violations([{ path: 'member', value: longest.repeat(60), constraints: [pattern('([a-z])+')] }]).length,
    1,
  );
});
test('a value outside an enum', () =>
  check('ZAP', [oneOf(['ALL', 'NONE'])], `${head("'ZAP'")}Member must satisfy enum value set: [ALL, NONE]`));
test('a broken list element names all constraints of elements', () =>
  check(
    ['x86_64', 'vax'],
    [elements(oneOf(['x86_64', 'arm64']))],
    `${head("'[x86_64, vax]'")}Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]`,
  ));
test('a broken map value prints doubles as Java does', () =>
  check(
    { 2: 2 },
    [values(doubleRange(0, 1))],
    `${head("'{2=2.0}'")}Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`,
  ));
test('a broken map key', () =>
  check(
    { one: 1 },
    [keys(length(1, 1024), pattern('[0-9]+'))],
    `${head("'{one=1}'")}Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]`,
  ));

test('a service that does not tell values gets the same sentences without them', () => {
  const constraints = [length(2, 3), pattern('[a-z]+')];
  assert.deepEqual(violations([{ path: 'name', value: '!', constraints }], { values: 'untold' }), [
    "Value at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2",
    "Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
  ]);
});

test('several errors are counted and kept in the order of the checks, length before pattern', () => {
  assert.throws(
    () =>
      validate([
        { path: 'qualifier', value: '!', constraints: [length(2, 128), pattern('[a-z]+')] },
        { path: 'vpcConfig.subnetIds', value: ['a', 'b'], constraints: [length(0, 1)] },
      ]),
    (error) =>
      error instanceof AwsError &&
      error.code === 'ValidationException' &&
      error.message ===
        "3 validation errors detected: Value '!' at 'qualifier' failed to satisfy constraint: Member must have length greater than or equal to 2; " +
          "Value '!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; " +
          "Value '[a, b]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must have length less than or equal to 1",
  );
});

function check(value: unknown, constraints: readonly Constraint[], expected: string | undefined): void {
  let message: string | undefined;
  try {
    validate([{ path: 'member', value, constraints }]);
  } catch (error) {
    message = error instanceof AwsError ? error.message : String(error);
  }
  assert.equal(message, expected);
}
