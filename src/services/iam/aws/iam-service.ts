import { createRequire } from 'node:module';
import { type AnyHandler, defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Iam } from '../iam.ts';
import { IamRefused } from '../refusal.ts';
import { attachmentHandlers } from './attachments.ts';
import { IAM_CONSTRAINTS, validateIam } from './constraints.ts';
import { policyHandlers } from './managed-policies.ts';
import { versionHandlers } from './policy-versions.ts';
import { refusalToAws } from './refusal-to-aws.ts';
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
  const translated = Object.entries(handlers).map(([name, handler]) => [
    name,
    translating(name, handler as AnyHandler),
  ]);
  // SAFE: each handler keeps its name and its types; only what it throws is translated.
  return Object.fromEntries(translated) as Handlers<Client>;
}

function translating(operation: string, handler: AnyHandler): AnyHandler {
  return async (input, context) => {
    try {
      return await handler(input, context);
    } catch (error) {
      if (!(error instanceof IamRefused)) throw error;
      const asked = { callerArn: context.principal.arn, action: `iam:${operation}` };
      throw refusalToAws(error.refusal, asked, error);
    }
  };
}
