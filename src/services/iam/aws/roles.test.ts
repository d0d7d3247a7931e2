import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CreateRoleCommandInput, IAMClient, Role } from '@aws-sdk/client-iam';
import { constraint, refused } from './testing/refusals.ts';
import { ACCOUNT, allowing, ofSize, sdk, serveIam, temporaryDirectory, trusting } from './testing/serve-iam.ts';

const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';

function create(client: IAMClient, RoleName: string | undefined, input: Partial<CreateRoleCommandInput> = {}) {
  return client.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(), ...input }));
}

const get = async (client: IAMClient, RoleName: string): Promise<Role> =>
  (await client.send(new sdk.GetRoleCommand({ RoleName }))).Role as Role;

const noSuchRole = (name: string) => ({
  name: 'NoSuchEntityException',
  Code: 'NoSuchEntity',
  Type: 'Sender',
  message: `The role with name ${name} cannot be found.`,
  $metadata: { httpStatusCode: 404 },
});

describe('a role', () => {
  test('is created, looked at, listed, changed and deleted', async (t) => {
    const { client } = await serveIam(t);
    const trustPolicy = trusting('it’s (a) test!*.amazonaws.com'.replace(/[^a-z.]/g, ''));
    const { Role } = await create(client, 'worker', {
      Path: '/team/a/',
      AssumeRolePolicyDocument: trustPolicy,
      Description: 'works',
      MaxSessionDuration: 43_200,
      Tags: [
        { Key: 'b', Value: '' },
        { Key: 'a', Value: '1' },
      ],
    });
    assert.match(Role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
    assert.equal(Role?.CreateDate?.getMilliseconds(), 0);
    const core = {
      Path: '/team/a/',
      RoleName: 'worker',
      RoleId: Role?.RoleId,
      Arn: `arn:aws:iam::${ACCOUNT}:role/team/a/worker`,
      CreateDate: Role?.CreateDate,
      AssumeRolePolicyDocument: encodeURIComponent(trustPolicy),
    };
    const Tags = [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '' },
    ];
    assert.deepEqual(Role, { ...core, Tags });
    const listed = { ...core, Description: 'works', MaxSessionDuration: 43_200 };
    assert.deepEqual(await get(client, 'worker'), { ...listed, Tags, RoleLastUsed: {} });
    assert.deepEqual(await get(client, 'WORKER'), await get(client, 'worker'), 'names are not told apart by case');
    const list = await client.send(new sdk.ListRolesCommand({}));
    assert.deepEqual([list.Roles, list.IsTruncated, list.Marker], [[listed], false, undefined]);

    const named = { RoleName: 'worker' };
    await client.send(new sdk.UpdateRoleCommand({ ...named, MaxSessionDuration: 3_600 }));
    await client.send(new sdk.UpdateRoleCommand(named));
    assert.partialDeepStrictEqual(await get(client, 'worker'), { Description: 'works', MaxSessionDuration: 3_600 });
    await client.send(new sdk.UpdateRoleCommand({ ...named, Description: 'rests' }));
    assert.partialDeepStrictEqual(await get(client, 'worker'), { Description: 'rests', MaxSessionDuration: 3_600 });
    const described = await client.send(new sdk.UpdateRoleDescriptionCommand({ ...named, Description: 'sleeps' }));
    assert.deepEqual(described.Role, { ...core, Description: 'sleeps' });
    const PolicyDocument = trusting('ec2.amazonaws.com');
    await client.send(new sdk.UpdateAssumeRolePolicyCommand({ ...named, PolicyDocument }));
    const { AssumeRolePolicyDocument = '' } = await get(client, 'worker');
    assert.equal(decodeURIComponent(AssumeRolePolicyDocument), PolicyDocument);

    const profiles = await client.send(new sdk.ListInstanceProfilesForRoleCommand(named));
    assert.deepEqual([profiles.InstanceProfiles, profiles.IsTruncated], [[], false]);
    await client.send(new sdk.DeleteRoleCommand(named));
    await refused(get(client, 'worker'), noSuchRole('worker'));
    const again = await create(client, 'worker');
    assert.notEqual(again.Role?.RoleId, Role?.RoleId);
    assert.equal(again.Role?.Path, '/');
    assert.equal((await get(client, 'worker')).MaxSessionDuration, 3_600);
  });

  test('has its documents answered URL-encoded, byte by byte', async (t) => {
    const { client } = await serveIam(t);
    const PolicyDocument = allowing('s3:*', { Sid: 'Sid', Resource: "arn:aws:s3:::it's-(a)-test!/* ~ü+&%" }).replace(
      '{',
      '{\n\t',
    );
    await create(client, 'worker');
    const named = { RoleName: 'worker', PolicyName: 'inline' };
    await client.send(new sdk.PutRolePolicyCommand({ ...named, PolicyDocument }));
    const answer = await client.send(new sdk.GetRolePolicyCommand(named));
    assert.equal(decodeURIComponent(answer.PolicyDocument ?? ''), PolicyDocument);
    assert.match(answer.PolicyDocument ?? '', /^[A-Za-z0-9%._~-]+$/);
  });

  test('is of its account alone, and of every region', async (t) => {
    const { client, clientOf } = await serveIam(t);
    await create(client, 'worker');
    const elsewhere = clientOf({ region: 'eu-central-1' });
    assert.equal((await get(elsewhere, 'worker')).RoleName, 'worker');
    await refused(create(elsewhere, 'worker'), { message: 'Role with name worker already exists.' });
    const stranger = clientOf({ account: '000000000001' });
    await refused(get(stranger, 'worker'), noSuchRole('worker'));
    const { Role } = await create(stranger, 'worker');
    assert.equal(Role?.Arn, 'arn:aws:iam::000000000001:role/worker');
    await stranger.send(new sdk.DeleteRoleCommand({ RoleName: 'worker' }));
    assert.equal((await get(client, 'worker')).RoleName, 'worker');
  });

  test('exists once under its name, whatever its case and path, also when two create it at once', async (t) => {
    const { client } = await serveIam(t);
    const answers = await Promise.allSettled(['worker', 'Worker', 'worker'].map((name) => create(client, name)));
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
    await refused(create(client, 'WORKER', { Path: '/elsewhere/' }), {
      name: 'EntityAlreadyExistsException',
      Code: 'EntityAlreadyExists',
      message: 'Role with name WORKER already exists.',
      $metadata: { httpStatusCode: 409 },
    });
  });

  test('that is missing is told by each operation', async (t) => {
    const { client } = await serveIam(t);
    const named = { RoleName: 'nobody' };
    const policy = { ...named, PolicyName: 'p' };
    for (const [operation, answer] of Object.entries({
      GetRole: () => client.send(new sdk.GetRoleCommand(named)),
      UpdateRole: () => client.send(new sdk.UpdateRoleCommand(named)),
      UpdateRoleDescription: () => client.send(new sdk.UpdateRoleDescriptionCommand({ ...named, Description: '' })),
      UpdateAssumeRolePolicy: () =>
        client.send(new sdk.UpdateAssumeRolePolicyCommand({ ...named, PolicyDocument: trusting() })),
      DeleteRole: () => client.send(new sdk.DeleteRoleCommand(named)),
      PutRolePermissionsBoundary: () =>
        client.send(new sdk.PutRolePermissionsBoundaryCommand({ ...named, PermissionsBoundary: BASIC })),
      DeleteRolePermissionsBoundary: () => client.send(new sdk.DeleteRolePermissionsBoundaryCommand(named)),
      TagRole: () => client.send(new sdk.TagRoleCommand({ ...named, Tags: [] })),
      UntagRole: () => client.send(new sdk.UntagRoleCommand({ ...named, TagKeys: [] })),
      ListRoleTags: () => client.send(new sdk.ListRoleTagsCommand(named)),
      PutRolePolicy: () => client.send(new sdk.PutRolePolicyCommand({ ...policy, PolicyDocument: allowing() })),
      GetRolePolicy: () => client.send(new sdk.GetRolePolicyCommand(policy)),
      ListRolePolicies: () => client.send(new sdk.ListRolePoliciesCommand(named)),
      DeleteRolePolicy: () => client.send(new sdk.DeleteRolePolicyCommand(policy)),
      AttachRolePolicy: () => client.send(new sdk.AttachRolePolicyCommand({ ...named, PolicyArn: BASIC })),
      DetachRolePolicy: () => client.send(new sdk.DetachRolePolicyCommand({ ...named, PolicyArn: BASIC })),
      ListAttachedRolePolicies: () => client.send(new sdk.ListAttachedRolePoliciesCommand(named)),
      ListInstanceProfilesForRole: () => client.send(new sdk.ListInstanceProfilesForRoleCommand(named)),
    })) {
      await t.test(operation, () => refused(answer(), noSuchRole('nobody')));
    }
  });

  test('cannot be deleted before its policies', async (t) => {
    const { client } = await serveIam(t);
    const named = { RoleName: 'worker' };
    await create(client, 'worker');
    await client.send(new sdk.AttachRolePolicyCommand({ ...named, PolicyArn: BASIC }));
    await client.send(new sdk.PutRolePolicyCommand({ ...named, PolicyName: 'p', PolicyDocument: allowing() }));
    const conflict = { name: 'DeleteConflictException', Code: 'DeleteConflict', $metadata: { httpStatusCode: 409 } };
    await refused(client.send(new sdk.DeleteRoleCommand(named)), {
      ...conflict,
      message: 'Cannot delete entity, must detach all policies first.',
    });
    await client.send(new sdk.DetachRolePolicyCommand({ ...named, PolicyArn: BASIC }));
    await refused(client.send(new sdk.DeleteRoleCommand(named)), {
      ...conflict,
      message: 'Cannot delete entity, must delete policies first.',
    });
    await client.send(new sdk.DeleteRolePolicyCommand({ ...named, PolicyName: 'p' }));
    await client.send(new sdk.DeleteRoleCommand(named));
  });

  test('takes what is within the limits, and nothing beyond them', async (t) => {
    const { client } = await serveIam(t);
    const length = (size: number) => `Member must have length less than or equal to ${size}`;
    const name = (size: number) => 'n'.repeat(size);
    await create(client, 'n+=,.@-_');
    await create(client, name(64), {
      Path: `/${name(510)}/`,
      Description: name(1_000),
      MaxSessionDuration: 3_600,
      Tags: Array.from({ length: 50 }, (_, at) => ({ Key: `${at}`.padEnd(128, 'k'), Value: name(256) })),
    });
    const cases: [Partial<CreateRoleCommandInput>, string, string][] = [
      [{ RoleName: name(65) }, 'roleName', length(64)],
      [{ RoleName: 'a b' }, 'roleName', 'Member must satisfy regular expression pattern: [\\w+=,.@-]+'],
      [{ RoleName: undefined }, 'roleName', 'Member must not be null'],
      [{ AssumeRolePolicyDocument: undefined }, 'assumeRolePolicyDocument', 'Member must not be null'],
      [
        { AssumeRolePolicyDocument: '{"Version": "€"}' },
        'assumeRolePolicyDocument',
        'Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
      ],
      [{ Path: `/${name(511)}/` }, 'path', length(512)],
      [
        { Path: 'team' },
        'path',
        'Member must satisfy regular expression pattern: (\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)',
      ],
      [{ Description: name(1_001) }, 'description', length(1_000)],
      [{ MaxSessionDuration: 3_599 }, 'maxSessionDuration', 'Member must have value greater than or equal to 3600'],
      [{ MaxSessionDuration: 43_201 }, 'maxSessionDuration', 'Member must have value less than or equal to 43200'],
      [{ PermissionsBoundary: name(19) }, 'permissionsBoundary', 'Member must have length greater than or equal to 20'],
      [{ Tags: Array.from({ length: 51 }, (_, at) => ({ Key: `${at}`, Value: '' })) }, 'tags', length(50)],
      [{ Tags: [{ Key: name(129), Value: '' }] }, 'tags.1.member.key', length(128)],
      [
        {
          Tags: [
            { Key: 'a', Value: '' },
            { Key: 'b', Value: name(257) },
          ],
        },
        'tags.2.member.value',
        length(256),
      ],
      [
        { Tags: [{ Key: 'a?', Value: '' }] },
        'tags.1.member.key',
        'Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+',
      ],
    ];
    for (const [input, path, text] of cases) await refused(create(client, 'other', input), constraint(path, text));
    await refused(create(client, ''), {
      message:
        "2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    });
    const quota = { name: 'LimitExceededException', Code: 'LimitExceeded', $metadata: { httpStatusCode: 409 } };
    const sized = (size: number) => {
      const document = (fill: string) => trusting(`${fill}.amazonaws.com`);
      return `${document('n'.repeat(1 + size - document('n').length))}\n `;
    };
    await create(client, 'large', { AssumeRolePolicyDocument: sized(2_048) });
    await refused(create(client, 'larger', { AssumeRolePolicyDocument: sized(2_049) }), {
      ...quota,
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    });
  });

  test('can be one of a thousand in its account, not of more', async (t) => {
    const { client, iam } = await serveIam(t);
    const role = { account: ACCOUNT, path: '/', trustPolicy: trusting(), sessionSecondsMax: 3_600, tags: [] };
    const created = Array.from({ length: 999 }, (_, at) =>
      iam.roles.create({ ...role, name: `role-${at}`, description: undefined, boundaryArn: undefined }),
    );
    await Promise.all(created);
    await create(client, 'the-last');
    await refused(create(client, 'one-more'), {
      Code: 'LimitExceeded',
      message: 'Cannot exceed quota for RolesPerAccount: 1000',
    });
    const all: string[] = [];
    let pages = 0;
    for await (const { Roles = [] } of sdk.paginateListRoles({ client, pageSize: 300 }, {})) {
      pages += 1;
      all.push(...Roles.map(({ RoleName = '' }) => RoleName));
    }
    assert.deepEqual([pages, new Set(all).size, all.length], [4, 1_000, 1_000]);
    assert.equal(
      (await client.send(new sdk.ListRolesCommand({}))).Roles?.length,
      100,
      'a page, unless it is told otherwise',
    );
  });
});

describe('roles are listed', () => {
  test('by the beginning of their path, page by page, while others come and go', async (t) => {
    const { client } = await serveIam(t);
    for (const name of ['a', 'B', 'c', 'd', 'e']) await create(client, name, { Path: '/team/' });
    await create(client, 'f', { Path: '/teams/' });
    await create(client, 'g');
    const list = async (input: object) => {
      const { Roles = [], IsTruncated, Marker } = await client.send(new sdk.ListRolesCommand(input));
      return { names: Roles.map(({ RoleName }) => RoleName).join(''), IsTruncated, Marker };
    };
    assert.equal((await list({})).names, 'aBcdefg');
    assert.equal((await list({ PathPrefix: '/team' })).names, 'aBcdef');
    assert.equal((await list({ PathPrefix: '/none/' })).names, '');
    const first = await list({ PathPrefix: '/team/', MaxItems: 2 });
    assert.deepEqual([first.names, first.IsTruncated], ['aB', true]);
    await client.send(new sdk.DeleteRoleCommand({ RoleName: 'b' }));
    await create(client, 'bb', { Path: '/team/' });
    const second = await list({ PathPrefix: '/team/', MaxItems: 4, Marker: first.Marker });
    assert.deepEqual(second, { names: 'bbcde', IsTruncated: false, Marker: undefined });
    await refused(list({ Marker: 'x' }), { name: 'ValidationError', message: 'Invalid Marker.' });
    await refused(list({ MaxItems: 0 }), constraint('maxItems', 'Member must have value greater than or equal to 1'));
    await refused(
      list({ MaxItems: 1_001 }),
      constraint('maxItems', 'Member must have value less than or equal to 1000'),
    );
    await refused(
      list({ Marker: 'm'.repeat(321) }),
      constraint('marker', 'Member must have length less than or equal to 320'),
    );
    await refused(
      list({ PathPrefix: 'team' }),
      constraint('pathPrefix', 'Member must satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*'),
    );
  });
});

describe('tags of a role', () => {
  test('are added, changed, removed and listed by key', async (t) => {
    const { client } = await serveIam(t);
    const named = { RoleName: 'worker' };
    const tag = (...pairs: string[]) =>
      client.send(
        new sdk.TagRoleCommand({ ...named, Tags: pairs.map((one) => ({ Key: one[0], Value: one.slice(1) })) }),
      );
    const list = async (input: object = {}) => {
      const { Tags = [], Marker, IsTruncated } = await client.send(new sdk.ListRoleTagsCommand({ ...named, ...input }));
      return { tags: Tags.map(({ Key, Value }) => `${Key}${Value}`).join(' '), Marker, IsTruncated };
    };
    await create(client, 'worker');
    assert.equal((await list()).tags, '');
    await tag('c3', 'a1');
    await tag('b2', 'A0');
    assert.equal((await list()).tags, 'A0 b2 c3', 'keys are not told apart by case');
    const first = await list({ MaxItems: 2 });
    assert.deepEqual([first.tags, first.IsTruncated], ['A0 b2', true]);
    assert.deepEqual(await list({ Marker: first.Marker }), { tags: 'c3', Marker: undefined, IsTruncated: false });
    await client.send(new sdk.UntagRoleCommand({ ...named, TagKeys: ['B', 'nothing'] }));
    assert.equal((await list()).tags, 'A0 c3');
    await refused(tag('d1', 'D2'), {
      name: 'InvalidInputException',
      Code: 'InvalidInput',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      $metadata: { httpStatusCode: 400 },
    });
    const many = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `more-${at}`, Value: '' }));
    await refused(client.send(new sdk.TagRoleCommand({ ...named, Tags: many(49) })), {
      Code: 'LimitExceeded',
      message: 'The number of tags has reached the maximum limit.',
    });
    await client.send(new sdk.TagRoleCommand({ ...named, Tags: many(48) }));
    const keysText =
      'Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]';
    for (const key of ['k'.repeat(129), 'a?']) {
      await refused(
        client.send(new sdk.UntagRoleCommand({ ...named, TagKeys: [key] })),
        constraint('tagKeys', keysText),
      );
    }
    const keys = Array.from({ length: 51 }, (_, at) => `${at}`);
    await refused(
      client.send(new sdk.UntagRoleCommand({ ...named, TagKeys: keys })),
      constraint('tagKeys', 'Member must have length less than or equal to 50'),
    );
  });
});

