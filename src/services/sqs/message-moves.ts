import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Message } from './message.ts';
import { placeOfArn, type Queue } from './queue.ts';
import type { Move, QueueStore } from './queue-store.ts';
import { SqsRefused } from './refusal.ts';

interface Ports {
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly log: Logger;
}

/** Messages of one transaction of a move without a limit, so that others get in between. */
const STEP_COUNT = 100;
/** How often a move with a limit takes its share. */
const STEP_MS = 100;
/** After a step that failed, twice as long each time. */
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 60_000;
/** Some ten minutes: what goes on failing until then, while its failure can be written down, is no full disk. */
const FAILURES_MAX = 15;

/**
 * Moves of messages out of dead-letter queues, back to where they came from or elsewhere. A move that was under way when
 * the server stopped goes on at the next start of the service.
 */
export class MessageMoves {
  readonly #store: QueueStore;
  readonly #ports: Ports;
  readonly #wake: (queueId: number) => void;
  readonly #stopping = new AbortController();

  /** `wake` is told the queues that have got messages. */
  constructor(store: QueueStore, ports: Ports, wake: (queueId: number) => void) {
    this.#store = store;
    this.#ports = ports;
    this.#wake = wake;
    for (const { id } of store.unfinishedMoves()) this.#run(id);
  }

  close(): void {
    this.#stopping.abort(new Error('the queue service stops'));
  }

