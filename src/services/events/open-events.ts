import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Posted } from '../../delivery/outbox.ts';
import type { Target } from '../../delivery/target.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Archives } from './archives.ts';
import type { Buses } from './buses.ts';

export interface EventsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly uuid: () => string;
  /** Durable once it has resolved. */
  readonly post: (posted: Posted) => Promise<void>;
}

/** In the data directory. */
export const EVENTS_FILE = 'event-buses.db';

export interface Events {
  readonly buses: Buses;
  readonly archives: Archives;
  /** Fires nothing more, once it has resolved. */
  drain(): Promise<void>;
}

export interface OpenEvents extends AsyncDisposable {
  /** Opens the file, or makes it, when first called. Throws when it cannot be read. */
  core(): Events;
  /** Goes on with schedules and replays, if there ever were buses. */
  resume(): void;
  /** Fires nothing more. */
  drain(): Promise<void>;
  /** Event buses as targets of others' deliveries. */
  target(): Target;
}

const require = createRequire(import.meta.url);

/** Costs nothing before somebody uses it: neither file nor code is loaded. */
export function openEvents(options: EventsOptions): OpenEvents {
  const { dataDir, clock, uuid } = options;
  let opened: (Events & AsyncDisposable) | undefined;
  let isClosed = false;
  const core = () => {
    if (isClosed) throw new Error('the event buses are closed');
    opened ??= (require('./events.ts') as typeof import('./events.ts')).makeEvents(options, join(dataDir, EVENTS_FILE));
    return opened;
  };
  return {
    core,
    resume: () => {
      if (!isClosed && existsSync(join(dataDir, EVENTS_FILE))) core();
    },
    drain: async () => {
      await opened?.drain();
    },
    target: () =>
      (require('./bus-target.ts') as typeof import('./bus-target.ts')).busTarget(() => core().buses, {
        nowMs: () => clock.nowMs(),
        uuid,
      }),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
