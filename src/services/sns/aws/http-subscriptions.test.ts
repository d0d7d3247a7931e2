import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { manualClock } from '../../../lib/testing/manual-clock.ts';
import { ACCOUNT, REGION, refusal, type SnsServer, sdk, serveSns, until } from './testing/serve-sns.ts';
import { documentIn, type Subscriber, subscriber } from './testing/subscriber.ts';

const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`;
const START_MS = Date.parse('2026-01-01T00:00:00Z');

test('an endpoint confirms by the link that it is sent, and then gets messages', async (t) => {
  const server = await serveSns(t);
  const endpoint = await subscriber(t);
  const TopicArn = await topic(server);
  const subscribed = await server.client.send(
    new sdk.SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: endpoint.url }),
  );
  assert.equal(subscribed.SubscriptionArn, 'pending confirmation');
  await until('it is asked', () => endpoint.received.length === 1);
  const [asked] = endpoint.received;
  const document = documentIn(asked);
  assert.deepEqual(Object.keys(document), [
    'Type',
    'MessageId',
    'Token',
    'TopicArn',
    'Message',
    'SubscribeURL',
    'Timestamp',
    'SignatureVersion',
    'Signature',
    'SigningCertURL',
  ]);
  assert.equal(document.Type, 'SubscriptionConfirmation');
  assert.equal(
    document.Message,
    `You have chosen to subscribe to the topic ${TopicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
  );
  assert.partialDeepStrictEqual(asked?.headers, {
    'x-amz-sns-message-type': 'SubscriptionConfirmation',
    'x-amz-sns-message-id': document.MessageId,
    'x-amz-sns-topic-arn': TopicArn,
    'content-type': 'text/plain; charset=UTF-8',
    'user-agent': 'Amazon Simple Notification Service Agent',
    'accept-encoding': 'gzip,deflate',
  });
  assert.equal(asked?.headers['x-amz-sns-subscription-arn'], undefined);

  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'too early' }));
  const { Subscriptions } = await server.client.send(new sdk.ListSubscriptionsCommand({}));
  assert.equal(Subscriptions?.[0]?.SubscriptionArn, 'PendingConfirmation');

  const confirmation = await fetch(document.SubscribeURL ?? '');
  assert.equal(confirmation.status, 200);
  const arn = /<SubscriptionArn>(.*?)<\/SubscriptionArn>/.exec(await confirmation.text())?.[1];
  assert.match(arn ?? '', new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));

  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello', Subject: 'Hi' }));
  await until('it has the message', () => endpoint.received.length === 2);
  const got = endpoint.received[1];
  assert.partialDeepStrictEqual(documentIn(got), { Type: 'Notification', Message: 'hello', Subject: 'Hi', TopicArn });
  assert.match(got?.body ?? '', /^\{\n {2}"Type" : "Notification",\n/);
  assert.equal(got?.headers['x-amz-sns-subscription-arn'], arn);

  // Anybody who has the link may unsubscribe, and the endpoint is told how to come back.
  assert.equal((await fetch(documentIn(got).UnsubscribeURL ?? '')).status, 200);
  await until('it is told', () => endpoint.received.length === 3);
  const farewell = documentIn(endpoint.received[2]);
  assert.equal(farewell.Type, 'UnsubscribeConfirmation');
  assert.deepEqual(
    (await server.client.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [],
    [],
  );
  await fetch(farewell.SubscribeURL ?? '');
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'again' }));
  await until('it is back', () => endpoint.received.length === 4);
});

