import { createRequire } from 'node:module';
import type { FilterLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import type { Clock } from '../lib/clock.ts';

export interface TailOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly functionName: string;
  /** How far back to start. */
  readonly sinceMs: number;
  /** Go on until `signal` aborts; also waits for a function that has not run yet. */
  readonly follow: boolean;
  /** CloudWatch Logs' filter pattern. */
  readonly filterPattern?: string;
  /** Takes each event as it was logged, ending in a line break. */
  readonly write: (text: string) => void;
  /** Takes what the user should know beside the log, one line each. */
  readonly notify?: (text: string) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const POLL_MS = 500;

/** Events may be stored a little after the time they bear: each poll looks this far back behind the newest one seen. */
const OVERLAP_MS = 5_000;

/** The function has no log group: it has not run, or has another name. */
export class NothingLogged extends Error {}

/**
 * Prints what a function logged, oldest first, and every event once. An ordinary client of FilterLogEvents. Throws
 * `NothingLogged` when there is no group and nothing to wait for; resolves when `signal` aborts.
 */
export async function logsTail(options: TailOptions): Promise<void> {
  const { functionName, follow, notify, signal, clock } = options;
  const require = createRequire(import.meta.url);
  const sdk = require('@aws-sdk/client-cloudwatch-logs') as typeof import('@aws-sdk/client-cloudwatch-logs');
  const client = new sdk.CloudWatchLogsClient({
    endpoint: options.endpoint,
    region: options.region,
    credentials: options.credentials,
  });
  const page = (startTime: number, nextToken: string | undefined) =>
    client.send(
      new sdk.FilterLogEventsCommand({
        logGroupName: `/aws/lambda/${functionName}`,
        filterPattern: options.filterPattern,
        startTime,
        nextToken,
      }),
      { abortSignal: signal },
    );
  const printer = new Printer(Math.max(0, clock.nowMs() - options.sinceMs), options.write);
  let isWaiting = false;
  try {
    for (;;) {
      try {
        await printer.printNew(page, clock.nowMs());
      } catch (error) {
        if (!(error instanceof sdk.ResourceNotFoundException)) throw error;
        const text = nothingLogged(functionName);
        if (!follow) throw new NothingLogged(text, { cause: error });
        if (!isWaiting) notify?.(`${text} Waiting for it.`);
        isWaiting = true;
      }
      if (!follow) return;
      await clock.sleep(POLL_MS, signal);
    }
  } catch (error) {
    // The user has stopped the command: that is its normal end, and whatever was on its way does not matter any more.
    if (!signal.aborted) throw error;
  } finally {
    client.destroy();
  }
}

function nothingLogged(functionName: string): string {
  return (
    `${functionName} has not logged anything: it has not run yet, or there is no function of that name. ` +
    `Run it with: aws lambda invoke --function-name ${functionName} /dev/stdout`
  );
}

/** Remembers what it printed as far back as the next poll looks. */
class Printer {
  readonly #write: (text: string) => void;
  #startMs: number;
  #printed = new Map<string, number>();

  constructor(startMs: number, write: (text: string) => void) {
    this.#startMs = startMs;
    this.#write = write;
  }

  async printNew(
    page: (startMs: number, nextToken: string | undefined) => Promise<FilterLogEventsCommandOutput>,
    nowMs: number,
  ): Promise<void> {
    const startMs = this.#startMs;
    let newestMs = startMs;
    let nextToken: string | undefined;
    do {
      const answer = await page(startMs, nextToken);
      for (const { eventId = '', timestamp = 0, message = '' } of answer.events ?? []) {
        newestMs = Math.max(newestMs, timestamp);
        if (this.#printed.has(eventId)) continue;
        this.#printed.set(eventId, timestamp);
        this.#write(message.endsWith('\n') ? message : `${message}\n`);
      }
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    // An event may bear a time to come (AWS takes two hours); those of now are to be seen nevertheless.
    this.#startMs = Math.max(startMs, Math.min(newestMs, nowMs) - OVERLAP_MS);
    for (const [eventId, timestamp] of this.#printed) {
      if (timestamp < this.#startMs) this.#printed.delete(eventId);
    }
  }
}
