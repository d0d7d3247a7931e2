import { randomInt, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { QueueStore } from './queue-store.ts';
import { Queues } from './queues.ts';

export interface OpenSqs extends AsyncDisposable {
  /** Opens `<dataDir>/queues.db` at the first call, or makes it. Throws when it cannot be read. */
  readonly core: () => Queues;
  /** See `Queues.drain`; nothing where nobody has asked for queues. */
  readonly drain: () => void;
}

/** Nothing is opened before somebody asks for the queues. */
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
      queues ??= new Queues(new QueueStore(join(dataDir, 'queues.db')), {
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
