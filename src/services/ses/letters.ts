import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { processorLoad } from '../../lib/processor-load.ts';
import { openDispatcher, type Verdict } from '../../store/dispatcher.ts';
import type { QueueMessage } from '../../store/queue.ts';
import { openSqliteQueue } from '../../store/sqlite/sqlite-queue.ts';
import type { IncomingLetter, IncomingState } from './incoming.ts';
import type { OutgoingLetter, OutgoingState } from './outgoing.ts';

/** Letters that are worked on at once: each may have 40 MB in memory. */
const SLOTS = 8;

/** Letters that are read at once, without their content. */
const PAGE = 500;
const PAGE_BYTES_MAX = 16 * 1024 * 1024;

/** What becomes of a letter after a try: it is done with, or comes again. */
export type Tried<State> = 'done' | { readonly state: State; readonly delayMs: number };

export interface LetterWork {
  outgoing(letter: OutgoingLetter, state: OutgoingState, signal: AbortSignal): Promise<Tried<OutgoingState>>;
  incoming(letter: IncomingLetter, state: IncomingState, signal: AbortSignal): Promise<Tried<IncomingState>>;
}

/** Letters on their way, out and in; each survives the death of the process. */
export interface Letters extends AsyncDisposable {
  /** Durable once it has resolved. */
  send(letter: OutgoingLetter): Promise<void>;
  take(letter: IncomingLetter): Promise<void>;
  /** Begins no more. */
  stop(): void;
}

/** The files of all letters that wait. What is read is leased, and free again once the queue is closed. */
export async function waitingFiles(path: string): Promise<Set<string>> {
  await using queue = openSqliteQueue(path);
  const files = new Set<string>();
  for (const { group } of await queue.groups()) {
    for (let more = true; more; ) {
      const page = { nowMs: Number.MAX_SAFE_INTEGER, limit: PAGE, bytesMax: PAGE_BYTES_MAX };
      const { messages } = await queue.take(group, page);
      // SAFE: `put` wrote it.
      for (const { body } of messages) files.add((JSON.parse(body.toString('utf8')) as { file: string }).file);
      more = messages.length > 0;
    }
  }
  return files;
}

/** Opens the file, and begins with what is in it. */
export async function openLetters(options: {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly work: LetterWork;
}): Promise<Letters> {
  const { path, clock, log, work } = options;
  const verdict = (tried: Tried<object>): Verdict =>
    tried === 'done'
      ? { kind: 'settled' }
      : { kind: 'postponed', dueMs: clock.nowMs() + tried.delayMs, state: JSON.stringify(tried.state) };
  const tryOnce = async ({ group, body, state }: QueueMessage, signal: AbortSignal): Promise<Verdict> => {
    const letter = JSON.parse(body.toString('utf8'));
    // SAFE: both were written by `put`, for this group.
    return group.startsWith('out ')
      ? verdict(await work.outgoing(letter as OutgoingLetter, JSON.parse(state), signal))
      : verdict(await work.incoming(letter as IncomingLetter, JSON.parse(state), signal));
  };
  await using opened = new AsyncDisposableStack();
  const queue = opened.use(openSqliteQueue(path));
  const dispatcher = opened.use(
    await openDispatcher({ queue, clock, log, slots: SLOTS, work: tryOnce, isBusy: processorLoad(clock) }),
  );
  const put = async (group: string, letter: object, state: object) => {
    const dueMs = clock.nowMs();
    await queue.put({ group, dueMs, state: JSON.stringify(state), body: Buffer.from(JSON.stringify(letter)) });
    dispatcher.wake(group, dueMs);
  };
  const owned = opened.move();
  return {
    send: (letter) => {
      const state: OutgoingState = { attempts: 0, left: letter.envelope.to };
      return put(`out ${letter.scope.account}`, letter, state);
    },
    take: (letter) => {
      const state: IncomingState = { at: 0, attempts: 0, failedSinceMs: undefined, added: [] };
      return put(`in ${letter.scope.account}`, letter, state);
    },
    stop: dispatcher.stop,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
