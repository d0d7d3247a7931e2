import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { Ses } from '../ses.ts';
import { renderedTemplate, TEMPLATE_BYTES_MAX, type Template, templateData } from '../template.ts';
import { page } from './words.ts';

type Client = typeof import('@aws-sdk/client-ses');

/** AWS: "MaxItems … between 1 and 100" (ListTemplates). */
const PAGE_SIZE = 100;

export function templateHandlers(ses: () => Ses): Handlers<Client> {
  return {
    async CreateTemplate({ Template: template }, context) {
      await ses().templates.create(context, template?.TemplateName ?? '', contentOf(template));
      return {};
    },

    async UpdateTemplate({ Template: template }, context) {
      await ses().templates.update(context, template?.TemplateName ?? '', contentOf(template));
      return {};
    },

    GetTemplate({ TemplateName = '' }, context) {
      const { subject, text, html } = ses().templates.get(context, TemplateName);
      return { Template: { TemplateName, SubjectPart: subject, TextPart: text, HtmlPart: html } };
    },

    async DeleteTemplate({ TemplateName = '' }, context) {
      await ses().templates.delete(context, TemplateName);
      return {};
    },

    ListTemplates({ NextToken, MaxItems = 10 }, context) {
      const { items, next } = page(
        NextToken,
        Math.min(MaxItems, PAGE_SIZE),
        (after, countMax) => ses().templates.list(context, after, countMax),
        (text) => new AwsError('InvalidParameterValue', text),
      );
      return {
        TemplatesMetadata: items.map(({ name, value }) => ({
          Name: name,
          CreatedTimestamp: new Date(value.createdMs),
        })),
        ...next,
      };
    },

    TestRenderTemplate({ TemplateName = '', TemplateData }, context) {
      return { RenderedTemplate: testRendered(ses().templates.get(context, TemplateName), TemplateData) };
    },
  };
}

/** The letter that a template makes, as AWS shows it: headers, then each part. */
export function testRendered(template: Template, data: string | undefined): string {
  const { subject, text, html } = renderedTemplate(template, templateData(data));
  const parts = [
    ...(text === undefined ? [] : [['text/plain', text]]),
    ...(html === undefined ? [] : [['text/html', html]]),
  ];
  const boundary = '----=_Part_0_rendered';
  const shown = parts.map(
    ([type, content]) =>
      `--${boundary}\r\nContent-Type: ${type}; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${content}\r\n`,
  );
  const head = `Subject: ${subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="${boundary}"\r\n`;
  return `${head}\r\n${shown.join('')}--${boundary}--\r\n`;
}

interface AwsTemplate {
  readonly SubjectPart?: string | undefined;
  readonly TextPart?: string | undefined;
  readonly HtmlPart?: string | undefined;
}

function contentOf({ SubjectPart: subject, TextPart: text, HtmlPart: html }: AwsTemplate = {}) {
  if (!subject) throw new AwsError('InvalidTemplateException', 'The subject must be specified.');
  if (text === undefined && html === undefined)
    throw new AwsError('InvalidTemplateException', 'The text part or the HTML part must be specified.');
  if (Buffer.byteLength(`${subject}${text ?? ''}${html ?? ''}`) > TEMPLATE_BYTES_MAX)
    throw new AwsError('InvalidTemplateException', 'The template is larger than 500 KB.');
  return { subject, text, html };
}
