import type { SecretBox } from '../identity/index.ts';
import type { Logger } from '../lib/log.ts';
import { everyRecord, type Records } from '../store/records.ts';
import { claimOf } from './concurrency.ts';
import type { Change, Definition, FunctionKey, Head, Version } from './function.ts';
import { definitionsOf, running } from './life-cycle.ts';
import { isInTheClear, type StoredForm, storedForm } from './stored-function.ts';
import { runnableId } from './to-runnable.ts';

/** One function as it is stored now. Immutable: a commit makes another one. */
export interface Entry {
  readonly head: Head;
  /** Published versions, by number as text, ascending. */
  readonly versions: ReadonlyMap<string, Version>;
}

/**
 * All functions, in memory and in the records behind it; whoever changes one function does so one change at a time.
 *
 * A function is one head record, and one record per published version. Versions are written before the head that
 * lists them and deleted after the head that no longer does, so a crash in between leaves an orphan at most, never a
 * listed version without its record. Opening sweeps orphans.
 */
export interface Catalogue {
  get(key: FunctionKey): Entry | undefined;
  /** By name. */
  list(where: { account: string; region: string }): Entry[];
  all(): Iterable<Entry>;
  /** How much of the account's concurrency single functions have for themselves. */
  claimed(where: { account: string; region: string }): number;
  /** What the code of all functions takes; each published version counts its code once more, as on AWS (lambda-facts 4.3). */
  codeBytes(where: { account: string; region: string }): number;
  /** Stores a change; what `get` answers changes once it is durable. */
  commit(change: Change): Promise<Entry>;
  remove(key: FunctionKey): Promise<void>;
}

export interface CatalogueOptions {
  readonly records: Records;
  /** Encrypts the variables of functions before they are stored. */
  readonly secrets: SecretBox;
  /** Keeps a definition's packages, ready to run, for as long as a function refers to them. */
  readonly hold: (definition: Definition) => Disposable;
  /** The same for a version that is inactive: packed. */
  readonly holdPacked: (definition: Definition) => Disposable;
  /** Told of each runnable id that is not resolved any more. */
  readonly onRetired: (runnableId: string) => void;
  /** Told of each function as it is stored now; undefined: deleted. */
  readonly onStored: (key: FunctionKey, entry: Entry | undefined) => void;
  readonly log: Logger;
}

/** Keys of the records of functions: behind it come account, region and name. */
export const HEADS = 'fn/';
const VERSIONS = 'fnv/';
const headKey = ({ account, region, name }: FunctionKey) => `${HEADS}${account}/${region}/${name}`;
const versionKey = (uid: string, version: string) => `${VERSIONS}${uid}/${version}`;
const placeOf = ({ account, region }: { account: string; region: string }) => `${account}/${region}`;

interface Stored extends Entry {
  readonly revision: number;
  readonly holds: readonly Disposable[];
}

