import { ArchiveStore } from './archive-store.ts';
import { Archives } from './archives.ts';
import { Buses } from './buses.ts';
import { EventsStore } from './events-store.ts';
import type { Events, EventsOptions } from './open-events.ts';
import { ScheduledRules } from './scheduled-rules.ts';

/** Opens the file, and goes on with what a former process has left. */
export function makeEvents({ clock, log, random, post }: EventsOptions, path: string): Events & AsyncDisposable {
  const store = new EventsStore(path);
  const kept = new ArchiveStore(store.file);
  const schedules = new ScheduledRules({ store, clock, log, random, post });
  const buses = new Buses({ store, archives: kept, schedules, clock, post });
  const archives = new Archives({ store: kept, buses, clock, log });
  return {
    buses,
    archives,
    drain: () => schedules.stop(),
    async [Symbol.asyncDispose]() {
      await Promise.all([archives[Symbol.asyncDispose](), schedules[Symbol.asyncDispose]()]);
      store.file.close();
    },
  };
}