describe('inline policies of a role', () => {
  test('are put, replaced, listed and deleted', async (t) => {
    const { client } = await serveIam(t);
    const named = { RoleName: 'worker' };
    const put = (PolicyName: string, PolicyDocument = allowing()) =>
      client.send(new sdk.PutRolePolicyCommand({ ...named, PolicyName, PolicyDocument }));
    const list = async (input: object = {}) => {
      const answer = await client.send(new sdk.ListRolePoliciesCommand({ ...named, ...input }));
      return [answer.PolicyNames?.join(' '), answer.IsTruncated, answer.Marker] as const;
    };
    await create(client, 'worker');
    for (const name of ['c', 'a', 'b']) await put(name);
    await put('b', allowing('s3:PutObject'));
    assert.deepEqual(await list(), ['a b c', false, undefined]);
    const [names, isTruncated, Marker] = await list({ MaxItems: 1 });
    assert.deepEqual([names, isTruncated], ['a', true]);
    assert.deepEqual(await list({ Marker }), ['b c', false, undefined]);
    const { $metadata, ...found } = await client.send(new sdk.GetRolePolicyCommand({ ...named, PolicyName: 'b' }));
    const PolicyDocument = encodeURIComponent(allowing('s3:PutObject')).replaceAll('*', '%2A');
    assert.deepEqual(found, { RoleName: 'worker', PolicyName: 'b', PolicyDocument });
    await client.send(new sdk.DeleteRolePolicyCommand({ ...named, PolicyName: 'b' }));
    const missing = { Code: 'NoSuchEntity', message: 'The role policy with name b cannot be found.' };
    await refused(client.send(new sdk.DeleteRolePolicyCommand({ ...named, PolicyName: 'b' })), missing);
    await refused(client.send(new sdk.GetRolePolicyCommand({ ...named, PolicyName: 'b' })), missing);
    await refused(put('p'.repeat(129)), constraint('policyName', 'Member must have length less than or equal to 128'));
  });

  test('have 10,240 characters together, white space not counted', async (t) => {
    const { client } = await serveIam(t);
    const put = (PolicyName: string, size: number) =>
      client.send(new sdk.PutRolePolicyCommand({ RoleName: 'worker', PolicyName, PolicyDocument: ofSize(size) }));
    await create(client, 'worker');
    await put('a', 10_000);
    await refused(put('b', 241), {
      Code: 'LimitExceeded',
      message: 'Maximum policy size of 10240 bytes exceeded for role worker',
    });
    await put('b', 240);
    await put('a', 9_000);
  });
});