test('a token is refused when it is none, of another topic, or too old', async (t) => {
  const clock = manualClock(START_MS);
  const server = await serveSns(t, { clock });
  const endpoint = await subscriber(t);
  const TopicArn = await topic(server);
  await topic(server, 'other');
  await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: endpoint.url }));
  await until('it is asked', () => endpoint.received.length === 1);
  const { Token = '' } = documentIn(endpoint.received[0]);
  const confirm = (arn: string, token: string) =>
    refusal(server.client.send(new sdk.ConfirmSubscriptionCommand({ TopicArn: arn, Token: token })));
  const invalid = (message: string) => ({ name: 'InvalidParameterException', message, status: 400 });
  assert.deepEqual(await confirm(TopicArn, 'abc'), invalid('Invalid token'));
  assert.deepEqual(await confirm(TopicArn, Token.replace(/./g, 'a')), invalid('Invalid parameter: Token'));
  assert.deepEqual(await confirm(`${TopicArn}-2`, Token), invalid('Invalid parameter: Token'));
  assert.deepEqual(await confirm(TopicArn.replace('news', 'other'), Token), invalid('Invalid parameter: Token'));
  assert.deepEqual(await confirm(TopicArn.replace(REGION, 'eu-west-1'), Token), invalid('Invalid parameter: Topic'));
  clock.advance(2 * 86_400_000 - 1);
  await server.client.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token }));
  clock.advance(1);
  assert.deepEqual(await confirm(TopicArn, Token), invalid('Invalid parameter: Token'));
});

test('with AuthenticateOnUnsubscribe, the link alone does not unsubscribe', async (t) => {
  const server = await serveSns(t);
  const endpoint = await subscriber(t);
  const TopicArn = await topic(server);
  await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: endpoint.url }));
  await until('it is asked', () => endpoint.received.length === 1);
  const { Token } = documentIn(endpoint.received[0]);
  const { SubscriptionArn } = await server.client.send(
    new sdk.ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe: 'true' }),
  );
  const link = `${server.endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`;
  const answer = await fetch(link);
  assert.equal(answer.status, 403);
  assert.match(await answer.text(), /<Code>AuthorizationError<\/Code>/);
  await server.client.send(new sdk.UnsubscribeCommand({ SubscriptionArn }));
  assert.equal((await fetch(link)).status, 200);
});

test('raw messages come as they were sent, with the header that says so', async (t) => {
  const server = await serveSns(t);
  const { endpoint, TopicArn } = await subscribed(t, server, { RawMessageDelivery: 'true' });
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: '{"plain":1}' }));
  await until('it has the message', () => endpoint.received.length === 1);
  const [got] = endpoint.received;
  assert.equal(got?.body, '{"plain":1}');
  assert.equal(got?.headers['x-amz-sns-rawdelivery'], 'true');
});

test('a delivery that fails is tried again three times, 20 seconds apart, and then buried', async (t) => {
  const clock = manualClock(START_MS);
  const server = await serveSns(t, { clock });
  const { endpoint, TopicArn } = await subscribed(t, server, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: QUEUE }),
  });
  endpoint.statuses.push(500, 503, 429, 500);
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'unlucky' }));
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    await until(`attempt ${attempt}`, () => endpoint.received.length === attempt);
    if (attempt === 4) break;
    await until('its failure is noted', () => attemptsNoted(server) === attempt);
    clock.advance(19_999);
    await turns();
    assert.equal(endpoint.received.length, attempt, 'not too early');
    clock.advance(1);
  }
  await until('it is in the dead-letter queue', () => server.delivered.length === 1);
  assert.equal(server.delivered[0]?.arn, QUEUE);
  assert.equal(JSON.parse(server.delivered[0]?.message.body.toString() ?? '').Message, 'unlucky');
  await until('nothing is left', () => attemptsNoted(server) === undefined);
  clock.advance(3_600_000);
  await turns();
  assert.equal(endpoint.received.length, 4);
});

test('what the endpoint calls its caller’s fault is not tried again', async (t) => {
  const clock = manualClock(START_MS);
  const server = await serveSns(t, { clock });
  const { endpoint, TopicArn } = await subscribed(t, server, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: QUEUE }),
  });
  endpoint.statuses.push(404);
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'unwanted' }));
  await until('it is in the dead-letter queue', () => server.delivered.length === 1);
  assert.equal(endpoint.received.length, 1);
});

