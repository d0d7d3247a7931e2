import { type Clock, pause } from '../../lib/clock.ts';
import { readPattern } from './filter-pattern.ts';
import { LogsRefused } from './refusal.ts';

/** "The session update contains up to 500 log events per second", and is sent once a second (StartLiveTail, API reference). */
const EVENTS_MAX = 500;
const UPDATE_MS = 1_000;
const SESSION_MS_MAX = 3 * 3_600_000;
/** AWS's quota of an account. */
const SESSIONS_MAX = 15;

export interface TailQuery {
  /** Names by the ids of their groups. */
  readonly groups: ReadonlyMap<number, string>;
  readonly streams?: readonly string[] | undefined;
  readonly streamPrefixes?: readonly string[] | undefined;
  readonly pattern: string;
}

export interface TailedEvent {
  readonly group: string;
  readonly stream: string;
  readonly timestampMs: number;
  readonly ingestedMs: number;
  readonly message: string;
}

export interface TailUpdate {
  readonly events: readonly TailedEvent[];
  /** More came than an update holds. */
  readonly isSampled: boolean;
}

/** What was just stored of one stream. */
export interface StoredLines {
  readonly groupId: number;
  readonly stream: string;
  readonly timestampsMs: readonly number[];
  readonly messages: readonly string[];
}

interface Session {
  readonly account: string;
  readonly query: TailQuery;
  readonly test: (message: string) => boolean;
  events: TailedEvent[];
  isSampled: boolean;
}

/** Those who look at log lines as they come. */
export class LiveTails {
  readonly #sessions = new Set<Session>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isWatched(): boolean {
    return this.#sessions.size > 0;
  }

  /** What has been stored is on its way to whoever looks. Costs nothing when nobody does. */
  offer({ groupId, stream, timestampsMs, messages }: StoredLines, ingestedMs: number): void {
    for (const session of this.#sessions) {
      const group = session.query.groups.get(groupId);
      if (group === undefined || !isOfStream(session.query, stream)) continue;
      for (const [index, message] of messages.entries()) {
        if (!session.test(message)) continue;
        session.isSampled ||= session.events.length >= EVENTS_MAX;
        if (session.isSampled) break;
        session.events.push({ group, stream, timestampMs: timestampsMs[index] ?? 0, ingestedMs, message });
      }
    }
  }

  /** Refuses at once what cannot be watched. Then it yields an update each second, until the signal aborts or time is up. */
  watch(
    account: string,
    query: TailQuery,
    signal: AbortSignal,
  ): AsyncGenerator<TailUpdate, 'left' | 'time-is-up', void> {
    const pattern = readPattern(query.pattern);
    if (!pattern) throw new LogsRefused({ kind: 'invalid-pattern' });
    const inAccount = [...this.#sessions].filter((session) => session.account === account);
    if (inAccount.length >= SESSIONS_MAX) throw new LogsRefused({ kind: 'too-many-sessions' });
    return this.#updates({ account, query, test: pattern.test, events: [], isSampled: false }, signal);
  }

  async *#updates(session: Session, signal: AbortSignal): AsyncGenerator<TailUpdate, 'left' | 'time-is-up', void> {
    const clock = this.#clock;
    const endMs = clock.monotonicMs() + SESSION_MS_MAX;
    this.#sessions.add(session);
    try {
      while (clock.monotonicMs() < endMs) {
        await pause(clock, UPDATE_MS, signal);
        if (signal.aborted) return 'left';
        const { events, isSampled } = session;
        session.events = [];
        session.isSampled = false;
        yield { events, isSampled };
      }
      return 'time-is-up';
    } finally {
      this.#sessions.delete(session);
    }
  }
}

function isOfStream({ streams, streamPrefixes }: TailQuery, stream: string): boolean {
  if (streams === undefined && streamPrefixes === undefined) return true;
  return (streams ?? []).includes(stream) || (streamPrefixes ?? []).some((prefix) => stream.startsWith(prefix));
}
