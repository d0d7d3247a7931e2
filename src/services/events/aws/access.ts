import { principalContext } from '../../../identity/index.ts';
import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { type BusKey, busArn, busOfArn, DEFAULT_BUS } from '../bus.ts';
import type { Buses } from '../buses.ts';
import { EventsRefused } from '../refusal.ts';
import { type RuleKey, ruleArn } from '../rule.ts';
import { judgeBusPolicy } from './bus-policy.ts';

/** What a member says that takes the name or the ARN of a bus; nothing means the default bus. Whether it is there is not looked. */
export function namedBus(nameOrArn: string | undefined, { account, region }: RequestContext): BusKey {
  if (nameOrArn === undefined) return { account, region, bus: DEFAULT_BUS };
  if (!nameOrArn.startsWith('arn:')) return { account, region, bus: nameOrArn };
  const key = busOfArn(nameOrArn);
  // Another region has buses of its own, and is asked there.
  if (key === undefined || key.region !== region) throw new EventsRefused({ kind: 'no-such-bus', bus: nameOrArn });
  return key;
}

/** The bus, if the caller may do this to it. Throws AccessDenied, or that there is none. */
export function reachedBus(
  buses: Buses,
  nameOrArn: string | undefined,
  action: string,
  context: RequestContext,
): BusKey {
  const key = namedBus(nameOrArn, context);
  assertReachable(buses, key, action, busArn(key), context);
  return key;
}

export function reachedRule(
  buses: Buses,
  { rule = '', bus: nameOrArn }: { rule: string | undefined; bus: string | undefined },
  action: string,
  context: RequestContext,
): RuleKey {
  const key = { ...namedBus(nameOrArn, context), rule };
  assertReachable(buses, key, action, ruleArn(key), context);
  return key;
}

/** Whether a bus of another account is there is not told to those who may not use it. */
export function assertReachable(
  buses: Buses,
  key: BusKey,
  action: string,
  resource: string,
  context: RequestContext,
): void {
  const reason = reasonAgainst(buses, key, action, resource, context);
  if (reason === undefined) return;
  throw new AwsError(
    'AccessDeniedException',
    `User: ${context.principal.arn} is not authorized to perform: events:${action} on resource: ${resource} ${reason}`,
  );
}

function reasonAgainst(
  buses: Buses,
  key: BusKey,
  action: string,
  resource: string,
  { principal, account }: RequestContext,
): string | undefined {
  // Where any key is accepted, policies stand in nobody's way.
  if (principal.kind === 'relaxed') return undefined;
  const verdict = judgeBusPolicy(() => buses, {
    caller: principal,
    action: `events:${action}`,
    resource,
    context: principalContext(principal),
  });
  if (verdict === 'denied') return 'with an explicit deny in a resource-based policy';
  if (verdict === 'allowed' || key.account === account) return undefined;
  return `because no resource-based policy allows the events:${action} action`;
}
