import type { Delivery } from '../../delivery/delivery.ts';
import type { Sender } from '../../delivery/sender.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { readPattern } from './filter-pattern.ts';
import { matchingEvents } from './followed-events.ts';
import type { Follower } from './follower-table.ts';
import type { Carried, Carrier } from './following.ts';
import type { Scope, StoredChunk } from './log-store.ts';
import { awslogsEvent, inMessages, subscriptionOf } from './subscription.ts';

/** "CloudWatch Logs continues to retry delivery for up to 24 hours" (Real-time processing of log data with subscriptions). */
const AGE_MS_MAX = 24 * 3_600_000;
/** "In these cases the subscription filter is disabled for up to 10 minutes. […] During this disabled period, logs are skipped." */
const DISABLED_MS = 600_000;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 300_000;
/** Lines that come within this time go together, one message for each stream; the first ones go at once. */
const GATHER_MS = 500;
/** Streams whose messages are on their way at once. */
const STREAMS_AT_ONCE = 8;
const ATTEMPT_MS_MAX = 60_000;

export interface SubscriptionPorts {
  readonly deliver: Delivery['deliver'];
  readonly clock: Clock;
  readonly log: Logger;
  /** Where a group is; undefined when it is gone. */
  readonly placeOf: (groupId: number) => (Scope & { readonly group: string }) | undefined;
}

/** How it stands with one filter's destination. In memory: after a restart it is tried anew. */
interface Standing {
  failures: number;
  disabledUntilMs: number;
}

/** Brings the events of subscribed groups to their destinations. */
export class SubscriptionCarrier implements Carrier {
  readonly #ports: SubscriptionPorts;
  readonly #standings = new Map<number, Standing>();

  constructor(ports: SubscriptionPorts) {
    this.#ports = ports;
  }

  async carry(follower: Follower, chunks: readonly StoredChunk[], signal: AbortSignal): Promise<Carried> {
    const { clock } = this.#ports;
    const standing = this.#standings.get(follower.id) ?? { failures: 0, disabledUntilMs: 0 };
    this.#standings.set(follower.id, standing);
    if (clock.nowMs() < standing.disabledUntilMs) return { seen: chunks.map(({ id }) => id), delayMs: 0 };

    const streams = [...Map.groupBy(chunks, ({ stream }) => stream).values()];
    const seen: number[] = [];
    const sent = { count: 0 };
    for (let at = 0; at < streams.length; at += STREAMS_AT_ONCE) {
      const outcomes = await Promise.all(
        streams.slice(at, at + STREAMS_AT_ONCE).map((stream) => this.#bring(follower, stream, sent, signal)),
      );
      seen.push(...outcomes.flatMap(({ chunks, error }) => (error === undefined ? chunks.map(({ id }) => id) : [])));
      const failed = outcomes.find(({ error }) => error !== undefined);
      if (failed) return this.#failed(follower, standing, chunks, seen, failed.error);
    }
    standing.failures = 0;
    return { seen, delayMs: sent.count > 0 ? GATHER_MS : 0 };
  }

  forget(followerId: number): void {
    this.#standings.delete(followerId);
  }

  [Symbol.dispose](): void {
    this.#standings.clear();
  }

  /** Delivers what one stream has. */
  async #bring(
    follower: Follower,
    chunks: readonly StoredChunk[],
    sent: { count: number },
    signal: AbortSignal,
  ): Promise<{ chunks: readonly StoredChunk[]; error?: unknown }> {
    const { placeOf, deliver, log } = this.#ports;
    const subscription = subscriptionOf(follower);
    const place = placeOf(follower.groupId);
    const pattern = readPattern(subscription.pattern);
    const [first] = chunks;
    if (!place || !pattern || !first) return { chunks };
    const events = chunks.flatMap((chunk) => matchingEvents(chunk, pattern));
    for (const message of inMessages(events)) {
      sent.count += 1;
      try {
        const body = await awslogsEvent({ ...place, stream: first.stream }, { name: follower.name, pattern }, message);
        const attempt = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS_MAX)]);
        await deliverAsLogs(deliver, subscription.destinationArn, body, place, attempt);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Undeliverable) || error.kind !== 'refused') return { chunks, error };
        const { destinationArn } = subscription;
        log.error({ err: error, destinationArn, events: message.length }, 'log events are not taken by a subscription');
      }
    }
    return { chunks };
  }

  #failed(
    { name, groupId }: Follower,
    standing: Standing,
    chunks: readonly StoredChunk[],
    seen: readonly number[],
    error: unknown,
  ): Carried {
    const { clock, log, placeOf } = this.#ports;
    const nowMs = clock.nowMs();
    const about = { err: error, filter: name, group: placeOf(groupId)?.group };
    if (error instanceof Undeliverable && error.kind !== 'unavailable') {
      standing.disabledUntilMs = nowMs + DISABLED_MS;
      log.error(about, 'a subscription is disabled for ten minutes, and log events are skipped');
      return { seen: chunks.map(({ id }) => id), delayMs: 0 };
    }
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** standing.failures);
    if (standing.failures === 0) log.warn(about, 'log events cannot be delivered now, and are tried again');
    standing.failures += 1;
    const old = chunks.filter(({ id, ingestedMs }) => ingestedMs < nowMs - AGE_MS_MAX && !seen.includes(id));
    if (old.length > 0) log.error({ ...about, chunks: old.length }, 'log events are given up after 24 hours');
    return { seen: [...seen, ...old.map(({ id }) => id)], delayMs };
  }
}

/** A function's policy may name the service with its region, as AWS's guide does, or without. */
export async function deliverAsLogs(
  deliver: Delivery['deliver'],
  arn: string,
  body: Buffer,
  place: Scope & { readonly group: string },
  signal: AbortSignal,
): Promise<void> {
  await asLogs(place, (from) => deliver(arn, { body }, from, signal));
}

/** Does it in the name of the service with its region, and if that is denied, without. */
export async function asLogs(
  { account, region, group }: Scope & { readonly group: string },
  act: (from: Sender) => Promise<void>,
): Promise<void> {
  const from = {
    kind: 'service',
    // Seen on AWS: the condition `aws:SourceArn` of a policy holds only with `:*` at its end.
    sourceArn: `arn:aws:logs:${region}:${account}:log-group:${group}:*`,
    sourceAccount: account,
  } as const;
  try {
    await act({ ...from, service: `logs.${region}.amazonaws.com` });
  } catch (error) {
    if (!(error instanceof Undeliverable) || error.kind !== 'denied') throw error;
    await act({ ...from, service: 'logs.amazonaws.com' });
  }
}
