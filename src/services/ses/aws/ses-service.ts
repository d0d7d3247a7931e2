import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { Ses } from '../ses.ts';
import { sesResources } from './resources.ts';

type Client = typeof import('@aws-sdk/client-ses');

const require = createRequire(import.meta.url);

const OPERATIONS = [
  'CloneReceiptRuleSet',
  'CreateConfigurationSet',
  'CreateConfigurationSetEventDestination',
  'CreateReceiptFilter',
  'CreateReceiptRule',
  'CreateReceiptRuleSet',
  'CreateTemplate',
  'DeleteConfigurationSet',
  'DeleteConfigurationSetEventDestination',
  'DeleteIdentity',
  'DeleteReceiptFilter',
  'DeleteReceiptRule',
  'DeleteReceiptRuleSet',
  'DeleteTemplate',
  'DeleteVerifiedEmailAddress',
  'DescribeActiveReceiptRuleSet',
  'DescribeConfigurationSet',
  'DescribeReceiptRule',
  'DescribeReceiptRuleSet',
  'GetAccountSendingEnabled',
  'GetIdentityDkimAttributes',
  'GetIdentityNotificationAttributes',
  'GetIdentityVerificationAttributes',
  'GetSendQuota',
  'GetSendStatistics',
  'GetTemplate',
  'ListConfigurationSets',
  'ListIdentities',
  'ListReceiptFilters',
  'ListReceiptRuleSets',
  'ListTemplates',
  'ListVerifiedEmailAddresses',
  'ReorderReceiptRuleSet',
  'SendBulkTemplatedEmail',
  'SendEmail',
  'SendRawEmail',
  'SendTemplatedEmail',
  'SetActiveReceiptRuleSet',
  'SetIdentityFeedbackForwardingEnabled',
  'SetIdentityHeadersInNotificationsEnabled',
  'SetIdentityNotificationTopic',
  'SetReceiptRulePosition',
  'TestRenderTemplate',
  'UpdateConfigurationSetEventDestination',
  'UpdateConfigurationSetSendingEnabled',
  'UpdateReceiptRule',
  'UpdateTemplate',
  'VerifyDomainIdentity',
  'VerifyEmailAddress',
  'VerifyEmailIdentity',
] as const satisfies readonly (keyof Handlers<Client>)[];

/** Version 1 of the Simple Email Service as a service of the wire. Its code is loaded with the first request. */
export function sesService(ses: () => Ses): ServiceDefinition {
  return defineService<Client>({
    name: 'ses',
    signingName: 'ses',
    protocols: ['awsQuery'],
    apiVersion: '2010-12-01',
    xmlNamespace: 'http://ses.amazonaws.com/doc/2010-12-01/',
    load: () => require('@aws-sdk/client-ses') as Client,
    handlers: lateHandlers<Client>(OPERATIONS, () => handlers().sesHandlers(ses)),
    resources: sesResources(ses),
    constraints: () => constraints().SES_CONSTRAINTS,
    validate: (checks) => constraints().validateSes(checks),
  });
}

const handlers = () => require('./ses-handlers.ts') as typeof import('./ses-handlers.ts');
const constraints = () => require('./constraints.ts') as typeof import('./constraints.ts');
