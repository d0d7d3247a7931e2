import { createRequire } from 'node:module';
import { inAwsWords } from '../../../wire/in-aws-words.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import { IamRefused } from '../refusal.ts';
import { attachmentHandlers } from './attachments.ts';
import { IAM_CONSTRAINTS, validateIam } from './constraints.ts';
import { policyHandlers } from './managed-policies.ts';
import { versionHandlers } from './policy-versions.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { iamResources } from './resources.ts';
import { rolePolicyHandlers } from './role-policies.ts';
import { roleHandlers } from './roles.ts';

type Client = typeof import('@aws-sdk/client-iam');

const require = createRequire(import.meta.url);

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
    handlers: handlersOf(iam),
    constraints: () => IAM_CONSTRAINTS,
    validate: validateIam,
  });
}

function handlersOf(iam: Iam): Handlers<Client> {
  const handlers = {
    ...roleHandlers(iam),
    ...rolePolicyHandlers(iam),
    ...policyHandlers(iam),
    ...versionHandlers(iam),
    ...attachmentHandlers(iam),
  };
  return inAwsWords(handlers, (error, { principal }, operation) => {
    if (!(error instanceof IamRefused)) return error;
    return refusalToAws(error.refusal, { callerArn: principal.arn, action: `iam:${operation}` }, error);
  });
}
