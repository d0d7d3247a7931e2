import { parseArn } from '../delivery/arn.ts';
import { type Authorizer, functionSessionName } from '../identity/index.ts';
import { attributesDigest, bodyDigest } from '../services/sqs/aws/attribute-digest.ts';
import { isQueueSharedWith } from '../services/sqs/aws/shared-queue.ts';
import { systemAttributes } from '../services/sqs/aws/system-attributes.ts';
import type { ReceivedMessage } from '../services/sqs/message.ts';
import { placeOfArn, type QueuePlace } from '../services/sqs/queue.ts';
import type { Queues } from '../services/sqs/queues.ts';
import { SqsRefused } from '../services/sqs/refusal.ts';
import { type MayRead, NoSuchQueue, type QueueMessage, type SourceQueues } from '../sources/sqs/source-queues.ts';

const READING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** `judgeRole`'s verdicts. */
const ALLOWING: readonly unknown[] = ['allowed', undefined];

/** Whether a function's role may read one of our queues: its policies must allow it, and those of other accounts' queues, too. */
export function mayReadOwn(queues: () => Queues, { judgeRole }: Pick<Authorizer, 'judgeRole'>): MayRead {
  return (roleArn, functionName, queueArn) => {
    const account = parseArn(roleArn)?.account ?? '';
    // A role that does not exist may be named, and has no policies that could be asked.
    const isSilent = (action: string) => !ALLOWING.includes(judgeRole(roleArn, action, queueArn));
    if (READING.some(isSilent)) return false;
    if (parseArn(queueArn)?.account === account) return true;
    const role = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    const arn = `arn:aws:sts::${account}:assumed-role/${role}/${functionSessionName(functionName)}`;
    return READING.every((action) => isQueueSharedWith(queues, { account, arn }, action, queueArn));
  };
}

/** Messages that are changed in one transaction: it holds up everybody else. */
const STEP = 500;

/** Our own queue service as pollers read it. `queues` is asked for when the first queue is read. */
export function ownQueues(queues: () => Queues): SourceQueues {
  return {
    find: async (arn) => {
      const place = placeOfArn(arn);
      const queue = place && queues().find(place);
      return queue && { visibilityMs: queue.settings.visibilityMs };
    },
    receive: async (arn, ask, signal) => {
      const messages = await at(arn, (place) => queues().receive(place, ask, signal));
      return messages.map(sourceMessage);
    },
    delete: (arn, messages) =>
      inSteps(messages, async (some) => {
        // What is refused has been received again since by somebody else, who will delete it.
        await at(arn, (place) =>
          queues().deleteMessages(
            place,
            some.map(({ receiptHandle }) => receiptHandle),
          ),
        );
      }),
    release: (arn, messages) =>
      inSteps(messages, async (some) => {
        // What is refused is visible already, or gone.
        await at(arn, (place) =>
          queues().changeVisibility(
            place,
            some.map(({ receiptHandle: handle }) => ({ handle, visibilityMs: 0 })),
          ),
        );
      }),
  };
}

async function at<Result>(arn: string, work: (place: QueuePlace) => Promise<Result>): Promise<Result> {
  const place = placeOfArn(arn);
  if (place === undefined) throw new NoSuchQueue(`${arn} is no queue`);
  try {
    return await work(place);
  } catch (error) {
    if (error instanceof SqsRefused && error.refusal.kind === 'no-such-queue') {
      throw new NoSuchQueue(`the queue ${arn} does not exist`, { cause: error });
    }
    throw error;
  }
}

async function inSteps<Item>(items: readonly Item[], work: (some: readonly Item[]) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += STEP) await work(items.slice(from, from + STEP));
}

function sourceMessage(message: ReceivedMessage): QueueMessage {
  const system = Object.entries(systemAttributes(message)).filter(([, value]) => value !== undefined);
  return {
    id: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    bodyMd5: bodyDigest(message.body),
    system: Object.fromEntries(system) as Record<string, string>, // SAFE: those without a value were left out.
    attributes: message.attributes ?? {},
    attributesMd5: attributesDigest(message.attributes),
  };
}
