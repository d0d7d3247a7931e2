import type { Policy as AwsPolicy, ListPoliciesRequest } from '@aws-sdk/client-iam';
import type { Handlers } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import type { PolicyUse } from '../policies.ts';
import { type Policy, policyArn } from '../policy.ts';
import { page } from './page.ts';
import { tagsFromAws, tagsToAws } from './words.ts';

type Client = typeof import('@aws-sdk/client-iam');

const UNUSED: PolicyUse = { attached: 0, asBoundary: 0 };

export function policyHandlers({ policies }: Iam): Handlers<Client> {
  return {
    async CreatePolicy(input, { account }) {
      const policy = await policies.create({
        account,
        name: input.PolicyName ?? '',
        path: input.Path ?? '/',
        document: input.PolicyDocument ?? '',
        description: input.Description,
        tags: tagsFromAws(input.Tags),
      });
      const Tags = policy.tags.length === 0 ? undefined : tagsToAws(policy.tags);
      return { Policy: { ...listed(policy, UNUSED), Tags } };
    },

    GetPolicy(input, { account }) {
      const { PolicyArn = '' } = input;
      const policy = policies.find(account, PolicyArn);
      const use = policies.uses(account).get(PolicyArn) ?? UNUSED;
      return { Policy: { ...listed(policy, use), Description: policy.description, Tags: tagsToAws(policy.tags) } };
    },

    ListPolicies(input, { account }) {
      const uses = policies.uses(account);
      const useOf = (policy: Policy) => uses.get(policyArn(policy)) ?? UNUSED;
      const found = [
        ...(input.Scope === 'AWS' ? [] : policies.list(account, 'customer')),
        ...(input.Scope === 'Local' ? [] : policies.list(account, 'aws')),
      ].filter((policy) => policy.path.startsWith(input.PathPrefix ?? '/') && isUsed(useOf(policy), input));
      // The account's own first: a digit sorts before a letter.
      const { items, answer } = page(found, input, (policy) => `${policy.account}/${policy.name.toLowerCase()}`);
      return { ...answer, Policies: items.map((policy) => listed(policy, useOf(policy))) };
    },

    async DeletePolicy(input, { account }) {
      const { PolicyArn = '' } = input;
      await policies.delete(account, PolicyArn);
      return {};
    },

    async TagPolicy(input, { account }) {
      const { PolicyArn = '', Tags } = input;
      await policies.tag(account, PolicyArn, tagsFromAws(Tags));
      return {};
    },

    async UntagPolicy(input, { account }) {
      const { PolicyArn = '', TagKeys } = input;
      await policies.untag(account, PolicyArn, TagKeys ?? []);
      return {};
    },

    ListPolicyTags(input, { account }) {
      const { PolicyArn = '' } = input;
      const { items, answer } = page(policies.find(account, PolicyArn).tags, input, ({ key }) => key);
      return { ...answer, Tags: tagsToAws(items) };
    },
  };
}

function isUsed(
  { attached, asBoundary }: PolicyUse,
  { OnlyAttached, PolicyUsageFilter }: ListPoliciesRequest,
): boolean {
  if (PolicyUsageFilter === 'PermissionsBoundary') return asBoundary > 0;
  if (PolicyUsageFilter === 'PermissionsPolicy') return attached > 0;
  return !OnlyAttached || attached > 0;
}

/** What lists tell of a policy; a look at one tells its description and tags, too. */
function listed(policy: Policy, { attached, asBoundary }: PolicyUse): AwsPolicy {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policyArn(policy),
    Path: policy.path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: asBoundary,
    IsAttachable: true,
    CreateDate: new Date(policy.createdMs),
    UpdateDate: new Date(policy.updatedMs),
  };
}
