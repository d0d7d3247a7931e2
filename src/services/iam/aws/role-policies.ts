import type { Handlers } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import { page } from './page.ts';
import { encodedDocument } from './words.ts';

type Client = typeof import('@aws-sdk/client-iam');

/** Inline policies of roles. */
export function rolePolicyHandlers({ roles }: Iam): Handlers<Client> {
  return {
    async PutRolePolicy(input, { account }) {
      const { RoleName = '', PolicyName = '', PolicyDocument = '' } = input;
      await roles.putPolicy(account, RoleName, { name: PolicyName, document: PolicyDocument });
      return {};
    },

    GetRolePolicy(input, { account }) {
      const { RoleName = '', PolicyName = '' } = input;
      const { document } = roles.findPolicy(account, RoleName, PolicyName);
      return {
        RoleName: roles.find(account, RoleName).name,
        PolicyName,
        PolicyDocument: encodedDocument(document),
      };
    },

    ListRolePolicies(input, { account }) {
      const { RoleName = '' } = input;
      const names = roles.find(account, RoleName).inlinePolicies.map(({ name }) => name);
      const { items, answer } = page(names, input, (name) => name);
      return { ...answer, PolicyNames: items };
    },

    async DeleteRolePolicy(input, { account }) {
      const { RoleName = '', PolicyName = '' } = input;
      await roles.deletePolicy(account, RoleName, PolicyName);
      return {};
    },
  };
}
