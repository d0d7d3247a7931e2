import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trustsCaller } from '../../identity/index.ts';
import { generator } from '../../lib/testing/random.ts';
import { refusalToAws } from './aws/refusal-to-aws.ts';
import { parsePolicyArn, policyArn } from './policy.ts';
import { assertPermissionsPolicy, countedCharacters } from './policy-document.ts';
import { IamRefused } from './refusal.ts';
import { parseRoleArn, roleArn } from './role.ts';
import { assertTrustPolicy } from './trust-document.ts';

/** IAM's words for what is wrong with a document; undefined for a good one. */
function flaw(judge: (document: string) => void, document: unknown): string | null | undefined {
  try {
    judge(typeof document === 'string' ? document : JSON.stringify(document));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof IamRefused, String(error));
    const aws = refusalToAws(error.refusal, { callerArn: '', action: '' }, error);
    assert.equal(aws.code, 'MalformedPolicyDocumentException');
    return aws.wireMessage;
  }
}

const Version = '2012-10-17';
const SYNTAX = 'Syntax errors in policy.';
const LEGACY = 'The policy failed legacy parsing';

describe('a permissions policy', () => {
  const good = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::bucket' };
  const check = (changes: object, expected: string | undefined) =>
    assert.equal(
      flaw(assertPermissionsPolicy, { Version, Statement: { ...good, ...changes } }),
      expected,
      JSON.stringify(changes),
    );

  test('is taken in all the forms of the grammar', () => {
    for (const changes of [
      {},
      { Sid: 'One', Effect: 'Deny', Action: ['s3:*', 'iam:Get*'], Resource: ['*', 'arn:aws:s3:::b/*'] },
      { Action: '*', Resource: '*' },
      { Action: undefined, NotAction: 's3:*' },
      { Resource: undefined, NotResource: 'arn:aws-cn:dynamodb:*:123456789012:table/t' },
      { Condition: { StringEquals: { 'aws:username': 'a' }, Bool: { 'aws:SecureTransport': true } } },
      { Condition: { 'ForAnyValue:StringLikeIfExists': { key: ['a', 'b'] }, NumericLessThan: { n: 3 } } },
    ]) {
      check(changes, undefined);
    }
    assert.equal(flaw(assertPermissionsPolicy, { Version, Id: 'id', Statement: [good, good] }), undefined);
  });

  test('is refused for its syntax', () => {
    for (const document of [
      'not valid json',
      '[]',
      '"text"',
      '',
      { Version },
      { Version, Statement: [] },
      { Version, Statement: 'text' },
      { Version, Statement: [good], Other: 1 },
      { Version: '2012-10-18', Statement: good },
      { Version, Id: 1, Statement: good },
    ]) {
      assert.equal(flaw(assertPermissionsPolicy, document), SYNTAX, JSON.stringify(document));
    }
    for (const changes of [
      { Effect: undefined },
      { Effect: 'Perhaps' },
      { Action: 1 },
      { Action: [{}] },
      { NotAction: 's3:*' },
      { NotResource: '*' },
      { Sid: 1 },
      { Other: 1 },
      { Condition: 'x' },
      { Condition: { StringEquals: 'x' } },
      { Condition: { Unknown: { a: 'b' } } },
    ]) {
      check(changes, SYNTAX);
    }
  });

  test('is refused for what it says', () => {
    const old = 'Policy document must be version 2012-10-17 or greater.';
    assert.equal(flaw(assertPermissionsPolicy, { Statement: good }), old);
    assert.equal(flaw(assertPermissionsPolicy, { Version: '2008-10-17', Statement: good }), old);
    const twice = {
      Version,
      Statement: [
        { ...good, Sid: 'S' },
        { ...good, Sid: 'S' },
      ],
    };
    assert.equal(flaw(assertPermissionsPolicy, twice), 'Statement IDs (SID) in a single policy must be unique.');
    check({ Effect: 'allow' }, LEGACY);
    check({ Principal: '*' }, 'Policy document should not specify a principal.');
    check({ Action: undefined }, 'Policy statement must contain actions.');
    check({ Action: [] }, 'Policy statement must contain actions.');
    check({ Resource: undefined }, 'Policy statement must contain resources.');
    check({ Resource: [] }, 'Policy statement must contain resources.');
    check({ Resource: 'bucket' }, 'Resource bucket must be in ARN format or "*".');
    check(
      { Resource: 'arn:azure:s3:::bucket' },
      'Partition "azure" is not valid for resource "arn:azure:s3:::bucket".',
    );
    check({ Resource: 'a:b' }, 'Partition "b" is not valid for resource "arn:b:*:*:*:*".');
    check({ Resource: 'arn:aws' }, 'Resource vendor must be fully qualified and cannot contain regexes.');
    check({ Resource: 'arn:aws:s3:bucket' }, LEGACY);
    check({ Action: 'ListBucket' }, 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
    check({ Action: 's3:List:Bucket' }, 'Actions/Condition can contain only one colon.');
    check({ Action: 's 3:ListBucket' }, 'Vendor s 3 is not valid');
  });
});

describe('a trust policy', () => {
  const good = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const check = (changes: object, expected: string | undefined) =>
    assert.equal(
      flaw(assertTrustPolicy, { Version, Statement: [{ ...good, ...changes }] }),
      expected,
      JSON.stringify(changes),
    );

  test('is taken with every kind of principal', () => {
    for (const Principal of [
      '*',
      { AWS: '*' },
      { AWS: '123456789012' },
      { AWS: ['arn:aws:iam::123456789012:root', 'arn:aws:iam::123456789012:role/path/r'] },
      {
        AWS: 'arn:aws:sts::123456789012:assumed-role/r/s',
        Service: ['lambda.amazonaws.com', 'edgelambda.amazonaws.com'],
      },
      { Federated: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' },
      { Federated: 'accounts.google.com' },
    ]) {
      check({ Principal }, undefined);
    }
    check({ Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], Sid: '' }, undefined);
    check({ Effect: 'Deny', Condition: { StringEquals: { 'sts:ExternalId': 'x' } } }, undefined);
    assert.equal(flaw(assertTrustPolicy, { Version: '2008-10-17', Statement: good }), undefined);
    assert.equal(flaw(assertTrustPolicy, { Statement: good }), undefined);
  });

  test('is refused for what is wrong with it', () => {
    const ACTIONS = 'AssumeRole policy may only specify STS AssumeRole actions.';
    assert.equal(flaw(assertTrustPolicy, 'not valid json'), 'This policy contains invalid Json');
    assert.equal(flaw(assertTrustPolicy, { Version, statement: good }), 'Unknown field statement');
    assert.equal(flaw(assertTrustPolicy, { Version }), 'Missing required field Statement');
    assert.equal(flaw(assertTrustPolicy, { Version, Statement: [] }), SYNTAX);
    const dated = { Version: '2020-01-01', Statement: good };
    assert.equal(flaw(assertTrustPolicy, dated), 'The policy must contain a valid version string');
    check({ Resource: '*' }, 'Has prohibited field Resource');
    check({ NotPrincipal: '*' }, 'Has prohibited field NotPrincipal');
    check({ _comment: 'x' }, 'Unknown field _comment');
    check({ Principal: undefined }, 'Missing required field Principal');
    check({ Effect: undefined }, 'Missing required field Effect');
    check({ Action: undefined }, 'Missing required field Action');
    check({ Effect: 'allow' }, SYNTAX);
    check({ Principal: 'lambda.amazonaws.com' }, SYNTAX);
    check({ Principal: {} }, 'Missing required field Principal');
    check({ Action: 'sts:InvalidAction' }, ACTIONS);
    check({ Action: ['sts:AssumeRole', 's3:*'] }, ACTIONS);
    check({ Action: [] }, ACTIONS);
    check({ NotAction: 'sts:AssumeRole' }, ACTIONS);
    check({ Principal: { AWS: 'somebody' } }, 'Invalid principal in policy: "AWS":"somebody"');
    check({ Principal: { Service: 'lambda' } }, 'Invalid principal in policy: "SERVICE":"lambda"');
    check({ Principal: { Robot: 'r' } }, 'Invalid principal in policy: "Robot":"r"');
    for (const name of ['constructor', '__proto__', 'toString']) {
      check({ Principal: JSON.parse(`{"${name}":"r"}`) }, `Invalid principal in policy: "${name}":"r"`);
    }
    check({ Condition: { Unknown: { a: 'b' } } }, SYNTAX);
  });
});

test('random documents are taken or refused, whatever they are', () => {
  const seed = Number(process.env.SEED ?? 20261121);
  const random = generator(seed);
  const names = ['Version', 'Statement', 'Effect', 'Principal', 'AWS', 'Action', 'Resource', 'Condition', '__proto__'];
  const texts = ['2012-10-17', 'Allow', 'Deny', '*', 'sts:AssumeRole', 's3:*', '123456789012', 'arn:aws:s3:::b', ''];
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const value = (depth: number): unknown => {
    const kind = random() * (depth > 5 ? 2 : 4);
    if (kind < 1.5) return pick(texts);
    if (kind < 2) return pick([null, true, 1, [], {}]);
    const size = Math.floor(random() * 3) + 1;
    if (kind < 2.5) return Array.from({ length: size }, () => value(depth + 1));
    const members = Array.from(
      { length: size },
      () => `${JSON.stringify(pick(names))}:${JSON.stringify(value(depth + 1))}`,
    );
    return JSON.parse(`{${members.join(',')}}`);
  };
  for (let round = 0; round < 3_000; round += 1) {
    const statement = { Effect: 'Allow', Principal: value(2), Action: 'sts:AssumeRole', Condition: value(2) };
    for (const document of [value(0), { Version, Statement: value(1) }, { Version, Statement: statement }]) {
      const text = JSON.stringify(document) ?? 'null';
      assert.doesNotThrow(() => flaw(assertPermissionsPolicy, text), `${text}, SEED=${seed}`);
      assert.doesNotThrow(() => flaw(assertTrustPolicy, text), `${text}, SEED=${seed}`);
    }
  }
});

test('random trust policies let in whom they name, and nobody whom they refuse', () => {
  const seed = Number(process.env.SEED ?? 20261121);
  const random = generator(seed);
  const root = 'arn:aws:iam::000000000009:root';
  const naming = ['*', '000000000009', root];
  const others = ['000000000008', 'arn:aws:iam::000000000008:root', 'arn:aws:iam::000000000009:user/u'];
  let letIn = 0;
  const rounds = 2_000;
  for (let round = 0; round < rounds; round += 1) {
    const statements = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
      const names = Array.from({ length: 1 + Math.floor(random() * 2) }, () => {
        const from = random() < 0.4 ? naming : others;
        return from[Math.floor(random() * from.length)] ?? '*';
      });
      const Action = random() < 0.8 ? 'sts:AssumeRole' : 'sts:TagSession';
      return { Effect: random() < 0.8 ? 'Allow' : 'Deny', Principal: { AWS: names }, Action };
    });
    const text = JSON.stringify({ Version, Statement: statements });
    assert.equal(flaw(assertTrustPolicy, text), undefined, text);
    const concern = (effect: string) =>
      statements.some(
        ({ Effect, Action, Principal }) =>
          Effect === effect && Action === 'sts:AssumeRole' && Principal.AWS.some((name) => naming.includes(name)),
      );
    const caller = { account: '000000000009', arn: root, permission: 'allowed' as const, externalId: undefined };
    const isLetIn = trustsCaller(text, '123456789012', caller);
    assert.equal(isLetIn, concern('Allow') && !concern('Deny'), `${text}, SEED=${seed}`);
    if (isLetIn) letIn += 1;
  }
  assert.ok(letIn > rounds / 10 && letIn < (rounds * 9) / 10, `${letIn} of ${rounds} let in: the test is one-sided`);
});

