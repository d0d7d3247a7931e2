import type { Target } from '../../delivery/target.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { type Bus, busArn, busOfArn, DEFAULT_BUS, statementsOf } from './bus.ts';
import type { Buses } from './buses.ts';
import { type BusEvent, newEvent, readEvent } from './event.ts';

/** AWS's services that tell the default bus of their own account what happens, which nobody has to allow. */
const TELLING = ['s3.amazonaws.com', 'events.amazonaws.com', 'monitoring.amazonaws.com'];

/** Event buses as targets: of rules on other buses, of destinations, and of what happens in our own services. */
export function busTarget(buses: () => Buses, ports: { nowMs: () => number; uuid: () => string }): Target {
  return {
    action: 'events:PutEvents',
    find({ text, account }) {
      const key = busOfArn(text);
      const bus = key && buses().findBus(key);
      return bus && { account, policy: [...statementsOf(bus), ...impliedStatements(bus)] };
    },
    async deliver({ text }, message, from) {
      const key = busOfArn(text);
      if (key === undefined) throw new Undeliverable('no-such-target', `${text} is no event bus`);
      const { event: facts, traceHeader } = message;
      const body = message.body.toString('utf8');
      let event: BusEvent | undefined;
      if (facts === 'forwarded') event = readEvent(body, traceHeader);
      else if (facts !== undefined) {
        const { source, detailType, resources, timeMs = ports.nowMs() } = facts;
        const { region } = key;
        const draft = { account: from.sourceAccount, region, source, detailType, resources, timeMs, traceHeader };
        event = newEvent({ ...draft, id: ports.uuid(), detail: body });
      }
      if (event === undefined)
        throw new Undeliverable('refused', `what comes from ${from.sourceArn} is no event for ${text}`);
      await buses().publish(key, event, facts === 'forwarded' ? 'forwarded' : 'put');
    },
  };
}

function impliedStatements(bus: Bus): string[] {
  if (bus.bus !== DEFAULT_BUS) return [];
  const statement = {
    Effect: 'Allow',
    Principal: { Service: TELLING },
    Action: 'events:PutEvents',
    Resource: busArn(bus),
    Condition: { StringEquals: { 'aws:SourceAccount': bus.account } },
  };
  return [JSON.stringify(statement)];
}