  /** Answers the move's id. Refuses what is no dead-letter queue, and a second move of one queue. */
  async start(
    sourceArn: string,
    options: { destinationArn?: string | undefined; perSecondMax?: number | undefined },
  ): Promise<string> {
    const id = this.#ports.uuid();
    await this.#store.run(() => {
      const source = this.#queueOf(sourceArn);
      if (source === undefined) throw new SqsRefused({ kind: 'no-such-source' });
      this.#checkMove(source, sourceArn, options.destinationArn);
      const nowMs = this.#ports.clock.nowMs();
      this.#store.addMove({
        id,
        sourceId: source.id,
        sourceArn,
        destinationArn: options.destinationArn,
        perSecondMax: options.perSecondMax,
        state: 'running',
        moved: 0,
        toMove: this.#store.counts(source, nowMs).visible,
        startedMs: nowMs,
        lastSequence: this.#store.lastSequence(),
        failure: undefined,
      });
    });
    this.#run(id);
    return id;
  }

  /** Answers how many messages have been moved; they stay where they are now. */
  cancel(id: string, sourceArn: string): Promise<number> {
    return this.#store.free(() => {
      if (this.#queueOf(sourceArn) === undefined) throw new SqsRefused({ kind: 'no-such-source' });
      const move = this.#store.move(id);
      if (move === undefined || move.sourceArn !== sourceArn) throw new SqsRefused({ kind: 'no-such-move' });
      if (move.state !== 'running') throw new SqsRefused({ kind: 'move-is-over' });
      this.#store.setMove(id, { ...move, state: 'cancelling' });
      return move.moved;
    });
  }

  /** Newest first. Throws `no-such-source`. */
  list(sourceArn: string, countMax: number): Move[] {
    const source = this.#queueOf(sourceArn);
    if (source === undefined) throw new SqsRefused({ kind: 'no-such-source' });
    return this.#store.movesOf(source.id, countMax);
  }

  #queueOf(arn: string): Queue | undefined {
    const place = placeOfArn(arn);
    return place && this.#store.queue(place);
  }

  #checkMove(source: Queue, sourceArn: string, destinationArn: string | undefined): void {
    if (this.#store.deadLetterSources(source.place, sourceArn, { countMax: 1 }).length === 0) {
      throw new SqsRefused({ kind: 'not-a-dead-letter-queue' });
    }
    if (destinationArn !== undefined) {
      const destination = this.#queueOf(destinationArn);
      if (destination === undefined) throw new SqsRefused({ kind: 'no-such-destination' });
      if (destination.settings.fifo !== source.settings.fifo) {
        throw new SqsRefused({ kind: 'destination-of-other-type' });
      }
    }
    const [newest] = this.#store.movesOf(source.id, 1);
    if (newest?.state === 'running' || newest?.state === 'cancelling')
      throw new SqsRefused({ kind: 'move-is-running' });
  }

  /** Never rejects: a step that fails is made again. */
  async #run(id: string): Promise<void> {
    const { clock, log } = this.#ports;
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const move = await this.#store.run(() => this.#step(id));
        if (move === undefined) return;
        failures = 0;
        if (move.perSecondMax !== undefined) await pause(clock, pauseMs(move.perSecondMax), signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        log.error({ err: error, move: id }, 'a move of messages cannot go on now, and is tried again');
        if (failures > FAILURES_MAX && (await this.#giveUp(id))) return;
        await pause(clock, Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** (failures - 1)), signal);
      }
    }
  }

  /** Whether the failure could be written down. If not, the disk is at fault, and the move goes on when that is mended. */
  async #giveUp(id: string): Promise<boolean> {
    try {
      await this.#store.run(() => {
        const move = this.#store.move(id);
        if (move !== undefined) this.#store.setMove(id, { ...move, state: 'failed', failure: FAILURE_OF_OURS });
      });
      return true;
    } catch (error) {
      this.#ports.log.error({ err: error, move: id }, 'that a move of messages has failed cannot be written down now');
      return false;
    }
  }

  /** Moves some messages; undefined when it was the last step. */
  #step(id: string): Move | undefined {
    const move = this.#store.move(id);
    // Its queue has been deleted.
    if (move === undefined) return undefined;
    const source = this.#store.queueOfId(move.sourceId);
    if (source === undefined) return undefined;
    if (move.state !== 'running') {
      this.#store.setMove(id, { ...move, state: 'cancelled' });
      return undefined;
    }
    const nowMs = this.#ports.clock.nowMs();
    const countMax = move.perSecondMax === undefined ? STEP_COUNT : share(move.perSecondMax);
    const found = this.#store.oldest(source, move.lastSequence, nowMs, countMax);
    let { moved } = move;
    for (const message of found) {
      const destination = this.#queueOf(move.destinationArn ?? message.deadLetterSourceArn ?? '');
      if (destination === undefined) {
        this.#store.setMove(id, { moved, state: 'failed', failure: failureOf(move, message) });
        return undefined;
      }
      this.#moveMessage(message, source, destination, nowMs);
      moved += 1;
    }
    const isOver = found.length < countMax;
    this.#store.setMove(id, { moved, state: isOver ? 'completed' : 'running', failure: undefined });
    return isOver ? undefined : move;
  }

  /** As a new message: "all redriven messages are assigned a new messageID and enqueueTime" (SQS developer guide). */
  #moveMessage(message: Message, source: Queue, destination: Queue, nowMs: number): void {
    const { group } = message;
    const visibleAtMs = nowMs + destination.settings.delayMs;
    this.#store.removeMessage(source.id, message.sequence);
    this.#store.addMessage(
      destination.id,
      { ...message, id: this.#ports.uuid(), sentMs: nowMs, visibleAtMs, deadLetterSourceArn: undefined },
      nowMs,
    );
    if (source.settings.fifo && group !== undefined) {
      this.#store.refreshGroup(source.id, group);
      this.#store.addToGroup(destination.id, group, visibleAtMs);
    }
    this.#wake(destination.id);
  }
}

/** SQS's word for its own faults ("Common errors", SQS API reference). */
const FAILURE_OF_OURS = 'InternalFailure';

function share(perSecondMax: number): number {
  return Math.max(1, Math.floor((perSecondMax * STEP_MS) / 1_000));
}

/** Until the next share, so that a second never has more than it may. */
function pauseMs(perSecondMax: number): number {
  return Math.ceil((share(perSecondMax) * 1_000) / perSecondMax);
}

function failureOf({ destinationArn }: Move, { deadLetterSourceArn }: Message): string {
  return destinationArn === undefined && deadLetterSourceArn === undefined
    ? 'CouldNotDetermineMessageSource'
    : 'AWS.SimpleQueueService.NonExistentQueue';
}
