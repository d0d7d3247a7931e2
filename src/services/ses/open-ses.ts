import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Relay } from '../../delivery/mail.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { DomainOwners } from './identity.ts';
import type { ReceiptPorts } from './incoming-work.ts';
import type { Ses } from './ses.ts';

export interface SesOptions extends ReceiptPorts {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly uuid: () => string;
  readonly randomBytes: (count: number) => Buffer;
  /** Through which letters go out; undefined: none do. */
  readonly relay: Relay | undefined;
  readonly owners: DomainOwners;
}

/** In the data directory: letters on their way. */
export const LETTERS_FILE = 'letters.db';

export interface OpenSes extends AsyncDisposable {
  /** Opens the file, or makes it, when first called. Throws when it cannot be read. */
  core(): Ses;
  /** Takes up the letters that a former process has left; opens nothing if there never were any. */
  resume(): Promise<void>;
  /** Begins with no more letters. */
  stop(): void;
}

const require = createRequire(import.meta.url);

/** Costs nothing before somebody uses it: neither file nor code is loaded. */
export function openSes(options: SesOptions): OpenSes {
  let ses: Ses | undefined;
  let isClosed = false;
  const core = () => {
    if (isClosed) throw new Error('mail has stopped');
    ses ??= (require('./ses.ts') as typeof import('./ses.ts')).openMail(options);
    return ses;
  };
  return {
    core,
    resume: async () => {
      if (!isClosed && existsSync(join(options.dataDir, LETTERS_FILE))) await core().resume();
    },
    stop: () => ses?.stop(),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      await ses?.[Symbol.asyncDispose]();
    },
  };
}
