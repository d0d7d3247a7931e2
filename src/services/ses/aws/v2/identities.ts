import { AwsError } from '../../../../wire/aws-error.ts';
import type { Handlers } from '../../../../wire/service.ts';
import type { MailIdentity } from '../../identity.ts';
import { SesRefused } from '../../refusal.ts';
import type { Ses } from '../../ses.ts';
import { verifyIdentity } from '../identities.ts';
import { notYet, page, tagsFromAws, tagsToAws } from '../words.ts';

type Client = typeof import('@aws-sdk/client-sesv2');

const PAGE_SIZE = 1_000;

export function identityHandlers(ses: () => Ses): Handlers<Client> {
  return {
    async CreateEmailIdentity({ EmailIdentity = '', Tags, DkimSigningAttributes, ConfigurationSetName }, context) {
      if (DkimSigningAttributes !== undefined) throw notYet('signatures by DKIM: the relay may sign');
      if (ConfigurationSetName !== undefined) ses().configurationSets.get(context, ConfigurationSetName);
      const options = { isNew: true, tags: tagsFromAws(Tags) };
      const identity = await verifyIdentity(ses(), EmailIdentity, context, options);
      if (ConfigurationSetName !== undefined) {
        const configurationSet = ConfigurationSetName;
        await ses().identities.change(context, EmailIdentity, (found) => ({ ...found, configurationSet }));
      }
      return { ...shown(identity), DkimAttributes: NO_DKIM };
    },

    GetEmailIdentity({ EmailIdentity = '' }, context) {
      const identity = ses().identities.get(context, EmailIdentity);
      return {
        ...shown(identity),
        FeedbackForwardingStatus: identity.forwarding,
        VerificationStatus: statusOf(identity),
        DkimAttributes: NO_DKIM,
        Policies: {},
        Tags: tagsToAws(identity.tags),
        ConfigurationSetName: identity.configurationSet,
      };
    },

    ListEmailIdentities({ NextToken, PageSize = PAGE_SIZE, Filter }, context) {
      if (Filter !== undefined && Object.keys(Filter).length > 0) throw notYet('filters of identities');
      const { items, next } = page(
        NextToken,
        PageSize,
        (after, countMax) => ses().identities.list(context, after, countMax),
        (text) => new AwsError('BadRequestException', text),
      );
      const EmailIdentities = items.map(({ name, value }) => ({
        ...{ IdentityName: name, IdentityType: typeOf(value) },
        ...{ SendingEnabled: value.state === 'verified', VerificationStatus: statusOf(value) },
      }));
      return { EmailIdentities, ...next };
    },

    async DeleteEmailIdentity({ EmailIdentity = '' }, context) {
      const isGone = await ses().identities.delete(context, EmailIdentity);
      if (!isGone) throw new SesRefused({ kind: 'no-such', what: 'identity', name: EmailIdentity });
      return {};
    },

    async PutEmailIdentityConfigurationSetAttributes({ EmailIdentity = '', ConfigurationSetName }, context) {
      if (ConfigurationSetName) ses().configurationSets.get(context, ConfigurationSetName);
      const configurationSet = ConfigurationSetName || undefined;
      await ses().identities.change(context, EmailIdentity, (identity) => ({ ...identity, configurationSet }));
      return {};
    },

    async PutEmailIdentityFeedbackAttributes({ EmailIdentity = '', EmailForwardingEnabled = false }, context) {
      const forwarding = EmailForwardingEnabled;
      await ses().identities.change(context, EmailIdentity, (identity) => ({ ...identity, forwarding }));
      return {};
    },
  };
}

/** Nothing is signed here: that is the relay's. */
const NO_DKIM = { SigningEnabled: false, Status: 'NOT_STARTED' as const };

const typeOf = ({ kind }: MailIdentity) => (kind === 'address' ? ('EMAIL_ADDRESS' as const) : ('DOMAIN' as const));
const statusOf = ({ state }: MailIdentity) => (state === 'verified' ? ('SUCCESS' as const) : ('PENDING' as const));

function shown(identity: MailIdentity) {
  return { IdentityType: typeOf(identity), VerifiedForSendingStatus: identity.state === 'verified' };
}
