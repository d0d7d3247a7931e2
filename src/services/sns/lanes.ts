import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { fairPlaces } from './fair-places.ts';
import type { PendingDelivery, SnsStore } from './sns-store.ts';

/**
 * Brings to each subscription what waits for it, in a lane of its own, so that one whose endpoint is dead or slow delays
 * nobody else: a lane that has just failed tries one delivery at a time, and all such lanes together take at most a part
 * of the places, which accounts share.
 */
export interface Lanes {
  /** Something waits for these subscriptions. */
  wake(subscriptionIds: Iterable<number>): void;
  /** Starts nothing more, and waits until what is under way has ended. */
  stop(): Promise<void>;
}

/** What becomes of one delivery after it was tried. */
export type Verdict =
  | { readonly kind: 'done' }
  /** A stop has cut it short: it stays as it is, and is tried anew by the next start. */
  | { readonly kind: 'cut' }
  | {
      readonly kind: 'again';
      readonly stage: PendingDelivery['stage'];
      readonly attempts: number;
      readonly delayMs: number;
    };

export interface LanePorts {
  readonly store: SnsStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Tries once. Never rejects. */
  readonly attempt: (delivery: PendingDelivery) => Promise<{ verdict: Verdict; endpoint: 'answers' | 'fails' }>;
  /** The shortest time between two deliveries to it. */
  readonly spacingMs: (subscriptionId: number) => number;
  readonly whereTo: (subscriptionId: number) => Whereabouts;
}

export interface Whereabouts {
  /** Whose endpoint it is. */
  readonly account: string;
  /** Whether it lies outside, where an answer may take as long as it likes. */
  readonly isOutside: boolean;
}

/** Of one lane: until its endpoint has answered, and then twice as many with each answer, up to the second. */
const IN_LANE_FIRST = 8;
const IN_LANE_MAX = 64;
const IN_ALL_MAX = 256;
/** Of those, for lanes that have just failed; no account has all of them. */
const IN_FAILING_MAX = 128;
/** Of those, for endpoints outside, whether they have failed yet or not: queues and functions never wait for them. The same. */
const IN_OUTSIDE_MAX = 192;
/** After the disk has refused to note an outcome. */
const STORE_RETRY_MS = 1_000;

interface Lane {
  readonly subscriptionId: number;
  readonly inFlight: Set<number>;
  inFlightMax: number;
  isFailing: boolean;
  /** Undefined: not looked at yet. */
  whereTo: Whereabouts | undefined;
  timer: Disposable | undefined;
  /** By its spacing, no delivery begins before. */
  freeAtMs: number;
}

