import { join } from 'node:path';
import { type Mailer, openMailer } from '../../delivery/mail.ts';
import { pause } from '../../lib/clock.ts';
import {
  type Addressee,
  deadLetterQueueOf,
  deliverTo,
  deliverToDeadLetters,
  type EndpointOutcome,
  type EndpointPorts,
  scheduleFor,
  spacingMsOf,
} from './endpoints.ts';
import { type Lanes, openLanes, type Verdict } from './lanes.ts';
import type { Notification } from './notification.ts';
import { SNS_FILE, type SnsOptions } from './open-sns.ts';
import { type Draft, decidePublish, type Published } from './publish.ts';
import { SnsRefused } from './refusal.ts';
import { jittered, MANAGED, retryDelayMs } from './retry-schedule.ts';
import { openSigner, type Signer } from './signer.ts';
import { type PendingDelivery, SnsStore } from './sns-store.ts';
import {
  type Subscription,
  type SubscriptionProtocol,
  type SubscriptionSettings,
  shownEndpoint,
  TOKEN_MS,
} from './subscription.ts';
import { type Scope, type Topic, type TopicSettings, topicArn } from './topic.ts';

// Amazon SNS endpoints and quotas, AWS General Reference.
const TOPICS_MAX = 100_000;
const FIFO_TOPICS_MAX = 1_000;
const FIFO_SUBSCRIPTIONS_MAX = 100;
const FILTER_POLICIES_MAX = 200;
const TOKEN_BYTES = 112;
const SWEEP_MS = 600_000;
const SWEEP_ROWS = 500;
/** Between the steps of a sweep that has more to do. */
const SWEEP_STEP_MS = 20;
/** An endpoint that does not answer must not hold up a stop. */
const DRAIN_MS_MAX = 2_000;

export interface NewTopic {
  readonly settings: TopicSettings;
  readonly tags: Readonly<Record<string, string>>;
  /** Whether a topic that is there already has what was asked for; what was not asked for does not count. */
  readonly isMetBy: (settings: TopicSettings) => boolean;
}

export interface NewSubscription {
  readonly protocol: SubscriptionProtocol;
  readonly endpoint: string;
  readonly settings: SubscriptionSettings;
  readonly account: string;
  readonly principal: string;
  readonly origin: string;
  /** Whether who subscribes owns the endpoint, which then need not confirm it. */
  readonly ownsEndpoint: boolean;
}

/** Topics in our own words: what changes resolves when it is durable. Throws `SnsRefused`. */
export class Sns {
  readonly #options: SnsOptions;
  readonly #store: SnsStore;
  readonly #lanes: Lanes;
  readonly #stopping = new AbortController();
  readonly #mailer: Mailer | undefined;
  #signer: Promise<Signer> | undefined;
  #sweepTimer: Disposable | undefined;

