// Random names of functions. Method: what is put together from the parts of a name, in any form, is read as those parts,
// and the ARN made of it is read as the same again; one forbidden character makes it no name; and of whatever else looks
// like a name, each pattern takes only what can be read. `SEED=42` tries other values, `FUZZ_RUNS` lengthens it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from '../../lib/testing/random.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { violations } from '../../wire/validation.ts';
import {
  FUNCTION_NAME,
  NAMESPACED_FUNCTION_NAME,
  PROVISIONED_QUALIFIER,
  QUALIFIER,
  UNQUALIFIED_FUNCTION_NAME,
  URL_FUNCTION_NAME,
  URL_QUALIFIER,
} from './constraints/names.ts';
import { type FunctionTarget, functionTarget, readTarget } from './function-target.ts';

const SEED = Number(process.env.SEED ?? 20_261_121);
const RUNS = Number(process.env.FUZZ_RUNS ?? 5_000);

const REGIONS = ['eu-west-1', 'us-gov-east-1', 'us-isob-east-1', 'us-iso-west-2', 'eusc-de-east-1', 'ap-southeast-7'];
const PARTITIONS = ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b', 'aws-eusc'];
const NAME_CHARACTERS = 'abcXYZ019-_';
const FORBIDDEN = ['!', '*', '/', ' ', '@', '%', '\n', '\0', 'é', '💥', '+', '(', '\\', "'", '"', '#', '?', '=', '&'];
/** What names are made of, and what only looks like it. */
const TOKENS = [
  ...['arn', 'aws', 'lambda', 'function', 'layer', ':', ':', ':', ':', '::', '$', '$LATEST', '$LATEST.PUBLISHED'],
  ...[
    '.',
    '-',
    '_',
    '1',
    '42',
    'hello',
    'live',
    '123456789012',
    '12345678901',
    'eu-west-1',
    'eu-west-',
    'us-gov-east-1',
  ],
  ...['arn:aws:lambda:', 'arn:aws:lambda:eu-west-1:123456789012:function:', 'eusc-', ' ', '!', ''],
];

test(`a name of any form is read as what it was made of (SEED=${SEED})`, () => {
  const random = generator(SEED);
  for (let run = 0; run < RUNS; run += 1) {
    const { given, where, expected } = randomName(random);
    const target = functionTarget(given, undefined, where);
    assert.deepEqual(target, expected, given);
    assert.deepEqual(functionTarget(target.arn, undefined, where), expected, given);
    assert.deepEqual(functionTarget(target.arn, target.qualifier, where), expected, given);
  }
});

test(`a name with a character that none may have is refused as no name (SEED=${SEED})`, () => {
  const random = generator(SEED);
  for (let run = 0; run < RUNS; run += 1) {
    const { given, where } = randomName(random);
    const at = Math.floor(random() * (given.length + 1));
    const spoilt = given.slice(0, at) + pick(random, FORBIDDEN) + given.slice(at);
    assert.equal(refusalOf(() => functionTarget(spoilt, undefined, where)).code, 'ValidationException', spoilt);
  }
});

test(`what only looks like a name is read, or refused in AWS’s words (SEED=${SEED})`, () => {
  const random = generator(SEED);
  const where = { account: '123456789012', region: 'eu-west-1' };
  let taken = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const given = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(random, TOKENS)).join('');
    for (const name of [FUNCTION_NAME, NAMESPACED_FUNCTION_NAME, UNQUALIFIED_FUNCTION_NAME, URL_FUNCTION_NAME]) {
      if (violations([{ path: 'functionName', value: given, constraints: name }]).length > 0) continue;
      for (const qualifier of [QUALIFIER, PROVISIONED_QUALIFIER, URL_QUALIFIER]) {
        const second = Array.from({ length: Math.floor(random() * 3) }, () => pick(random, TOKENS)).join('');
        const isTaken = violations([{ path: 'qualifier', value: second, constraints: qualifier }]).length === 0;
        const target = readOrRefused(given, isTaken ? second : undefined, where);
        if (target === undefined) continue;
        taken += 1;
        assert.deepEqual(readOrRefused(target.arn, undefined, where), target, given);
      }
    }
  }
  // Else the tokens would have stopped saying anything.
  assert.ok(taken > RUNS / 10, `${taken} of ${RUNS} runs were names`);
});

/** What operations do after their table of constraints has let a name through: nothing but AWS's errors may come of it. */
function readOrRefused(
  name: string,
  qualifier: string | undefined,
  where: { account: string; region: string },
): FunctionTarget | undefined {
  try {
    return readTarget(name, qualifier, where);
  } catch (error) {
    assert.ok(error instanceof AwsError, `${name}: ${error}`);
    return undefined;
  }
}

function randomName(random: () => number) {
  const account = Array.from({ length: 12 }, () => Math.floor(random() * 10)).join('');
  const region = pick(random, REGIONS);
  // The letter keeps it from looking like an account, a region or the word function, which AWS reads as such.
  const name = `n${word(random, 63)}`;
  const qualifier =
    random() < 0.5 ? undefined : pick(random, ['$LATEST', '$LATEST.PUBLISHED', '7', `q${word(random, 60)}`]);
  const before = pick(random, [
    '',
    'function:',
    `${account}:function:`,
    `${account}:`,
    `${region}:${account}:function:`,
    `${region}:`,
    `arn:${pick(random, PARTITIONS)}:lambda:${region}:${account}:function:`,
  ]);
  const arn = `arn:aws:lambda:${region}:${account}:function:${name}`;
  return {
    given: [`${before}${name}`, qualifier].filter((part) => part !== undefined).join(':'),
    where: { account, region },
    expected: { account, region, name, qualifier, arn: qualifier === undefined ? arn : `${arn}:${qualifier}` },
  };
}

function word(random: () => number, lengthMax: number): string {
  return Array.from({ length: Math.floor(random() * (lengthMax + 1)) }, () => pick(random, [...NAME_CHARACTERS])).join(
    '',
  );
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T; // SAFE: random() < 1, and no list here is empty.
}

function refusalOf(call: () => unknown): AwsError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof AwsError, String(error));
    return error;
  }
  throw new Error('it was not refused');
}
