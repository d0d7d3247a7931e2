import type { Handlers } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import { policyArn } from '../policy.ts';
import { page } from './page.ts';

type Client = typeof import('@aws-sdk/client-iam');

/** Which role has which managed policy. */
export function attachmentHandlers({ roles, policies }: Iam): Handlers<Client> {
  return {
    async AttachRolePolicy(input, { account }) {
      const { RoleName = '', PolicyArn = '' } = input;
      await roles.attach(account, RoleName, PolicyArn);
      return {};
    },

    async DetachRolePolicy(input, { account }) {
      const { RoleName = '', PolicyArn = '' } = input;
      await roles.detach(account, RoleName, PolicyArn);
      return {};
    },

    ListAttachedRolePolicies(input, { account }) {
      const { RoleName = '', PathPrefix = '/' } = input;
      const attached = roles
        .find(account, RoleName)
        .attachedArns.map((arn) => policies.find(account, arn))
        .filter(({ path }) => path.startsWith(PathPrefix))
        .map((policy) => ({ PolicyName: policy.name, PolicyArn: policyArn(policy) }))
        .sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
      const { items, answer } = page(attached, input, idOf);
      return { ...answer, AttachedPolicies: items };
    },

    ListEntitiesForPolicy(input, { account }) {
      const { PolicyArn = '', EntityFilter = 'Role', PathPrefix = '/', PolicyUsageFilter } = input;
      const { attached, asBoundary } = policies.roles(account, PolicyArn);
      const using = new Set([
        ...(PolicyUsageFilter === 'PermissionsBoundary' ? [] : attached),
        ...(PolicyUsageFilter === 'PermissionsPolicy' ? [] : asBoundary),
      ]);
      const found = roles.list(account).filter((role) => using.has(role) && role.path.startsWith(PathPrefix));
      // Users and groups are not there yet, so that nobody but roles can have it.
      const { items, answer } = page(EntityFilter === 'Role' ? found : [], input, ({ name }) => name.toLowerCase());
      return {
        ...answer,
        PolicyGroups: [],
        PolicyUsers: [],
        PolicyRoles: items.map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      };
    },
  };
}

function idOf({ PolicyName, PolicyArn }: { PolicyName: string; PolicyArn: string }): string {
  // Two policies can have the same name, when one of them is AWS's.
  return `${PolicyName.toLowerCase()}/${PolicyArn}`;
}
