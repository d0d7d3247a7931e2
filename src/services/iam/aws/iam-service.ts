import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import { iamResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-iam');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'AttachRolePolicy',
  'CreatePolicy',
  'CreatePolicyVersion',
  'CreateRole',
  'DeletePolicy',
  'DeletePolicyVersion',
  'DeleteRole',
  'DeleteRolePermissionsBoundary',
  'DeleteRolePolicy',
  'DetachRolePolicy',
  'GetPolicy',
  'GetPolicyVersion',
  'GetRole',
  'GetRolePolicy',
  'ListAttachedRolePolicies',
  'ListEntitiesForPolicy',
  'ListInstanceProfilesForRole',
  'ListPolicies',
  'ListPolicyTags',
  'ListPolicyVersions',
  'ListRolePolicies',
  'ListRoleTags',
  'ListRoles',
  'PutRolePermissionsBoundary',
  'PutRolePolicy',
  'SetDefaultPolicyVersion',
  'TagPolicy',
  'TagRole',
  'UntagPolicy',
  'UntagRole',
  'UpdateAssumeRolePolicy',
  'UpdateRole',
  'UpdateRoleDescription',
] as const satisfies readonly (keyof Handlers<Client>)[];

/** Identity and Access Management as a service of the wire: roles and managed policies. */
export function iamService(iam: Iam): ServiceDefinition {
  return defineService<Client>({
    name: 'iam',
    signingName: 'iam',
    protocols: ['awsQuery'],
    apiVersion: '2010-05-08',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    fractions: [],
    resources: iamResources(iam),
    load: () => require('@aws-sdk/client-iam') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().iamHandlers(iam)),
    constraints: () => constraints().IAM_CONSTRAINTS,
    validate: (checks) => constraints().validateIam(checks),
  });
}

const handlers = () => require('./iam-handlers.ts') as typeof import('./iam-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
