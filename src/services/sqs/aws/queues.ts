import type { Handlers } from '../../../wire/service.ts';
import { defaultSettings, type QueuePlace, queueArn } from '../queue.ts';
import type { Queues } from '../queues.ts';
import { given, invalidParameter, missingParameter } from './errors.ts';
import { cut, pageOf } from './page-token.ts';
import {
  checkThroughput,
  invalidAttribute,
  readSettings,
  unknownAttribute,
  writeAttributes,
} from './queue-attributes.ts';
import { allowedQueue, ownQueue, queueUrl, reachedQueue } from './queue-url.ts';

type Client = typeof import('@aws-sdk/client-sqs');

const NAME_LENGTH_MAX = 80;
const TAGS_MAX = 50;

export function queueHandlers(queues: () => Queues): Handlers<Client> {
  return {
    async CreateQueue({ QueueName, Attributes = {}, tags = {} }, context) {
      const name = given(QueueName, 'QueueName');
      const fifo = isFifo(name, Attributes.FifoQueue);
      const settings = readSettings(Attributes, fifo);
      checkThroughput({ ...defaultSettings(fifo), ...settings });
      checkTags(name, tags);
      const place = { account: context.account, region: context.region, name };
      // Only FIFO queues have a setting that says so, so that a standard queue's one is not compared.
      const queue = await queues().create(place, fifo ? { ...settings, fifo } : settings, tags);
      return { QueueUrl: queueUrl(context, queue.place) };
    },

    GetQueueUrl({ QueueName, QueueOwnerAWSAccountId }, context) {
      const account = QueueOwnerAWSAccountId ?? context.account;
      const place = { account, region: context.region, name: given(QueueName, 'QueueName') };
      allowedQueue(context, place, 'GetQueueUrl');
      return { QueueUrl: queueUrl(context, queues().get(place).place) };
    },

    ListQueues(input, context) {
      const page = pageOf(input);
      const { account, region } = context;
      const query = { prefix: input.QueueNamePrefix, after: page.after, countMax: page.countMax + 1 };
      return listed(queues().list({ account, region }, query), page, context);
    },

    ListDeadLetterSourceQueues(input, context) {
      const place = reachedQueue(context, input.QueueUrl, 'ListDeadLetterSourceQueues');
      const page = pageOf(input);
      const arn = queueArn(queues().get(place).place);
      const found = queues().deadLetterSources(arn, { after: page.after, countMax: page.countMax + 1 });
      const { QueueUrls = [], NextToken } = listed(found, page, context);
      // Here the member is written in lower case, and always there.
      return { queueUrls: QueueUrls, NextToken };
    },

    async DeleteQueue({ QueueUrl }, context) {
      await queues().delete(ownQueue(context, QueueUrl, 'DeleteQueue'));
      return {};
    },

    async PurgeQueue({ QueueUrl }, context) {
      await queues().purge(reachedQueue(context, QueueUrl, 'PurgeQueue'));
      return {};
    },

    GetQueueAttributes({ QueueUrl, AttributeNames = [] }, context) {
      const place = reachedQueue(context, QueueUrl, 'GetQueueAttributes');
      const queue = queues().get(place);
      return { Attributes: writeAttributes(queue, AttributeNames, () => queues().counts(place)) };
    },

    async SetQueueAttributes({ QueueUrl, Attributes }, context) {
      const place = ownQueue(context, QueueUrl, 'SetQueueAttributes');
      const { settings } = queues().get(place);
      const attributes = given(Attributes, 'Attribute.Name');
      const change = readSettings(attributes, settings.fifo);
      checkType(attributes.FifoQueue, settings.fifo);
      checkThroughput({ ...settings, ...change });
      await queues().configure(place, change);
      return {};
    },

    async TagQueue({ QueueUrl, Tags }, context) {
      const place = ownQueue(context, QueueUrl, 'TagQueue');
      if (Tags === undefined || Object.keys(Tags).length === 0) throw missingParameter('Tags');
      checkTags(place.name, { ...queues().get(place).tags, ...Tags });
      await queues().tag(place, Tags);
      return {};
    },

    async UntagQueue({ QueueUrl, TagKeys }, context) {
      const place = ownQueue(context, QueueUrl, 'UntagQueue');
      if (TagKeys === undefined || TagKeys.length === 0) throw missingParameter('TagKeys');
      await queues().untag(place, TagKeys);
      return {};
    },

    ListQueueTags({ QueueUrl }, context) {
      return { Tags: { ...queues().get(ownQueue(context, QueueUrl, 'ListQueueTags')).tags } };
    },
  };
}

function listed(
  found: readonly { readonly place: QueuePlace }[],
  page: Parameters<typeof cut>[1],
  context: Parameters<typeof queueUrl>[0],
) {
  const { page: queues, next } = cut(found, page);
  return {
    QueueUrls: queues.length === 0 ? undefined : queues.map(({ place }) => queueUrl(context, place)),
    NextToken: next,
  };
}

/** Of which type a queue is to be: its name and its attribute must say the same. */
function isFifo(name: string, attribute: string | undefined): boolean {
  if (attribute !== undefined && attribute !== 'true') {
    throw attribute === 'false' ? unknownAttribute('FifoQueue') : invalidAttribute('FifoQueue');
  }
  const fifo = attribute === 'true';
  const pattern = fifo ? /^[\w-]+\.fifo$/ : /^[\w-]+$/;
  if (!pattern.test(name) || name.length > NAME_LENGTH_MAX) {
    throw invalidParameter(
      fifo
        ? 'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.'
        : 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
  return fifo;
}

/** A queue stays what it is. Recorded for both types. */
function checkType(attribute: string | undefined, fifo: boolean): void {
  if (attribute === undefined) return;
  if (!fifo) throw unknownAttribute('FifoQueue');
  if (attribute !== 'true') throw invalidAttribute('FifoQueue', 'Modifying queue type is not supported.');
}

/** "Amazon SQS queue quotas": 50 tags, keys of up to 128 and values of up to 256 characters. */
function checkTags(queue: string, tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > TAGS_MAX) throw invalidParameter(`Too many tags added for queue ${queue}.`);
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128) {
      throw invalidParameter('Tag keys must be between 1 and 128 characters in length.');
    }
    if (value.length > 256) throw invalidParameter('Tag values must be between 0 and 256 characters in length.');
  }
}
