import type { Functions } from '../functions/functions.ts';
import { lookUp } from '../functions/qualifier.ts';
import { raceAbort } from '../lib/abort.ts';
import { type Mapping, sourceArn } from './mapping.ts';
import { isPolled, notPolled } from './polled.ts';
import { type FunctionConsumerPorts, functionConsumer } from './sqs/function-consumer.ts';
import { QueuePoller, type QueuePollerPorts } from './sqs/queue-poller.ts';
import type { MayRead } from './sqs/source-queues.ts';

type Ports = QueuePollerPorts & FunctionConsumerPorts;

export interface PollersOptions extends Omit<Ports, 'hindrance'> {
  readonly functions: Pick<Functions, 'get'>;
  readonly mayRead: MayRead;
}

/** One poller for each mapping that is enabled. Owns them all: none reads before `start`, and none after `drain`. */
export class Pollers implements AsyncDisposable {
  readonly #ports: Ports;
  readonly #pollers = new Map<string, QueuePoller>();
  /** Those that wait for the start. */
  readonly #waiting = new Map<string, Mapping>();
  #state: 'before' | 'started' | 'over' = 'before';

  constructor({ functions, mayRead, ...ports }: PollersOptions) {
    this.#ports = { ...ports, hindrance: (mapping) => hindrance(mapping, functions, mayRead) };
  }

  /** The server can run functions: what was enabled before is polled from now on. */
  start(): void {
    if (this.#state !== 'before') return;
    this.#state = 'started';
    for (const mapping of this.#waiting.values()) this.run(mapping);
    this.#waiting.clear();
  }

  /** Polls a mapping that is enabled, by its settings as they are now. Nothing for sources that are not polled. */
  run(mapping: Mapping): void {
    if (!isPolled(mapping.source.kind) || this.#state === 'over') return;
    if (this.#state === 'before') {
      this.#waiting.set(mapping.id, mapping);
      return;
    }
    const poller = this.#pollers.get(mapping.id) ?? new QueuePoller(this.#ports);
    this.#pollers.set(mapping.id, poller);
    poller.run(functionConsumer(mapping, this.#ports));
  }

  /** Resolves when nothing more is read for this mapping. Batches that run go on, and are still deleted when they are done. */
  async end(id: string): Promise<void> {
    this.#waiting.delete(id);
    await this.#pollers.get(id)?.pause();
  }

  /** The mapping has gone: its poller goes when its last batch is done. */
  forget(id: string): void {
    const poller = this.#pollers.get(id);
    poller?.idle().finally(() => {
      if (this.#pollers.get(id) === poller) this.#pollers.delete(id);
    });
  }

  /** How the last attempt to poll went, for people; undefined: nothing is wrong. */
  lastResult({ id, source, enabled }: Mapping): string | undefined {
    // AWS shows none for queues (lambda-facts 13.1): only what is wrong is worth a difference.
    const problem = this.#pollers.get(id)?.problem;
    if (source.kind === 'sqs') return problem === undefined ? undefined : `PROBLEM: ${problem}`;
    if (enabled && !isPolled(source.kind)) return `PROBLEM: ${notPolled(source.kind)}`;
    // As AWS shows a stream from which nothing was read (lambda-facts 13.1).
    return 'No records processed';
  }

  /** Reads no more, and waits for batches under way, at most until the signal aborts. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#state = 'over';
    const pollers = [...this.#pollers.values()];
    const drained = Promise.all(pollers.map(async (poller) => poller.pause().then(() => poller.idle())));
    try {
      await raceAbort(drained, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'over';
    await Promise.all([...this.#pollers.values()].map((poller) => poller[Symbol.asyncDispose]()));
  }
}

/** A receive counts towards a message's dead letter, so that none is made for a function that cannot run. */
function hindrance(
  { source, target: { key, qualifier } }: Mapping,
  functions: Pick<Functions, 'get'>,
  mayRead: MayRead,
): string | undefined {
  const entry = functions.get(key);
  const version = entry && lookUp(entry, qualifier);
  if (entry === undefined || version === undefined) return 'The function does not exist.';
  if (!mayRead(version.definition.settings.roleArn, key.name, sourceArn(source) ?? '')) {
    return 'The provided execution role does not have permissions to call ReceiveMessage on SQS';
  }
  return entry.head.reserved === 0 ? 'The reserved concurrency of the function is 0.' : undefined;
}
