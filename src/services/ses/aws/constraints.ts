import { AwsError } from '../../../wire/aws-error.ts';
import type { Constraints } from '../../../wire/service.ts';
import {
  type Check,
  length,
  oneOf,
  pattern,
  required,
  validationMessage,
  violations,
} from '../../../wire/validation.ts';

// The API model of version 1 has hardly any lengths: those here stand in the reference's texts.

const SET_NAME = [required, length(1, 64), pattern('[a-zA-Z0-9_-]+')];
const RULE_SET = { ruleSetName: [required, length(1, 64), pattern('[a-zA-Z0-9_.-]+')] };
const RULE = {
  'rule.name': [required, length(1, 64), pattern('[a-zA-Z0-9_.-]+')],
  'rule.tlsPolicy': [oneOf(['Require', 'Optional'])],
  'rule.recipients': [length(0, 500)],
  'rule.actions': [length(0, 10)],
  'rule.actions.*': {
    's3Action.bucketName': [required],
    'lambdaAction.functionArn': [required],
    'lambdaAction.invocationType': [oneOf(['Event', 'RequestResponse'])],
    'sNSAction.topicArn': [required],
    'sNSAction.encoding': [oneOf(['UTF-8', 'Base64'])],
    'bounceAction.smtpReplyCode': [required],
    'bounceAction.message': [required],
    'bounceAction.sender': [required],
    'stopAction.scope': [required, oneOf(['RuleSet'])],
    'addHeaderAction.headerName': [required],
    'addHeaderAction.headerValue': [required],
  },
};
const EVENTS = ['send', 'reject', 'bounce', 'complaint', 'delivery', 'open', 'click', 'renderingFailure'];
const DESTINATION = {
  configurationSetName: [required],
  'eventDestination.name': SET_NAME,
  'eventDestination.matchingEventTypes': [required, oneOf(EVENTS)],
  'eventDestination.sNSDestination.topicARN': [required],
};
const IDENTITY = { identity: [required] };
const NOTIFICATION = { notificationType: [required, oneOf(['Bounce', 'Complaint', 'Delivery'])] };
const CONTENT = {
  'message.subject.data': [required],
  'message.body.text.data': [required],
  'message.body.html.data': [required],
};
const TAGS = { 'tags.*': { name: [required], value: [required] } };

export const SES_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-ses')> = {
  CloneReceiptRuleSet: { ...RULE_SET, originalRuleSetName: [required] },
  CreateConfigurationSet: { configurationSet: [required], 'configurationSet.name': SET_NAME },
  CreateConfigurationSetEventDestination: DESTINATION,
  CreateReceiptFilter: {
    filter: [required],
    'filter.name': [required, length(1, 64), pattern('[a-zA-Z0-9_.-]+')],
    'filter.ipFilter': [required],
    'filter.ipFilter.policy': [required, oneOf(['Block', 'Allow'])],
    'filter.ipFilter.cidr': [required],
  },
  CreateReceiptRule: { ...RULE_SET, rule: [required], ...RULE },
  CreateReceiptRuleSet: RULE_SET,
  CreateTemplate: { template: [required], 'template.templateName': [required, length(1, 64)] },
  DeleteConfigurationSet: { configurationSetName: [required] },
  DeleteConfigurationSetEventDestination: { configurationSetName: [required], eventDestinationName: [required] },
  DeleteIdentity: IDENTITY,
  DeleteReceiptFilter: { filterName: [required] },
  DeleteReceiptRule: { ruleSetName: [required], ruleName: [required] },
  DeleteReceiptRuleSet: { ruleSetName: [required] },
  DeleteTemplate: { templateName: [required] },
  DeleteVerifiedEmailAddress: { emailAddress: [required] },
  DescribeActiveReceiptRuleSet: {},
  DescribeConfigurationSet: {
    configurationSetName: [required],
    configurationSetAttributeNames: [
      oneOf(['eventDestinations', 'trackingOptions', 'deliveryOptions', 'reputationOptions']),
    ],
  },
  DescribeReceiptRule: { ruleSetName: [required], ruleName: [required] },
  DescribeReceiptRuleSet: { ruleSetName: [required] },
  GetIdentityDkimAttributes: { identities: [required, length(0, 100)] },
  GetIdentityNotificationAttributes: { identities: [required, length(0, 100)] },
  GetIdentityVerificationAttributes: { identities: [required, length(0, 100)] },
  GetTemplate: { templateName: [required] },
  ListConfigurationSets: {},
  ListIdentities: { identityType: [oneOf(['EmailAddress', 'Domain'])] },
  ListReceiptFilters: {},
  ListReceiptRuleSets: {},
  ListTemplates: {},
  ReorderReceiptRuleSet: { ruleSetName: [required], ruleNames: [required] },
  SendBulkTemplatedEmail: {
    ...{ source: [required], template: [required], defaultTemplateData: [required, length(0, 262_144)] },
    destinations: [required],
    'destinations.*': { destination: [required] },
  },
  SendEmail: { source: [required], destination: [required], message: [required], ...CONTENT, ...TAGS },
  SendRawEmail: { rawMessage: [required], 'rawMessage.data': [required], ...TAGS },
  SendTemplatedEmail: {
    ...{ source: [required], destination: [required], template: [required] },
    templateData: [required, length(0, 262_144)],
    ...TAGS,
  },
  SetActiveReceiptRuleSet: {},
  SetIdentityFeedbackForwardingEnabled: { ...IDENTITY, forwardingEnabled: [required] },
  SetIdentityHeadersInNotificationsEnabled: { ...IDENTITY, ...NOTIFICATION, enabled: [required] },
  SetIdentityNotificationTopic: { ...IDENTITY, ...NOTIFICATION },
  SetReceiptRulePosition: { ruleSetName: [required], ruleName: [required] },
  TestRenderTemplate: { templateName: [required], templateData: [required, length(0, 262_144)] },
  UpdateConfigurationSetEventDestination: DESTINATION,
  UpdateConfigurationSetSendingEnabled: { configurationSetName: [required], enabled: [required] },
  UpdateReceiptRule: { ruleSetName: [required], rule: [required], ...RULE },
  UpdateTemplate: { template: [required], 'template.templateName': [required] },
  VerifyDomainIdentity: { domain: [required] },
  VerifyEmailAddress: { emailAddress: [required] },
  VerifyEmailIdentity: { emailAddress: [required] },
};

/** Throws ValidationError with all that is broken. */
export function validateSes(checks: readonly Check[]): void {
  const broken = violations(checks);
  if (broken.length > 0) throw new AwsError('ValidationError', validationMessage(broken));
}
