import { own } from '../lib/own.ts';
import type { Entry } from './catalogue.ts';
import { provision, provisionable, reserve, withoutProvisioned } from './concurrency.ts';
import type { Editing } from './editing.ts';
import type { FunctionKey, Place, Provisioned, Version } from './function.ts';
import type { Provisioner } from './provisioner.ts';
import { type Provisioning, provisioning } from './provisioning.ts';
import { byQualifier, lookUp } from './qualifier.ts';
import { Refused } from './refusal.ts';
import { runnableId } from './to-runnable.ts';

/** How many invocations may run at once, and what is ready for them. */
export interface Capacity {
  /** Concurrent executions: all of an account's in a region, and those that no function has for itself. */
  concurrency(where: Place): { max: number; unreserved: number };
  /** What single functions of this account and region have for themselves. */
  claimed(where: Place): number;
  /** Sets the function's reserved concurrency; undefined: shares what the account has left. */
  reserve(key: FunctionKey, reserved: number | undefined): Promise<void>;
  /** Sets the provisioned concurrency of a published version or an alias. The answer shows what there is of it at the beginning. */
  provision(key: FunctionKey, qualifier: string, requested: number): Promise<ProvisionedStatus>;
  unprovision(key: FunctionKey, qualifier: string): Promise<void>;
  /** The provisioned concurrency of one published version or alias, which must have some. */
  provisioned(key: FunctionKey, qualifier: string): ProvisionedStatus;
  /** Of all that have some: versions by number, then aliases by name. */
  listProvisioned(key: FunctionKey): ProvisionedStatus[];
  /** Asks for all that is provisioned, now and at each change. Once, when the data plane can ask for code. */
  keepProvisioned(provisioner: Provisioner): void;
}

/** What was asked for, and how far that is. */
export interface ProvisionedStatus extends Provisioned {
  /** A version's number or an alias's name. */
  readonly qualifier: string;
  readonly allocated: number;
  readonly available: number;
  /** In AWS's words, if the environments cannot be had. */
  readonly failure: string | undefined;
}

/** `max`: concurrent executions of an account in a region. `onStored` is to be told of each function that was stored. */
export function capacity(
  { catalogue, find, now, inTurnOfAccount }: Editing,
  max: number,
): Capacity & { onStored(key: FunctionKey, entry: Entry | undefined): void } {
  let dataPlane: { provisioner: Provisioner; provisioning: Provisioning } | undefined;
  const unreserved = (where: Place): number => max - catalogue.claimed(where);

  const state = ({ version, definition }: Version) =>
    dataPlane?.provisioner.provisioned(runnableId(version, definition)) ?? {
      allocated: 0,
      available: 0,
      failure: undefined,
    };

  const status = (entry: Entry, qualifier: string): ProvisionedStatus | undefined => {
    const config = own(entry.head.provisioned, qualifier);
    const version = lookUp(entry, qualifier);
    return config === undefined || version === undefined ? undefined : { ...config, ...state(version), qualifier };
  };

  return {
    concurrency: (where) => ({ max, unreserved: unreserved(where) }),
    claimed: catalogue.claimed,
    reserve: (key, reserved) =>
      inTurnOfAccount(key, async () => {
        const { head } = find(key);
        const changed =
          reserved === undefined ? { ...head, reserved: undefined } : reserve(head, reserved, unreserved(key));
        await catalogue.commit({ head: changed, versions: [] });
      }),
    provision: (key, qualifier, requested) =>
      inTurnOfAccount(key, async () => {
        const entry = provisionable(catalogue.get(key), key, qualifier);
        const changed = provision(entry, qualifier, { requested, unreserved: unreserved(key) }, now());
        const before = state(changed.version);
        await catalogue.commit({ head: changed.head, versions: [changed.version] });
        return { requested, modifiedMs: changed.modifiedMs, qualifier, ...before };
      }),
    unprovision: (key, qualifier) =>
      inTurnOfAccount(key, async () => {
        const { head } = provisionable(catalogue.get(key), key, qualifier);
        const without = withoutProvisioned(head, qualifier);
        if (without !== head) await catalogue.commit({ head: without, versions: [] });
      }),
    provisioned(key, qualifier) {
      const found = status(provisionable(catalogue.get(key), key, qualifier), qualifier);
      if (found === undefined) throw new Refused({ kind: 'nothing-provisioned' });
      return found;
    },
    listProvisioned(key) {
      const entry = find(key);
      return Object.keys(entry.head.provisioned ?? {})
        .sort(byQualifier)
        .flatMap((qualifier) => status(entry, qualifier) ?? []);
    },
    keepProvisioned(provisioner) {
      dataPlane = { provisioner, provisioning: provisioning(provisioner) };
      for (const entry of catalogue.all()) dataPlane.provisioning.follow(entry.head.key, entry);
    },
    onStored: (key, entry) => dataPlane?.provisioning.follow(key, entry),
  };
}
