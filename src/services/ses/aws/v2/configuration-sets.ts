import { AwsError } from '../../../../wire/aws-error.ts';
import type { Handlers } from '../../../../wire/service.ts';
import type { EventDestination, MailEventKind } from '../../configuration-set.ts';
import type { Ses } from '../../ses.ts';
import { eventOf } from '../configuration-sets.ts';
import { notYet, page, tagsFromAws, tagsToAws } from '../words.ts';

type Client = typeof import('@aws-sdk/client-sesv2');
type AwsDestination = import('@aws-sdk/client-sesv2').EventDestinationDefinition;
type EventType = import('@aws-sdk/client-sesv2').EventType;

const PAGE_SIZE = 1_000;

/** Members of configuration sets whose work nobody does here. */
const NOT_YET = {
  TrackingOptions: 'the tracking of letters',
  DeliveryOptions: 'options of delivery: the relay has its own',
  VdmOptions: 'the virtual deliverability manager',
  ArchivingOptions: 'archives of letters',
  SuppressionOptions: 'lists of suppressed addresses',
  MessageSecurityOptions: 'security options of letters',
} as const;

export function configurationSetHandlers(ses: () => Ses): Handlers<Client> {
  const sets = () => ses().configurationSets;
  return {
    async CreateConfigurationSet(input, context) {
      const { ConfigurationSetName = '', SendingOptions, ReputationOptions, Tags } = input;
      for (const [member, what] of Object.entries(NOT_YET)) {
        if (Reflect.get(input, member) !== undefined) throw notYet(what);
      }
      if (ReputationOptions?.ReputationMetricsEnabled) throw notYet('metrics of reputation');
      const sends = SendingOptions?.SendingEnabled ?? true;
      await sets().create(context, ConfigurationSetName, tagsFromAws(Tags), sends);
      return {};
    },

    GetConfigurationSet({ ConfigurationSetName = '' }, context) {
      const { sends, tags } = sets().get(context, ConfigurationSetName);
      return {
        ...{ ConfigurationSetName, SendingOptions: { SendingEnabled: sends }, Tags: tagsToAws(tags) },
        ReputationOptions: { ReputationMetricsEnabled: false },
      };
    },

    ListConfigurationSets({ NextToken, PageSize = PAGE_SIZE }, context) {
      const { items, next } = page(
        NextToken,
        PageSize,
        (after, countMax) => sets().list(context, after, countMax),
        (text) => new AwsError('BadRequestException', text),
      );
      return { ConfigurationSets: items.map(({ name }) => name), ...next };
    },

    async DeleteConfigurationSet({ ConfigurationSetName = '' }, context) {
      await sets().delete(context, ConfigurationSetName);
      return {};
    },

    async PutConfigurationSetSendingOptions({ ConfigurationSetName = '', SendingEnabled = false }, context) {
      await sets().setSending(context, ConfigurationSetName, SendingEnabled);
      return {};
    },

    async CreateConfigurationSetEventDestination(input, context) {
      const { ConfigurationSetName = '', EventDestinationName = '', EventDestination } = input;
      await sets().addDestination(context, ConfigurationSetName, EventDestinationName, destinationOf(EventDestination));
      return {};
    },

    GetConfigurationSetEventDestinations({ ConfigurationSetName = '' }, context) {
      const { destinations } = sets().get(context, ConfigurationSetName);
      return { EventDestinations: Object.entries(destinations).map(shownDestination) };
    },

    async UpdateConfigurationSetEventDestination(input, context) {
      const { ConfigurationSetName = '', EventDestinationName = '', EventDestination } = input;
      await sets().setDestination(context, ConfigurationSetName, EventDestinationName, destinationOf(EventDestination));
      return {};
    },

    async DeleteConfigurationSetEventDestination({ ConfigurationSetName = '', EventDestinationName = '' }, context) {
      await sets().deleteDestination(context, ConfigurationSetName, EventDestinationName);
      return {};
    },
  };
}

function destinationOf(input: AwsDestination = {}): EventDestination {
  if (input.KinesisFirehoseDestination !== undefined) throw notYet('event destinations at Firehose');
  if (input.CloudWatchDestination !== undefined) throw notYet('event destinations at CloudWatch');
  if (input.EventBridgeDestination !== undefined) throw notYet('event destinations at EventBridge');
  if (input.PinpointDestination !== undefined) throw notYet('event destinations at Pinpoint');
  const topic = input.SnsDestination?.TopicArn;
  if (topic === undefined) throw new AwsError('BadRequestException', 'An event destination must be specified.');
  return { enabled: input.Enabled ?? false, events: (input.MatchingEventTypes ?? []).map(eventOf), topic };
}

const EVENT_TYPES: Record<MailEventKind, EventType> = {
  send: 'SEND',
  reject: 'REJECT',
  bounce: 'BOUNCE',
  complaint: 'COMPLAINT',
  delivery: 'DELIVERY',
  renderingFailure: 'RENDERING_FAILURE',
};

function shownDestination([Name, { enabled, events, topic }]: [string, EventDestination]) {
  const MatchingEventTypes = events.map((kind) => EVENT_TYPES[kind]);
  return { Name, Enabled: enabled, MatchingEventTypes, SnsDestination: { TopicArn: topic } };
}
