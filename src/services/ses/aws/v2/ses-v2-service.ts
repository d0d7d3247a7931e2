import { createRequire } from 'node:module';
import { lateHandlers } from '../../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../../wire/service.ts';
import type { Ses } from '../../ses.ts';
import { sesResources } from '../resources.ts';

type Client = typeof import('@aws-sdk/client-sesv2');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'CreateConfigurationSet',
  'CreateConfigurationSetEventDestination',
  'CreateEmailIdentity',
  'CreateEmailTemplate',
  'DeleteConfigurationSet',
  'DeleteConfigurationSetEventDestination',
  'DeleteEmailIdentity',
  'DeleteEmailTemplate',
  'GetAccount',
  'GetConfigurationSet',
  'GetConfigurationSetEventDestinations',
  'GetEmailIdentity',
  'GetEmailTemplate',
  'ListConfigurationSets',
  'ListEmailIdentities',
  'ListEmailTemplates',
  'PutConfigurationSetSendingOptions',
  'PutEmailIdentityConfigurationSetAttributes',
  'PutEmailIdentityFeedbackAttributes',
  'SendBulkEmail',
  'SendEmail',
  'TestRenderEmailTemplate',
  'UpdateConfigurationSetEventDestination',
  'UpdateEmailTemplate',
] as const satisfies readonly (keyof Handlers<Client>)[];

/** Of a letter of 40 MB in base64, with what is around it. */
const BODY_BYTES_MAX = 60 * 1024 * 1024;

/** Version 2 of the Simple Email Service: requests of both are signed for `ses`, and paths tell them apart. */
export function sesV2Service(ses: () => Ses): ServiceDefinition {
  return defineService<Client>({
    name: 'sesv2',
    signingName: 'ses',
    protocols: ['restJson1'],
    bodyBytesMax: BODY_BYTES_MAX,
    formerRoutes: [
      { operation: 'ListConfigurationSets', method: 'GET', path: '/v2/email/configuration-sets' },
      { operation: 'ListEmailIdentities', method: 'GET', path: '/v2/email/identities' },
    ],
    load: () => require('@aws-sdk/client-sesv2') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().sesV2Handlers(ses)),
    resources: sesResources(ses),
    constraints: () => constraints().SES_V2_CONSTRAINTS,
    validate: (checks) => constraints().validateSesV2(checks),
  });
}

const handlers = () => require('./ses-v2-handlers.ts') as typeof import('./ses-v2-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
