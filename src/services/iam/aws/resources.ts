import type { ResourcesOf } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';

/** The role or the managed policy of a request. */
export function iamResources(iam: Pick<Iam, 'knownRole'>): ResourcesOf {
  return (_, { RoleName: role, PolicyArn: policy, PolicyName: policyName, Path: path }, { account }) => {
    const under = typeof path === 'string' ? path : '/';
    if (typeof role === 'string')
      return [iam.knownRole(account, role)?.arn ?? `arn:aws:iam::${account}:role${under}${role}`];
    if (typeof policy === 'string') return [policy];
    return [typeof policyName === 'string' ? `arn:aws:iam::${account}:policy${under}${policyName}` : '*'];
  };
}
