import type { Arn } from '../../delivery/arn.ts';
import type { Target } from '../../delivery/target.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import type { Draft } from './publish.ts';
import { SnsRefused } from './refusal.ts';
import type { Sns } from './sns.ts';
import { type Scope, statementsOf, type Topic } from './topic.ts';

/** AWS's limit of a message (API reference, Publish). */
const MESSAGE_BYTES_MAX = 262_144;

/** Topics as targets: of destinations, dead letters and notifications of buckets. */
export function topicTarget(sns: Sns): Target {
  const topicOf = (arn: Arn): Topic | undefined => sns.findTopic(scopeOf(arn), arn.resource);
  return {
    action: 'sns:Publish',
    find(arn) {
      const topic = topicOf(arn);
      return topic && { account: topic.account, policy: statementsOf(topic) };
    },
    async deliver(arn, { body, attributes = {}, subject, groupId, deduplicationId, traceHeader }) {
      const fifo = topicOf(arn)?.settings.fifo;
      const draft: Draft = { text: body.toString('utf8'), attributes, subject, groupId, deduplicationId, traceHeader };
      if (body.length === 0 || body.length > MESSAGE_BYTES_MAX)
        throw new Undeliverable('refused', `a message of ${body.length} bytes is none for the topic ${arn.text}`);
      if (fifo !== undefined && groupId === undefined)
        throw new Undeliverable('refused', `the topic ${arn.text} takes messages of a group only`);
      try {
        await sns.publish(scopeOf(arn), arn.resource, [draft]);
      } catch (error) {
        if (!(error instanceof SnsRefused)) throw error;
        throw new Undeliverable('no-such-target', `${arn.text} does not exist`, { cause: error });
      }
    },
  };
}

const scopeOf = ({ account, region }: Arn): Scope => ({ account, region });
