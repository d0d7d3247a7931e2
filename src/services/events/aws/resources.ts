import type { ResourcesOf } from '../../../wire/service.ts';
import { type BusKey, busArn, busOfArn, DEFAULT_BUS, type Scope } from '../bus.ts';
import { ruleArn } from '../rule.ts';

/** The buses, the rule, the archive or the replay that a request is about. */
export const eventsResources: ResourcesOf = (operation, input, { account, region }) => {
  const scope = { account, region };
  const { Name: name, Rule: rule, EventBusName: bus, ResourceARN: resource } = input;
  const { ArchiveName: archive, ReplayName: replay } = input;
  if (typeof resource === 'string') return [resource];
  if (typeof archive === 'string') return [`arn:aws:events:${region}:${account}:archive/${archive}`];
  if (typeof replay === 'string') return [`arn:aws:events:${region}:${account}:replay/${replay}`];
  if (operation === 'PutEvents') return busesOfEntries(input.Entries, scope);
  if (operation.endsWith('EventBus')) return [busArn(busKey(name, scope))];
  if (operation.endsWith('Permission')) return [busArn(busKey(bus, scope))];
  const ofRule = typeof rule === 'string' ? rule : operation.endsWith('Rule') ? name : undefined;
  return [typeof ofRule === 'string' ? ruleArn({ ...busKey(bus, scope), rule: ofRule }) : '*'];
};

function busesOfEntries(entries: unknown, scope: Scope): string[] {
  if (!Array.isArray(entries)) return ['*'];
  const arns = entries.map((entry: { EventBusName?: unknown } | null) => busArn(busKey(entry?.EventBusName, scope)));
  return [...new Set(arns)];
}

function busKey(nameOrArn: unknown, scope: Scope): BusKey {
  if (typeof nameOrArn !== 'string') return { ...scope, bus: DEFAULT_BUS };
  return busOfArn(nameOrArn) ?? { ...scope, bus: nameOrArn };
}
