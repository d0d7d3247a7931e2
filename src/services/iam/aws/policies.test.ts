import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CreatePolicyCommandInput, IAMClient, ListPoliciesCommandInput, Policy } from '@aws-sdk/client-iam';
import { constraint, refused } from './testing/refusals.ts';
import { ACCOUNT, allowing, ofSize, sdk, serveIam, temporaryDirectory, trusting } from './testing/serve-iam.ts';

const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
const arnOf = (name: string, path = '/') => `arn:aws:iam::${ACCOUNT}:policy${path}${name}`;

async function create(
  client: IAMClient,
  PolicyName: string | undefined,
  input: Partial<CreatePolicyCommandInput> = {},
): Promise<Policy> {
  const command = new sdk.CreatePolicyCommand({ PolicyName, PolicyDocument: allowing(), ...input });
  return (await client.send(command)).Policy as Policy;
}

const get = async (client: IAMClient, PolicyArn: string): Promise<Policy> =>
  (await client.send(new sdk.GetPolicyCommand({ PolicyArn }))).Policy as Policy;

const createRole = (client: IAMClient, RoleName: string, input: object = {}) =>
  client.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(), ...input }));

const noSuchPolicy = (arn: string) => ({
  name: 'NoSuchEntityException',
  Code: 'NoSuchEntity',
  message: `Policy ${arn} was not found.`,
  $metadata: { httpStatusCode: 404 },
});

const noSuchVersion = (arn: string, version: string) => ({
  Code: 'NoSuchEntity',
  message: `Policy ${arn} version ${version} does not exist or is not attachable.`,
});

const conflict = (message: string) => ({
  name: 'DeleteConflictException',
  Code: 'DeleteConflict',
  message,
  $metadata: { httpStatusCode: 409 },
});

