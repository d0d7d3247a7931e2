import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { SesRefused } from '../refusal.ts';
import type { Scope } from '../scope.ts';
import { LETTER_BYTES_MAX_V1, type SendOptions } from '../sending.ts';
import type { Ses } from '../ses.ts';
import { templateData } from '../template.ts';
import { refusalToAws } from './refusal-to-aws.ts';
import { messageTags, notYet, senderOf } from './words.ts';

type Client = typeof import('@aws-sdk/client-ses');

const DAY_MS = 86_400_000;
/** AWS: destinations of one request. */
const BULK_MAX = 50;
/** Nothing of this is held to: the operator's relay has limits of its own. AWS: -1 is "unlimited". */
export const QUOTA = { Max24HourSend: -1, MaxSendRate: 1_000 };

export function sendingHandlers(ses: () => Ses): Handlers<Client> {
  return {
    async SendEmail({ Source = '', Destination, Message, ReplyToAddresses, ...rest }, context) {
      const { Subject, Body } = Message ?? {};
      if (Body?.Text === undefined && Body?.Html === undefined)
        throw new AwsError('InvalidParameterValue', 'Missing body.');
      const MessageId = await ses().sending.written(
        context,
        {
          ...{ from: Source, replyTo: ReplyToAddresses ?? [], ...recipientsOf(Destination) },
          ...{ subject: Subject?.Data ?? '', text: Body.Text?.Data, html: Body.Html?.Data },
        },
        optionsOf(rest, context),
      );
      return { MessageId };
    },

    async SendRawEmail({ Source, Destinations, RawMessage, FromArn, ...rest }, context) {
      assertOwn(context, FromArn);
      const content = Buffer.from(RawMessage?.Data ?? []);
      const to = Destinations === undefined || Destinations.length === 0 ? undefined : Destinations;
      const letter = { content, from: Source || undefined, to };
      return { MessageId: await ses().sending.raw(context, letter, optionsOf(rest, context)) };
    },

    async SendTemplatedEmail(input, context) {
      const { Source = '', Destination, ReplyToAddresses, Template = '', TemplateArn, TemplateData, ...rest } = input;
      if (TemplateArn !== undefined) throw notYet('templates of other accounts');
      const content = ses().templates.get(context, Template);
      const MessageId = await ses().sending.templated(
        context,
        { from: Source, replyTo: ReplyToAddresses ?? [], ...recipientsOf(Destination) },
        { name: Template, content, data: templateData(TemplateData) },
        optionsOf(rest, context),
      );
      return { MessageId };
    },

    async SendBulkTemplatedEmail(input, context) {
      const { Source = '', ReplyToAddresses, Template = '', TemplateArn, DefaultTemplateData, DefaultTags } = input;
      if (TemplateArn !== undefined) throw notYet('templates of other accounts');
      const { Destinations = [] } = input;
      if (Destinations.length > BULK_MAX) {
        throw new AwsError('MessageRejected', `Destination count exceeds ${BULK_MAX}.`);
      }
      const content = ses().templates.get(context, Template);
      const Status = [];
      for (const { Destination, ReplacementTags, ReplacementTemplateData } of Destinations) {
        const data = { ...templateData(DefaultTemplateData), ...templateData(ReplacementTemplateData || undefined) };
        const Tags = [...(DefaultTags ?? []), ...(ReplacementTags ?? [])];
        const sent = ses().sending.templated(
          context,
          { from: Source, replyTo: ReplyToAddresses ?? [], ...recipientsOf(Destination) },
          { name: Template, content, data },
          optionsOf({ ...input, Tags }, context),
        );
        Status.push(await bulkStatus(sent));
      }
      return { Status };
    },

    GetSendQuota(_input, context) {
      return { ...QUOTA, SentLast24Hours: sentLastDay(ses(), context) };
    },

    GetSendStatistics(_input, context) {
      const slots = ses().sending.within(context, 14 * DAY_MS);
      return {
        SendDataPoints: slots.map(({ slotMs, attempts, bounces }) => ({
          Timestamp: new Date(slotMs),
          ...{ DeliveryAttempts: attempts, Bounces: bounces, Complaints: 0, Rejects: 0 },
        })),
      };
    },

    GetAccountSendingEnabled() {
      return { Enabled: true };
    },
  };
}

export function sentLastDay(ses: Ses, scope: Scope): number {
  return ses.sending.within(scope, DAY_MS).reduce((sum, { attempts }) => sum + attempts, 0);
}

interface AwsDestination {
  readonly ToAddresses?: string[] | undefined;
  readonly CcAddresses?: string[] | undefined;
  readonly BccAddresses?: string[] | undefined;
}

export function recipientsOf({ ToAddresses = [], CcAddresses = [], BccAddresses = [] }: AwsDestination = {}) {
  return { to: ToAddresses, cc: CcAddresses, bcc: BccAddresses };
}

interface AwsOptions {
  readonly ReturnPath?: string | undefined;
  readonly SourceArn?: string | undefined;
  readonly ReturnPathArn?: string | undefined;
  readonly Tags?: { Name?: string | undefined; Value?: string | undefined }[] | undefined;
  readonly ConfigurationSetName?: string | undefined;
}

function optionsOf(input: AwsOptions, context: RequestContext): SendOptions {
  const { ReturnPath, SourceArn, ReturnPathArn, Tags, ConfigurationSetName } = input;
  assertOwn(context, SourceArn, ReturnPathArn);
  return {
    sender: senderOf(context),
    bytesMax: LETTER_BYTES_MAX_V1,
    returnPath: ReturnPath || undefined,
    configurationSet: ConfigurationSetName || undefined,
    tags: messageTags(Tags),
  };
}

/** Sending for somebody else (sending authorization) is not to be had. */
export function assertOwn({ account, region }: Scope, ...arns: readonly (string | undefined)[]): void {
  const own = `arn:aws:ses:${region}:${account}:identity/`;
  if (arns.some((arn) => arn && !arn.startsWith(own))) throw notYet('sending from identities of other accounts');
}

/** What became of one letter of many: its refusal is no reason not to send the others. */
async function bulkStatus(sent: Promise<string>) {
  try {
    return { Status: 'Success' as const, MessageId: await sent };
  } catch (error) {
    if (!(error instanceof SesRefused)) throw error;
    const { code, message } = refusalToAws(error.refusal);
    return {
      Status: code === 'MessageRejected' ? ('MessageRejected' as const) : ('InvalidParameterValue' as const),
      Error: message,
    };
  }
}
