import { createRequire } from 'node:module';
import { defineService, type ServiceDefinition } from '../../../wire/service.ts';

type Client = typeof import('@aws-sdk/client-sts');

const require = createRequire(import.meta.url);

/** Security Token Service. Roles come with IAM; until then it says who calls, and nothing else. */
export function stsService(): ServiceDefinition {
  return defineService<Client>({
    name: 'sts',
    signingName: 'sts',
    protocols: ['awsQuery'],
    apiVersion: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    load: () => require('@aws-sdk/client-sts') as Client,
    handlers: {
      GetCallerIdentity: (_input, { principal }) => ({
        UserId: principal.userId,
        Account: principal.account,
        Arn: principal.arn,
      }),
    },
  });
}
