import type { Posted } from '../../delivery/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { asMatched, eventMatcher } from '../../patterns/event-pattern.ts';
import type { Matcher } from '../../patterns/matcher.ts';
import type { ArchiveStore } from './archive-store.ts';
import { type Bus, type BusKey, type BusSettings, DEFAULT_BUS, type Scope, type Tags } from './bus.ts';
import type { BusEvent } from './event.ts';
import type { EventsStore, Page } from './events-store.ts';
import { EventsRefused } from './refusal.ts';
import { type Arrival, postingsFor, type Route, type Routes, routeOf, routesOf } from './routes.ts';
import { isEnabled, type Rule, type RuleKey, type RuleSettings, type RuleTarget, TARGETS_MAX } from './rule.ts';
import type { ScheduledRules } from './scheduled-rules.ts';

// AWS: "Amazon EventBridge quotas".
const BUSES_MAX = 100;
const RULES_MAX = 300;
/** AWS: the policy of a bus ("PutPermission", API reference). */
const POLICY_CHARACTERS_MAX = 10_240;
/** Buses whose rules are kept ready in memory. */
const READY_MAX = 500;
const ALL = { after: '', countMax: 1_000_000 } as const;

export interface BusesPorts {
  readonly store: EventsStore;
  readonly archives: ArchiveStore;
  readonly schedules: Pick<ScheduledRules, 'set' | 'remove'>;
  readonly clock: Clock;
  /** Durable once it has resolved. */
  readonly post: (posted: Posted) => Promise<void>;
}

/** What events on a bus are held against. */
interface Ready {
  readonly routes: Routes;
  readonly archives: readonly { readonly id: number; readonly keeps: Matcher }[];
}

/** Buses, rules and targets in our own words: what changes resolves when it is durable. Throws `EventsRefused`. */
export class Buses {
  readonly #ports: BusesPorts;
  readonly #store: EventsStore;
  readonly #ready = new Map<string, Ready>();

  constructor(ports: BusesPorts) {
    this.#ports = ports;
    this.#store = ports.store;
  }

  bus(key: BusKey): Bus {
    const bus = this.#store.bus(key);
    if (bus === undefined) throw new EventsRefused({ kind: 'no-such-bus', bus: key.bus });
    return bus;
  }

  findBus(key: BusKey): Bus | undefined {
    return this.#store.bus(key);
  }

  /** With the default bus, which comes where its name does. */
  buses(scope: Scope, { after, prefix = '', countMax }: Page): Bus[] {
    const stored = this.#store.buses(scope, { after, prefix, countMax });
    const isDefaultWanted = DEFAULT_BUS > after && DEFAULT_BUS.startsWith(prefix);
    if (!isDefaultWanted || stored.some(({ bus }) => bus === DEFAULT_BUS)) return stored;
    const all = [...stored, this.bus({ ...scope, bus: DEFAULT_BUS })];
    return all.sort((one, other) => (one.bus < other.bus ? -1 : 1)).slice(0, countMax);
  }

  async createBus(key: BusKey, settings: BusSettings): Promise<void> {
    const nowMs = this.#ports.clock.nowMs();
    await this.#store.file.write(() => {
      if (this.#store.bus(key) !== undefined) throw new EventsRefused({ kind: 'bus-exists', bus: key.bus });
      if (this.#store.countBuses(key) >= BUSES_MAX) throw new EventsRefused({ kind: 'too-many' });
      this.#store.putBus({ ...key, ...settings, createdMs: nowMs, changedMs: nowMs });
    });
  }

