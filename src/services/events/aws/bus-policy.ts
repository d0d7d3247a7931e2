import { judgePolicy, type PolicyRequest, type PolicyVerdict } from '../../../identity/index.ts';
import { busOfArn, statementsOf } from '../bus.ts';
import type { Buses } from '../buses.ts';
import { ruleOfArn } from '../rule.ts';

/** What the policy of a bus says of it, or of a rule on it; `silent` also where there is no such bus. */
export function judgeBusPolicy(
  buses: () => Buses,
  request: PolicyRequest & { readonly resource: string },
): PolicyVerdict {
  const key = busOfArn(request.resource) ?? ruleOfArn(request.resource);
  const bus = key && buses().findBus(key);
  return bus === undefined ? 'silent' : judgePolicy(statementsOf(bus), request);
}
