import type { Delivery } from '../../delivery/delivery.ts';
import type { Assumable } from '../../identity/index.ts';
import { raceAbort } from '../../lib/abort.ts';
import { background } from '../../lib/background.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { serial } from '../../lib/serial.ts';
import { everyRecord, type Records } from '../../store/records.ts';
import { PIPES, type Pipe, type PipeKey, type PipeSettings, pipeArn, type Scope } from './pipe.ts';
import { isUnderWay, nextState, type PipeState, type WantedState } from './pipe-state.ts';
import type { CallFunction, PipeSources, SourceReader } from './ports.ts';
import { PipeRefused } from './refusal.ts';
import { runBatch } from './run-batch.ts';
import { assertSettings } from './settings.ts';
import { mergeTags } from './tags.ts';

export interface PipesOptions {
  readonly records: Records;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sources: PipeSources;
  readonly call: CallFunction;
  readonly deliver: Delivery['deliver'];
  readonly assumable: Assumable;
}

/**
 * All pipes. A pipe is answered for while it is on its way to what is wanted; it arrives there in the background. Every
 * method throws `PipeRefused` for what AWS has an answer to, and other errors for outages.
 */
export interface Pipes extends AsyncDisposable {
  create(key: PipeKey, request: NewPipe): Promise<Pipe>;
  /** The pipe that must be there. */
  find(key: PipeKey): Pipe;
  /** What went wrong last while it was read, for people; undefined: nothing. */
  problemOf(pipe: Pipe): string | undefined;
  /** By name. */
  list(scope: Scope): Pipe[];
  update(key: PipeKey, change: PipeChange): Promise<Pipe>;
  want(key: PipeKey, wanted: WantedState): Promise<Pipe>;
  delete(key: PipeKey): Promise<Pipe>;
  tag(key: PipeKey, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(key: PipeKey, keys: readonly string[]): Promise<void>;
  /** Reads no more, and waits for batches under way, at most until the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

export interface NewPipe {
  readonly settings: PipeSettings;
  readonly wanted: WantedState;
  readonly tags: Readonly<Record<string, string>>;
}

export interface PipeChange {
  readonly settings: (current: PipeSettings) => PipeSettings;
  readonly wanted: WantedState | undefined;
}

interface Stored {
  readonly pipe: Pipe;
  readonly revision: number;
}

/** "You can have up to 1000 pipes per account and Region" (EventBridge Pipes user guide). */
export const PIPES_MAX = 1_000;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;

const idOf = ({ account, region, name }: PipeKey) => `${account}/${region}/${name}`;

/** Loads all pipes, goes on with what was under way when the server ended, and reads for those that run. */
export async function openPipes(options: PipesOptions): Promise<Pipes> {
  const { records, clock, log, sources, assumable } = options;
  const byId = new Map<string, Stored>();
  const readers = new Map<string, SourceReader>();
  const work = background((error) => log.error({ err: error }, 'a pipe did not get on'));
  const oneAtATime = serial();
  let isOver = false;
  /** One change of a place at a time: how many there may be is a matter of all. */
  const inTurn = <T>({ account, region }: Scope, change: () => Promise<T>) =>
    oneAtATime(`${account}/${region}`, change);

  const find = (key: PipeKey): Stored => {
    const stored = byId.get(idOf(key));
    if (stored === undefined) throw new PipeRefused({ kind: 'no-such-pipe', name: key.name });
    return stored;
  };
  const findStill = (key: PipeKey): Stored => {
    const stored = find(key);
    const { state } = stored.pipe;
    if (isUnderWay(state)) throw new PipeRefused({ kind: 'pipe-in-use', name: key.name, state });
    return stored;
  };
  const within = ({ account, region }: Scope): Pipe[] =>
    [...byId.values()].map(({ pipe }) => pipe).filter(({ key }) => key.account === account && key.region === region);
  const put = async (pipe: Pipe, ifRevision: number): Promise<Pipe> => {
    const id = idOf(pipe.key);
    const revision = await records.put(PIPES + id, JSON.stringify(pipe), { ifRevision });
    byId.set(id, { pipe, revision });
    return pipe;
  };
  const assertRole = (roleArn: string, { account }: Scope): void => {
    const verdict = assumable(roleArn, account);
    if (verdict === 'other-account') throw new PipeRefused({ kind: 'role-of-other-account' });
    if (verdict === 'not-assumable') throw new PipeRefused({ kind: 'role-not-assumable', roleArn });
  };

  const read = (pipe: Pipe): void => {
    if (isOver) return;
    const id = idOf(pipe.key);
    const reader = readers.get(id) ?? sources.newReader();
    readers.set(id, reader);
    const { source, roleArn } = pipe.settings;
    const { arn: sourceArn, batchSize, batchWindowMs, filters } = source;
    const { call, deliver } = options;
    reader.run({
      ...{ pipeArn: pipeArn(pipe.key), sourceArn, roleArn, batchSize, batchWindowMs, filters },
      work: (batch, signal) => runBatch({ pipe, batch, signal, call, deliver, clock }),
    });
  };
  const leave = async (id: string): Promise<void> => {
    await readers.get(id)?.pause();
  };
  /** The pipe has gone: its reader goes when its last batch is done. */
  const forget = (id: string): void => {
    const reader = readers.get(id);
    reader?.idle().finally(() => {
      if (readers.get(id) === reader && !byId.has(id)) readers.delete(id);
    });
  };

  /** Brings a pipe from the state in which it was stored to one that stays, however often the store fails. */
  const follow = ({ key }: Pipe): void =>
    work.run(async (signal) => {
      for (let delayMs = RETRY_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
        try {
          return await inTurn(key, () => arrive(key));
        } catch (error) {
          // The disk may be full. It stays on its way until it can be stored, or until the next start.
          log.error({ err: error, pipe: pipeArn(key) }, 'the state of a pipe could not be stored');
          await clock.sleep(delayMs, signal);
        }
      }
    });
  const arrive = async (key: PipeKey): Promise<void> => {
    const id = idOf(key);
    const stored = byId.get(id);
    if (stored === undefined || !isUnderWay(stored.pipe.state)) return;
    const { pipe, revision } = stored;
    const { source, roleArn } = pipe.settings;
    const isLeaving = pipe.state === 'deleting' || pipe.state === 'stopping';
    const flaw = isLeaving ? undefined : await sources.flawOf({ arn: source.arn, roleArn });
    const state = nextState(pipe.state, pipe.wanted, flaw === undefined);
    // Whoever sees that it does not run can count on it that no more is read.
    if (state !== 'running') await leave(id);
    if (state === 'gone') {
      await records.delete(PIPES + id, { ifRevision: revision });
      byId.delete(id);
      return forget(id);
    }
    if (state === undefined) return;
    const stateReason = flaw === undefined ? undefined : `Input parameter is invalid from the request due to : ${flaw}`;
    const arrived = await put({ ...pipe, state, stateReason, modifiedMs: clock.nowMs() }, revision);
    if (state === 'running') read(arrived);
  };
  const change = async ({ pipe, revision }: Stored, changed: Partial<Pipe>): Promise<Pipe> => {
    const next: Pipe = { ...pipe, ...changed, stateReason: undefined, modifiedMs: clock.nowMs() };
    await put(next, revision);
    follow(next);
    return next;
  };
  const retag = (key: PipeKey, decide: (tags: Pipe['tags']) => Pipe['tags']) =>
    inTurn(key, async () => {
      const { pipe, revision } = find(key);
      await put({ ...pipe, tags: decide(pipe.tags) }, revision);
    });

  for await (const { value, revision } of everyRecord(records, PIPES)) {
    const pipe: Pipe = JSON.parse(value); // SAFE: written by `put`.
    byId.set(idOf(pipe.key), { pipe, revision });
  }
  for (const { pipe } of byId.values()) {
    if (isUnderWay(pipe.state)) follow(pipe);
    else if (pipe.state === 'running') read(pipe);
  }

  return {
    create: (key, { settings, wanted, tags }) =>
      inTurn(key, async () => {
        assertSettings(key, settings);
        assertRole(settings.roleArn, key);
        if (byId.has(idOf(key))) throw new PipeRefused({ kind: 'pipe-exists', name: key.name });
        if (within(key).length >= PIPES_MAX) throw new PipeRefused({ kind: 'too-many-pipes', max: PIPES_MAX });
        const nowMs = clock.nowMs();
        const created: Pipe = {
          ...{ key, settings, wanted, tags: mergeTags({}, tags), state: 'creating' },
          ...{ createdMs: nowMs, modifiedMs: nowMs },
        };
        await put(created, 0);
        follow(created);
        return created;
      }),
    find: (key) => find(key).pipe,
    problemOf: ({ key, state }) => (state === 'running' ? readers.get(idOf(key))?.problem : undefined),
    list: (scope) => within(scope).sort((one, other) => (one.key.name < other.key.name ? -1 : 1)),
    update: (key, { settings: decide, wanted }) =>
      inTurn(key, async () => {
        const stored = findStill(key);
        const settings = decide(stored.pipe.settings);
        assertSettings(key, settings);
        assertRole(settings.roleArn, key);
        return await change(stored, { settings, wanted: wanted ?? stored.pipe.wanted, state: 'updating' });
      }),
    want: (key, wanted) =>
      inTurn(key, async () => {
        const state: PipeState = wanted === 'running' ? 'starting' : 'stopping';
        return await change(findStill(key), { wanted, state });
      }),
    delete: (key) => inTurn(key, async () => await change(findStill(key), { state: 'deleting' })),
    tag: (key, tags) => retag(key, (current) => mergeTags(current, tags)),
    untag: (key, keys) =>
      retag(key, (current) => Object.fromEntries(Object.entries(current).filter(([name]) => !keys.includes(name)))),
    async drain(signal) {
      isOver = true;
      const drained = [...readers.values()].map((reader) => reader.pause().then(() => reader.idle()));
      try {
        await raceAbort(Promise.all(drained), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await work[Symbol.asyncDispose]();
      await Promise.all([...readers.values()].map((reader) => reader[Symbol.asyncDispose]()));
    },
  };
}