test('a retry that succeeds ends it', async (t) => {
  const clock = manualClock(START_MS);
  const server = await serveSns(t, { clock });
  const { endpoint, TopicArn } = await subscribed(t, server, {
    DeliveryPolicy: JSON.stringify({
      healthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 10, numRetries: 5, numNoDelayRetries: 1 },
    }),
  });
  endpoint.statuses.push(500, 500);
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'stubborn' }));
  await until('the retry without delay', () => endpoint.received.length === 2);
  await until('its failure is noted', () => attemptsNoted(server) === 2);
  clock.advance(1_000);
  await until('the retry after the shortest delay', () => endpoint.received.length === 3);
  await until('nothing is left', () => attemptsNoted(server) === undefined);
  clock.advance(3_600_000);
  await turns();
  assert.equal(endpoint.received.length, 3);
});

test('an endpoint that does not answer delays no other', async (t) => {
  const server = await serveSns(t);
  const { endpoint, TopicArn } = await subscribed(t, server, {});
  const dead = await subscriber(t, { answer: 'nothing' });
  await subscribed(t, server, {}, dead, TopicArn);
  for (let at = 0; at < 20; at += 1) {
    await server.client.send(new sdk.PublishCommand({ TopicArn, Message: `message ${at}` }));
  }
  await until('the living one has all', () => endpoint.received.length === 20);
  assert.ok(dead.received.length <= 8);
});

test('redirects are not followed', async (t) => {
  const clock = manualClock(START_MS);
  const server = await serveSns(t, { clock });
  const { endpoint, TopicArn } = await subscribed(t, server, {});
  endpoint.statuses.push(302);
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'elsewhere' }));
  await until('its failure is noted', () => attemptsNoted(server) === 1);
  clock.advance(20_000);
  await until('it was tried again', () => endpoint.received.length === 2);
});

test('an answer without an end is not read to its end', async (t) => {
  const server = await serveSns(t);
  const { endpoint, TopicArn } = await subscribed(t, server, {});
  endpoint.answer = 'endless';
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' }));
  await until('it was delivered', () => endpoint.received.length === 1 && attemptsNoted(server) === undefined);
});

test('a connection that the endpoint has closed meanwhile costs no retry', async (t) => {
  const clock = manualClock(START_MS);
  const server = await serveSns(t, { clock });
  const { endpoint, TopicArn } = await subscribed(t, server, {});
  for (let at = 0; at < 5; at += 1) {
    // Whatever comes over a connection that was used before is met by its end.
    endpoint.answer = 'closes-used-connections';
    await server.client.send(new sdk.PublishCommand({ TopicArn, Message: `message ${at}` }));
    await until('it was delivered', () => endpoint.received.length === at + 1 && attemptsNoted(server) === undefined);
  }
});

test('a stop waits for an answer that is under way, so that nothing comes twice', async (t) => {
  const server = await serveSns(t);
  const { endpoint, TopicArn } = await subscribed(t, server, {});
  endpoint.answer = 'slow';
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' }));
  await until('it is under way', () => endpoint.received.length === 1);
  await server.core().drain();
  assert.equal(attemptsNoted(server), undefined);
});

test('a stop does not wait for an endpoint that never answers, whose message is kept', async (t) => {
  const server = await serveSns(t);
  const { endpoint, TopicArn } = await subscribed(t, server, {});
  endpoint.answer = 'nothing';
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: 'hello' }));
  await until('it is under way', () => endpoint.received.length === 1);
  await server.stop();
  assert.equal(attemptsNoted(server), 0);
  endpoint.answer = 'thanks';
  const again = await serveSns(t, { dataDir: server.dataDir });
  await until('it comes again by itself', () => endpoint.received.length === 2 && attemptsNoted(again) === undefined);
});

test('a password in an endpoint’s URL is used, and not shown', async (t) => {
  const server = await serveSns(t);
  const endpoint = await subscriber(t);
  const TopicArn = await topic(server);
  const Endpoint = endpoint.url.replace('://', '://ada:secret@');
  await server.client.send(new sdk.SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint }));
  await until('it is asked', () => endpoint.received.length === 1);
  const sent = endpoint.received[0]?.headers.authorization;
  assert.equal(sent, `Basic ${Buffer.from('ada:secret').toString('base64')}`);
  const { Subscriptions } = await server.client.send(new sdk.ListSubscriptionsCommand({}));
  assert.equal(Subscriptions?.[0]?.Endpoint, endpoint.url.replace('://', '://ada:****@'));
});

