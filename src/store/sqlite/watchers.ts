import { once } from 'node:events';
import type { RecordChange } from '../records.ts';

export interface Watchers {
  tell(change: RecordChange): void;
  watch(prefix: string, signal: AbortSignal): AsyncIterable<RecordChange>;
}

/** Hands changes to those who watch. One process writes a SQLite store, so who is told here has been told all. */
export function watchers(): Watchers {
  const all = new Set<{ prefix: string; tell: (change: RecordChange) => void }>();
  return {
    tell(change) {
      for (const { prefix, tell } of all) if (change.key.startsWith(prefix)) tell(change);
    },
    watch(prefix, signal) {
      const unread = new Map<string, RecordChange>();
      const news = new EventTarget();
      const watcher = {
        prefix,
        tell: (change: RecordChange) => {
          // Behind what else waits: a key's newest state is told after whatever happened before it.
          unread.delete(change.key);
          unread.set(change.key, change);
          news.dispatchEvent(new Event('change'));
        },
      };
      // From here on, not from the first `next()`: a change in between must not be missed.
      if (!signal.aborted) all.add(watcher);
      signal.addEventListener('abort', () => all.delete(watcher), { once: true });
      return read(unread, news, signal, () => all.delete(watcher));
    },
  };
}

async function* read(
  unread: Map<string, RecordChange>,
  news: EventTarget,
  signal: AbortSignal,
  leave: () => void,
): AsyncGenerator<RecordChange> {
  try {
    while (!signal.aborted) {
      for (const [key, change] of unread) {
        unread.delete(key);
        yield change;
        if (signal.aborted) return;
      }
      // An abort ends the wait with an error that says no more than the signal does; the loop's condition reads that.
      if (unread.size === 0) await once(news, 'change', { signal }).catch(() => {});
    }
  } finally {
    leave();
  }
}