describe('a managed policy', () => {
  test('is created, looked at, listed, tagged and deleted', async (t) => {
    const { client } = await serveIam(t);
    const Tags = [
      { Key: 'b', Value: '2' },
      { Key: 'a', Value: '1' },
    ];
    const created = await create(client, 'reads', { Path: '/team/a/', Description: 'lets read', Tags });
    const byKey = Tags.toReversed();
    assert.match(created.PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/);
    assert.equal(created.CreateDate?.getMilliseconds(), 0);
    const listed = {
      PolicyName: 'reads',
      PolicyId: created.PolicyId,
      Arn: arnOf('reads', '/team/a/'),
      Path: '/team/a/',
      DefaultVersionId: 'v1',
      AttachmentCount: 0,
      PermissionsBoundaryUsageCount: 0,
      IsAttachable: true,
      CreateDate: created.CreateDate,
      UpdateDate: created.CreateDate,
    };
    assert.deepEqual(created, { ...listed, Tags: byKey });
    const PolicyArn = listed.Arn;
    assert.deepEqual(await get(client, PolicyArn), { ...listed, Description: 'lets read', Tags: byKey });
    assert.deepEqual((await client.send(new sdk.ListPoliciesCommand({ Scope: 'Local' }))).Policies, [listed]);
    assert.deepEqual((await get(client, (await create(client, 'plain')).Arn ?? '')).Tags, []);

    await client.send(new sdk.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'c', Value: '3' }] }));
    await client.send(new sdk.UntagPolicyCommand({ PolicyArn, TagKeys: ['A'] }));
    const listTags = (input: object = {}) => client.send(new sdk.ListPolicyTagsCommand({ PolicyArn, ...input }));
    const first = await listTags({ MaxItems: 1 });
    assert.deepEqual([first.Tags, first.IsTruncated], [[{ Key: 'b', Value: '2' }], true]);
    const second = await listTags({ Marker: first.Marker });
    assert.deepEqual([second.Tags, second.IsTruncated], [[{ Key: 'c', Value: '3' }], false]);
    const twice = [
      { Key: 'k', Value: '' },
      { Key: 'K', Value: '' },
    ];
    await refused(client.send(new sdk.TagPolicyCommand({ PolicyArn, Tags: twice })), {
      Code: 'InvalidInput',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });

    await client.send(new sdk.DeletePolicyCommand({ PolicyArn }));
    await refused(get(client, PolicyArn), noSuchPolicy(PolicyArn));
  });

  test('exists once under its name, whatever its case and path', async (t) => {
    const { client } = await serveIam(t);
    const answers = await Promise.allSettled(['reads', 'Reads'].map((name) => create(client, name)));
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
    await refused(create(client, 'READS', { Path: '/else/' }), {
      name: 'EntityAlreadyExistsException',
      Code: 'EntityAlreadyExists',
      message: 'A policy called READS already exists. Duplicate names are not allowed.',
      $metadata: { httpStatusCode: 409 },
    });
    await create(client, 'AWSLambdaBasicExecutionRole');
  });

  test('is found by its whole ARN, its path and the case of its letters included', async (t) => {
    const { client } = await serveIam(t);
    await create(client, 'reads', { Path: '/a/' });
    for (const arn of [arnOf('reads'), arnOf('Reads', '/a/'), arnOf('reads', '/a/b/'), `${BASIC}s`]) {
      await refused(get(client, arn), noSuchPolicy(arn));
    }
    await refused(get(client, 'longpolicynamebutnoarn'), {
      name: 'ValidationError',
      message: 'ARN longpolicynamebutnoarn is not valid.',
    });
  });

  test('of another account, or of AWS, cannot be changed', async (t) => {
    const { client, clientOf } = await serveIam(t);
    const { Arn: PolicyArn = '' } = await create(client, 'reads');
    const stranger = clientOf({ account: '000000000001' });
    const denied = (account: string, action: string, arn: string) => ({
      name: 'AccessDenied',
      message: `User: arn:aws:iam::${account}:root is not authorized to perform: iam:${action} on resource: policy ${arn}`,
      $metadata: { httpStatusCode: 403 },
    });
    await refused(get(stranger, PolicyArn), denied('000000000001', 'GetPolicy', PolicyArn));
    const remove = (arn: string) => new sdk.DeletePolicyCommand({ PolicyArn: arn });
    await refused(stranger.send(remove(PolicyArn)), denied('000000000001', 'DeletePolicy', PolicyArn));
    await refused(client.send(remove(BASIC)), denied(ACCOUNT, 'DeletePolicy', BASIC));
    const version = new sdk.CreatePolicyVersionCommand({ PolicyArn: BASIC, PolicyDocument: allowing() });
    await refused(client.send(version), denied(ACCOUNT, 'CreatePolicyVersion', BASIC));
    const tag = new sdk.TagPolicyCommand({ PolicyArn: BASIC, Tags: [{ Key: 'k', Value: 'v' }] });
    await refused(client.send(tag), denied(ACCOUNT, 'TagPolicy', BASIC));
    await createRole(stranger, 'worker');
    const attach = new sdk.AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn });
    await refused(stranger.send(attach), denied('000000000001', 'AttachRolePolicy', PolicyArn));
  });

  test('that is missing is told by each operation', async (t) => {
    const { client } = await serveIam(t);
    await createRole(client, 'worker');
    const PolicyArn = arnOf('nothing');
    const named = { PolicyArn, RoleName: 'worker' };
    const version = { PolicyArn, VersionId: 'v1' };
    const attach = { Code: 'NoSuchEntity', message: `Policy ${PolicyArn} does not exist or is not attachable.` };
    for (const [operation, answer, expected] of [
      ['GetPolicy', () => get(client, PolicyArn), noSuchPolicy(PolicyArn)],
      ['DeletePolicy', () => client.send(new sdk.DeletePolicyCommand(named)), noSuchPolicy(PolicyArn)],
      ['TagPolicy', () => client.send(new sdk.TagPolicyCommand({ PolicyArn, Tags: [] })), noSuchPolicy(PolicyArn)],
      [
        'UntagPolicy',
        () => client.send(new sdk.UntagPolicyCommand({ PolicyArn, TagKeys: [] })),
        noSuchPolicy(PolicyArn),
      ],
      ['ListPolicyTags', () => client.send(new sdk.ListPolicyTagsCommand(named)), noSuchPolicy(PolicyArn)],
      [
        'CreatePolicyVersion',
        () => client.send(new sdk.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allowing() })),
        noSuchPolicy(PolicyArn),
      ],
      ['ListPolicyVersions', () => client.send(new sdk.ListPolicyVersionsCommand(named)), noSuchPolicy(PolicyArn)],
      ['GetPolicyVersion', () => client.send(new sdk.GetPolicyVersionCommand(version)), noSuchVersion(PolicyArn, 'v1')],
      [
        'SetDefaultPolicyVersion',
        () => client.send(new sdk.SetDefaultPolicyVersionCommand(version)),
        noSuchVersion(PolicyArn, 'v1'),
      ],
      [
        'DeletePolicyVersion',
        () => client.send(new sdk.DeletePolicyVersionCommand(version)),
        noSuchVersion(PolicyArn, 'v1'),
      ],
      [
        'ListEntitiesForPolicy',
        () => client.send(new sdk.ListEntitiesForPolicyCommand(named)),
        noSuchPolicy(PolicyArn),
      ],
      ['AttachRolePolicy', () => client.send(new sdk.AttachRolePolicyCommand(named)), attach],
      ['DetachRolePolicy', () => client.send(new sdk.DetachRolePolicyCommand(named)), noSuchPolicy(PolicyArn)],
    ] as const) {
      await t.test(operation, () => refused(answer(), expected));
    }
  });

  test('takes what is within the limits, and nothing beyond them', async (t) => {
    const { client, iam } = await serveIam(t);
    const length = (size: number) => `Member must have length less than or equal to ${size}`;
    const name = (size: number) => 'n'.repeat(size);
    await create(client, name(128), {
      Path: `/${name(510)}/`,
      Description: name(1_000),
      PolicyDocument: ofSize(6_144),
    });
    const cases: [Partial<CreatePolicyCommandInput>, string, string][] = [
      [{ PolicyName: name(129) }, 'policyName', length(128)],
      [{ PolicyName: undefined }, 'policyName', 'Member must not be null'],
      [{ PolicyName: 'a b' }, 'policyName', 'Member must satisfy regular expression pattern: [\\w+=,.@-]+'],
      [{ Path: `/${name(511)}/` }, 'path', length(512)],
      [{ Path: '/a b/' }, 'path', 'Member must satisfy regular expression pattern: ((/[A-Za-z0-9\\.,\\+@=_-]+)*)/'],
      [{ Description: name(1_001) }, 'description', length(1_000)],
      [{ PolicyDocument: `${allowing()}${' '.repeat(131_073)}` }, 'policyDocument', length(131_072)],
    ];
    for (const [input, path, text] of cases) await refused(create(client, 'other', input), constraint(path, text));
    await refused(
      get(client, name(19)),
      constraint('policyArn', 'Member must have length greater than or equal to 20'),
    );
    await refused(create(client, 'larger', { PolicyDocument: ofSize(6_145) }), {
      name: 'LimitExceededException',
      Code: 'LimitExceeded',
      message: 'Cannot exceed quota for PolicySize: 6144',
      $metadata: { httpStatusCode: 409 },
    });
    const policy = { account: ACCOUNT, path: '/', document: allowing(), description: undefined, tags: [] };
    await Promise.all(Array.from({ length: 1_498 }, (_, at) => iam.policies.create({ ...policy, name: `p-${at}` })));
    await create(client, 'the-last');
    await refused(create(client, 'one-more'), {
      Code: 'LimitExceeded',
      message: 'Cannot exceed quota for PoliciesPerAccount: 1500',
    });
    const all: string[] = [];
    for await (const { Policies = [] } of sdk.paginateListPolicies({ client, pageSize: 1_000 }, {})) {
      all.push(...Policies.map(({ Arn = '' }) => Arn));
    }
    const own = all.filter((arn) => arn.includes(ACCOUNT));
    assert.deepEqual([own.length, new Set(all).size], [1_500, all.length]);
    assert.ok(all.includes(BASIC));
    assert.equal((await client.send(new sdk.ListPoliciesCommand({}))).Policies?.length, 100);
  });
});

