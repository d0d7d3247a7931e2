import type { Posted } from '../../delivery/outbox.ts';
import type { Sender } from '../../delivery/sender.ts';
import { type Clock, pause } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { busMessage } from './bus-event.ts';
import type { NotifiedRule, WaitingChange } from './change.ts';
import { eventMessage } from './event-record.ts';
import type { S3Store } from './s3-store.ts';

/** Hands changes that wait in the store on to whoever delivers them: none is lost, after a crash some come twice. */
export interface Notifier extends AsyncDisposable {
  /** Changes wait. Never throws. */
  wake(): void;
}

export interface NotifierOptions {
  /** Throws when the store cannot be opened. */
  readonly store: () => Pick<S3Store, 'waitingChanges' | 'forgetChanges'>;
  /** Durable once it has resolved. */
  readonly post: (posted: Posted) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Handed on together; what is in memory at once. */
const BATCH = 100;
/** After the disk refused, or the store cannot be opened; twice as long each time. */
const TROUBLE_MS_MIN = 1_000;
const TROUBLE_MS_MAX = 60_000;

export function openNotifier({ store, post, clock, log }: NotifierOptions): Notifier {
  const ending = new AbortController();
  let working: Promise<void> | undefined;
  let isWoken = false;
  let troubleMs = TROUBLE_MS_MIN;

  /** Hands on what waits until nothing does. */
  const work = async (): Promise<void> => {
    while (isWoken && !ending.signal.aborted) {
      isWoken = false;
      try {
        for (;;) {
          const waiting = store().waitingChanges(BATCH);
          if (waiting.length === 0 || ending.signal.aborted) break;
          await Promise.all(waiting.flatMap(messagesOf).map(post));
          // A crash before this tells them once more.
          await store().forgetChanges(waiting.map(({ id }) => id));
        }
        troubleMs = TROUBLE_MS_MIN;
      } catch (error) {
        if (ending.signal.aborted) return;
        log.error({ err: error, againMs: troubleMs }, 'changes of buckets cannot be told now, and are tried again');
        isWoken = true;
        await pause(clock, troubleMs, ending.signal);
        troubleMs = Math.min(TROUBLE_MS_MAX, troubleMs * 2);
      }
    }
  };

  return {
    wake() {
      isWoken = true;
      if (working !== undefined || ending.signal.aborted) return;
      working = work().finally(() => {
        working = undefined;
        if (isWoken) this.wake();
      });
    },
    async [Symbol.asyncDispose]() {
      ending.abort(new Error('Lambent is stopping'));
      await working;
    },
  };
}

function messagesOf({ change, rules }: WaitingChange): Posted[] {
  const from = senderOf(change.bucket);
  return rules.map(({ id, arn, kind }) => ({
    arn,
    from,
    purpose: 'notification',
    message:
      kind === 'event-bus'
        ? busMessage(change)
        : { body: eventMessage(change, id), traceHeader: change.actor.traceHeader, ...subjectOf(kind) },
  }));
}

export function senderOf({ name, account }: { readonly name: string; readonly account: string }): Sender {
  return {
    kind: 'service',
    service: 's3.amazonaws.com',
    sourceArn: `arn:aws:s3:::${name}`,
    sourceAccount: account,
  };
}

/** Topics pass it on to who reads mail. */
export function subjectOf(kind: NotifiedRule['kind']): { subject?: string } {
  return kind === 'topic' ? { subject: 'Amazon S3 Notification' } : {};
}
