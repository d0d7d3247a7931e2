import { randomInt, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Queues } from './queues.ts';

export interface OpenSqs extends AsyncDisposable {
  /** Opens `<dataDir>/queues.db` at the first call, or makes it. Throws when it cannot be read. */
  readonly core: () => Queues;
  /** See `Queues.drain`; nothing where nobody has asked for queues. */
  readonly drain: () => void;
}

const require = createRequire(import.meta.url);

/** Nothing is opened before somebody asks for the queues, nor is their code loaded. */
export function openSqs(options: {
  dataDir: string;
  clock: Clock;
  log: Logger;
  inFlightMax?: number | undefined;
}): OpenSqs {
  const { dataDir, clock, log, inFlightMax } = options;
  let queues: Queues | undefined;
  let isClosed = false;
  return {
    core: () => {
      if (isClosed) throw new Error('the queue service has stopped');
      queues ??= (require('./queues.ts') as typeof import('./queues.ts')).openQueues(join(dataDir, 'queues.db'), {
        clock,
        log,
        inFlightMax,
        uuid: randomUUID,
        nonce: () => randomInt(2 ** 48 - 1),
      });
      return queues;
    },
    drain: () => queues?.drain(),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      queues?.close();
    },
  };
}
