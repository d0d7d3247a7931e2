import { AwsError } from '../../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../../wire/service.ts';
import type { Attachment } from '../../compose.ts';
import type { Header } from '../../headers.ts';
import { SesRefused } from '../../refusal.ts';
import { LETTER_BYTES_MAX, type SendOptions } from '../../sending.ts';
import type { Ses } from '../../ses.ts';
import { type Template, templateData } from '../../template.ts';
import { refusalToAwsV2 } from '../refusal-to-aws.ts';
import { assertOwn, QUOTA, recipientsOf, sentLastDay } from '../sending.ts';
import { messageTags, notYet, senderOf } from '../words.ts';

type Client = typeof import('@aws-sdk/client-sesv2');
type SendEmail = import('@aws-sdk/client-sesv2').SendEmailRequest;
type AwsTemplate = import('@aws-sdk/client-sesv2').Template;

/** AWS: destinations of one request. */
const BULK_MAX = 50;

export function sendingHandlers(ses: () => Ses): Handlers<Client> {
  return {
    async SendEmail(input, context) {
      const { Content, Destination, FromEmailAddress, ReplyToAddresses = [] } = input;
      const options = optionsOf(input, context);
      const named = recipientsOf(Destination);
      if (Content?.Raw !== undefined) {
        const all = [...named.to, ...named.cc, ...named.bcc];
        const letter = {
          content: Buffer.from(Content.Raw.Data ?? []),
          from: FromEmailAddress || undefined,
          to: all.length === 0 ? undefined : all,
        };
        return { MessageId: await ses().sending.raw(context, letter, options) };
      }
      if (!FromEmailAddress) throw bad('The From email address must be specified.');
      const draft = { from: FromEmailAddress, replyTo: ReplyToAddresses, ...named };
      if (Content?.Template !== undefined) {
        const { Headers, Attachments, TemplateData } = Content.Template;
        const template = { ...templateOf(ses(), Content.Template, context), data: templateData(TemplateData) };
        const whole = { ...draft, headers: headersOf(Headers), attachments: attachmentsOf(Attachments) };
        return { MessageId: await ses().sending.templated(context, whole, template, options) };
      }
      const { Subject, Body, Headers, Attachments } = Content?.Simple ?? {};
      if (Body?.Text === undefined && Body?.Html === undefined) throw bad('Missing body.');
      const MessageId = await ses().sending.written(
        context,
        {
          ...{ ...draft, subject: Subject?.Data ?? '', text: Body.Text?.Data, html: Body.Html?.Data },
          ...{ headers: headersOf(Headers), attachments: attachmentsOf(Attachments) },
        },
        options,
      );
      return { MessageId };
    },

    async SendBulkEmail(input, context) {
      const { BulkEmailEntries = [], DefaultContent, DefaultEmailTags = [], FromEmailAddress = '' } = input;
      if (BulkEmailEntries.length > BULK_MAX) throw bad(`Destination count exceeds ${BULK_MAX}.`);
      const { Template: aws = {} } = DefaultContent ?? {};
      const template = templateOf(ses(), aws, context);
      const BulkEmailEntryResults = [];
      for (const {
        Destination,
        ReplacementEmailContent,
        ReplacementHeaders,
        ReplacementTags = [],
      } of BulkEmailEntries) {
        const own = ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData;
        const data = { ...templateData(aws.TemplateData), ...templateData(own || undefined) };
        const draft = {
          ...{ from: FromEmailAddress, replyTo: input.ReplyToAddresses ?? [], ...recipientsOf(Destination) },
          headers: headersOf([...(aws.Headers ?? []), ...(ReplacementHeaders ?? [])]),
          attachments: attachmentsOf(aws.Attachments),
        };
        const EmailTags = [...DefaultEmailTags, ...ReplacementTags];
        const options = optionsOf({ ...input, EmailTags }, context);
        BulkEmailEntryResults.push(
          await bulkResult(ses().sending.templated(context, draft, { ...template, data }, options)),
        );
      }
      return { BulkEmailEntryResults };
    },

    GetAccount(_input, context) {
      return {
        DedicatedIpAutoWarmupEnabled: false,
        EnforcementStatus: 'HEALTHY',
        ProductionAccessEnabled: true,
        SendQuota: { ...QUOTA, SentLast24Hours: sentLastDay(ses(), context) },
        SendingEnabled: true,
        SuppressionAttributes: { SuppressedReasons: [] },
      };
    },
  };
}

