// Who may run now. A function with reserved concurrency has places of its own; the others share what their account has
// left after reservations and provisioned concurrency. Besides, a function grows by at most so many environments in ten
// seconds, and takes at most ten requests a second for each place that it could have.

import type { Clock } from '../lib/clock.ts';
import type { ThrottleReason } from './refusal.ts';

/** What counting has to know of an invocation; a resolved function has it all. */
export interface Admission {
  readonly runnable: {
    readonly account: string;
    readonly region: string;
    readonly functionArn: string;
  };
  readonly reserved: number | undefined;
  readonly provisioned: number;
  /** Invocations with the same one share those places. */
  readonly provisionedBy: string | undefined;
  readonly provisionedTotal: number;
  readonly claimed: number;
}

/** A place to run in, given back by `using`. */
export interface RunningPlace extends Disposable {
  /** Whether it is one of provisioned concurrency. */
  readonly onProvisioned: boolean;
}

export interface Counting {
  /** A place, or why there is none. */
  admit(admission: Admission): RunningPlace | ThrottleReason;
  /** All invocations in flight: the server drains by it. */
  inFlight(): number;
}

/** AWS: "1,000 execution environment instances every 10 seconds", refilled continuously and never saved up (scaling-behavior). */
const SCALING_BURST = 1_000;
const SCALING_PER_MS = 0.1;
/** AWS: requests a second are ten times the concurrency of the account, or of the function if that is reserved. */
const REQUESTS_PER_PLACE = 10;
/** For how long environments that were in use at once can be taken to be there still. */
const WARM_MS = 300_000;
/** Pools of functions that are not invoked are dropped once there are so many. */
const POOLS_MAX = 1_000;

