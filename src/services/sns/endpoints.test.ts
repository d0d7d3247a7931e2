import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Addressee, spacingMsOf } from './endpoints.ts';

const TOPIC = '{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":4}}}';
const OWN = '{"throttlePolicy":{"maxReceivesPerSecond":2}}';

test('an HTTP endpoint gets as many messages a second as its policy, or else that of its topic, says', () => {
  for (const [protocol, topicPolicy, own, expected] of [
    ['https', undefined, undefined, 0],
    ['https', TOPIC, undefined, 250],
    ['http', TOPIC, OWN, 500],
    ['http', undefined, OWN, 500],
    ['sqs', TOPIC, undefined, 0],
  ] as const) {
    // SAFE: nothing else of an addressee is looked at.
    const addressee = {
      topic: { settings: { deliveryPolicy: topicPolicy } },
      subscription: { protocol, settings: { deliveryPolicy: own } },
    } as unknown as Addressee;
    assert.equal(spacingMsOf(addressee), expected, `${protocol} ${topicPolicy} ${own}`);
  }
});