const bad = (text: string) => new AwsError('BadRequestException', text);

type AwsOptions = Omit<SendEmail, 'Content' | 'Destination'>;

function optionsOf(input: AwsOptions, context: RequestContext): SendOptions {
  if (input.ListManagementOptions !== undefined) throw notYet('lists of contacts');
  if (input.EndpointId !== undefined) throw notYet('endpoints of several regions');
  if (input.TenantName !== undefined) throw notYet('tenants of mail');
  if (input.ConfigurationOverrides !== undefined) throw notYet('overrides of configuration sets');
  assertOwn(context, input.FromEmailAddressIdentityArn, input.FeedbackForwardingEmailAddressIdentityArn);
  return {
    sender: senderOf(context),
    bytesMax: LETTER_BYTES_MAX,
    returnPath: input.FeedbackForwardingEmailAddress || undefined,
    configurationSet: input.ConfigurationSetName || undefined,
    tags: messageTags(input.EmailTags),
  };
}

/** The template that a request names, or has with it. */
function templateOf(ses: Ses, { TemplateName, TemplateArn, TemplateContent }: AwsTemplate, context: RequestContext) {
  if (TemplateArn !== undefined) throw notYet('templates of other accounts');
  if (TemplateName !== undefined) return { name: TemplateName, content: ses.templates.get(context, TemplateName) };
  if (TemplateContent === undefined) throw bad('Template name or content must be specified.');
  const { Subject: subject, Text: text, Html: html } = TemplateContent;
  const content: Template = { createdMs: 0, subject, text, html };
  return { name: '', content };
}

/** AWS: headers that cannot be given besides (MessageHeader, SES API v2 reference). */
const OWN_HEADER =
  /^(?:bcc|cc|content-disposition|content-type|date|from|message-id|mime-version|reply-to|return-path|sender|subject|to)$/i;

function headersOf(headers: readonly { Name?: string | undefined; Value?: string | undefined }[] = []): Header[] {
  return headers.map(({ Name: name = '', Value: value = '' }) => {
    if (!/^[!-9;-~]{1,126}$/.test(name)) throw bad(`Invalid header name: ${name}`);
    if (/[\r\n]/.test(value)) throw bad(`Invalid header value: ${value}`);
    // These have members of their own, which are judged.
    if (OWN_HEADER.test(name)) throw bad(`Invalid header name: ${name}`);
    return { name, value };
  });
}

function attachmentsOf(attachments: readonly import('@aws-sdk/client-sesv2').Attachment[] = []): Attachment[] {
  const flawed = attachments.find((one) =>
    [one.FileName, one.ContentType, one.ContentId, one.ContentDescription].some((text) => /[\r\n]/.test(text ?? '')),
  );
  if (flawed !== undefined) throw bad('An attachment has a line break in what is said of it.');
  return attachments.map((one) => ({
    name: one.FileName ?? '',
    content: one.RawContent ?? new Uint8Array(),
    type: one.ContentType,
    isInline: one.ContentDisposition === 'INLINE',
    contentId: one.ContentId,
    description: one.ContentDescription,
  }));
}

/** What became of one letter of many: its refusal is no reason not to send the others. */
async function bulkResult(sent: Promise<string>) {
  try {
    return { Status: 'SUCCESS' as const, MessageId: await sent };
  } catch (error) {
    if (!(error instanceof SesRefused)) throw error;
    const { code, message } = refusalToAwsV2(error.refusal);
    const Status = code === 'MessageRejected' ? ('MESSAGE_REJECTED' as const) : ('INVALID_PARAMETER' as const);
    return { Status, Error: message };
  }
}
