import { SNSClient, TagResourceCommand } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, SQSClient, TagQueueCommand } from '@aws-sdk/client-sqs';

const sqs = new SQSClient();
const sns = new SNSClient();

const TAG = {
  async sqs(arn, tags) {
    const [, , , , QueueOwnerAWSAccountId, QueueName] = arn.split(':');
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName, QueueOwnerAWSAccountId }));
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: tags }));
  },
  async sns(arn, tags) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await sns.send(new TagResourceCommand({ ResourceArn: arn, Tags }));
  },
};

/** Tags what somebody has made with who it was. The rule's transformer has made this of the event. */
export const handler = async ({ resource, owner, at }) => {
  const tag = TAG[resource.split(':')[2]];
  // Tried twice again by Lambda, and then told to the on-failure destination, if there is one.
  if (tag === undefined) throw new Error(`do not know how to tag ${resource}`);
  await tag(resource, { owner, 'created-at': at });
  console.log(`${resource} belongs to ${owner}`);
};