  /** `change` is called with what is stored at that moment, and may refuse. */
  async changeBus(key: BusKey, change: (bus: Bus) => Partial<BusSettings>): Promise<void> {
    const nowMs = this.#ports.clock.nowMs();
    await this.#store.file.write(() => {
      const bus = this.bus(key);
      const changed = { ...bus, ...change(bus), createdMs: bus.createdMs ?? nowMs, changedMs: nowMs };
      if ((changed.policy ?? '').length > POLICY_CHARACTERS_MAX) throw new EventsRefused({ kind: 'policy-too-long' });
      this.#store.putBus(changed);
    });
  }

  async deleteBus(key: BusKey): Promise<void> {
    if (key.bus === DEFAULT_BUS) throw new EventsRefused({ kind: 'default-bus' });
    await this.#store.file.write(() => {
      this.bus(key);
      if (this.#store.countRules(key) > 0) throw new EventsRefused({ kind: 'bus-has-rules' });
      this.#store.removeBus(key);
      this.forget(key);
    });
  }

  rule(key: RuleKey): Rule {
    this.bus(key);
    const rule = this.#store.rule(key);
    if (rule === undefined) throw new EventsRefused({ kind: 'no-such-rule', rule: key });
    return rule;
  }

  rules(key: BusKey, page: Page): Rule[] {
    this.bus(key);
    return this.#store.rules(key, page);
  }

  ruleNamesOf(key: BusKey, targetArn: string, page: Page): string[] {
    this.bus(key);
    return this.#store.ruleNamesOf(key, targetArn, page);
  }

  /** Makes the rule, or puts these settings in the place of all that it had; tags are those it was made with. */
  async putRule(key: RuleKey, settings: RuleSettings, made: { tags: Tags; createdBy: string }): Promise<void> {
    await this.#store.file.write(() => {
      this.bus(key);
      const found = this.#store.rule(key);
      if (found === undefined && this.#store.countRules(key) >= RULES_MAX)
        throw new EventsRefused({ kind: 'too-many' });
      const { tags, createdBy } = found ?? made;
      const rule = { ...key, ...settings, tags, createdBy };
      this.#store.putRule(rule);
      this.#ports.schedules.set(rule, found);
      this.forget(key);
    });
  }

  async changeRule(key: RuleKey, change: (rule: Rule) => Partial<Pick<Rule, 'state' | 'tags'>>): Promise<void> {
    await this.#store.file.write(() => {
      const before = this.rule(key);
      const rule = { ...before, ...change(before) };
      this.#store.putRule(rule);
      this.#ports.schedules.set(rule, before);
      this.forget(key);
    });
  }

  /** Nothing, if there is none. */
  async deleteRule(key: RuleKey): Promise<void> {
    await this.#store.file.write(() => {
      this.bus(key);
      if (this.#store.countTargets(key) > 0) throw new EventsRefused({ kind: 'rule-has-targets' });
      this.#store.removeRule(key);
      this.#ports.schedules.remove(key);
      this.forget(key);
    });
  }

  targets(key: RuleKey, page: Page): RuleTarget[] {
    this.rule(key);
    return this.#store.targets(key, page);
  }

  /** All of them, or none. */
  async putTargets(key: RuleKey, targets: readonly RuleTarget[]): Promise<void> {
    await this.#store.file.write(() => {
      this.rule(key);
      const ids = new Set([...this.#store.targets(key, ALL), ...targets].map(({ id }) => id));
      if (ids.size > TARGETS_MAX) throw new EventsRefused({ kind: 'too-many' });
      for (const target of targets) this.#store.putTarget(key, target);
      this.forget(key);
    });
  }

  /** Ids of those that were not there. */
  async removeTargets(key: RuleKey, ids: readonly string[]): Promise<string[]> {
    return this.#store.file.write(() => {
      this.rule(key);
      this.forget(key);
      return ids.filter((id) => !this.#store.removeTarget(key, id));
    });
  }

  /**
   * Hands an event to all whose rules it matches, and to the archives; resolves when nothing of that can be lost. A bus that
   * is not there takes none.
   */
  async publish(key: BusKey, event: BusEvent, arrival: Arrival): Promise<void> {
    const { routes, archives } = this.#readyOf(key);
    await Promise.all([this.#tell(routes(event), event, arrival), this.#keep(archives, event)]);
  }

  /** Hands an event of an archive to these rules of the bus, if it matches them; without `rules`, to all of them. */
  async replay(key: BusKey, event: BusEvent, rules: readonly string[] | undefined): Promise<void> {
    const routes = this.#readyOf(key).routes(event);
    await this.#tell(
      routes.filter(({ arn }) => rules?.includes(arn) ?? true),
      event,
      'put',
    );
  }

  /** What is known of the bus's rules and archives has changed. */
  forget(key: BusKey): void {
    this.#ready.delete(nameOf(key));
  }

  async #tell(routes: readonly Route[], event: BusEvent, arrival: Arrival): Promise<void> {
    const ingestedMs = this.#ports.clock.nowMs();
    const postings = routes.flatMap((route) => postingsFor(route, event, arrival, ingestedMs));
    await Promise.all(postings.map(this.#ports.post));
  }

  async #keep(archives: Ready['archives'], { text, value }: BusEvent): Promise<void> {
    if (archives.length === 0) return;
    const matched = asMatched(value);
    const keeping = archives.filter(({ keeps }) => keeps(matched));
    if (keeping.length === 0) return;
    const timeMs = Date.parse(value.time);
    await this.#store.file.write(() => {
      for (const { id } of keeping) this.#ports.archives.addEvent(id, timeMs, text);
    });
  }

  #readyOf(key: BusKey): Ready {
    const name = nameOf(key);
    let ready = this.#ready.get(name);
    if (ready === undefined) {
      if (this.#ready.size >= READY_MAX) this.#ready.clear();
      const rules = this.#store.rules(key, ALL).filter(isEnabled);
      const routes = routesOf(
        rules.flatMap((rule) => {
          const { pattern } = rule;
          return pattern === undefined ? [] : [{ route: routeOf(rule, this.#store.targets(rule, ALL)), pattern }];
        }),
      );
      const archives = this.#ports.archives
        .archivesOfBus(key)
        .map(({ id, pattern }) => ({ id, keeps: pattern === undefined ? () => true : eventMatcher(pattern) }));
      ready = { routes, archives };
      this.#ready.set(name, ready);
    }
    return ready;
  }
}

const nameOf = ({ account, region, bus }: BusKey): string => `${account}/${region}/${bus}`;