export function openLanes(ports: LanePorts): Lanes {
  const { store, clock, log, attempt, spacingMs, whereTo } = ports;
  const lanes = new Map<number, Lane>();
  // Lanes that found no place, in the order in which they get one.
  const queued = new Set<Lane>();
  // Lanes of which something has changed, looked at together: most of what ends in one turn was noted by one commit.
  const changed = new Set<Lane>();
  const running = new Set<Promise<void>>();
  const failing = fairPlaces(IN_FAILING_MAX);
  const outside = fairPlaces(IN_OUTSIDE_MAX);
  let stopped = false;

  const hasPlace = (lane: Lane) =>
    running.size < IN_ALL_MAX &&
    (lane.whereTo === undefined ||
      ((!lane.isFailing || failing.isFree(lane.whereTo.account)) &&
        (!lane.whereTo.isOutside || outside.isFree(lane.whereTo.account))));

  const lookAt = (lane: Lane): void => {
    if (changed.size === 0) setImmediate(lookAtChanged);
    changed.add(lane);
  };

  const lookAtChanged = (): void => {
    const lanesNow = [...changed];
    changed.clear();
    // Whoever waited for a place comes first.
    for (const lane of queued) {
      if (running.size >= IN_ALL_MAX) break;
      if (hasPlace(lane)) pump(lane);
    }
    for (const lane of lanesNow) pump(lane);
  };

  const later = (lane: Lane, ms: number) => {
    lane.timer = clock.after(ms, () => pump(lane));
  };

  const pump = (lane: Lane): void => {
    queued.delete(lane);
    // One that was given up and made anew must not be carried by both.
    if (stopped || lanes.get(lane.subscriptionId) !== lane) return;
    lane.timer?.[Symbol.dispose]();
    lane.timer = undefined;
    try {
      startDue(lane);
    } catch (error) {
      log.error({ err: error }, 'the topics cannot be read; what waits is delivered later');
      later(lane, STORE_RETRY_MS);
    }
  };

  const startDue = (lane: Lane): void => {
    const nowMs = clock.nowMs();
    const free = lane.inFlightMax - lane.inFlight.size;
    if (free <= 0) return;
    // Before anything is read: a message to ten thousand subscriptions wakes as many lanes.
    if (hasPlace(lane)) lane.whereTo ??= whereTo(lane.subscriptionId);
    if (!hasPlace(lane)) {
      queued.add(lane);
      return;
    }
    if (lane.freeAtMs > nowMs) return later(lane, lane.freeAtMs - nowMs);
    const spacing = spacingMs(lane.subscriptionId);
    const due = store
      .dueDeliveries(lane.subscriptionId, nowMs, lane.inFlight.size + (spacing > 0 ? 1 : free))
      .filter((id) => !lane.inFlight.has(id));
    for (const id of due.slice(0, spacing > 0 ? 1 : free)) {
      if (!hasPlace(lane)) {
        queued.add(lane);
        return;
      }
      const delivery = store.delivery(id);
      if (delivery !== undefined) start(lane, delivery);
    }
    if (spacing > 0 && due.length > 0) {
      lane.freeAtMs = nowMs + spacing;
      return later(lane, spacing);
    }
    // Whatever else is due is looked for when one of these has ended.
    if (lane.inFlight.size > 0) return;
    const nextMs = store.nextDueMs(lane.subscriptionId, nowMs);
    if (nextMs !== undefined) later(lane, nextMs - nowMs);
    else lanes.delete(lane.subscriptionId);
  };

  const start = (lane: Lane, delivery: PendingDelivery): void => {
    lane.inFlight.add(delivery.id);
    const places = new DisposableStack();
    if (lane.whereTo !== undefined) {
      if (lane.isFailing) places.use(failing.take(lane.whereTo.account));
      if (lane.whereTo.isOutside) places.use(outside.take(lane.whereTo.account));
    }
    const run = carry(lane, delivery).finally(() => {
      lane.inFlight.delete(delivery.id);
      places.dispose();
      running.delete(run);
      lookAt(lane);
    });
    running.add(run);
  };

  const carry = async (lane: Lane, delivery: PendingDelivery): Promise<void> => {
    const { verdict, endpoint } = await attempt(delivery);
    if (verdict.kind === 'cut') return;
    lane.isFailing = endpoint === 'fails';
    lane.inFlightMax = lane.isFailing ? 1 : Math.min(IN_LANE_MAX, lane.inFlightMax * 2);
    try {
      await store.free(() => {
        if (verdict.kind === 'done') store.removeDelivery(delivery);
        else store.postponeDelivery(delivery.id, clock.nowMs() + verdict.delayMs, verdict.attempts, verdict.stage);
      });
    } catch (error) {
      // It comes again: more than once is allowed, never is not.
      log.error({ err: error }, 'what became of a delivery cannot be noted; it is made again');
      lane.freeAtMs = clock.nowMs() + STORE_RETRY_MS;
    }
  };

  return {
    wake(subscriptionIds) {
      for (const subscriptionId of subscriptionIds) {
        let lane = lanes.get(subscriptionId);
        if (lane === undefined) {
          lane = {
            subscriptionId,
            inFlight: new Set(),
            inFlightMax: IN_LANE_FIRST,
            isFailing: false,
            whereTo: undefined,
            timer: undefined,
            freeAtMs: 0,
          };
          lanes.set(subscriptionId, lane);
        }
        lookAt(lane);
      }
    },
    async stop() {
      stopped = true;
      for (const { timer } of lanes.values()) timer?.[Symbol.dispose]();
      await Promise.all(running);
    },
  };
}