export async function openCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const { records, secrets, hold, holdPacked, onRetired, onStored, log } = options;
  const places = new Map<string, Map<string, Stored>>();
  // Sums over all functions of a place, which are asked for at each invocation, and at each upload.
  const sums = new Map<string, { claimed: number; codeBytes: number }>();
  const form = storedForm(secrets);

  const put = (entry: Entry, revision: number): Stored => {
    const { key } = entry.head;
    const before = find(key);
    const stored = { ...entry, revision, holds: holdsOf(entry) };
    const names = places.get(placeOf(key)) ?? new Map<string, Stored>();
    places.set(placeOf(key), names.set(key.name, stored));
    count(key, before, entry);
    if (before !== undefined) retire(before, stored);
    onStored(key, stored);
    return stored;
  };
  const holdsOf = (entry: Entry): Disposable[] => {
    const [active, inactive] = [new Map<string, Definition>(), new Map<string, Definition>()];
    for (const version of versionsOf(entry)) {
      const held = version.lifecycle.kind === 'inactive' ? inactive : active;
      for (const definition of definitionsOf(version)) held.set(definition.id, definition);
    }
    return [...[...active.values()].map(hold), ...[...inactive.values()].map(holdPacked)];
  };
  const count = (key: FunctionKey, before: Entry | undefined, after: Entry | undefined): void => {
    const sum = sums.get(placeOf(key)) ?? { claimed: 0, codeBytes: 0 };
    sums.set(placeOf(key), sum);
    sum.claimed += claimIn(after) - claimIn(before);
    sum.codeBytes += codeIn(after) - codeIn(before);
  };
  const find = (key: FunctionKey) => places.get(placeOf(key))?.get(key.name);
  const retire = (before: Stored, after: Entry | undefined): void => {
    const left = new Set(after === undefined ? [] : runnableIds(after));
    for (const id of runnableIds(before)) if (!left.has(id)) onRetired(id);
    for (const held of before.holds) held[Symbol.dispose]();
  };
  const deleteVersions = async (uid: string, versions: Iterable<string>): Promise<void> => {
    for (const version of versions) {
      try {
        await deleteRecord(records, versionKey(uid, version));
      } catch (error) {
        // Nobody sees the orphan, and the next start sweeps it.
        log.warn({ err: error, uid, version }, 'a deleted version is still stored');
      }
    }
  };

  const commit = async ({ head, versions }: Change): Promise<Entry> => {
    const before = find(head.key);
    for (const version of versions) {
      await overwrite(records, versionKey(head.uid, version.version), form.writeVersion(head.key, version));
    }
    const revision = await records.put(headKey(head.key), form.writeHead(head), { ifRevision: before?.revision ?? 0 });
    const all = new Map(before?.versions);
    for (const version of versions) all.set(version.version, version);
    const gone = [...all.keys()].filter((version) => !head.published.includes(Number(version)));
    for (const version of gone) all.delete(version);
    const stored = put({ head, versions: all }, revision);
    await deleteVersions(head.uid, gone);
    return stored;
  };

  for (const key of await load(records, form, put, log)) {
    const entry = find(key);
    if (entry !== undefined) await commit({ head: entry.head, versions: [...entry.versions.values()] });
  }

  return {
    get: find,
    list: (where) => [...(places.get(placeOf(where))?.values() ?? [])].sort(byName),
    *all() {
      for (const names of places.values()) yield* names.values();
    },
    claimed: (where) => sums.get(placeOf(where))?.claimed ?? 0,
    codeBytes: (where) => sums.get(placeOf(where))?.codeBytes ?? 0,
    commit,
    async remove(key) {
      const before = find(key);
      if (before === undefined) return;
      await records.delete(headKey(key), { ifRevision: before.revision });
      places.get(placeOf(key))?.delete(key.name);
      count(key, before, undefined);
      retire(before, undefined);
      onStored(key, undefined);
      await deleteVersions(before.head.uid, before.versions.keys());
    },
  };
}

/** Answers the functions whose records are to be written again, so that their variables are encrypted. */
async function load(
  records: Records,
  form: StoredForm,
  put: (entry: Entry, revision: number) => void,
  log: Logger,
): Promise<FunctionKey[]> {
  const versions = new Map<string, string>();
  const inTheClear: FunctionKey[] = [];
  for await (const { key, value } of everyRecord(records, VERSIONS)) versions.set(key, value);
  for await (const { value, revision } of everyRecord(records, HEADS)) {
    const head = form.readHead(value);
    let someInTheClear = isInTheClear(value);
    const own = new Map<string, Version>();
    for (const number of head.published) {
      const key = versionKey(head.uid, String(number));
      const json = versions.get(key);
      versions.delete(key);
      if (json === undefined) {
        log.error({ key: head.key, number }, 'a published version has lost its record');
        continue;
      }
      const version = form.readVersion(head.key, json);
      own.set(version.version, version);
      someInTheClear ||= isInTheClear(json);
    }
    put({ head, versions: own }, revision);
    if (someInTheClear) inTheClear.push(head.key);
  }
  for (const orphan of versions.keys()) await deleteRecord(records, orphan);
  return inTheClear;
}

/** A version's record may be there already: an earlier change stored it and failed at the head. */
async function overwrite(records: Records, key: string, json: string): Promise<void> {
  const ifRevision = (await records.get(key))?.revision ?? 0;
  await records.put(key, json, { ifRevision });
}

async function deleteRecord(records: Records, key: string): Promise<void> {
  const record = await records.get(key);
  if (record !== undefined) await records.delete(key, { ifRevision: record.revision });
}

export const versionsOf = ({ head, versions }: Entry): Version[] => [head.latest, ...versions.values()];

const claimIn = (entry: Entry | undefined): number => (entry === undefined ? 0 : claimOf(entry.head));

function codeIn(entry: Entry | undefined): number {
  if (entry === undefined) return 0;
  return versionsOf(entry).reduce((bytes, { definition }) => bytes + definition.code.bytes, 0);
}

function runnableIds(entry: Entry): string[] {
  return versionsOf(entry).flatMap((version) => {
    const definition = running(version);
    return definition === undefined ? [] : [runnableId(version.version, definition)];
  });
}

function byName(one: Entry, other: Entry): number {
  return one.head.key.name < other.head.key.name ? -1 : 1;
}
