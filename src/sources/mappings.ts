import type { Place } from '../functions/function.ts';
import type { Functions } from '../functions/functions.ts';
import { lookUp } from '../functions/qualifier.ts';
import { mergeTags, withoutTags } from '../functions/tags.ts';
import { background } from '../lib/background.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { serial } from '../lib/serial.ts';
import { everyRecord, type Records } from '../store/records.ts';
import { existing, isSame, type Wanted } from './existing.ts';
import type { MappedFunction, Mapping, Settings, Source } from './mapping.ts';
import { isStable, nextState, stateOfChanged, stateOfNew } from './mapping-state.ts';
import { isPolled, notPolled } from './polled.ts';
import type { Pollers } from './pollers.ts';
import { MappingRefused } from './refusal.ts';
import { changedSettings, newSettings, type SettingsRequest } from './settings.ts';
import { type SourceRequest, sourceOf } from './source.ts';
import type { MayRead, SourceQueues } from './sqs/source-queues.ts';

export interface NewMapping {
  readonly source: SourceRequest;
  readonly target: MappedFunction;
  readonly settings: (source: Source) => SettingsRequest;
  readonly enabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** Only what is given changes. */
export interface MappingChange {
  readonly target?: MappedFunction | undefined;
  readonly settings: SettingsRequest;
  readonly enabled?: boolean | undefined;
}

/**
 * All event source mappings. A mapping is answered for while it is on its way to what is wanted; it arrives there in
 * the background. Every method throws `MappingRefused` (and `Refused` for too many tags) for what AWS has an answer
 * to, and other errors for outages.
 */
export interface Mappings extends AsyncDisposable {
  create(place: Place, request: NewMapping): Promise<Mapping>;
  /** The mapping that must be there, in this account and region. */
  find(place: Place, id: string): Mapping;
  /** The same; undefined if there is none. */
  get(place: Place, id: string): Mapping | undefined;
  /** By id. */
  list(place: Place): Mapping[];
  update(place: Place, id: string, change: MappingChange): Promise<Mapping>;
  delete(place: Place, id: string): Promise<Mapping>;
  /** How the last attempt to poll went, for people; undefined: there is nothing to say. */
  lastResult(mapping: Mapping): string | undefined;
  tag(place: Place, id: string, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(place: Place, id: string, keys: readonly string[]): Promise<void>;
  /** Resolves when every mapping is in a stable state. For tests. */
  idle(): Promise<void>;
}

export interface MappingsOptions {
  readonly records: Records;
  readonly clock: Clock;
  /** Ids of mappings, which must be UUIDs. */
  readonly uuid: () => string;
  readonly log: Logger;
  /** Those that a mapping may be made for. */
  readonly functions: Pick<Functions, 'get'>;
  /** They are told what is to be polled, and what no more. */
  readonly pollers: Pick<Pollers, 'run' | 'end' | 'forget' | 'lastResult'>;
  /** A mapping of a queue is made only for one that is there. */
  readonly queues: Pick<SourceQueues, 'find'>;
  readonly mayRead: MayRead;
}

interface Stored {
  readonly mapping: Mapping;
  readonly revision: number;
}

/** Keys of the records of mappings: behind it come account, region and id. */
export const MAPPINGS = 'esm/';
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;
const keyOf = ({ place, id }: Mapping) => `${MAPPINGS}${place.account}/${place.region}/${id}`;

/** Loads all mappings, each is one record, and goes on with what was under way when the server ended. */
export async function openMappings(options: MappingsOptions): Promise<Mappings> {
  const { records, clock, uuid, log, functions, pollers, queues, mayRead } = options;
  const byId = new Map<string, Stored>();
  const work = background((error) => log.error({ err: error }, 'an event source mapping did not get on'));
  const oneAtATime = serial();
  /** One change of a place at a time: that two of them are not of the same source is a matter of all. */
  const inTurn = <T>({ account, region }: Place, change: () => Promise<T>) =>
    oneAtATime(`${account}/${region}`, change);

  const get = ({ account, region }: Place, id: string): Stored | undefined => {
    const stored = byId.get(id);
    const isHere = stored?.mapping.place.account === account && stored.mapping.place.region === region;
    return isHere ? stored : undefined;
  };
  const find = (place: Place, id: string): Stored => {
    const stored = get(place, id);
    if (stored === undefined) throw new MappingRefused({ kind: 'no-such-mapping' });
    return stored;
  };
  const list = ({ account, region }: Place): Mapping[] =>
    [...byId.values()]
      .map(({ mapping }) => mapping)
      .filter(({ place }) => place.account === account && place.region === region)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  const put = async (mapping: Mapping, ifRevision: number): Promise<Mapping> => {
    const revision = await records.put(keyOf(mapping), JSON.stringify(mapping), { ifRevision });
    byId.set(mapping.id, { mapping, revision });
    return mapping;
  };

  const assertAlone = (place: Place, id: string, wanted: Wanted): void => {
    const other = list(place).find((mapping) => mapping.id !== id && isSame(mapping, wanted));
    if (other === undefined) return;
    throw new MappingRefused({ kind: 'mapping-exists', id: other.id, of: existing(wanted.source, wanted.target) });
  };
  const assertFunction = ({ key, qualifier }: MappedFunction): void => {
    const entry = functions.get(key);
    if (entry === undefined || lookUp(entry, qualifier) === undefined)
      throw new MappingRefused({ kind: 'no-such-function' });
  };
  /** Messages must stay hidden for as long as the function may take, or others would get them meanwhile. */
  const assertQueue = async (source: Source, { key, qualifier }: MappedFunction): Promise<void> => {
    if (source.kind !== 'sqs') return;
    const entry = functions.get(key);
    const settings = entry === undefined ? undefined : lookUp(entry, qualifier)?.definition.settings;
    if (settings === undefined) throw new MappingRefused({ kind: 'no-such-function' });
    const { roleArn, timeoutMs } = settings;
    // Before it is looked for: whether another account has such a queue is not for everybody to know.
    if (!mayRead(roleArn, key.name, source.arn)) throw new MappingRefused({ kind: 'queue-not-readable' });
    const queue = await queues.find(source.arn);
    if (queue === undefined) throw new MappingRefused({ kind: 'no-such-queue' });
    if (queue.visibilityMs < timeoutMs) {
      throw new MappingRefused({ kind: 'visibility-too-short', visibilityMs: queue.visibilityMs, timeoutMs });
    }
  };
  /** The mapping, if nothing is under way with it. */
  const findStable = (place: Place, id: string, wanted: 'update' | 'delete') => {
    const { mapping, revision } = find(place, id);
    const { state } = mapping;
    if (!isStable(state)) throw new MappingRefused({ kind: 'mapping-in-use', wanted });
    return { mapping, state, revision };
  };

  /** Brings a mapping from the state in which it was stored to a stable one, however often the store fails. */
  const follow = ({ place, id }: Mapping): void =>
    work.run(async (signal) => {
      for (let delayMs = RETRY_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
        try {
          return await inTurn(place, () => arrive(place, id));
        } catch (error) {
          // The disk may be full. It stays on its way until it can be stored, or until the next start.
          log.error({ err: error, mapping: id }, 'the state of an event source mapping could not be stored');
          await clock.sleep(delayMs, signal);
        }
      }
    });
  const arrive = async (place: Place, id: string): Promise<void> => {
    const stored = get(place, id);
    if (stored === undefined) return;
    const { mapping, revision } = stored;
    const state = nextState(mapping.state, mapping.enabled);
    if (state === undefined) return;
    if (state === 'enabled') {
      pollers.run(await put({ ...mapping, state, modifiedMs: clock.nowMs() }, revision));
      return;
    }
    // Whoever sees it disabled can count on it that no more is read.
    await pollers.end(id);
    if (state === 'disabled') {
      await put({ ...mapping, state, modifiedMs: clock.nowMs() }, revision);
      return;
    }
    await records.delete(keyOf(mapping), { ifRevision: revision });
    byId.delete(id);
    pollers.forget(id);
  };
  const retag = (place: Place, id: string, decide: (tags: Mapping['tags']) => Mapping['tags']) =>
    inTurn(place, async () => {
      const { mapping, revision } = find(place, id);
      await put({ ...mapping, tags: decide(mapping.tags) }, revision);
    });

  for await (const { value, revision } of everyRecord(records, MAPPINGS)) {
    const mapping: Mapping = JSON.parse(value);
    byId.set(mapping.id, { mapping, revision });
  }
  for (const { mapping } of byId.values()) {
    if (!isStable(mapping.state)) follow(mapping);
    else if (mapping.state === 'enabled') pollers.run(mapping);
  }

  return {
    create: ({ account, region }, request) =>
      inTurn({ account, region }, async () => {
        const [place, id, nowMs] = [{ account, region }, uuid(), clock.nowMs()];
        const source = sourceOf(request.source, { place, id, nowMs });
        const wanted = { source, target: request.target, settings: newSettings(source, request.settings(source)) };
        assertFunction(wanted.target);
        assertAlone(place, id, wanted);
        await assertQueue(source, wanted.target);
        const { enabled } = request;
        const tags = mergeTags({}, request.tags);
        const mapping = await put(
          { place, id, ...wanted, state: stateOfNew(enabled), enabled, modifiedMs: nowMs, tags },
          0,
        );
        if (!isPolled(source.kind)) {
          const reason = notPolled(source.kind);
          log.warn({ mapping: id }, `An event source mapping was made, and it invokes nothing: ${reason}`);
        }
        follow(mapping);
        return mapping;
      }),
    find: (place, id) => find(place, id).mapping,
    get: (place, id) => get(place, id)?.mapping,
    list,
    update: (place, id, change) =>
      inTurn(place, async () => {
        const { mapping, state, revision } = findStable(place, id, 'update');
        const { enabled = mapping.enabled, target = mapping.target } = change;
        const settings: Settings = changedSettings(mapping.source, mapping.settings, change.settings);
        const wanted = { source: mapping.source, target, settings };
        if (change.target !== undefined) assertFunction(target);
        assertAlone(place, id, wanted);
        const changed = await put(
          { ...mapping, ...wanted, enabled, state: stateOfChanged(state, enabled), modifiedMs: clock.nowMs() },
          revision,
        );
        follow(changed);
        return changed;
      }),
    delete: (place, id) =>
      inTurn(place, async () => {
        const { mapping, revision } = findStable(place, id, 'delete');
        const deleting = await put({ ...mapping, state: 'deleting', modifiedMs: clock.nowMs() }, revision);
        follow(deleting);
        return deleting;
      }),
    lastResult: (mapping) => pollers.lastResult(mapping),
    tag: (place, id, tags) => retag(place, id, (current) => mergeTags(current, tags)),
    untag: (place, id, keys) => retag(place, id, (current) => withoutTags(current, keys)),
    idle: work.idle,
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}
