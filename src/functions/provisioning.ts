import type { Entry } from './catalogue.ts';
import { provisionedPart, provisionedTotal } from './concurrency.ts';
import { type FunctionKey, functionArn } from './function.ts';
import { running } from './life-cycle.ts';
import type { Provisioner } from './provisioner.ts';
import type { Runnable } from './runnable.ts';
import { toRunnable } from './to-runnable.ts';

/** Tells the data plane what it shall keep ready, whenever that changes. */
export interface Provisioning {
  /** Compares a function as it is stored now (undefined: deleted) with what was asked for, and asks for the difference. */
  follow(key: FunctionKey, entry: Entry | undefined): void;
}

export function provisioning(provisioner: Provisioner): Provisioning {
  const askedOf = new Map<string, ReadonlyMap<string, Asked>>();
  return {
    follow(key, entry) {
      const name = functionArn(key);
      const before = askedOf.get(name) ?? NOTHING;
      const after = entry === undefined ? NOTHING : wanted(entry);
      for (const [id, { runnable }] of before) if (!after.has(id)) provisioner.provision(runnable, 0);
      for (const [id, { runnable, count }] of after) {
        if (before.get(id)?.count !== count) provisioner.provision(runnable, count);
      }
      if (after.size > 0) askedOf.set(name, after);
      else askedOf.delete(name);
    },
  };
}

interface Asked {
  readonly runnable: Runnable;
  readonly count: number;
}

const NOTHING: ReadonlyMap<string, Asked> = new Map();

/** By runnable id. A version that cannot run yet is asked for once it can. */
function wanted({ head, versions }: Entry): Map<string, Asked> {
  const all = new Map<string, Asked>();
  if (provisionedTotal(head) === 0) return all;
  for (const [number, version] of versions) {
    const part = provisionedPart(head, number);
    const definition = running(version);
    if (part === undefined || definition === undefined) continue;
    const runnable = toRunnable(head.key, number, definition);
    all.set(runnable.id, { runnable, count: part.requested });
  }
  return all;
}
