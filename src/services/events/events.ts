import { ArchiveStore } from './archive-store.ts';
import { Archives } from './archives.ts';
import { Buses } from './buses.ts';
import { EventsStore } from './events-store.ts';
import type { Events, EventsOptions } from './open-events.ts';

/** Opens the file, and goes on with what a former process has left. */
export function makeEvents({ clock, log, post }: EventsOptions, path: string): Events & AsyncDisposable {
  const store = new EventsStore(path);
  const kept = new ArchiveStore(store.file);
  const buses = new Buses({ store, archives: kept, clock, post });
  const archives = new Archives({ store: kept, buses, clock, log });
  return {
    buses,
    archives,
    async [Symbol.asyncDispose]() {
      await archives[Symbol.asyncDispose]();
      store.file.close();
    },
  };
}
