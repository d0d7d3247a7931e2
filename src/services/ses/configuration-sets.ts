import type { Clock } from '../../lib/clock.ts';
import { own } from '../../lib/own.ts';
import type { ConfigurationSet, EventDestination } from './configuration-set.ts';
import { SesRefused } from './refusal.ts';
import type { Scope } from './scope.ts';
import type { SesStore } from './ses-store.ts';

// Amazon SES endpoints and quotas, AWS General Reference.
const SETS_MAX = 10_000;
const DESTINATIONS_MAX = 10;

/** Configuration sets, and the topics that follow what becomes of letters with them. Throws `SesRefused`. */
export class ConfigurationSets {
  readonly #store: SesStore;
  readonly #clock: Clock;

  constructor(store: SesStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  find(scope: Scope, name: string): ConfigurationSet | undefined {
    return this.#store.find(scope, 'configuration-set', name);
  }

  get(scope: Scope, name: string): ConfigurationSet {
    const set = this.find(scope, name);
    if (set === undefined) throw new SesRefused({ kind: 'no-such', what: 'configuration-set', name });
    return set;
  }

  list(scope: Scope, after: string | undefined, countMax: number) {
    return this.#store.list(scope, 'configuration-set', { after, countMax });
  }

  create(scope: Scope, name: string, tags: Readonly<Record<string, string>> = {}, sends = true): Promise<void> {
    return this.#store.write(() => {
      if (this.find(scope, name) !== undefined)
        throw new SesRefused({ kind: 'exists', what: 'configuration-set', name });
      if (this.#store.count(scope, 'configuration-set') >= SETS_MAX)
        throw new SesRefused({ kind: 'too-many', what: 'configuration-set', countMax: SETS_MAX });
      const createdMs = this.#clock.nowMs();
      this.#store.put(scope, 'configuration-set', name, { createdMs, sends, destinations: {}, tags });
    });
  }

  async delete(scope: Scope, name: string): Promise<void> {
    await this.#change(scope, name, undefined);
  }

  setSending(scope: Scope, name: string, sends: boolean): Promise<void> {
    return this.#change(scope, name, (set) => ({ ...set, sends }));
  }

  addDestination(scope: Scope, setName: string, name: string, destination: EventDestination): Promise<void> {
    return this.#change(scope, setName, (set) => {
      if (own(set.destinations, name) !== undefined)
        throw new SesRefused({ kind: 'exists', what: 'event-destination', name });
      if (Object.keys(set.destinations).length >= DESTINATIONS_MAX)
        throw new SesRefused({ kind: 'too-many', what: 'event-destination', countMax: DESTINATIONS_MAX });
      return { ...set, destinations: { ...set.destinations, [name]: destination } };
    });
  }

  setDestination(scope: Scope, setName: string, name: string, destination: EventDestination): Promise<void> {
    return this.#change(scope, setName, (set) => {
      assertDestination(set, name);
      return { ...set, destinations: { ...set.destinations, [name]: destination } };
    });
  }

  deleteDestination(scope: Scope, setName: string, name: string): Promise<void> {
    return this.#change(scope, setName, (set) => {
      assertDestination(set, name);
      const rest = Object.entries(set.destinations).filter(([key]) => key !== name);
      return { ...set, destinations: Object.fromEntries(rest) };
    });
  }

  /** `to` undefined: it is removed. */
  #change(scope: Scope, name: string, to: ((set: ConfigurationSet) => ConfigurationSet) | undefined): Promise<void> {
    return this.#store.write(() => {
      const set = this.get(scope, name);
      if (to === undefined) this.#store.remove(scope, 'configuration-set', name);
      else this.#store.put(scope, 'configuration-set', name, to(set));
    });
  }
}

function assertDestination({ destinations }: ConfigurationSet, name: string): void {
  if (own(destinations, name) === undefined) throw new SesRefused({ kind: 'no-such', what: 'event-destination', name });
}
