import { raceAbort } from '../lib/abort.ts';
import { background } from '../lib/background.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { preparationOf, replaceVersions, runnableNow, settlePrepared, unsettled } from './activation.ts';
import type { Entry } from './catalogue.ts';
import type { Editing } from './editing.ts';
import type { Change, FunctionKey, Version } from './function.ts';
import { beginRestore, isSettled, type Outcome } from './life-cycle.ts';
import type { Packages } from './packages.ts';
import { lookUp } from './qualifier.ts';
import type { Runnable } from './runnable.ts';
import { layerDigests, toRunnable } from './to-runnable.ts';

/** Makes sure, behind the answers, that what was changed can run; then it becomes active, or has failed. */
export interface Preparations extends AsyncDisposable {
  /** Prepares `$LATEST`, and the published versions of a change that has been stored. */
  prepare(change: Change): void;
  /** Prepares the published versions alone. */
  preparePublished(change: Change): void;
  /** Brings back an inactive version, and its like, unless somebody was faster. */
  restore(key: FunctionKey, uid: string, version: string): void;
  /** Goes on with what was under way when the server ended. */
  resume(entry: Entry): void;
  /** Tries again what has failed for want of a runtime that is there now. */
  retry(entry: Entry, isThere: (runtime: string) => boolean): void;
  /** Resolves when nothing is being prepared. */
  idle(): Promise<void>;
}

export interface PreparationsOptions {
  readonly editing: Editing;
  readonly packages: Packages;
  /** Makes sure that this can run here. */
  readonly prepare: (runnable: Runnable, signal: AbortSignal) => Promise<Outcome>;
  readonly clock: Clock;
  readonly log: Logger;
}

export function preparations({ editing, packages, prepare, clock, log }: PreparationsOptions): Preparations {
  const { catalogue } = editing;
  const work = background((error) => log.error({ err: error }, 'preparing a function failed'));
  const underWay = new Set<string>();
  const markOf = (uid: string, version: Version) => `${uid} ${preparationOf(version)}`;

  /** Prepares a version, with those that are prepared together with it, and stores how that ended, unless the function has gone meanwhile. */
  const activate = (key: FunctionKey, uid: string, version: Version): void => {
    const preparation = preparationOf(version);
    const mark = markOf(uid, version);
    underWay.add(mark);
    work.run(async (signal) => {
      using _ = { [Symbol.dispose]: () => underWay.delete(mark) };
      const outcome = await outcomeOf(key, version, signal);
      for (let delayMs = 1_000; ; delayMs = Math.min(delayMs * 2, 30_000)) {
        try {
          await editing.inTurn(key, async () => {
            const entry = catalogue.get(key);
            if (entry?.head.uid !== uid) return;
            const change = settlePrepared(entry, preparation, outcome, editing.now());
            if (change !== undefined) await catalogue.commit(change);
          });
          return;
        } catch (error) {
          // The disk may be full. It stays under way until it can be stored, or until the next start.
          log.error({ err: error, function: key }, 'the state of a function could not be stored');
          await clock.sleep(delayMs, signal);
        }
      }
    });
  };

  const outcomeOf = async (key: FunctionKey, version: Version, signal: AbortSignal): Promise<Outcome> => {
    try {
      const digests = layerDigests(version.definition);
      using _ = packages.retain(version.definition.code.digest, digests);
      await packages.codeDir(version.definition.code.digest);
      await packages.layersDir(digests);
      const runnable = toRunnable(key, version.version, version.definition);
      // SAFE: an adapter that goes on after the abort has nothing of ours in hand.
      return await raceAbort(prepare(runnable, signal), signal);
    } catch (error) {
      signal.throwIfAborted();
      log.error({ err: error, function: key }, 'a function could not be prepared');
      return { ok: false, reasonCode: 'InternalError', reason: `Lambent could not prepare the function: ${error}` };
    }
  };

  /** Versions that are not prepared together with `$LATEST`. */
  const preparePublished = ({ head, versions }: Change): void => {
    for (const version of versions) {
      const isTogether = !isSettled(head.latest) && preparationOf(version) === preparationOf(head.latest);
      if (!isSettled(version) && !isTogether) {
        activate(head.key, head.uid, version);
      }
    }
  };

  return {
    prepare(change) {
      activate(change.head.key, change.head.uid, change.head.latest);
      preparePublished(change);
    },
    preparePublished,
    restore(key, uid, number) {
      const mark = `${uid} restoring ${number}`;
      if (underWay.has(mark)) return;
      underWay.add(mark);
      work.run(async () => {
        using _ = { [Symbol.dispose]: () => underWay.delete(mark) };
        await editing.inTurn(key, async () => {
          const entry = catalogue.get(key);
          const version = entry?.head.uid === uid ? lookUp(entry, number) : undefined;
          if (entry === undefined || version?.lifecycle.kind !== 'inactive') return;
          const stored = await catalogue.commit(replaceVersions(entry.head, [beginRestore(version, editing.now())]));
          const restoring = lookUp(stored, number);
          if (restoring !== undefined) activate(key, uid, restoring);
        });
      });
    },
    resume(entry) {
      for (const version of unsettled(entry)) activate(entry.head.key, entry.head.uid, version);
    },
    retry(entry, isThere) {
      const { key, uid } = entry.head;
      for (const version of runnableNow(entry, isThere)) {
        if (!underWay.has(markOf(uid, version))) activate(key, uid, version);
      }
    },
    idle: work.idle,
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}