/** `inFlightMax`: concurrent executions of an account in a region. */
export function counting(inFlightMax: number, clock: Clock): Counting {
  const accounts = new Map<string, Account>();
  const pools = new Map<string, Pool>();
  let sweepAt = POOLS_MAX;
  let total = 0;

  const newPool = (admission: Admission, nowMs: number): Pool => {
    if (pools.size >= sweepAt) {
      for (const [arn, pool] of pools) if (isIdle(pool, nowMs)) pools.delete(arn);
      sweepAt = Math.max(POOLS_MAX, pools.size * 2);
    }
    const { account, region, functionArn } = admission.runnable;
    const place = `${account}/${region}`;
    const shared = accounts.get(place) ?? {
      inFlight: 0,
      requests: fullBucket(inFlightMax * REQUESTS_PER_PLACE, nowMs),
    };
    accounts.set(place, shared);
    const pool: Pool = {
      account: shared,
      inFlight: 0,
      onProvisioned: undefined,
      requests: undefined,
      scaling: fullBucket(SCALING_BURST, nowMs),
      peak: 0,
      lastPeak: 0,
      peakSinceMs: nowMs,
    };
    pools.set(functionArn, pool);
    return pool;
  };

  class Place implements RunningPlace {
    readonly #pool: Pool;
    readonly #provisionedBy: string | undefined;
    readonly #isShared: boolean;
    #isHeld = true;

    constructor(pool: Pool, provisionedBy: string | undefined, isShared: boolean) {
      this.#pool = pool;
      this.#provisionedBy = provisionedBy;
      this.#isShared = isShared;
    }

    get onProvisioned(): boolean {
      return this.#provisionedBy !== undefined;
    }

    [Symbol.dispose](): void {
      if (!this.#isHeld) return;
      this.#isHeld = false;
      total -= 1;
      const provisionedBy = this.#provisionedBy;
      if (provisionedBy !== undefined) countProvisioned(this.#pool, provisionedBy, -1);
      else this.#pool.inFlight -= 1;
      if (this.#isShared) this.#pool.account.inFlight -= 1;
    }
  }

  return {
    // No await between the look and the count, or two invocations could take the last place.
    admit(admission) {
      const nowMs = clock.monotonicMs();
      const { runnable, reserved, provisioned, provisionedBy } = admission;
      const pool = pools.get(runnable.functionArn) ?? newPool(admission, nowMs);
      const onProvisioned = provisionedBy !== undefined && (pool.onProvisioned?.get(provisionedBy) ?? 0) < provisioned;
      const isShared = reserved === undefined && !onProvisioned;

      if (!onProvisioned) {
        if (reserved !== undefined) {
          if (pool.inFlight >= reserved - admission.provisionedTotal) {
            return 'ReservedFunctionConcurrentInvocationLimitExceeded';
          }
        } else if (pool.account.inFlight >= inFlightMax - admission.claimed) return 'ConcurrentInvocationLimitExceeded';
      }
      const requests = reserved === undefined ? pool.account.requests : reservedRequests(pool, reserved, nowMs);
      refill(requests, requests.max / 1_000, nowMs);
      if (requests.tokens < 1) {
        return reserved === undefined
          ? 'FunctionInvocationRateLimitExceeded'
          : 'ReservedFunctionInvocationRateLimitExceeded';
      }
      if (!onProvisioned && !grow(pool, nowMs)) return 'ConcurrentInvocationLimitExceeded';

      requests.tokens -= 1;
      total += 1;
      if (onProvisioned) countProvisioned(pool, provisionedBy, 1);
      else pool.inFlight += 1;
      if (isShared) pool.account.inFlight += 1;
      return new Place(pool, onProvisioned ? provisionedBy : undefined, isShared);
    },
    inFlight: () => total,
  };
}

interface Bucket {
  readonly max: number;
  tokens: number;
  filledMs: number;
}

interface Account {
  /** On the places that functions share. */
  inFlight: number;
  readonly requests: Bucket;
}

interface Pool {
  readonly account: Account;
  /** Beside those on provisioned environments. */
  inFlight: number;
  /** By what it was given to: a version or an alias. */
  onProvisioned: Map<string, number> | undefined;
  /** Of reserved concurrency. */
  requests: Bucket | undefined;
  readonly scaling: Bucket;
  /** Most in flight at once since `peakSinceMs`, and in the time before that. */
  peak: number;
  lastPeak: number;
  peakSinceMs: number;
}

/** Whether the function has, or may have, an environment for one more invocation. */
function grow(pool: Pool, nowMs: number): boolean {
  if (nowMs - pool.peakSinceMs >= WARM_MS) {
    pool.lastPeak = nowMs - pool.peakSinceMs >= 2 * WARM_MS ? 0 : pool.peak;
    pool.peak = pool.inFlight;
    pool.peakSinceMs = nowMs;
  }
  const next = pool.inFlight + 1;
  if (next > pool.peak && next > pool.lastPeak) {
    refill(pool.scaling, SCALING_PER_MS, nowMs);
    if (pool.scaling.tokens < 1) return false;
    pool.scaling.tokens -= 1;
  }
  if (next > pool.peak) pool.peak = next;
  return true;
}

function reservedRequests(pool: Pool, reserved: number, nowMs: number): Bucket {
  const max = reserved * REQUESTS_PER_PLACE;
  if (pool.requests?.max !== max) pool.requests = fullBucket(max, nowMs);
  return pool.requests;
}

function countProvisioned(pool: Pool, provisionedBy: string, more: 1 | -1): void {
  pool.onProvisioned ??= new Map();
  const left = (pool.onProvisioned.get(provisionedBy) ?? 0) + more;
  if (left === 0) pool.onProvisioned.delete(provisionedBy);
  else pool.onProvisioned.set(provisionedBy, left);
}

/** Nothing would be different for this function if it had never been invoked. */
function isIdle(pool: Pool, nowMs: number): boolean {
  return pool.inFlight === 0 && (pool.onProvisioned?.size ?? 0) === 0 && nowMs - pool.peakSinceMs >= 2 * WARM_MS;
}

function fullBucket(max: number, nowMs: number): Bucket {
  return { max, tokens: max, filledMs: nowMs };
}

function refill(bucket: Bucket, perMs: number, nowMs: number): void {
  bucket.tokens = Math.min(bucket.max, bucket.tokens + (nowMs - bucket.filledMs) * perMs);
  bucket.filledMs = nowMs;
}
