import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Delivery } from '../../delivery/delivery.ts';
import type { Relay } from '../../delivery/mail.ts';
import type { Target } from '../../delivery/target.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Sns } from './sns.ts';

export interface SnsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly randomBytes: (count: number) => Buffer;
  readonly uuid: () => string;
  readonly deliver: Delivery['deliver'];
  readonly relay: Relay | undefined;
}

/** In the data directory. */
export const SNS_FILE = 'sns.db';

export interface OpenSns extends AsyncDisposable {
  /** Opens the file, or makes it, when first called. Throws when it cannot be read. */
  core(): Sns;
  /** Delivers nothing more, and waits a moment for what is under way. */
  drain(): Promise<void>;
  /** Topics as targets of others' deliveries. */
  target(): Target;
}

const require = createRequire(import.meta.url);

/**
 * Costs nothing before somebody uses it: neither file nor code is loaded. What was on its way when the server ended is
 * taken up again at once.
 */
export function openSns(options: SnsOptions): OpenSns {
  let sns: Sns | undefined;
  let isClosed = false;
  const core = () => {
    if (isClosed) throw new Error('the topics are closed');
    sns ??= (require('./sns.ts') as typeof import('./sns.ts')).openTopics(options);
    return sns;
  };
  if (existsSync(join(options.dataDir, SNS_FILE))) {
    setImmediate(() => {
      if (isClosed) return;
      try {
        core();
      } catch (error) {
        options.log.error({ err: error }, 'what topics have not delivered yet must wait');
      }
    });
  }
  return {
    core,
    drain: async () => {
      await sns?.drain();
    },
    target: () => (require('./topic-target.ts') as typeof import('./topic-target.ts')).topicTarget(core()),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      await sns?.[Symbol.asyncDispose]();
    },
  };
}
