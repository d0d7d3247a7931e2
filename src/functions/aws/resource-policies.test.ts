import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { nodeFunction, refusalOf, serveLambda } from './testing/lambda-client.ts';

// The official client against the engine and a real store. Sources: the API's model and the Lambda Developer Guide, "Working
// with resource-based policies"; its examples are the documents here. AWS's texts for documents that it refuses are not known.

const FARN = 'arn:aws:lambda:eu-west-1:123456789012:function:hello';
const FunctionName = 'hello';
const INVALID = 'InvalidParameterValueException';
const NOT_FOUND = 'ResourceNotFoundException';
const NOTHING = { name: NOT_FOUND, message: 'The resource you requested does not exist.', Type: 'User' };
const STALE = {
  name: 'PreconditionFailedException',
  message:
    'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
  Type: 'User',
};
const OTHER_REVISION = '00000000-0000-4000-8000-000000000000';

const allow = {
  Sid: 'allow-s3',
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: FARN,
  Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
};
const deny = {
  ...allow,
  Sid: 'deny-s3-bucket',
  Effect: 'Deny',
  Resource: [FARN, `${FARN}:*`],
  Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::amzn-s3-demo-bucket' } },
};
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('the policy of a resource', () => {
  test('is put as a whole, read by either operation, and deleted', async (t) => {
    const { lambda } = await open(t);
    const Policy = document(allow, deny);
    const { $metadata, ...put } = await lambda.putResourcePolicy({ ResourceArn: FARN, Policy });
    assert.deepEqual([$metadata.httpStatusCode, put.Policy], [200, Policy]);
    const { $metadata: got, ...read } = await lambda.getResourcePolicy({ ResourceArn: FARN });
    assert.deepEqual([got.httpStatusCode, read], [200, put]);
    const { $metadata: _, ...older } = await lambda.getPolicy({ FunctionName });
    assert.deepEqual(older, put);
    const deleted = await lambda.deleteResourcePolicy({ ResourceArn: FARN });
    assert.equal(deleted.$metadata.httpStatusCode, 204);
    assert.deepEqual(await refusalOf(lambda.getResourcePolicy({ ResourceArn: FARN })), NOTHING);
    assert.deepEqual(await refusalOf(lambda.deleteResourcePolicy({ ResourceArn: FARN })), NOTHING);
    assert.deepEqual(await refusalOf(lambda.getPolicy({ FunctionName })), NOTHING);
  });

  test('replaces permissions, and is added to by them, statement by statement', async (t) => {
    const { lambda } = await open(t);
    const permission = { FunctionName, Action: 'lambda:InvokeFunction', Principal: '*' };
    await lambda.addPermission({ ...permission, StatementId: 'old' });
    await lambda.putResourcePolicy({ ResourceArn: FARN, Policy: document(allow) });
    const added = await lambda.addPermission({ ...permission, StatementId: 'new' });
    const { Policy } = await lambda.getResourcePolicy({ ResourceArn: FARN });
    assert.equal(Policy, `{"Version":"2012-10-17","Statement":[${JSON.stringify(allow)},${added.Statement}]}`);
    assert.equal(
      (await refusalOf(lambda.addPermission({ ...permission, StatementId: 'allow-s3' }))).name,
      'ResourceConflictException',
    );
    await lambda.removePermission({ FunctionName, StatementId: 'allow-s3' });
    const left = await lambda.getPolicy({ FunctionName });
    assert.equal(left.Policy, `{"Version":"2012-10-17","Statement":[${added.Statement}]}`);
    await lambda.removePermission({ FunctionName, StatementId: 'new' });
    assert.deepEqual(await refusalOf(lambda.getResourcePolicy({ ResourceArn: FARN })), NOTHING);
    // A permission's own policy has AWS's frame again.
    const again = await lambda.addPermission({ ...permission, StatementId: 'new' });
    const { Policy: framed } = await lambda.getResourcePolicy({ ResourceArn: FARN });
    assert.equal(framed, `{"Version":"2012-10-17","Id":"default","Statement":[${again.Statement}]}`);
  });

  test('keeps its id and version, and statements without a Sid', async (t) => {
    const { lambda } = await open(t);
    const { Sid: _, ...nameless } = allow;
    for (const text of [
      { Version: '2008-10-17', Id: 'mine', Statement: [nameless, nameless] },
      { Statement: [allow] },
      { Id: '', Statement: [allow] },
    ].map((one) => JSON.stringify(one))) {
      assert.equal((await lambda.putResourcePolicy({ ResourceArn: FARN, Policy: text })).Policy, text);
    }
    const single = JSON.stringify({ Version: '2012-10-17', Statement: allow }, undefined, 2);
    const { Policy } = await lambda.putResourcePolicy({ ResourceArn: FARN, Policy: single });
    assert.equal(Policy, document(allow));
  });

  test('is changed only at the revision that the caller knows', async (t) => {
    const { lambda } = await open(t);
    const put = (RevisionId?: string) =>
      lambda.putResourcePolicy({ ResourceArn: FARN, Policy: document(allow), RevisionId });
    assert.deepEqual(await refusalOf(put(OTHER_REVISION)), STALE);
    const first = (await put()).RevisionId;
    const second = (await put(first)).RevisionId;
    assert.notEqual(second, first);
    assert.deepEqual(await refusalOf(put(first)), STALE);
    assert.deepEqual(await refusalOf(lambda.deleteResourcePolicy({ ResourceArn: FARN, RevisionId: first })), STALE);
    const answers = await Promise.allSettled([put(second), put(second)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { RevisionId } = await lambda.getResourcePolicy({ ResourceArn: FARN });
    await lambda.deleteResourcePolicy({ ResourceArn: FARN, RevisionId });
    const revision = (await lambda.getFunctionConfiguration({ FunctionName })).RevisionId;
    await put();
    assert.equal((await lambda.getFunctionConfiguration({ FunctionName })).RevisionId, revision);
  });

  test('belongs to the function, to one version or to one alias, and goes with it', async (t) => {
    const { lambda, restart } = await open(t);
    await lambda.publishVersion({ FunctionName });
    await lambda.createAlias({ FunctionName, Name: 'live', FunctionVersion: '1' });
    for (const ResourceArn of [FARN, `${FARN}:1`, `${FARN}:live`]) {
      await lambda.putResourcePolicy({ ResourceArn, Policy: document({ ...allow, Resource: ResourceArn }) });
    }
    const again = await restart();
    for (const Qualifier of [undefined, '1', 'live']) {
      const arn = Qualifier === undefined ? FARN : `${FARN}:${Qualifier}`;
      const { Policy } = await again.lambda.getResourcePolicy({ ResourceArn: arn });
      assert.equal(Policy, document({ ...allow, Resource: arn }));
    }
    await again.lambda.deleteAlias({ FunctionName, Name: 'live' });
    await again.lambda.deleteFunction({ FunctionName, Qualifier: '1' });
    for (const qualifier of ['1', 'live']) {
      assert.deepEqual(
        await refusalOf(again.lambda.getResourcePolicy({ ResourceArn: `${FARN}:${qualifier}` })),
        NOTHING,
      );
    }
  });

  test('of what is not there, or can have none', async (t) => {
    const { lambda } = await open(t);
    const put = (ResourceArn: string) =>
      refusalOf(lambda.putResourcePolicy({ ResourceArn, Policy: document({ ...allow, Resource: '*' }) }));
    const missing = FARN.replace('hello', 'missing');
    assert.deepEqual(await put(missing), { name: NOT_FOUND, message: `Function not found: ${missing}`, Type: 'User' });
    assert.equal((await put(`${FARN}:7`)).message, `Function not found: ${FARN}:7`);
    assert.equal((await put(`${FARN}:live`)).message, `Cannot find alias arn: ${FARN}:live`);
    assert.deepEqual(await put(`${FARN}:$LATEST`), {
      name: INVALID,
      message: 'We currently do not support adding policies for $LATEST.',
      Type: 'User',
    });
    const runtime = 'arn:aws:lambda:eu-west-1:123456789012:runtime/mine';
    assert.deepEqual(await put(runtime), NOTHING);
    for (const ResourceArn of [missing, `${FARN}:7`, `${FARN}:live`, runtime]) {
      assert.deepEqual(await refusalOf(lambda.getResourcePolicy({ ResourceArn })), NOTHING);
      assert.deepEqual(await refusalOf(lambda.deleteResourcePolicy({ ResourceArn })), NOTHING);
    }
    const elsewhere = FARN.replace('eu-west-1', 'us-east-1');
    const message = "Functions from 'us-east-1' are not reachable in this region ('eu-west-1')";
    assert.deepEqual(await put(elsewhere), { name: NOT_FOUND, message, Type: 'User' });
    assert.equal((await put(FARN.replace('123456789012', '210987654321'))).name, 'AccessDeniedException');
    for (const name of ['hello', `${FARN}:*`, 'function:hello']) {
      assert.match(
        (await put(name)).message,
        /^1 validation error detected: .* at 'resourceArn' .* expression pattern/,
      );
    }
  });

  test('is at most 20,480 characters, and as many bytes', async (t) => {
    const { lambda } = await open(t);
    const of = (length: number, character = 'x') => {
      const without = document({ ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '' } } }).length;
      const padding = character.repeat(length - without);
      return document({ ...allow, Condition: { StringEquals: { 'aws:SourceAccount': padding } } });
    };
    await lambda.putResourcePolicy({ ResourceArn: FARN, Policy: of(20_480) });
    const refused = (Policy: string) => refusalOf(lambda.putResourcePolicy({ ResourceArn: FARN, Policy }));
    assert.match((await refused(of(20_481))).message, /at 'policy' .* length less than or equal to 20480$/);
    const { name, message } = await refused(of(20_480, 'é'));
    assert.equal(name, 'PolicyLengthExceededException');
    assert.match(message, /^The final policy size \(\d+\) is bigger than the limit \(20480\)\.$/);
    await lambda.putResourcePolicy({ ResourceArn: FARN, Policy: of(20_480) });
    const more = { FunctionName, StatementId: 'more', Action: 'lambda:InvokeFunction', Principal: '*' };
    assert.equal((await refusalOf(lambda.addPermission(more))).name, 'PolicyLengthExceededException');
  });
});

