import type { Clock } from '../../lib/clock.ts';
import type { ReceiptRule, RuleSet } from './receipt-rule.ts';
import type { IpFilter } from './records.ts';
import { SesRefused } from './refusal.ts';
import type { Scope } from './scope.ts';
import type { SesStore } from './ses-store.ts';

// Amazon SES endpoints and quotas, AWS General Reference.
const RULE_SETS_MAX = 40;
const RULES_MAX = 200;
const FILTERS_MAX = 100;
const ACTIVE = 'active';

/** What happens to letters that come, and from whom none is taken. Throws `SesRefused`. */
export class RuleSets {
  readonly #store: SesStore;
  readonly #clock: Clock;

  constructor(store: SesStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  get(scope: Scope, name: string): RuleSet {
    const set = this.#store.find(scope, 'rule-set', name);
    if (set === undefined) throw new SesRefused({ kind: 'no-such', what: 'rule-set', name });
    return set;
  }

  list(scope: Scope, after: string | undefined, countMax: number) {
    return this.#store.list(scope, 'rule-set', { after, countMax });
  }

  active(scope: Scope): { name: string; set: RuleSet } | undefined {
    const name = this.#store.find(scope, 'active', ACTIVE)?.ruleSet;
    const set = name === undefined ? undefined : this.#store.find(scope, 'rule-set', name);
    return name === undefined || set === undefined ? undefined : { name, set };
  }

  /** `from`: the set whose rules it gets. */
  create(scope: Scope, name: string, from?: string): Promise<void> {
    return this.#store.write(() => {
      if (this.#store.find(scope, 'rule-set', name) !== undefined)
        throw new SesRefused({ kind: 'exists', what: 'rule-set', name });
      const rules = from === undefined ? [] : this.get(scope, from).rules;
      if (this.#store.count(scope, 'rule-set') >= RULE_SETS_MAX)
        throw new SesRefused({ kind: 'too-many', what: 'rule-set', countMax: RULE_SETS_MAX });
      this.#store.put(scope, 'rule-set', name, { createdMs: this.#clock.nowMs(), rules });
    });
  }

  /** One that is not there has been deleted. */
  delete(scope: Scope, name: string): Promise<void> {
    return this.#store.write(() => {
      if (this.active(scope)?.name === name) throw new SesRefused({ kind: 'rule-set-active', name });
      this.#store.remove(scope, 'rule-set', name);
    });
  }

  /** undefined: none is. */
  activate(scope: Scope, name: string | undefined): Promise<void> {
    return this.#store.write(() => {
      if (name === undefined) {
        this.#store.remove(scope, 'active', ACTIVE);
        return;
      }
      this.get(scope, name);
      this.#store.put(scope, 'active', ACTIVE, { ruleSet: name });
    });
  }

  rule(scope: Scope, setName: string, name: string): ReceiptRule {
    const found = this.get(scope, setName).rules.find((rule) => rule.name === name);
    if (found === undefined) throw new SesRefused({ kind: 'no-such', what: 'rule', name });
    return found;
  }

  /** Behind the rule `after`; without it before all others. */
  addRule(scope: Scope, setName: string, rule: ReceiptRule, after: string | undefined): Promise<void> {
    return this.#change(scope, setName, (rules) => {
      if (rules.some(({ name }) => name === rule.name))
        throw new SesRefused({ kind: 'exists', what: 'rule', name: rule.name });
      if (rules.length >= RULES_MAX) throw new SesRefused({ kind: 'too-many', what: 'rule', countMax: RULES_MAX });
      return rules.toSpliced(placeBehind(rules, after), 0, rule);
    });
  }

  replaceRule(scope: Scope, setName: string, rule: ReceiptRule): Promise<void> {
    return this.#change(scope, setName, (rules) => rules.with(placeOf(rules, rule.name), rule));
  }

  /** One that is not there has been deleted. */
  deleteRule(scope: Scope, setName: string, name: string): Promise<void> {
    return this.#change(scope, setName, (rules) => rules.filter((rule) => rule.name !== name));
  }

  moveRule(scope: Scope, setName: string, name: string, after: string | undefined): Promise<void> {
    return this.#change(scope, setName, (rules) => {
      const moved = rules[placeOf(rules, name)];
      const others = rules.filter((rule) => rule !== moved);
      return moved === undefined ? others : others.toSpliced(placeBehind(others, after), 0, moved);
    });
  }

  /** `names`: all rules of the set, in their new order. */
  reorder(scope: Scope, setName: string, names: readonly string[]): Promise<void> {
    return this.#change(scope, setName, (rules) => {
      const ordered = names.flatMap((name) => rules[placeOf(rules, name)] ?? []);
      const missing = rules.find((rule) => !ordered.includes(rule));
      if (missing !== undefined) throw new SesRefused({ kind: 'no-such', what: 'rule', name: missing.name });
      return [...new Set(ordered)];
    });
  }

  filters(scope: Scope) {
    return this.#store.list(scope, 'filter');
  }

  addFilter(scope: Scope, name: string, filter: IpFilter): Promise<void> {
    return this.#store.write(() => {
      if (this.#store.find(scope, 'filter', name) !== undefined)
        throw new SesRefused({ kind: 'exists', what: 'filter', name });
      if (this.#store.count(scope, 'filter') >= FILTERS_MAX)
        throw new SesRefused({ kind: 'too-many', what: 'filter', countMax: FILTERS_MAX });
      this.#store.put(scope, 'filter', name, filter);
    });
  }

  async deleteFilter(scope: Scope, name: string): Promise<void> {
    await this.#store.write(() => this.#store.remove(scope, 'filter', name));
  }

  #change(scope: Scope, name: string, to: (rules: readonly ReceiptRule[]) => readonly ReceiptRule[]): Promise<void> {
    return this.#store.write(() => {
      const set = this.get(scope, name);
      this.#store.put(scope, 'rule-set', name, { ...set, rules: to(set.rules) });
    });
  }
}

function placeOf(rules: readonly ReceiptRule[], name: string): number {
  const at = rules.findIndex((rule) => rule.name === name);
  if (at < 0) throw new SesRefused({ kind: 'no-such', what: 'rule', name });
  return at;
}

const placeBehind = (rules: readonly ReceiptRule[], name: string | undefined) =>
  name === undefined ? 0 : placeOf(rules, name) + 1;
