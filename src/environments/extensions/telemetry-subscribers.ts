import type { Socket } from 'node:net';
import type { Clock } from '../../lib/clock.ts';
import { request } from '../../lib/http.ts';
import type { Subscription, TelemetryEvent } from './telemetry-event.ts';
import { encodeEvent } from './telemetry-records.ts';

/** `closed`: too late. `other-api`: AWS lets an extension subscribe through one of the two APIs only. */
export type SubscribeResult = 'subscribed' | 'closed' | 'other-api';

export interface Subscribers {
  /** Somebody has subscribed, or still may: events are worth making. */
  readonly areWaiting: boolean;
  publish(event: TelemetryEvent): void;
  /** Adds one, or replaces that of the same extension; it is sent what was published so far. */
  add(subscription: Subscription): SubscribeResult;
  closeToNew(): void;
  /** Resolves when every subscriber has what was published before, or when the signal aborts. Never rejects. */
  flush(signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface Dropped {
  readonly reason: string;
  readonly records: number;
  readonly bytes: number;
}

interface SubscribersOptions {
  readonly clock: Clock;
  connect(port: number): Socket;
  /** Whether a function's lines are JSON, to be sent as such. */
  readonly jsonRecords: boolean;
  /** Called when a subscriber has taken a batch again after records for it had to be dropped. */
  onDropped(dropped: Dropped): void;
}

/** What was told before anybody subscribed is kept up to here. */
const EARLY_BYTES_MAX = 1024 * 1024;
const EVENT_BYTES_ABOUT = 400;
/** Between attempts of one batch: doubling from the first to the last. */
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 3_200;
/** Some 20 s in all. */
const ATTEMPTS_MAX = 12;
/** What a subscriber may answer to a batch; nobody reads it. */
const ANSWER_BYTES_MAX = 64 * 1024;
/** AWS's words. */
const FALLEN_BEHIND = 'Some logs were dropped because the downstream consumer is slower than the logs production rate';

/**
 * Hands what an environment tells to the extensions that want it, inside its sandbox. Each has one batch that fills and one
 * that is under way, no more: what does not fit is dropped, and it is told how much. Nobody waits for a subscriber, except
 * in `flush`, and there only as long as the signal lets it.
 */
export function openSubscribers(options: SubscribersOptions): Subscribers {
  const all = new Map<string, Subscriber>();
  let early: TelemetryEvent[] | undefined = [];
  let earlyBytes = 0;

  return {
    get areWaiting() {
      return early !== undefined || all.size > 0;
    },
    publish(event) {
      for (const subscriber of all.values()) subscriber.take(event);
      if (early === undefined || earlyBytes > EARLY_BYTES_MAX) return;
      early.push(event);
      earlyBytes += EVENT_BYTES_ABOUT + (typeof event.record === 'string' ? event.record.length : 0);
    },
    add(subscription) {
      if (early === undefined) return 'closed';
      const before = all.get(subscription.name);
      if (before !== undefined && before.api !== subscription.api) return 'other-api';
      const next = new Subscriber(subscription, options);
      all.set(subscription.name, next);
      // AWS: to subscribe twice is to subscribe once; what the first one had been sent is not sent again.
      if (before === undefined) for (const event of early) next.take(event);
      before?.close();
      return 'subscribed';
    },
    closeToNew() {
      early = undefined;
    },
    async flush(signal) {
      await Promise.all([...all.values()].map((subscriber) => subscriber.flush(signal)));
    },
    close() {
      early = undefined;
      for (const subscriber of all.values()) subscriber.close();
      all.clear();
    },
  };
}

interface Batch {
  readonly texts: string[];
  bytes: number;
}

class Subscriber {
  readonly #subscription: Subscription;
  readonly #options: SubscribersOptions;
  #filling: Batch = { texts: [], bytes: 0 };
  #timer: Disposable | undefined;
  /** The batch under way; settles when it has been taken or given up. */
  #sending: Promise<void> | undefined;
  #dropped: { records: number; bytes: number } | undefined;
  /** A TCP subscriber has one connection for all. */
  #connection: Socket | undefined;
  readonly #closing = new AbortController();

  constructor(subscription: Subscription, options: SubscribersOptions) {
    this.#subscription = subscription;
    this.#options = options;
  }

  get api(): Subscription['api'] {
    return this.#subscription.api;
  }

  take(event: TelemetryEvent): void {
    if (!this.#subscription.types.includes(event.category) || this.#closing.signal.aborted) return;
    for (const text of encodeEvent(event, this.#subscription, this.#options.jsonRecords)) this.#add(text);
  }

  async flush(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#sending !== undefined || this.#filling.texts.length > 0)) {
      this.#send();
      await settledOrAborted(this.#sending, signal);
    }
  }

  close(): void {
    this.#timer?.[Symbol.dispose]();
    this.#closing.abort(new Error('the environment has ended'));
    this.#connection?.destroy();
  }

  #add(text: string): void {
    const { maxBytes, timeoutMs } = this.#subscription.buffering;
    const bytes = Buffer.byteLength(text);
    if (this.#isFull() || (this.#filling.texts.length > 0 && this.#filling.bytes + bytes > maxBytes)) {
      if (this.#sending !== undefined) return this.#drop(1, bytes);
      this.#send();
    }
    this.#filling.texts.push(text);
    this.#filling.bytes += bytes;
    this.#timer ??= this.#options.clock.after(timeoutMs, () => {
      this.#timer = undefined;
      this.#send();
    });
    if (this.#isFull()) this.#send();
  }

  #isFull(): boolean {
    const { maxItems, maxBytes } = this.#subscription.buffering;
    return this.#filling.texts.length >= maxItems || this.#filling.bytes >= maxBytes;
  }

  #drop(records: number, bytes: number): void {
    this.#dropped ??= { records: 0, bytes: 0 };
    this.#dropped.records += records;
    this.#dropped.bytes += bytes;
  }

  /** Sends what has been gathered, unless a batch is under way: its end sends what has become due meanwhile. */
  #send(): void {
    if (this.#sending !== undefined || this.#filling.texts.length === 0) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const batch = this.#filling;
    this.#filling = { texts: [], bytes: 0 };
    this.#sending = this.#deliver(batch).then((isTaken) => {
      this.#sending = undefined;
      if (!isTaken) this.#drop(batch.texts.length, batch.bytes);
      else if (this.#dropped !== undefined) {
        const dropped = this.#dropped;
        this.#dropped = undefined;
        this.#options.onDropped({ reason: FALLEN_BEHIND, ...dropped });
      }
      // Its time may have come while the other one was under way.
      if (this.#timer === undefined || this.#isFull()) this.#send();
    });
  }

  /** Whether it was taken, in the end. Never rejects. */
  async #deliver(batch: Batch): Promise<boolean> {
    const { signal } = this.#closing;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        if (this.#subscription.destination.kind === 'tcp') await this.#write(batch);
        else await this.#post(batch);
        return true;
      } catch {
        // Nobody listens yet, or what listens has failed: both may pass, and if not, the records count as dropped.
        if (attempt === ATTEMPTS_MAX) return false;
      }
      const waitMs = Math.min(RETRY_MS_MIN * 2 ** (attempt - 1), RETRY_MS_MAX);
      const waited = Promise.withResolvers<void>();
      using _timer = this.#options.clock.after(waitMs, waited.resolve);
      await settledOrAborted(waited.promise, signal);
    }
    return false;
  }

  async #write({ texts }: Batch): Promise<void> {
    if (this.#connection === undefined || this.#connection.destroyed) {
      this.#connection = this.#connect();
      this.#connection.resume();
    }
    const connection = this.#connection;
    const written = Promise.withResolvers<void>();
    const closed = () => written.reject(new Error('the connection was closed'));
    connection.once('close', closed);
    connection.write(`${texts.join('\n')}\n`, (error) => (error ? written.reject(error) : written.resolve()));
    try {
      await written.promise;
    } finally {
      connection.off('close', closed);
    }
  }

  async #post({ texts }: Batch): Promise<void> {
    const { destination } = this.#subscription;
    if (destination.kind !== 'http') return;
    const body = Buffer.from(`[${texts.join(',')}]`);
    const socket = this.#connect();
    try {
      await new Promise<void>((resolve, reject) => {
        // No time limit: a sandbox may be frozen for long, and its process takes the batch when it runs again.
        const posting = request({
          createConnection: () => socket,
          method: destination.method,
          path: destination.path,
          headers: {
            Host: `sandbox.localdomain:${destination.port}`,
            'Content-Type': 'application/json',
            'Content-Length': body.length,
            Connection: 'close',
          },
        });
        posting.on('error', reject);
        posting.once('close', () => reject(new Error('the connection was closed')));
        posting.once('response', (response) => {
          const isTaken = (response.statusCode ?? 500) < 400;
          const end = () => (isTaken ? resolve() : reject(new Error(`status ${response.statusCode}`)));
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > ANSWER_BYTES_MAX) end();
          });
          response.once('end', end);
          response.once('close', end);
          response.on('error', end);
        });
        posting.end(body);
      });
    } finally {
      socket.destroy();
    }
  }

  #connect(): Socket {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const socket = this.#options.connect(this.#subscription.destination.port);
    // Its end is noticed by whoever writes to it; without a listener it would end the server.
    socket.on('error', () => socket.destroy());
    const leave = () => socket.destroy();
    signal.addEventListener('abort', leave, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', leave));
    return socket;
  }
}

/** Resolves when the promise, which never rejects, has settled, or the signal aborts. */
function settledOrAborted(promise: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  if (promise === undefined || signal.aborted) return Promise.resolve();
  return new Promise<void>((resolve) => {
    const leave = () => resolve();
    signal.addEventListener('abort', leave, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
  });
}