  constructor(options: SnsOptions, store: SnsStore) {
    const { clock, log, relay } = options;
    this.#options = options;
    this.#store = store;
    this.#mailer = relay === undefined ? undefined : openMailer(relay);
    this.#lanes = openLanes({
      store,
      clock,
      log,
      attempt: (delivery) => this.#attempt(delivery),
      spacingMs: (id) => {
        const addressee = this.#addressee(id);
        return addressee === undefined ? 0 : spacingMsOf(addressee);
      },
      whereTo: (id) => {
        const { account = '', protocol } = this.#addressee(id)?.subscription ?? {};
        return { account, isOutside: protocol !== 'sqs' && protocol !== 'lambda' };
      },
    });
    this.#sweepAfter(SWEEP_MS);
    // What was on its way when the server ended.
    setImmediate(() => {
      if (!this.#stopping.signal.aborted) this.#lanes.wake(store.subscriptionsWithDeliveries());
    });
  }

  get canMail(): boolean {
    return this.#mailer !== undefined;
  }

  /** The key is made when it is first needed. */
  signer(): Promise<Signer> {
    this.#signer ??= openSigner(this.#options.dataDir, this.#options.clock.nowMs()).catch((error) => {
      // The operator may mend it meanwhile.
      this.#signer = undefined;
      throw error;
    });
    return this.#signer;
  }

  topic(scope: Scope, name: string): Topic {
    const topic = this.#store.topic(scope, name);
    if (topic === undefined) throw new SnsRefused({ kind: 'no-such-topic' });
    return topic;
  }

  findTopic(scope: Scope, name: string): Topic | undefined {
    return this.#store.topic(scope, name);
  }

  topicOf(subscription: Subscription): Topic {
    const topic = this.#store.topicOf(subscription.topicId);
    if (topic === undefined) throw new SnsRefused({ kind: 'no-such-subscription' });
    return topic;
  }

  topics(scope: Scope, after: number, countMax: number): Topic[] {
    return this.#store.topics(scope, after, countMax);
  }

  /** Makes the topic unless there is one of this name already, which must then be as it is wanted. */
  async createTopic(scope: Scope, name: string, { settings, tags, isMetBy }: NewTopic): Promise<void> {
    await this.#store.write(() => {
      const found = this.#store.topic(scope, name);
      if (found !== undefined) {
        if (!isMetBy(found.settings)) throw new SnsRefused({ kind: 'topic-differs', in: 'Attributes' });
        assertTags(found, tags);
        return;
      }
      const kind = settings.fifo === undefined ? 'standard' : 'fifo';
      const countMax = kind === 'fifo' ? FIFO_TOPICS_MAX : TOPICS_MAX;
      if (this.#store.countTopics(scope, kind) >= countMax) throw new SnsRefused({ kind: 'too-many-topics' });
      this.#store.addTopic(scope, name, settings, tags);
    });
  }

  /** Nothing, if there is none. */
  async deleteTopic(scope: Scope, name: string): Promise<void> {
    await this.#store.free(() => {
      const topic = this.#store.topic(scope, name);
      if (topic !== undefined) this.#store.removeTopic(topic.id);
    });
    this.#sweepAfter(SWEEP_STEP_MS);
  }

  /** `change` is called with what is stored at that moment, and may refuse. */
  async changeTopic(
    scope: Scope,
    name: string,
    change: (topic: Topic) => Partial<Pick<Topic, 'settings' | 'tags'>>,
  ): Promise<void> {
    await this.#store.write(() => {
      const topic = this.topic(scope, name);
      this.#store.setTopic(topic.id, { ...topic, ...change(topic) });
    });
  }

  countSubscriptions({ id }: Topic, state: 'pending' | 'confirmed'): number {
    return this.#store.countSubscriptions(id, state);
  }

  subscription(uuid: string): Subscription {
    const subscription = this.findSubscription(uuid);
    if (subscription === undefined) throw new SnsRefused({ kind: 'no-such-subscription' });
    return subscription;
  }

  findSubscription(uuid: string): Subscription | undefined {
    const subscription = this.#store.subscription(uuid);
    return subscription?.state === 'deleted' ? undefined : subscription;
  }

  subscriptionsOfTopic({ id }: Topic, after: number, countMax: number): Subscription[] {
    return this.#store.subscriptionsOfTopic(id, after, countMax);
  }

  subscriptionsOfAccount(scope: Scope, after: number, countMax: number): Subscription[] {
    return this.#store.subscriptionsOfAccount(scope, after, countMax);
  }

  /**
   * Subscribes, unless the endpoint is already subscribed, which must then be with all the settings that are given. An
   * endpoint that does not belong to who subscribes is asked to confirm it.
   */
  async subscribe(scope: Scope, name: string, wanted: NewSubscription): Promise<Subscription> {
    const { clock, uuid, randomBytes } = this.#options;
    const { subscription, asked } = await this.#store.write(() => {
      const topic = this.topic(scope, name);
      const found = this.#store.subscriptionTo(topic.id, wanted.protocol, wanted.endpoint);
      if (found !== undefined && found.state !== 'deleted') {
        if (!has({ ...DEFAULTS, ...found.settings }, wanted.settings))
          throw new SnsRefused({ kind: 'subscription-differs' });
        // Whoever has lost the first message gets another one.
        const isPending = found.state === 'pending';
        if (isPending) this.#askToConfirm(topic, found);
        return { subscription: found, asked: isPending };
      }
      this.#assertRoom(topic, wanted.settings);
      if (found !== undefined) this.#store.removeSubscription(found.id);
      const { ownsEndpoint, ...given } = wanted;
      const added: Omit<Subscription, 'id'> = {
        ...given,
        topicId: topic.id,
        uuid: uuid(),
        state: ownsEndpoint ? 'confirmed' : 'pending',
        token: randomBytes(TOKEN_BYTES).toString('hex'),
        tokenMs: clock.nowMs() + TOKEN_MS,
        confirmedByAuthenticated: ownsEndpoint,
        authenticateOnUnsubscribe: false,
      };
      const subscription = { ...added, id: this.#store.addSubscription(added) };
      if (!ownsEndpoint) this.#askToConfirm(topic, subscription);
      return { subscription, asked: !ownsEndpoint };
    });
    if (asked) this.#lanes.wake([subscription.id]);
    return subscription;
  }

  /** By the token that the endpoint has received; a second time is no mistake. Answers the subscription. */
  confirm(
    scope: Scope,
    name: string,
    token: string,
    by: { authenticated: boolean; authenticateOnUnsubscribe: boolean },
  ): Promise<Subscription> {
    return this.#store.write(() => {
      const topic = this.topic(scope, name);
      const found = this.#store.subscriptionByToken(token);
      if (found === undefined || found.topicId !== topic.id || found.tokenMs <= this.#options.clock.nowMs())
        throw new SnsRefused({ kind: 'unknown-token' });
      if (found.state === 'confirmed') return found;
      const confirmed: Subscription = {
        ...found,
        state: 'confirmed',
        confirmedByAuthenticated: by.authenticated,
        authenticateOnUnsubscribe: by.authenticated && by.authenticateOnUnsubscribe,
      };
      this.#store.setSubscription(confirmed);
      return confirmed;
    });
  }

  /** Nothing, if there is none. `by` anybody: the endpoint is told, and can come back. */
  async unsubscribe(uuid: string, by: 'owner' | 'anybody'): Promise<void> {
    const told = await this.#store.free(() => {
      const found = this.findSubscription(uuid);
      if (found === undefined) return undefined;
      if (by === 'anybody' && found.authenticateOnUnsubscribe) throw new SnsRefused({ kind: 'must-authenticate' });
      this.#store.countDeletedSubscription(found.topicId);
      if (by === 'owner' || found.state === 'pending') {
        this.#store.removeSubscription(found.id);
        return undefined;
      }
      const { clock, randomBytes } = this.#options;
      const token = randomBytes(TOKEN_BYTES).toString('hex');
      // Under a new number, so that what was on its way to the old one reaches nobody.
      this.#store.removeSubscription(found.id);
      const gone = { ...found, state: 'deleted', token, tokenMs: clock.nowMs() + TOKEN_MS } as const;
      const deleted: Subscription = { ...gone, id: this.#store.addSubscription(gone) };
      this.#send(deleted, this.#confirmation('UnsubscribeConfirmation', this.topicOf(deleted), deleted));
      return deleted.id;
    });
    if (told !== undefined) this.#lanes.wake([told]);
    this.#sweepAfter(SWEEP_STEP_MS);
  }

  /** `change` is called with what is stored at that moment, and may refuse. */
  async changeSubscription(uuid: string, change: (subscription: Subscription) => SubscriptionSettings): Promise<void> {
    await this.#store.write(() => {
      const subscription = this.subscription(uuid);
      const settings = change(subscription);
      if (settings.filterPolicy !== undefined && subscription.settings.filterPolicy === undefined)
        this.#assertRoomForFilter(subscription.topicId);
      this.#store.setSubscription({ ...subscription, settings });
    });
  }

  /** Resolves when the messages are durable, each for every subscription that wants it. In the order of the drafts. */
  async publish(scope: Scope, name: string, drafts: readonly Draft[]): Promise<Published[]> {
    const { clock, uuid } = this.#options;
    const { published, wanted } = await this.#store.write(() => {
      const topic = this.topic(scope, name);
      const subscriptions = [...this.#store.confirmedSubscriptions(topic.id)];
      const decided = drafts.map((draft) =>
        decidePublish(this.#store, { topic, subscriptions, draft, nowMs: clock.nowMs(), uuid }),
      );
      return { published: decided.map(({ published }) => published), wanted: decided.flatMap(({ wanted }) => wanted) };
    });
    this.#lanes.wake(new Set(wanted));
    return published;
  }

  /**
   * Delivers nothing more, and waits a moment for what is under way, so that it need not come twice. What is published yet
   * waits for the next start.
   */
  async drain(): Promise<void> {
    const ended = new AbortController();
    await Promise.race([this.#lanes.stop(), pause(this.#options.clock, DRAIN_MS_MAX, ended.signal)]);
    ended.abort();
  }

  /** Ends what is under way; it is taken up again at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('Lambent is stopping'));
    this.#sweepTimer?.[Symbol.dispose]();
    await this.#lanes.stop();
    this.#mailer?.[Symbol.dispose]();
    this.#store.close();
  }

  #assertRoom(topic: Topic, settings: SubscriptionSettings): void {
    if (topic.settings.fifo !== undefined) {
      const count = this.countSubscriptions(topic, 'confirmed') + this.countSubscriptions(topic, 'pending');
      if (count >= FIFO_SUBSCRIPTIONS_MAX) throw new SnsRefused({ kind: 'too-many-subscriptions' });
    }
    if (settings.filterPolicy !== undefined) this.#assertRoomForFilter(topic.id);
  }

  #assertRoomForFilter(topicId: number): void {
    if (this.#store.countFilterPolicies(topicId) >= FILTER_POLICIES_MAX)
      throw new SnsRefused({ kind: 'too-many-filter-policies' });
  }

  #askToConfirm(topic: Topic, subscription: Subscription): void {
    this.#send(subscription, this.#confirmation('SubscriptionConfirmation', topic, subscription));
  }

  #send(subscription: Subscription, notification: Notification): void {
    const messageId = this.#store.addMessage(notification);
    this.#store.addDelivery(subscription.id, messageId, undefined, this.#options.clock.nowMs());
  }

  #confirmation(
    kind: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation',
    topic: Topic,
    { token, uuid }: Subscription,
  ): Notification {
    const arn = topicArn(topic);
    const text =
      kind === 'SubscriptionConfirmation'
        ? `You have chosen to subscribe to the topic ${arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
        : `You have chosen to deactivate subscription ${arn}:${uuid}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`;
    const { clock, uuid: newId } = this.#options;
    return { kind, id: newId(), topicArn: arn, text, attributes: {}, timestampMs: clock.nowMs(), token };
  }

  #addressee(subscriptionId: number): Addressee | undefined {
    const subscription = this.#store.subscriptionOf(subscriptionId);
    const topic = subscription && this.#store.topicOf(subscription.topicId);
    return topic && subscription && { topic, subscription };
  }

  async #attempt(delivery: PendingDelivery): Promise<{ verdict: Verdict; endpoint: 'answers' | 'fails' }> {
    try {
      const addressee = this.#addressee(delivery.subscriptionId);
      // Unsubscribed, or the topic is gone: what was on its way to it has no place to go.
      if (addressee === undefined) return { verdict: { kind: 'done' }, endpoint: 'answers' };
      const send = delivery.stage === 'endpoint' ? deliverTo : deliverToDeadLetters;
      const outcome = await send(addressee, delivery.notification, this.#ports, this.#stopping.signal);
      if (outcome.kind !== 'delivered' && this.#stopping.signal.aborted) return CUT;
      return {
        verdict: this.#judge(delivery, addressee, outcome),
        endpoint: outcome.kind === 'delivered' ? 'answers' : 'fails',
      };
    } catch (error) {
      if (this.#stopping.signal.aborted) return CUT;
      // Something of ours: it stays, and comes again.
      this.#options.log.error({ err: error }, 'a delivery of a topic could not be made');
      const { stage, attempts } = delivery;
      return { verdict: { kind: 'again', stage, attempts, delayMs: OUR_RETRY_MS }, endpoint: 'fails' };
    }
  }

  #judge(delivery: PendingDelivery, addressee: Addressee, outcome: EndpointOutcome): Verdict {
    if (outcome.kind === 'delivered') return { kind: 'done' };
    const attempts = delivery.attempts + 1;
    const schedule = delivery.stage === 'endpoint' ? scheduleFor(addressee) : MANAGED;
    const delayMs = outcome.kind === 'lost' ? undefined : retryDelayMs(schedule, attempts);
    if (delayMs !== undefined) {
      return { kind: 'again', stage: delivery.stage, attempts, delayMs: jittered(delayMs, this.#options.random) };
    }
    const { subscription, topic } = addressee;
    const isAllLost = delivery.stage === 'dead-letter' || deadLetterQueueOf(subscription) === undefined;
    const what = { topic: topicArn(topic), endpoint: shownEndpoint(subscription), message: delivery.notification.id };
    const fate = isAllLost ? 'and is dropped' : 'and goes to the dead-letter queue';
    this.#options.log.warn({ ...what, attempts, why: outcome.why }, `a message was not delivered, ${fate}`);
    return isAllLost ? { kind: 'done' } : { kind: 'again', stage: 'dead-letter', attempts: 0, delayMs: 0 };
  }

  get #ports(): EndpointPorts {
    return { deliver: this.#options.deliver, signer: () => this.signer(), mailer: this.#mailer };
  }

  #sweepAfter(ms: number): void {
    this.#sweepTimer?.[Symbol.dispose]();
    if (this.#stopping.signal.aborted) return;
    this.#sweepTimer = this.#options.clock.after(ms, () => {
      this.#sweep().then(
        (isMoreLeft) => this.#sweepAfter(isMoreLeft ? SWEEP_STEP_MS : SWEEP_MS),
        (error: unknown) => {
          // Harmless: what is too old stays a while longer; the next sweep begins where this one failed.
          this.#options.log.warn({ err: error }, 'old tokens of topics cannot be deleted now');
          this.#sweepAfter(SWEEP_MS);
        },
      );
    });
  }

  /** Some at a time, so that no publish waits for many; true when more may be left. */
  #sweep(): Promise<boolean> {
    return this.#store.free(() => {
      const nowMs = this.#options.clock.nowMs();
      const subscriptions = this.#store.removeStaleSubscriptions(nowMs, SWEEP_ROWS);
      const deduplications = this.#store.removeOldDeduplications(nowMs, SWEEP_ROWS);
      const strays = this.#store.removeStrays(SWEEP_ROWS);
      return strays > 0 || Math.max(subscriptions, deduplications) === SWEEP_ROWS;
    });
  }
}

const CUT = { verdict: { kind: 'cut' }, endpoint: 'answers' } as const;

/** After a mistake of ours, so that it does not fill the log. */
const OUR_RETRY_MS = 20_000;

/** Opens `<dataDir>/sns.db`, or makes it. Throws when it cannot be read. */
export function openTopics(options: SnsOptions): Sns {
  return new Sns(options, new SnsStore(join(options.dataDir, SNS_FILE), options));
}

function assertTags(topic: Topic, tags: Readonly<Record<string, string>>): void {
  const given = Object.entries(tags);
  if (given.length > 0 && (given.length !== Object.keys(topic.tags).length || !has(topic.tags, tags)))
    throw new SnsRefused({ kind: 'topic-differs', in: 'Tags' });
}

/** A subscription that was made without these has them. */
const DEFAULTS: SubscriptionSettings = { rawDelivery: false, filterScope: 'MessageAttributes' };

/** Whether all that is wanted is there, and so. */
function has(there: object, wanted: object): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => value === undefined || JSON.stringify(Reflect.get(there, name)) === JSON.stringify(value),
  );
}