describe('a permissions boundary', () => {
  test('is stored with the role, and taken away', async (t) => {
    const { client } = await serveIam(t);
    const named = { RoleName: 'worker' };
    const expected = { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: BASIC };
    const { Role } = await create(client, 'worker', { PermissionsBoundary: BASIC });
    assert.deepEqual(Role?.PermissionsBoundary, expected);
    assert.deepEqual((await get(client, 'worker')).PermissionsBoundary, expected);
    await client.send(new sdk.DeleteRolePermissionsBoundaryCommand(named));
    assert.equal((await get(client, 'worker')).PermissionsBoundary, undefined);
    await client.send(new sdk.PutRolePermissionsBoundaryCommand({ ...named, PermissionsBoundary: BASIC }));
    assert.deepEqual((await get(client, 'worker')).PermissionsBoundary, expected);
  });

  test('must be a policy that is there', async (t) => {
    const { client } = await serveIam(t);
    await create(client, 'worker');
    const cases = [
      [`arn:aws:iam::${ACCOUNT}:not_a_policy/invalid`, 'InvalidInput', (arn: string) => `ARN ${arn} is not valid.`],
      [
        `arn:aws:iam::${ACCOUNT}:policy/nonexistent-policy`,
        'NoSuchEntity',
        (arn: string) => `Scope ARN: ${arn} does not exist or is not attachable.`,
      ],
    ] as const;
    for (const [PermissionsBoundary, Code, message] of cases) {
      const expected = { Code, message: message(PermissionsBoundary) };
      const put = new sdk.PutRolePermissionsBoundaryCommand({ RoleName: 'worker', PermissionsBoundary });
      await refused(client.send(put), expected);
      await refused(create(client, 'other', { PermissionsBoundary }), expected);
    }
    await refused(get(client, 'other'), noSuchRole('other'));
  });
});

