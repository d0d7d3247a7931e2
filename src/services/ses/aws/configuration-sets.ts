import { AwsError } from '../../../wire/aws-error.ts';
import type { Handlers } from '../../../wire/service.ts';
import { type EventDestination, MAIL_EVENT_KINDS } from '../configuration-set.ts';
import type { Ses } from '../ses.ts';
import { notYet, page } from './words.ts';

type Client = typeof import('@aws-sdk/client-ses');

const PAGE_SIZE = 1_000;

export function configurationSetHandlers(ses: () => Ses): Handlers<Client> {
  const sets = () => ses().configurationSets;
  return {
    async CreateConfigurationSet({ ConfigurationSet }, context) {
      await sets().create(context, ConfigurationSet?.Name ?? '');
      return {};
    },

    async DeleteConfigurationSet({ ConfigurationSetName = '' }, context) {
      await sets().delete(context, ConfigurationSetName);
      return {};
    },

    DescribeConfigurationSet({ ConfigurationSetName: Name = '', ConfigurationSetAttributeNames = [] }, context) {
      const { sends, destinations } = sets().get(context, Name);
      const wants = (name: string) => ConfigurationSetAttributeNames.some((one) => one === name);
      return {
        ConfigurationSet: { Name },
        ...(wants('eventDestinations')
          ? { EventDestinations: Object.entries(destinations).map(shownDestination) }
          : {}),
        ...(wants('reputationOptions')
          ? { ReputationOptions: { SendingEnabled: sends, ReputationMetricsEnabled: false } }
          : {}),
      };
    },

    ListConfigurationSets({ NextToken, MaxItems = PAGE_SIZE }, context) {
      const { items, next } = page(
        NextToken,
        Math.min(MaxItems, PAGE_SIZE),
        (after, countMax) => sets().list(context, after, countMax),
        (text) => new AwsError('InvalidParameterValue', text),
      );
      return { ConfigurationSets: items.map(({ name }) => ({ Name: name })), ...next };
    },

    async UpdateConfigurationSetSendingEnabled({ ConfigurationSetName = '', Enabled = false }, context) {
      await sets().setSending(context, ConfigurationSetName, Enabled);
      return {};
    },

    async CreateConfigurationSetEventDestination({ ConfigurationSetName = '', EventDestination }, context) {
      const { name, destination } = destinationOf(EventDestination);
      await sets().addDestination(context, ConfigurationSetName, name, destination);
      return {};
    },

    async UpdateConfigurationSetEventDestination({ ConfigurationSetName = '', EventDestination }, context) {
      const { name, destination } = destinationOf(EventDestination);
      await sets().setDestination(context, ConfigurationSetName, name, destination);
      return {};
    },

    async DeleteConfigurationSetEventDestination({ ConfigurationSetName = '', EventDestinationName = '' }, context) {
      await sets().deleteDestination(context, ConfigurationSetName, EventDestinationName);
      return {};
    },
  };
}

interface AwsDestination {
  readonly Name?: string | undefined;
  readonly Enabled?: boolean | undefined;
  readonly MatchingEventTypes?: readonly string[] | undefined;
  readonly KinesisFirehoseDestination?: object | undefined;
  readonly CloudWatchDestination?: object | undefined;
  readonly SNSDestination?: { readonly TopicARN?: string | undefined } | undefined;
}

function destinationOf(input: AwsDestination = {}): { name: string; destination: EventDestination } {
  const { Name: name = '', Enabled: enabled = false, MatchingEventTypes: types = [], SNSDestination } = input;
  if (input.KinesisFirehoseDestination !== undefined) throw notYet('event destinations at Firehose');
  if (input.CloudWatchDestination !== undefined) throw notYet('event destinations at CloudWatch');
  if (SNSDestination?.TopicARN === undefined)
    throw new AwsError('InvalidParameterValue', 'An event destination must be specified.');
  return { name, destination: { enabled, events: types.map((type) => eventOf(type)), topic: SNSDestination.TopicARN } };
}

/** What is told of a letter. Nobody follows whether it is opened, or what is clicked in it. */
export function eventOf(type: string): EventDestination['events'][number] {
  const known = MAIL_EVENT_KINDS.find((kind) => kind.toLowerCase() === type.replace(/_/g, '').toLowerCase());
  if (known === undefined) throw notYet(`events of the type ${type}`);
  return known;
}

function shownDestination([Name, { enabled, events, topic }]: [string, EventDestination]) {
  return { Name, Enabled: enabled, MatchingEventTypes: [...events], SNSDestination: { TopicARN: topic } };
}
