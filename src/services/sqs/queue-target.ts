import type { Message } from '../../delivery/message.ts';
import type { Sender } from '../../delivery/sender.ts';
import type { Target } from '../../delivery/target.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { isAllowedText } from './message.ts';
import { placeOfArn, policyStatements, type QueuePlace } from './queue.ts';
import type { Queues } from './queues.ts';
import { SqsRefused } from './refusal.ts';

/** Queues as what other services and functions send to: destinations, dead-letter queues, subscriptions, notifications. */
export function queueTarget(queues: () => Queues): Target {
  return {
    action: 'sqs:SendMessage',
    find: ({ text, account }) => {
      const place = placeOfArn(text);
      const queue = place && queues().find(place);
      return queue && { account, policy: policyStatements(queue.settings.policy) };
    },
    deliver: async ({ text }, message, from) => {
      const place = placeOfArn(text);
      if (place === undefined) throw new Undeliverable('no-such-target', `${text} is no queue`);
      await send(queues(), place, message, from);
    },
  };
}

async function send(queues: Queues, place: QueuePlace, message: Message, from: Sender): Promise<void> {
  const body = message.body.toString('utf8');
  if (body === '' || !isAllowedText(body)) {
    throw new Undeliverable(
      'refused',
      `the queue ${place.name} takes no empty messages, and none with control characters`,
    );
  }
  const outgoing = {
    body,
    attributes: message.attributes,
    traceHeader: message.traceHeader,
    group: message.groupId,
    // Queues that know no order refuse it.
    deduplicationId: place.name.endsWith('.fifo') ? message.deduplicationId : undefined,
    once: message.once,
    senderId: from.kind === 'service' ? from.service : from.sourceAccount,
  };
  try {
    const [result] = await queues.send(place, [outgoing]);
    if (result instanceof SqsRefused) throw result;
  } catch (error) {
    throw error instanceof SqsRefused ? undeliverable(error, place) : error;
  }
}

function undeliverable(cause: SqsRefused, { name }: QueuePlace): Undeliverable {
  const { kind } = cause.refusal;
  return kind === 'no-such-queue'
    ? new Undeliverable('no-such-target', `there is no queue ${name}`, { cause })
    : new Undeliverable('refused', `the queue ${name} does not take the message: ${kind}`, { cause });
}
