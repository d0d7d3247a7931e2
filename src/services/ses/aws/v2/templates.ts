import { AwsError } from '../../../../wire/aws-error.ts';
import type { Handlers } from '../../../../wire/service.ts';
import { SesRefused } from '../../refusal.ts';
import type { Ses } from '../../ses.ts';
import { TEMPLATE_BYTES_MAX } from '../../template.ts';
import { testRendered } from '../templates.ts';
import { notYet, page } from '../words.ts';

type Client = typeof import('@aws-sdk/client-sesv2');

export function templateHandlers(ses: () => Ses): Handlers<Client> {
  return {
    async CreateEmailTemplate({ TemplateName = '', TemplateContent, Tags = [] }, context) {
      if (Tags.length > 0) throw notYet('tags of templates');
      await ses().templates.create(context, TemplateName, contentOf(TemplateContent));
      return {};
    },

    async UpdateEmailTemplate({ TemplateName = '', TemplateContent }, context) {
      await ses().templates.update(context, TemplateName, contentOf(TemplateContent));
      return {};
    },

    GetEmailTemplate({ TemplateName = '' }, context) {
      const { subject, text, html } = ses().templates.get(context, TemplateName);
      return { TemplateName, TemplateContent: { Subject: subject, Text: text, Html: html } };
    },

    async DeleteEmailTemplate({ TemplateName = '' }, context) {
      const isGone = await ses().templates.delete(context, TemplateName);
      if (!isGone) throw new SesRefused({ kind: 'no-such', what: 'template', name: TemplateName });
      return {};
    },

    ListEmailTemplates({ NextToken, PageSize = 10 }, context) {
      const { items, next } = page(
        NextToken,
        PageSize,
        (after, countMax) => ses().templates.list(context, after, countMax),
        (text) => new AwsError('BadRequestException', text),
      );
      const TemplatesMetadata = items.map(({ name, value }) => ({
        TemplateName: name,
        CreatedTimestamp: new Date(value.createdMs),
      }));
      return { TemplatesMetadata, ...next };
    },

    TestRenderEmailTemplate({ TemplateName = '', TemplateData }, context) {
      return { RenderedTemplate: testRendered(ses().templates.get(context, TemplateName), TemplateData) };
    },
  };
}

interface AwsContent {
  readonly Subject?: string | undefined;
  readonly Text?: string | undefined;
  readonly Html?: string | undefined;
}

function contentOf({ Subject: subject, Text: text, Html: html }: AwsContent = {}) {
  if (!subject) throw new AwsError('BadRequestException', 'The subject must be specified.');
  if (Buffer.byteLength(`${subject}${text ?? ''}${html ?? ''}`) > TEMPLATE_BYTES_MAX)
    throw new AwsError('BadRequestException', 'The template is larger than 500 KB.');
  return { subject, text, html };
}
