import type { Role as AwsRole, PermissionsBoundaryAttachmentType } from '@aws-sdk/client-iam';
import type { Handlers } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import { type Role, roleArn } from '../role.ts';
import { page } from './page.ts';
import { encodedDocument, tagsFromAws, tagsToAws } from './words.ts';

type Client = typeof import('@aws-sdk/client-iam');

const SESSION_SECONDS_DEFAULT = 3_600; // IAM API reference, CreateRole.

export function roleHandlers({ roles }: Iam): Handlers<Client> {
  return {
    async CreateRole(input, { account }) {
      const role = await roles.create({
        account,
        name: input.RoleName ?? '',
        path: input.Path ?? '/',
        trustPolicy: input.AssumeRolePolicyDocument ?? '',
        description: input.Description,
        sessionSecondsMax: input.MaxSessionDuration ?? SESSION_SECONDS_DEFAULT,
        boundaryArn: input.PermissionsBoundary,
        tags: tagsFromAws(input.Tags),
      });
      return { Role: { ...core(role), ...boundary(role), ...tags(role) } };
    },

    GetRole(input, { account }) {
      const { RoleName = '' } = input;
      const role = roles.find(account, RoleName);
      return { Role: { ...listed(role), ...boundary(role), ...tags(role), RoleLastUsed: {} } };
    },

    ListRoles(input, { account }) {
      const { PathPrefix = '/' } = input;
      const found = roles.list(account).filter(({ path }) => path.startsWith(PathPrefix));
      const { items, answer } = page(found, input, ({ name }) => name.toLowerCase());
      return { ...answer, Roles: items.map(listed) };
    },

    async UpdateRole(input, { account }) {
      const { RoleName = '', Description, MaxSessionDuration } = input;
      await roles.update(account, RoleName, { description: Description, sessionSecondsMax: MaxSessionDuration });
      return {};
    },

    async UpdateRoleDescription(input, { account }) {
      const { RoleName = '', Description } = input;
      const role = await roles.update(account, RoleName, { description: Description });
      return { Role: { ...core(role), Description: role.description } };
    },

    async UpdateAssumeRolePolicy(input, { account }) {
      const { RoleName = '', PolicyDocument = '' } = input;
      await roles.setTrustPolicy(account, RoleName, PolicyDocument);
      return {};
    },

    async DeleteRole(input, { account }) {
      const { RoleName = '' } = input;
      await roles.delete(account, RoleName);
      return {};
    },

    async PutRolePermissionsBoundary(input, { account }) {
      const { RoleName = '', PermissionsBoundary = '' } = input;
      await roles.setBoundary(account, RoleName, PermissionsBoundary);
      return {};
    },

    async DeleteRolePermissionsBoundary(input, { account }) {
      const { RoleName = '' } = input;
      await roles.setBoundary(account, RoleName, undefined);
      return {};
    },

    async TagRole(input, { account }) {
      const { RoleName = '', Tags } = input;
      await roles.tag(account, RoleName, tagsFromAws(Tags));
      return {};
    },

    async UntagRole(input, { account }) {
      const { RoleName = '', TagKeys } = input;
      await roles.untag(account, RoleName, TagKeys ?? []);
      return {};
    },

    ListRoleTags(input, { account }) {
      const { RoleName = '' } = input;
      const { items, answer } = page(roles.find(account, RoleName).tags, input, ({ key }) => key);
      return { ...answer, Tags: tagsToAws(items) };
    },

    // There are no instance profiles, so none has the role: what tools ask before they delete it.
    ListInstanceProfilesForRole(input, { account }) {
      const { RoleName = '' } = input;
      roles.find(account, RoleName);
      return { IsTruncated: false, InstanceProfiles: [] };
    },
  };
}

/** What every answer tells of a role. Answers differ in the rest: recorded by clients. */
function core(role: Role) {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: roleArn(role),
    CreateDate: new Date(role.createdMs),
    AssumeRolePolicyDocument: encodedDocument(role.trustPolicy),
  } satisfies AwsRole;
}

function listed(role: Role) {
  return { ...core(role), Description: role.description, MaxSessionDuration: role.sessionSecondsMax } satisfies AwsRole;
}

function boundary({ boundaryArn }: Role): Pick<AwsRole, 'PermissionsBoundary'> {
  if (boundaryArn === undefined) return {};
  // SAFE: IAM answers `Policy` (API reference, AttachedPermissionsBoundary, and recorded); the client's type says otherwise.
  const PermissionsBoundaryType = 'Policy' as string as PermissionsBoundaryAttachmentType;
  return { PermissionsBoundary: { PermissionsBoundaryType, PermissionsBoundaryArn: boundaryArn } };
}

function tags(role: Role): Pick<AwsRole, 'Tags'> {
  return role.tags.length === 0 ? {} : { Tags: tagsToAws(role.tags) };
}
