import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Posted } from '../../delivery/outbox.ts';
import type { Target } from '../../delivery/target.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Buses } from './buses.ts';

export interface EventsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly uuid: () => string;
  /** Durable once it has resolved. */
  readonly post: (posted: Posted) => Promise<void>;
}

/** In the data directory. */
export const EVENTS_FILE = 'event-buses.db';

export interface OpenEvents extends Disposable {
  /** Opens the file, or makes it, when first called. Throws when it cannot be read. */
  core(): Buses;
  /** Event buses as targets of others' deliveries. */
  target(): Target;
}

const require = createRequire(import.meta.url);

/** Costs nothing before somebody uses it: neither file nor code is loaded. */
export function openEvents(options: EventsOptions): OpenEvents {
  const { dataDir, clock, uuid, post } = options;
  let opened: { buses: Buses; close: () => void } | undefined;
  let isClosed = false;
  const core = (): Buses => {
    if (isClosed) throw new Error('the event buses are closed');
    if (opened === undefined) {
      const { EventsStore } = require('./events-store.ts') as typeof import('./events-store.ts');
      const { Buses: Made } = require('./buses.ts') as typeof import('./buses.ts');
      const store = new EventsStore(join(dataDir, EVENTS_FILE));
      opened = { buses: new Made({ store, clock, post }), close: () => store.file.close() };
    }
    return opened.buses;
  };
  return {
    core,
    target: () =>
      (require('./bus-target.ts') as typeof import('./bus-target.ts')).busTarget(core, {
        nowMs: () => clock.nowMs(),
        uuid,
      }),
    [Symbol.dispose]() {
      isClosed = true;
      opened?.close();
    },
  };
}
