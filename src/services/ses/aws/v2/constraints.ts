import { AwsError } from '../../../../wire/aws-error.ts';
import type { Constraints } from '../../../../wire/service.ts';
import {
  type Check,
  elements,
  length,
  oneOf,
  pattern,
  range,
  required,
  validationMessage,
  violations,
} from '../../../../wire/validation.ts';

const SET = { configurationSetName: [required] };
const DESTINATION = { ...SET, eventDestinationName: [required] };
const EVENTS = [
  ...['SEND', 'REJECT', 'BOUNCE', 'COMPLAINT', 'DELIVERY', 'OPEN', 'CLICK', 'RENDERING_FAILURE', 'DELIVERY_DELAY'],
  'SUBSCRIPTION',
];
const DEFINITION = {
  eventDestination: [required],
  'eventDestination.matchingEventTypes': [oneOf(EVENTS)],
  'eventDestination.snsDestination.topicArn': [required],
};
const TAGS = { 'tags.*': { key: [required], value: [required] } };
const IDENTITY = { emailIdentity: [required, length(1, 320)] };
const TEMPLATE = { templateName: [required, length(1, 64)] };
const DATA = [length(0, 262_144)];
const LETTER = {
  'simple.subject': [required],
  'simple.subject.data': [required],
  'simple.body': [required],
  'simple.body.text.data': [required],
  'simple.body.html.data': [required],
  'simple.headers': [length(0, 15)],
  'simple.headers.*': { name: [required, length(1, 126)], value: [required, length(1, 995)] },
  'simple.attachments.*': { rawContent: [required], fileName: [required, length(1, 255)] },
  'raw.data': [required],
  'template.templateName': [length(1, 64)],
  'template.templateData': DATA,
};
const CONTENT = Object.fromEntries(Object.entries(LETTER).map(([path, checks]) => [`content.${path}`, checks]));

export const SES_V2_CONSTRAINTS: Constraints<typeof import('@aws-sdk/client-sesv2')> = {
  CreateConfigurationSet: { configurationSetName: [required, length(1, 64), pattern('[a-zA-Z0-9_-]+')], ...TAGS },
  CreateConfigurationSetEventDestination: {
    ...SET,
    eventDestinationName: [required, length(1, 64), pattern('[a-zA-Z0-9_-]+')],
    ...DEFINITION,
  },
  CreateEmailIdentity: { ...IDENTITY, ...TAGS },
  CreateEmailTemplate: { ...TEMPLATE, templateContent: [required] },
  DeleteConfigurationSet: SET,
  DeleteConfigurationSetEventDestination: DESTINATION,
  DeleteEmailIdentity: IDENTITY,
  DeleteEmailTemplate: TEMPLATE,
  GetAccount: {},
  GetConfigurationSet: SET,
  GetConfigurationSetEventDestinations: SET,
  GetEmailIdentity: IDENTITY,
  GetEmailTemplate: TEMPLATE,
  ListConfigurationSets: { pageSize: [range(1, 1_000)] },
  ListEmailIdentities: { pageSize: [range(1, 1_000)] },
  ListEmailTemplates: { pageSize: [range(1, 100)] },
  PutConfigurationSetSendingOptions: SET,
  PutEmailIdentityConfigurationSetAttributes: IDENTITY,
  PutEmailIdentityFeedbackAttributes: IDENTITY,
  SendBulkEmail: {
    defaultContent: [required],
    'defaultContent.template.templateName': [length(1, 64)],
    'defaultContent.template.templateData': DATA,
    bulkEmailEntries: [required],
    'bulkEmailEntries.*': { destination: [required] },
  },
  SendEmail: {
    content: [required],
    ...CONTENT,
    'destination.toAddresses': [elements(length(1, 320))],
    'emailTags.*': { name: [required], value: [required] },
  },
  TestRenderEmailTemplate: { ...TEMPLATE, templateData: [required, ...DATA] },
  UpdateConfigurationSetEventDestination: { ...DESTINATION, ...DEFINITION },
  UpdateEmailTemplate: { ...TEMPLATE, templateContent: [required] },
};

/** Throws BadRequestException with all that is broken. */
export function validateSesV2(checks: readonly Check[]): void {
  const broken = violations(checks);
  if (broken.length > 0) throw new AwsError('BadRequestException', validationMessage(broken));
}