describe('versions of a managed policy', () => {
  test('are created, looked at, made the default and deleted; never more than five, and no number twice', async (t) => {
    const { client } = await serveIam(t);
    const { Arn: PolicyArn = '' } = await create(client, 'reads');
    const createVersion = async (SetAsDefault?: boolean, PolicyDocument = allowing('s3:PutObject')) =>
      (await client.send(new sdk.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault })))
        .PolicyVersion;
    const list = async (input: object = {}) => {
      const answer = await client.send(new sdk.ListPolicyVersionsCommand({ PolicyArn, ...input }));
      const versions = (answer.Versions ?? []).map((one) => `${one.VersionId}${one.IsDefaultVersion ? '!' : ''}`);
      return { versions: versions.join(' '), IsTruncated: answer.IsTruncated, Marker: answer.Marker };
    };
    const second = await createVersion(true);
    assert.deepEqual(second, { VersionId: 'v2', IsDefaultVersion: true, CreateDate: second?.CreateDate });
    assert.partialDeepStrictEqual(await createVersion(), { VersionId: 'v3', IsDefaultVersion: false });
    assert.equal((await list()).versions, 'v3 v2! v1');
    assert.equal((await get(client, PolicyArn)).DefaultVersionId, 'v2');
    const look = async (VersionId: string) =>
      (await client.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId }))).PolicyVersion;
    const found = await look('v2');
    assert.equal(decodeURIComponent(found?.Document ?? ''), allowing('s3:PutObject'));
    assert.deepEqual({ ...found, Document: undefined }, { ...second, Document: undefined });
    assert.equal(decodeURIComponent((await look('v1'))?.Document ?? ''), allowing());

    await client.send(new sdk.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
    await createVersion();
    await createVersion();
    await refused(createVersion(), {
      name: 'LimitExceededException',
      message:
        'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    });
    assert.equal((await list()).versions, 'v5 v4 v3 v2 v1!');
    const first = await list({ MaxItems: 3 });
    assert.deepEqual([first.versions, first.IsTruncated], ['v5 v4 v3', true]);
    assert.deepEqual(await list({ Marker: first.Marker }), {
      versions: 'v2 v1!',
      IsTruncated: false,
      Marker: undefined,
    });

    const remove = (VersionId: string) => client.send(new sdk.DeletePolicyVersionCommand({ PolicyArn, VersionId }));
    await refused(remove('v1'), conflict('Cannot delete the default version of a policy.'));
    await remove('v5');
    assert.equal((await createVersion())?.VersionId, 'v6');
    for (const version of ['v5', 'v9']) {
      await refused(look(version), noSuchVersion(PolicyArn, version));
      await refused(remove(version), noSuchVersion(PolicyArn, version));
      const setDefault = new sdk.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: version });
      await refused(client.send(setDefault), noSuchVersion(PolicyArn, version));
    }
    const form = 'Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?';
    for (const version of ['v0', '1', 'v2-does-not-exist']) await refused(look(version), constraint('versionId', form));
    await refused(createVersion(false, '{}'), { Code: 'MalformedPolicyDocument', message: 'Syntax errors in policy.' });
    await remove('v6');
    await refused(createVersion(false, ofSize(6_145)), { message: 'Cannot exceed quota for PolicySize: 6144' });

    await refused(
      client.send(new sdk.DeletePolicyCommand({ PolicyArn })),
      conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      ),
    );
    for (const version of ['v2', 'v3', 'v4']) await remove(version);
    await client.send(new sdk.DeletePolicyCommand({ PolicyArn }));
  });

  test('that are created at once get numbers of their own', async (t) => {
    const { client } = await serveIam(t);
    const { Arn: PolicyArn = '' } = await create(client, 'reads');
    const command = new sdk.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allowing() });
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => client.send(command)));
    const numbers = answers.map((one) => (one.status === 'fulfilled' ? one.value.PolicyVersion?.VersionId : undefined));
    assert.deepEqual(numbers.filter(Boolean).sort(), ['v2', 'v3', 'v4', 'v5']);
  });
});