test('ARNs of roles and policies name what they were made of', () => {
  const seed = Number(process.env.SEED ?? 20261121);
  const random = generator(seed);
  const letters = 'aZ0+=,.@-_';
  const name = (extra = '') =>
    Array.from({ length: 1 + Math.floor(random() * 64) }, () => {
      const all = letters + extra;
      return all[Math.floor(random() * all.length)];
    }).join('');
  for (let round = 0; round < 2_000; round += 1) {
    const folders = Array.from({ length: Math.floor(random() * 4) }, () => `${name(':/')}/`.replace(/^\/+/, 'a/'));
    const named = { account: '123456789012', path: `/${folders.join('')}`, name: name() };
    assert.deepEqual(parseRoleArn(roleArn(named)), named, `SEED=${seed}`);
    assert.deepEqual(parsePolicyArn(policyArn(named)), named, `SEED=${seed}`);
    const text = roleArn(named);
    const cut = text.slice(0, Math.floor(random() * 31));
    assert.equal(parseRoleArn(cut), undefined, `${cut}, SEED=${seed}`);
    assert.equal(parsePolicyArn(text), undefined);
    assert.equal(parseRoleArn(`${text}/`), undefined);
  }
});

test('white space does not count for the size of a policy', () => {
  assert.equal(countedCharacters(' {\n\t"a": "b c" }\r\n'), '{"a":"bc"}'.length);
});
