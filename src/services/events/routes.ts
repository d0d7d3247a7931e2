import type { Posted } from '../../delivery/outbox.ts';
import type { Sender } from '../../delivery/sender.ts';
import { asMatched } from '../../patterns/event-pattern.ts';
import { type Matcher, matcherOf } from '../../patterns/matcher.ts';
import type { Pattern } from '../../patterns/pattern.ts';
import { readPattern } from '../../patterns/read-pattern.ts';
import { busOfArn } from './bus.ts';
import type { BusEvent } from './event.ts';
import { AGE_SECONDS_MAX, RETRIES_MAX, type Rule, type RuleTarget, ruleArn } from './rule.ts';
import { inputFor } from './target-input.ts';

/** A rule that events are matched against, with its targets. */
export interface Route {
  readonly rule: Rule;
  readonly arn: string;
  readonly targets: readonly RuleTarget[];
}

/** Finds the rules that an event is for. */
export type Routes = (event: BusEvent) => readonly Route[];

/**
 * Most rules ask for certain sources or detail types; those are found by the event's, so that the rules for others cost
 * nothing. Nobody is promised an order.
 */
export function routesOf(rules: readonly { readonly route: Route; readonly pattern: string }[]): Routes {
  const indexes = INDEXED.map((key) => ({ key, rules: new Map<string, Matched[]>() }));
  const others: Matched[] = [];
  for (const { route, pattern: json } of rules) {
    const pattern = readPattern(json);
    const matched: Matched = { route, matches: matcherOf(pattern) };
    const index = indexes.find(({ key }) => exactTexts(pattern, key) !== undefined);
    if (index === undefined) others.push(matched);
    for (const text of new Set(index && exactTexts(pattern, index.key)))
      index?.rules.set(text, [...(index.rules.get(text) ?? []), matched]);
  }
  return ({ value }) => {
    const event = asMatched(value);
    const candidates = [...indexes.flatMap(({ key, rules: found }) => found.get(value[key]) ?? []), ...others];
    return candidates.filter(({ matches }) => matches(event)).map(({ route }) => route);
  };
}

/** By the first of these that its pattern has, a rule is found. */
const INDEXED = ['source', 'detail-type'] as const;

interface Matched {
  readonly route: Route;
  readonly matches: Matcher;
}

/** The texts one of which the pattern demands there; undefined if it asks otherwise. */
function exactTexts(pattern: Pattern, key: string): string[] | undefined {
  for (const field of pattern) {
    if (field.kind !== 'values' || field.key !== key) continue;
    const texts = field.conditions.flatMap((condition) =>
      condition.kind === 'equals' && typeof condition.value === 'string' ? [condition.value] : [],
    );
    return texts.length === field.conditions.length ? texts : undefined;
  }
  return undefined;
}

/** How an event came to a bus: from another bus it goes to no third one ("Sending events between event buses"). */
export type Arrival = 'put' | 'forwarded';

/** What is to be delivered of an event to a rule's targets. */
export function postingsFor(route: Route, event: BusEvent, arrival: Arrival, ingestedMs: number): Posted[] {
  return route.targets.flatMap((target): Posted[] => {
    const isBus = busOfArn(target.arn) !== undefined;
    if (isBus && arrival === 'forwarded') return [];
    const body = isBus ? event.text : inputFor(event, target.input, { rule: route.rule, ingestedMs });
    if (body === undefined) return [];
    const { arn, groupId, deadLetterArn } = target;
    const { retriesMax = RETRIES_MAX, ageSecondsMax = AGE_SECONDS_MAX } = target.retries;
    return [
      {
        arn,
        message: {
          body: Buffer.from(body),
          traceHeader: event.traceHeader,
          groupId,
          event: isBus ? 'forwarded' : undefined,
        },
        from: senderFor(route, target, isBus),
        purpose: 'rule',
        retries: { retriesMax, ageMsMax: ageSecondsMax * 1_000 },
        deadLetters:
          deadLetterArn === undefined ? undefined : { arn: deadLetterArn, attributes: { RULE_ARN: route.arn } },
      },
    ];
  });
}

/** With a role, EventBridge takes it on; without one, the target must let the service in, and a bus the account. */
function senderFor({ rule, arn }: Route, { roleArn }: RuleTarget, isBus: boolean): Sender {
  const source = { sourceArn: arn, sourceAccount: rule.account };
  const role = roleArn ?? (isBus ? `arn:aws:iam::${rule.account}:root` : undefined);
  if (role !== undefined) return { kind: 'role', roleArn: role, ...source };
  return { kind: 'service', service: 'events.amazonaws.com', ...source };
}

/** For the targets of a rule whose schedule is due, too. */
export function routeOf(rule: Rule, targets: readonly RuleTarget[]): Route {
  return { rule, arn: ruleArn(rule), targets };
}