describe('attachments', () => {
  test('are made, listed from both sides, and undone', async (t) => {
    const { client } = await serveIam(t);
    const { Arn: own = '' } = await create(client, 'reads', { Path: '/team/' });
    await createRole(client, 'worker', { PermissionsBoundary: own });
    const { Role } = await createRole(client, 'reader', { Path: '/team/' }).then(() =>
      client.send(new sdk.GetRoleCommand({ RoleName: 'reader' })),
    );
    const attach = (RoleName: string, PolicyArn: string) =>
      client.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn }));
    const detach = (RoleName: string, PolicyArn: string) =>
      client.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn }));
    const attached = async (input: object = {}) => {
      const answer = await client.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName: 'reader', ...input }));
      return [answer.AttachedPolicies, answer.IsTruncated, answer.Marker] as const;
    };
    assert.deepEqual(await attached(), [[], false, undefined]);
    await attach('reader', own);
    await attach('reader', own);
    await attach('reader', BASIC);
    const both = [
      { PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn: BASIC },
      { PolicyName: 'reads', PolicyArn: own },
    ];
    assert.deepEqual(await attached(), [both, false, undefined]);
    assert.deepEqual((await attached({ PathPrefix: '/team/' }))[0], [both[1]]);
    const [first, isTruncated, Marker] = await attached({ MaxItems: 1 });
    assert.deepEqual([first, isTruncated], [[both[0]], true]);
    assert.deepEqual(await attached({ Marker }), [[both[1]], false, undefined]);
    assert.partialDeepStrictEqual(await get(client, own), { AttachmentCount: 1, PermissionsBoundaryUsageCount: 1 });
    assert.equal((await get(client, BASIC)).AttachmentCount, 1);

    const entities = async (input: object = {}) => {
      const { $metadata, ...answer } = await client.send(
        new sdk.ListEntitiesForPolicyCommand({ PolicyArn: own, ...input }),
      );
      return { ...answer, PolicyRoles: answer.PolicyRoles?.map(({ RoleName }) => RoleName) };
    };
    const nobody = { PolicyGroups: [], PolicyUsers: [], IsTruncated: false };
    assert.deepEqual(await entities(), { ...nobody, PolicyRoles: ['reader', 'worker'] });
    const { PolicyRoles } = await client.send(new sdk.ListEntitiesForPolicyCommand({ PolicyArn: BASIC }));
    assert.deepEqual(PolicyRoles, [{ RoleName: 'reader', RoleId: Role?.RoleId }]);
    const narrowed: [object, string[]][] = [
      [{ PolicyUsageFilter: 'PermissionsPolicy' }, ['reader']],
      [{ PolicyUsageFilter: 'PermissionsBoundary' }, ['worker']],
      [{ PathPrefix: '/team/' }, ['reader']],
      [{ EntityFilter: 'Role' }, ['reader', 'worker']],
      [{ EntityFilter: 'User' }, []],
    ];
    for (const [input, roles] of narrowed) assert.deepEqual(await entities(input), { ...nobody, PolicyRoles: roles });
    const page = await entities({ MaxItems: 1 });
    assert.deepEqual([page.PolicyRoles, page.IsTruncated], [['reader'], true]);
    assert.deepEqual(await entities({ Marker: page.Marker }), { ...nobody, PolicyRoles: ['worker'] });
    await refused(
      entities({ EntityFilter: 'Robot' }),
      constraint(
        'entityFilter',
        'Member must satisfy enum value set: [User, Role, Group, LocalManagedPolicy, AWSManagedPolicy]',
      ),
    );

    const remove = () => client.send(new sdk.DeletePolicyCommand({ PolicyArn: own }));
    await refused(remove(), conflict('Cannot delete a policy attached to entities.'));
    await detach('reader', own);
    await refused(detach('reader', own), noSuchPolicy(own));
    await refused(remove(), conflict('Cannot delete a policy attached to entities.'));
    await client.send(new sdk.DeleteRolePermissionsBoundaryCommand({ RoleName: 'worker' }));
    await remove();
  });

  test('are ten for a role at most', async (t) => {
    const { client } = await serveIam(t);
    await createRole(client, 'worker');
    const attach = async (name: string) => {
      const { Arn: PolicyArn } = await create(client, name);
      await client.send(new sdk.AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn }));
    };
    for (let at = 0; at < 10; at += 1) await attach(`p-${at}`);
    await refused(attach('p-10'), {
      name: 'LimitExceededException',
      Code: 'LimitExceeded',
      message: 'Cannot exceed quota for PoliciesPerRole: 10',
    });
    const PolicyArn = arnOf('p-0');
    await client.send(new sdk.AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn }));
  });

  test('are not for policies of service-linked roles', async (t) => {
    const { client } = await serveIam(t);
    await createRole(client, 'worker');
    const PolicyArn = 'arn:aws:iam::aws:policy/aws-service-role/AWSLambdaReplicator';
    await refused(client.send(new sdk.AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn })), {
      name: 'PolicyNotAttachableException',
      Code: 'PolicyNotAttachable',
      message: 'Cannot attach a Service Role Policy to a Customer Role.',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('do not outlive a policy that is deleted at the same time', async (t) => {
    const { client } = await serveIam(t);
    for (let round = 0; round < 5; round += 1) {
      const { Arn: PolicyArn = '' } = await create(client, 'reads');
      await createRole(client, 'worker');
      await Promise.allSettled([
        client.send(new sdk.AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn })),
        client.send(new sdk.DeletePolicyCommand({ PolicyArn })),
      ]);
      const { AttachedPolicies = [] } = await client.send(
        new sdk.ListAttachedRolePoliciesCommand({ RoleName: 'worker' }),
      );
      for (const { PolicyArn: arn = '' } of AttachedPolicies) {
        await client.send(new sdk.DetachRolePolicyCommand({ RoleName: 'worker', PolicyArn: arn }));
        await client.send(new sdk.DeletePolicyCommand({ PolicyArn: arn }));
      }
      await client.send(new sdk.DeleteRoleCommand({ RoleName: 'worker' }));
    }
  });
});

