import type { Clock } from '../lib/clock.ts';
import type { Environment } from './environment.ts';
import { type EnvironmentSpec, NoRoom } from './spec.ts';

/** Keeps a version's code, and hears of its retirement, for environments to be. */
export interface Plan extends Disposable {
  readonly spec: EnvironmentSpec;
  /** The version has been replaced or deleted meanwhile. */
  retired: boolean;
}

interface Ports {
  readonly clock: Clock;
  /** Throws when no environment is made any more. */
  plan(spec: EnvironmentSpec): Plan;
  /** A new environment; calls `onPlace` when it has a sandbox. Until then the signal ends it. */
  make(plan: Plan, signal: AbortSignal, onPlace: () => void): Promise<Environment>;
  /** How many of this version have answered, and are about to be free. */
  coming(specId: string): number;
  /** Takes an environment that was made and that nobody waits for any more. */
  release(environment: Environment): void;
  /** Told of what a stop has to wait for. */
  inBackground(work: Promise<void>): void;
}

interface Waiter {
  readonly sinceMs: number;
  readonly resolve: (environment: Environment) => void;
  readonly reject: (error: unknown) => void;
}

/** What one version needs. */
interface Demand {
  /** From the first who waits until nothing is made any more: what is made late must know of a retirement, too. */
  readonly plan: Plan;
  readonly waiters: Waiter[];
  /** Environments that are being made; and those of them that have no sandbox yet. */
  making: number;
  seeking: number;
  /** Ends the search for sandboxes when nobody waits any more. */
  enough: AbortController;
  looking: Disposable | undefined;
}

/** An environment that has answered mostly asks for its next invocation well within this: no other is made meanwhile. */
const FINISH_WAIT_MS = 50;
/**
 * Searches for a sandbox at once, for one version: as many as the warm pool holds ready and starts at once. Whoever waits
 * beyond them would have to wait for theirs, and mostly an environment becomes free before: a search is not for nothing.
 */
const SEEKING_MAX = 8;
const ENOUGH = new Error('nobody waits for this environment any more');

/**
 * Invocations that found no environment. Whichever comes first, one that has become free or one that was made, goes to
 * the one who has waited longest; so many are made as wait, but for those that are about to be free.
 */
export class Demands {
  readonly #ports: Ports;
  readonly #demands = new Map<string, Demand>();
  #closed: { readonly error: Error } | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Waits for an environment of this version. Rejects as `make` does. */
  wait(spec: EnvironmentSpec): Promise<Environment> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(this.#closed.error);
      let demand = this.#demands.get(spec.id);
      if (demand === undefined) {
        const plan = this.#ports.plan(spec);
        demand = { plan, waiters: [], making: 0, seeking: 0, enough: new AbortController(), looking: undefined };
        this.#demands.set(spec.id, demand);
      }
      demand.waiters.push({ sinceMs: this.#ports.clock.monotonicMs(), resolve, reject });
      this.#makeMissing(demand);
    });
  }

  /** Hands a free environment to who has waited longest for one of its version. False: nobody waits. */
  give(environment: Environment): boolean {
    const demand = this.#demands.get(environment.spec.id);
    const waiter = demand?.waiters.shift();
    if (demand === undefined || waiter === undefined) return false;
    waiter.resolve(environment);
    this.#tidy(demand);
    return true;
  }

  /** Nobody gets an environment any more: all who wait are told. */
  close(error: Error): void {
    this.#closed = { error };
    for (const demand of this.#demands.values()) {
      for (const { reject } of demand.waiters.splice(0)) reject(error);
      demand.enough.abort(error);
      this.#tidy(demand);
    }
  }

  #makeMissing(demand: Demand): void {
    if (this.#closed !== undefined) return;
    const { waiters, plan } = demand;
    const missing = waiters.length - demand.making;
    if (missing <= 0 || demand.seeking >= SEEKING_MAX) return;
    const coming = this.#ports.coming(plan.spec.id);
    // Those who have waited for one that was about to be free, and in vain, do so no longer.
    const lateMs = this.#ports.clock.monotonicMs() - FINISH_WAIT_MS;
    const late = coming === 0 ? 0 : waiters.filter(({ sinceMs }) => sinceMs <= lateMs).length - demand.making;
    for (let left = Math.max(missing - coming, late); left > 0 && demand.seeking < SEEKING_MAX; left -= 1) {
      this.#makeOne(demand);
    }
    if (coming > 0) {
      demand.looking ??= this.#ports.clock.after(FINISH_WAIT_MS, () => {
        demand.looking = undefined;
        this.#makeMissing(demand);
      });
    }
  }

  #makeOne(demand: Demand): void {
    demand.making += 1;
    demand.seeking += 1;
    if (demand.enough.signal.aborted) demand.enough = new AbortController();
    let isSeeking = true;
    const placed = () => {
      if (isSeeking) demand.seeking -= 1;
      isSeeking = false;
    };
    const onPlace = () => {
      placed();
      this.#makeMissing(demand);
    };
    const over = () => {
      placed();
      demand.making -= 1;
    };
    const making = this.#ports.make(demand.plan, demand.enough.signal, onPlace).then(
      (environment) => {
        over();
        if (!this.give(environment)) this.#ports.release(environment);
        this.#tidy(demand);
      },
      (error: unknown) => {
        over();
        // What this machine has no room for now, it has none for the others either: they have waited as long.
        const told = error === ENOUGH ? 0 : error instanceof NoRoom ? demand.waiters.length : 1;
        for (const { reject } of demand.waiters.splice(0, told)) reject(error);
        this.#makeMissing(demand);
        this.#tidy(demand);
      },
    );
    this.#ports.inBackground(making);
  }

  #tidy(demand: Demand): void {
    if (demand.waiters.length > 0) return;
    demand.enough.abort(ENOUGH);
    demand.looking?.[Symbol.dispose]();
    demand.looking = undefined;
    if (demand.making > 0 || this.#demands.get(demand.plan.spec.id) !== demand) return;
    this.#demands.delete(demand.plan.spec.id);
    demand.plan[Symbol.dispose]();
  }
}
