import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Environment } from './environment.ts';
import type { EnvironmentSpec } from './spec.ts';

interface Parts {
  readonly clock: Clock;
  readonly log: Logger;
  /** A new environment, initialised; if its init has failed, without a life. */
  make(spec: EnvironmentSpec): Promise<Environment>;
  /** It may be used from now on; one that is retired ends. */
  release(environment: Environment): void;
  /** It is no longer needed: it ends when it is free. */
  retire(environment: Environment): void;
  /** Told of work that goes on. */
  inBackground(work: Promise<void>): void;
}

interface Provision {
  readonly spec: EnvironmentSpec;
  count: number;
  readonly members: Set<Environment>;
  making: number;
  failure: string | undefined;
}

/** One that could not be initialised is tried again after this. */
const RETRY_MS = 60_000;
/** Environments of one version that are initialised ahead at once: the rest of the machine goes on. */
const AT_ONCE = 4;

/** Provisioned concurrency: which environments are kept initialised ahead, and the making of those that are missing. */
export class Provisions {
  readonly #parts: Parts;
  readonly #provisions = new Map<string, Provision>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Keeps so many environments of this version initialised; 0: none any more. What is missing is made in the background. */
  set(spec: EnvironmentSpec, count: number): void {
    const provision = this.#provisions.get(spec.id) ?? {
      ...{ spec, count, members: new Set(), making: 0, failure: undefined },
    };
    provision.count = count;
    provision.failure = undefined;
    if (count > 0) this.#provisions.set(spec.id, provision);
    else this.#provisions.delete(spec.id);
    for (const surplus of [...provision.members].slice(count)) {
      provision.members.delete(surplus);
      this.#parts.retire(surplus);
    }
    this.#makeMissing(spec.id);
  }

  /** How many are initialised, and why the rest is not. */
  state(specId: string): { allocated: number; available: number; failure: string | undefined } {
    const provision = this.#provisions.get(specId);
    const ready = provision === undefined ? 0 : [...provision.members].filter(({ isAlive }) => isAlive).length;
    return { allocated: ready, available: ready, failure: provision?.failure };
  }

  /** Makes nothing more for this version, or for any. */
  forget(specId?: string): void {
    if (specId === undefined) this.#provisions.clear();
    else this.#provisions.delete(specId);
  }

  has(environment: Environment): boolean {
    return this.#provisions.get(environment.spec.id)?.members.has(environment) ?? false;
  }

  /** It has ended: if it was one of those kept ahead, another one takes its place. */
  ended(environment: Environment): void {
    const { id } = environment.spec;
    if (this.#provisions.get(id)?.members.delete(environment)) this.#makeMissing(id);
  }

  #makeMissing(specId: string): void {
    const provision = this.#provisions.get(specId);
    if (provision === undefined) return;
    const missing = provision.count - provision.members.size - provision.making;
    for (let made = 0; made < missing && provision.making < AT_ONCE; made += 1) {
      provision.making += 1;
      this.#parts.inBackground(this.#makeOne(provision));
    }
  }

  async #makeOne(provision: Provision): Promise<void> {
    const { spec } = provision;
    let made: Environment | undefined;
    try {
      made = await this.#parts.make(spec);
    } catch (error) {
      // Told by `state`, and tried again: what the function needs may be back by then.
      this.#parts.log.warn({ err: error, function: spec.functionArn }, 'an environment could not be provisioned');
    }
    provision.making -= 1;
    if (made?.isAlive) {
      provision.failure = undefined;
      const isWanted = this.#provisions.get(spec.id) === provision && provision.members.size < provision.count;
      if (isWanted) provision.members.add(made);
      else this.#parts.retire(made);
      this.#parts.release(made);
      return this.#makeMissing(spec.id);
    }
    if (made !== undefined) {
      this.#parts.retire(made);
      this.#parts.release(made);
    }
    provision.failure = 'FUNCTION_ERROR_INIT_FAILURE';
    this.#parts.clock.after(RETRY_MS, () => this.#makeMissing(spec.id));
  }
}
