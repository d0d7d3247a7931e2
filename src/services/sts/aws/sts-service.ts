import { createRequire } from 'node:module';
import type { IdentityVerdict, RoleCredentials, RoleSessionRequest } from '../../../identity/index.ts';
import { defineService, type RequestContext, type ServiceDefinition } from '../../../wire/service.ts';
import type { RolesPort } from '../assume-role.ts';
import { ASSUME_ROLE_CONSTRAINTS, assumeRole } from './assume-role.ts';

type Client = typeof import('@aws-sdk/client-sts');

const require = createRequire(import.meta.url);

export interface StsPorts {
  readonly roles: RolesPort;
  /** Makes a session's credentials. */
  readonly issueRoleSession: (request: RoleSessionRequest) => RoleCredentials;
  /** What the caller's own policies say to assuming the role of an ARN. */
  readonly judge: (by: RequestContext, roleArn: string) => IdentityVerdict;
}

/** Security Token Service: says who calls, and lets callers assume roles. */
export function stsService({ roles, issueRoleSession, judge }: StsPorts): ServiceDefinition {
  return defineService<Client>({
    name: 'sts',
    signingName: 'sts',
    protocols: ['awsQuery'],
    apiVersion: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    fractions: [],
    // The role's trust policy may be enough for a role to be assumed, which is decided there.
    resources: (operation) => (operation === 'AssumeRole' ? [] : ['*']),
    load: () => require('@aws-sdk/client-sts') as Client,
    handlers: {
      GetCallerIdentity: (_input, { principal }) => ({
        UserId: principal.userId,
        Account: principal.account,
        Arn: principal.arn,
      }),
      AssumeRole: assumeRole(roles, issueRoleSession, judge),
    },
    constraints: () => ASSUME_ROLE_CONSTRAINTS,
  });
}
