import type { Handlers } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import type { Policy, PolicyVersion } from '../policy.ts';
import { page } from './page.ts';
import { encodedDocument } from './words.ts';

type Client = typeof import('@aws-sdk/client-iam');

/** Versions of managed policies. */
export function versionHandlers({ policies }: Iam): Handlers<Client> {
  return {
    async CreatePolicyVersion(input, { account }) {
      const { PolicyArn = '', PolicyDocument = '', SetAsDefault = false } = input;
      const { policy, version } = await policies.createVersion(account, PolicyArn, {
        document: PolicyDocument,
        becomesDefault: SetAsDefault,
      });
      return { PolicyVersion: listed(policy, version) };
    },

    GetPolicyVersion(input, { account }) {
      const { PolicyArn = '', VersionId = '' } = input;
      const { policy, version } = policies.findVersion(account, PolicyArn, VersionId);
      return { PolicyVersion: { ...listed(policy, version), Document: encodedDocument(version.document) } };
    },

    ListPolicyVersions(input, { account }) {
      const { PolicyArn = '' } = input;
      const policy = policies.find(account, PolicyArn);
      // Newest first; the id must ascend.
      const idOf = ({ number }: PolicyVersion) => String(Number.MAX_SAFE_INTEGER - number);
      const { items, answer } = page(policy.versions.toReversed(), input, idOf);
      return { ...answer, Versions: items.map((version) => listed(policy, version)) };
    },

    async SetDefaultPolicyVersion(input, { account }) {
      const { PolicyArn = '', VersionId = '' } = input;
      await policies.setDefaultVersion(account, PolicyArn, VersionId);
      return {};
    },

    async DeletePolicyVersion(input, { account }) {
      const { PolicyArn = '', VersionId = '' } = input;
      await policies.deleteVersion(account, PolicyArn, VersionId);
      return {};
    },
  };
}

function listed(policy: Policy, { number, createdMs }: PolicyVersion) {
  return {
    VersionId: `v${number}`,
    IsDefaultVersion: number === policy.defaultVersion,
    CreateDate: new Date(createdMs),
  };
}
