import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers, RequestContext } from '../../../wire/service.ts';
import { FEEDBACK_KINDS, type FeedbackKind, type MailIdentity } from '../identity.ts';
import type { Ses } from '../ses.ts';
import { page, verificationLink } from './words.ts';

type Client = typeof import('@aws-sdk/client-ses');

const PAGE_SIZE = 1_000;

export function identityHandlers(ses: () => Ses): Handlers<Client> {
  const verifyAddress = async (
    { EmailAddress = '' }: { EmailAddress?: string | undefined },
    context: RequestContext,
  ) => {
    assertAddress(EmailAddress);
    await verifyIdentity(ses(), EmailAddress, context);
    return {};
  };
  return {
    VerifyEmailIdentity: verifyAddress,
    VerifyEmailAddress: verifyAddress,

    async VerifyDomainIdentity({ Domain = '' }, context) {
      if (Domain.includes('@')) throw invalid(`Invalid domain name ${Domain}.`);
      const { token } = await ses().identities.verify(context, Domain);
      return { VerificationToken: token };
    },

    ListIdentities({ IdentityType, NextToken, MaxItems = PAGE_SIZE }, context) {
      const kind = IdentityType === 'EmailAddress' ? 'address' : 'domain';
      const { items, next } = page(
        NextToken,
        Math.min(MaxItems, PAGE_SIZE),
        (after, countMax) => ses().identities.list(context, after, countMax),
        invalid,
      );
      const wanted = items.filter(({ value }) => IdentityType === undefined || value.kind === kind);
      return { Identities: wanted.map(({ name }) => name), ...next };
    },

    ListVerifiedEmailAddresses(_input, context) {
      const all = ses().identities.list(context, undefined, -1);
      const verified = all.filter(({ value }) => value.kind === 'address' && value.state === 'verified');
      return { VerifiedEmailAddresses: verified.map(({ name }) => name) };
    },

    GetIdentityVerificationAttributes({ Identities = [] }, context) {
      const VerificationAttributes = attributesOf(ses(), Identities, context, (identity) => ({
        VerificationStatus: identity.state === 'verified' ? ('Success' as const) : ('Pending' as const),
        ...(identity.kind === 'domain' ? { VerificationToken: identity.token } : {}),
      }));
      return { VerificationAttributes };
    },

    async DeleteIdentity({ Identity = '' }, context) {
      await ses().identities.delete(context, Identity);
      return {};
    },

    async DeleteVerifiedEmailAddress({ EmailAddress = '' }, context) {
      await ses().identities.delete(context, EmailAddress);
      return {};
    },

    GetIdentityNotificationAttributes({ Identities = [] }, context) {
      const NotificationAttributes = attributesOf(
        ses(),
        Identities,
        context,
        ({ topics, forwarding, withHeaders }) => ({
          BounceTopic: topics.Bounce ?? '',
          ComplaintTopic: topics.Complaint ?? '',
          DeliveryTopic: topics.Delivery ?? '',
          ForwardingEnabled: forwarding,
          HeadersInBounceNotificationsEnabled: withHeaders.includes('Bounce'),
          HeadersInComplaintNotificationsEnabled: withHeaders.includes('Complaint'),
          HeadersInDeliveryNotificationsEnabled: withHeaders.includes('Delivery'),
        }),
      );
      return { NotificationAttributes };
    },

    async SetIdentityNotificationTopic({ Identity = '', NotificationType, SnsTopic }, context) {
      const kind = kindOf(NotificationType);
      await changeIdentity(ses(), Identity, context, (identity) => {
        const { [kind]: _, ...others } = identity.topics;
        return { ...identity, topics: SnsTopic ? { ...others, [kind]: SnsTopic } : others };
      });
      return {};
    },

    async SetIdentityFeedbackForwardingEnabled({ Identity = '', ForwardingEnabled = true }, context) {
      await changeIdentity(ses(), Identity, context, (identity) => ({ ...identity, forwarding: ForwardingEnabled }));
      return {};
    },

    async SetIdentityHeadersInNotificationsEnabled({ Identity = '', NotificationType, Enabled }, context) {
      const kind = kindOf(NotificationType);
      await changeIdentity(ses(), Identity, context, (identity) => {
        const others = identity.withHeaders.filter((one) => one !== kind);
        return { ...identity, withHeaders: Enabled ? [...others, kind] : others };
      });
      return {};
    },

    GetIdentityDkimAttributes({ Identities = [] }, context) {
      // Nothing is signed here: that is the relay's.
      const DkimAttributes = attributesOf(ses(), Identities, context, () => ({
        DkimEnabled: false,
        DkimVerificationStatus: 'NotStarted' as const,
      }));
      return { DkimAttributes };
    },
  };
}

/** Begins to verify; asks the owner of an address by a letter, if it is not the account's own. */
export async function verifyIdentity(
  ses: Ses,
  name: string,
  context: RequestContext,
  options: Parameters<Ses['identities']['verify']>[2] = {},
): Promise<MailIdentity> {
  const identity = await ses.identities.verify(context, name, options);
  if (identity.kind === 'address' && identity.state === 'pending') {
    await ses.sending.asking(context, name, verificationLink(context, name, identity.token));
  }
  return identity;
}

function assertAddress(address: string): void {
  if (!/^[^@\s]+@[^@\s]+$/.test(address)) throw invalid(`Invalid email address<${address}>.`);
}

function kindOf(type: string | undefined): FeedbackKind {
  const kind = FEEDBACK_KINDS.find((one) => one === type);
  if (kind === undefined) throw invalid(`Invalid notification type: ${type}`);
  return kind;
}

async function changeIdentity(
  ses: Ses,
  name: string,
  scope: RequestContext,
  to: (identity: MailIdentity) => MailIdentity,
): Promise<void> {
  if (ses.identities.find(scope, name) === undefined) throw invalid(`Must have added identity <${name}>.`);
  await ses.identities.change(scope, name, to);
}

/** What is asked of several identities; those that are not there are left out. */
function attributesOf<Attributes>(
  ses: Ses,
  names: readonly string[],
  scope: RequestContext,
  of: (identity: MailIdentity) => Attributes,
): Record<string, Attributes> {
  const found = names.flatMap((name) => {
    const identity = ses.identities.find(scope, name);
    return identity === undefined ? [] : [[name, of(identity)] as const];
  });
  return Object.fromEntries(found);
}

export const invalid = (text: string) => new AwsError('InvalidParameterValue', text);
