import type { RefusedRecipient } from '../../delivery/mail.ts';
import type { ConfigurationSet, MailEventKind } from './configuration-set.ts';
import type { Header } from './headers.ts';
import { type FeedbackKind, identityArn, type MailIdentity } from './identity.ts';
import { headerMembers, isoTime } from './mail-document.ts';
import type { OutgoingLetter } from './outgoing.ts';
import { sesArn } from './scope.ts';

/** What has happened to a letter. */
export type MailEvent =
  | { readonly kind: 'send' }
  | { readonly kind: 'delivery'; readonly recipients: readonly string[]; readonly response: string }
  | { readonly kind: 'bounce'; readonly refused: readonly RefusedRecipient[]; readonly feedbackId: string }
  | { readonly kind: 'renderingFailure'; readonly template: string; readonly error: string };

/** To be published to a topic. */
export interface FeedbackNote {
  readonly topic: string;
  readonly sourceArn: string;
  readonly subject: string;
  readonly body: string;
}

type SentLetter = Omit<OutgoingLetter, 'file'>;

const FEEDBACK: Partial<Record<MailEvent['kind'], FeedbackKind>> = { bounce: 'Bounce', delivery: 'Delivery' };
const EVENT_TYPES: Record<MailEvent['kind'], string> = {
  send: 'Send',
  delivery: 'Delivery',
  bounce: 'Bounce',
  renderingFailure: 'Rendering Failure',
};

/** What is told to whom: the topics of the identity that has sent the letter, and those of its configuration set. */
export function notesFor(
  letter: SentLetter,
  headers: readonly Header[],
  event: MailEvent,
  settings: { identity: MailIdentity | undefined; configurationSet: ConfigurationSet | undefined },
  nowMs: number,
): FeedbackNote[] {
  const notes: FeedbackNote[] = [];
  const { scope, identity, configurationSet: setName } = letter;
  const details = detailsOf(letter, event, nowMs);
  const kind = FEEDBACK[event.kind];
  const topic = kind && settings.identity?.topics[kind];
  if (kind !== undefined && topic !== undefined) {
    const withHeaders = settings.identity?.withHeaders.includes(kind) ?? false;
    const mail = mailOf(letter, withHeaders ? headers : undefined);
    notes.push({
      topic,
      sourceArn: identityArn(scope, identity),
      subject: 'Amazon SES Email Event Notification',
      body: JSON.stringify({ notificationType: kind, ...details, mail }),
    });
  }
  const destinations = Object.values(settings.configurationSet?.destinations ?? {});
  const wanted: MailEventKind = event.kind;
  for (const { enabled, events, topic } of destinations) {
    if (!enabled || !events.includes(wanted) || setName === undefined) continue;
    const tags = {
      'ses:configuration-set': [setName],
      'ses:source-ip': [letter.sourceIp],
      'ses:from-domain': [letter.source.slice(letter.source.lastIndexOf('@') + 1)],
      'ses:caller-identity': [letter.caller],
      ...letter.tags,
    };
    notes.push({
      topic,
      sourceArn: sesArn(scope, `configuration-set/${setName}`),
      subject: 'Amazon SES Email Event Notification',
      body: JSON.stringify({
        eventType: EVENT_TYPES[event.kind],
        ...details,
        mail: { ...mailOf(letter, headers), tags },
      }),
    });
  }
  return notes;
}

function mailOf(letter: SentLetter, headers: readonly Header[] | undefined) {
  return {
    timestamp: isoTime(letter.acceptedMs),
    source: letter.source,
    sourceArn: identityArn(letter.scope, letter.identity),
    sourceIp: letter.sourceIp,
    callerIdentity: letter.caller,
    sendingAccountId: letter.scope.account,
    messageId: letter.messageId,
    destination: letter.envelope.to,
    ...(headers === undefined ? {} : headerMembers(headers, letter.envelope.from)),
  };
}

const REPORTING_MTA = 'Lambent';

function detailsOf({ acceptedMs }: SentLetter, event: MailEvent, nowMs: number): object {
  const timestamp = isoTime(nowMs);
  switch (event.kind) {
    case 'send':
      return { send: {} };
    case 'delivery': {
      const { recipients, response: smtpResponse } = event;
      const processingTimeMillis = nowMs - acceptedMs;
      return { delivery: { timestamp, processingTimeMillis, recipients, smtpResponse, reportingMTA: REPORTING_MTA } };
    }
    case 'bounce': {
      const { refused, feedbackId } = event;
      return {
        bounce: {
          feedbackId,
          bounceType: refused.some(({ code }) => code >= 500) ? 'Permanent' : 'Transient',
          bounceSubType: 'General',
          bouncedRecipients: refused.map(({ address: emailAddress, code, text }) => ({
            emailAddress,
            action: 'failed',
            status: /\b[45]\.\d{1,3}\.\d{1,3}\b/.exec(text)?.[0] ?? (code >= 500 ? '5.0.0' : '4.0.0'),
            diagnosticCode: `smtp; ${text}`,
          })),
          timestamp,
          reportingMTA: `dns; ${REPORTING_MTA}`,
        },
      };
    }
    case 'renderingFailure':
      return { failure: { templateName: event.template, errorMessage: event.error } };
  }
}