test('delivery policies are told as AWS tells them', async (t) => {
  const server = await serveSns(t);
  const { TopicArn } = await server.client.send(
    new sdk.CreateTopicCommand({
      Name: 'news',
      Attributes: { DeliveryPolicy: '{"http":{"defaultRequestPolicy":{"headerContentType":"application/json"}}}' },
    }),
  );
  const { Attributes = {} } = await server.client.send(new sdk.GetTopicAttributesCommand({ TopicArn }));
  const retry = {
    minDelayTarget: 20,
    maxDelayTarget: 20,
    numRetries: 3,
    numMaxDelayRetries: 0,
    numNoDelayRetries: 0,
    numMinDelayRetries: 0,
    backoffFunction: 'linear',
  };
  const requestPolicy = { headerContentType: 'application/json' };
  assert.deepEqual(JSON.parse(Attributes.DeliveryPolicy ?? ''), {
    http: { disableSubscriptionOverrides: false, defaultRequestPolicy: requestPolicy },
  });
  assert.deepEqual(JSON.parse(Attributes.EffectiveDeliveryPolicy ?? ''), {
    http: {
      defaultHealthyRetryPolicy: retry,
      disableSubscriptionOverrides: false,
      defaultRequestPolicy: requestPolicy,
    },
  });
  const own = { ...retry, minDelayTarget: 1, maxDelayTarget: 1, numRetries: 0 };
  const { endpoint, SubscriptionArn, asked } = await subscribed(
    t,
    server,
    { DeliveryPolicy: JSON.stringify({ healthyRetryPolicy: own, throttlePolicy: { maxReceivesPerSecond: 1000 } }) },
    undefined,
    TopicArn,
  );
  const told = (await server.client.send(new sdk.GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;
  const common = {
    healthyRetryPolicy: own,
    sicklyRetryPolicy: null,
    throttlePolicy: { maxReceivesPerSecond: 1000 },
    guaranteed: false,
  };
  assert.deepEqual(JSON.parse(told?.DeliveryPolicy ?? ''), { ...common, requestPolicy: null });
  assert.deepEqual(JSON.parse(told?.EffectiveDeliveryPolicy ?? ''), { ...common, requestPolicy });
  await server.client.send(new sdk.PublishCommand({ TopicArn, Message: '{}' }));
  await until('it has the message', () => endpoint.received.length === 1);
  assert.equal(endpoint.received[0]?.headers['content-type'], 'application/json');
  assert.equal(asked?.headers['content-type'], 'text/plain; charset=UTF-8');
});

async function topic({ client }: SnsServer, Name = 'news'): Promise<string> {
  return (await client.send(new sdk.CreateTopicCommand({ Name }))).TopicArn ?? '';
}

/** A subscription that is confirmed, with an endpoint that has forgotten how it was asked. */
async function subscribed(
  t: TestContext,
  server: SnsServer,
  Attributes: Record<string, string>,
  given?: Subscriber,
  arn?: string,
) {
  const endpoint = given ?? (await subscriber(t));
  const TopicArn = arn ?? (await topic(server));
  await server.client.send(
    new sdk.SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: endpoint.url, Attributes }),
  );
  await until('it is asked', () => endpoint.received.length === 1);
  const [asked] = endpoint.received;
  const { Token } = documentIn(asked);
  const { SubscriptionArn } = await server.client.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token }));
  endpoint.received.length = 0;
  return { endpoint, TopicArn, SubscriptionArn, asked };
}

/** Of the one delivery that waits, as it is stored; undefined: none waits. */
function attemptsNoted({ dataDir }: SnsServer): number | undefined {
  using database = new DatabaseSync(join(dataDir, 'sns.db'), { readOnly: true });
  const attempts = database.prepare('SELECT attempts FROM deliveries').get()?.attempts;
  return attempts === undefined ? undefined : Number(attempts);
}

/** Long enough for what must not happen. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