test('roles are there after a restart, with all that belongs to them', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = await serveIam(t, dir);
  await create(first.client, 'worker@+=,.', {
    Path: '/a/',
    Tags: [{ Key: 'k', Value: 'v' }],
    PermissionsBoundary: BASIC,
  });
  const named = { RoleName: 'worker@+=,.' };
  await first.client.send(new sdk.PutRolePolicyCommand({ ...named, PolicyName: 'p', PolicyDocument: allowing() }));
  await first.client.send(new sdk.AttachRolePolicyCommand({ ...named, PolicyArn: BASIC }));
  await create(first.client, 'gone');
  await first.client.send(new sdk.DeleteRoleCommand({ RoleName: 'gone' }));
  const before = await get(first.client, 'worker@+=,.');
  await first.stop();
  const { client } = await serveIam(t, dir);
  assert.deepEqual(await get(client, 'worker@+=,.'), before);
  await refused(get(client, 'gone'), noSuchRole('gone'));
  assert.deepEqual((await client.send(new sdk.ListRolePoliciesCommand(named))).PolicyNames, ['p']);
  const { AttachedPolicies } = await client.send(new sdk.ListAttachedRolePoliciesCommand(named));
  assert.deepEqual(AttachedPolicies, [{ PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn: BASIC }]);
  await client.send(new sdk.UpdateRoleCommand({ ...named, Description: 'changed after a restart' }));
});

test('what IAM has and we have not is told', async (t) => {
  const { client } = await serveIam(t);
  await refused(client.send(new sdk.CreateInstanceProfileCommand({ InstanceProfileName: 'profile' })), {
    name: 'NotImplemented',
    message: "Lambent does not support iam's operation CreateInstanceProfile yet.",
    $metadata: { httpStatusCode: 501 },
  });
});