describe('a policy document', () => {
  test('may name any principals and actions of Lambda, with or without conditions, for the resource itself', async (t) => {
    const { lambda } = await open(t);
    for (const change of [
      { Principal: '*' },
      { Principal: { AWS: '*' } },
      { Principal: { AWS: ['123456789012', 'arn:aws:iam::444455556666:role/r'], Service: ['sns.amazonaws.com'] } },
      { Principal: { Federated: 'cognito-identity.amazonaws.com' } },
      { Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: '123456789012' } },
      { Action: ['lambda:*', 'lambda:Get?unction', '*'] },
      { Action: undefined, NotAction: 'lambda:InvokeFunction' },
      { Resource: '*' },
      { Resource: ['arn:aws:lambda:us-east-1:1:function:x', `${FARN}*`] },
      { Resource: FARN.replace('hello', 'h?llo') },
      { Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': ['o-a1b2c3d4e5/*'] } } },
    ]) {
      const Policy = document({ ...allow, ...change });
      assert.equal((await lambda.putResourcePolicy({ ResourceArn: FARN, Policy })).Policy, Policy);
    }
  });

  test('that is none is refused with the reason', async (t) => {
    const { lambda } = await open(t);
    const refused = async (Policy: string, why: string) => {
      const { name, message } = await refusalOf(lambda.putResourcePolicy({ ResourceArn: FARN, Policy }));
      assert.deepEqual([name, message], [INVALID, `The policy is not valid. ${why}`]);
    };
    for (const text of ['{', '[]', '1', 'null', '""']) await refused(text, 'It is no JSON object.');
    await refused('{}', 'It has no Statement.');
    await refused('{"Statement":[]}', 'It has no Statement.');
    await refused('{"Statement":[1]}', 'Statement 1 is no object.');
    await refused('{"Version":"2020-01-01","Statement":[]}', 'Its Version must be 2012-10-17.');
    await refused('{"Id":1,"Statement":[]}', 'Its Id must be a text.');
    await refused('{"statement":[]}', 'It has statement, and may have Version, Id, Statement.');
    await refused(document(allow, allow), 'Two statements have the Sid allow-s3.');
    const members = 'Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, Condition';
    const principals = 'Statement 1 must have Principal or NotPrincipal, and not both.';
    const actions = 'Statement 1 must have Action or NotAction, and not both.';
    const resource = `Statement 1 must have the Resource that the policy is for, ${FARN}.`;
    for (const [change, why] of [
      [{ effect: 'Allow' }, `Statement 1 has effect, and may have ${members}.`],
      [{ NotResource: '*' }, 'Statement 1 has NotResource, which Lambent does not support yet.'],
      [{ Sid: 1 }, 'Statement 1 has a Sid that is no text.'],
      [{ Effect: 'allow' }, 'Statement 1 must have the Effect Allow or Deny.'],
      [{ Effect: undefined }, 'Statement 1 must have the Effect Allow or Deny.'],
      [{ Condition: 'x' }, 'Statement 1 has a Condition that is no object.'],
      [{ Principal: undefined }, principals],
      [{ NotPrincipal: '*' }, principals],
      [{ Action: undefined }, actions],
      [{ NotAction: '*' }, actions],
      [{ Action: 's3:GetObject' }, 'Statement 1 must name actions of Lambda.'],
      [{ Action: [] }, 'Statement 1 must name actions of Lambda.'],
      [{ Action: ['lambda:InvokeFunction', 1] }, 'Statement 1 must name actions of Lambda.'],
      [{ Resource: undefined }, resource],
      [{ Resource: `${FARN}:*` }, resource],
      [{ Resource: [FARN.replace('hello', 'other')] }, resource],
    ] as const) {
      await refused(document({ ...allow, ...change }), why);
    }
    await refused(document(deny, { ...allow, Effect: '' }), 'Statement 2 must have the Effect Allow or Deny.');
    assert.deepEqual(await refusalOf(lambda.getResourcePolicy({ ResourceArn: FARN })), NOTHING);
  });

  test('with a principal that cannot be is refused in AWS’s words', async (t) => {
    const { lambda } = await open(t);
    for (const Principal of [
      'everybody',
      {},
      { AWS: [] },
      { AWS: 'nobody' },
      { AWS: ['123456789012', 1] },
      { Service: 'example' },
      { Anybody: '*' },
      { Federated: '' },
      [],
    ]) {
      assert.deepEqual(
        await refusalOf(lambda.putResourcePolicy({ ResourceArn: FARN, Policy: document({ ...allow, Principal }) })),
        {
          name: INVALID,
          message: 'The provided principal was invalid. Please check the principal and try again.',
          Type: 'User',
        },
      );
    }
  });

  test('with many stars in a pattern costs no more time than its length', async (t) => {
    const { lambda } = await open(t);
    const Resource = `${'*a'.repeat(5_000)}b`;
    const call = lambda.putResourcePolicy({ ResourceArn: FARN, Policy: document({ ...allow, Resource }) });
    assert.equal((await refusalOf(call)).name, INVALID);
  });
});

/** With the function `hello`. */
async function open(t: TestContext) {
  const served = await serveLambda(t);
  await served.lambda.createFunction(await nodeFunction(FunctionName));
  await served.idle();
  return served;
}