describe('AWS’s own managed policies', () => {
  test('are there for every account, as documents', async (t) => {
    const { client, clientOf } = await serveIam(t);
    const policy = await get(client, BASIC);
    assert.partialDeepStrictEqual(policy, {
      PolicyName: 'AWSLambdaBasicExecutionRole',
      Path: '/service-role/',
      DefaultVersionId: 'v1',
      Description: 'Provides write permissions to CloudWatch Logs.',
      CreateDate: new Date('2015-04-09T15:03:43Z'),
      Tags: [],
    });
    assert.match(policy.PolicyId ?? '', /^ANPA[A-Z2-7]{17}$/);
    assert.deepEqual(await get(clientOf({ account: '000000000001' }), BASIC), policy);
    const { PolicyVersion } = await client.send(new sdk.GetPolicyVersionCommand({ PolicyArn: BASIC, VersionId: 'v1' }));
    assert.deepEqual(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')), {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: '*',
        },
      ],
    });
  });

  test('are listed by scope, path and use', async (t) => {
    const { client } = await serveIam(t);
    await create(client, 'reads', { Path: '/team/' });
    await createRole(client, 'worker', { PermissionsBoundary: arnOf('reads', '/team/') });
    await client.send(new sdk.AttachRolePolicyCommand({ RoleName: 'worker', PolicyArn: BASIC }));
    const list = async (input: ListPoliciesCommandInput) =>
      ((await client.send(new sdk.ListPoliciesCommand({ MaxItems: 1_000, ...input }))).Policies ?? []).map(
        ({ PolicyName }) => PolicyName,
      );
    const [all, aws] = [await list({}), await list({ Scope: 'AWS' })];
    assert.deepEqual(all, ['reads', ...aws]);
    assert.deepEqual(await list({ Scope: 'All' }), all);
    assert.deepEqual(await list({ Scope: 'Local' }), ['reads']);
    for (const name of [
      'AWSLambdaBasicExecutionRole',
      'AWSLambdaVPCAccessExecutionRole',
      'AWSLambdaSQSQueueExecutionRole',
      'AWSLambdaKinesisExecutionRole',
      'AWSLambdaDynamoDBExecutionRole',
      'AWSLambdaMSKExecutionRole',
      'AWSLambdaRole',
      'AWSXRayDaemonWriteAccess',
      'AdministratorAccess',
    ]) {
      assert.ok(aws.includes(name), name);
    }
    assert.deepEqual(await list({ OnlyAttached: true }), ['AWSLambdaBasicExecutionRole']);
    assert.deepEqual(await list({ OnlyAttached: true, Scope: 'Local' }), []);
    assert.deepEqual(await list({ PolicyUsageFilter: 'PermissionsPolicy' }), ['AWSLambdaBasicExecutionRole']);
    assert.deepEqual(await list({ PolicyUsageFilter: 'PermissionsBoundary' }), ['reads']);
    assert.deepEqual(await list({ PathPrefix: '/team/' }), ['reads']);
    await refused(
      list({ Scope: 'Some' as 'All' }),
      constraint('scope', 'Member must satisfy enum value set: [All, AWS, Local]'),
    );
  });
});

test('managed policies are there after a restart, with their versions', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = await serveIam(t, dir);
  const { Arn: PolicyArn = '' } = await create(first.client, 'reads', {
    Path: '/a/',
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  const version = { PolicyArn, PolicyDocument: allowing('s3:PutObject') };
  await first.client.send(new sdk.CreatePolicyVersionCommand({ ...version, SetAsDefault: true }));
  await first.client.send(new sdk.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  const before = await get(first.client, PolicyArn);
  await first.stop();
  const { client } = await serveIam(t, dir);
  assert.deepEqual(await get(client, PolicyArn), before);
  const { PolicyVersion } = await client.send(new sdk.CreatePolicyVersionCommand(version));
  assert.equal(PolicyVersion?.VersionId, 'v3');
});
