// Asynchronous invocations: accepted once they are on the disk, then run as synchronous ones are, with retries, until they
// have succeeded or are given up; destinations and dead-letter queues are told of it by the outbox.

import type { Message } from '../../delivery/message.ts';
import type { Posted } from '../../delivery/outbox.ts';
import type { EventSettings } from '../../functions/event-settings.ts';
import { type FunctionKey, functionArn } from '../../functions/function.ts';
import { raceAbort } from '../../lib/abort.ts';
import type { MetricLabels } from '../../lib/metrics.ts';
import { processorLoad } from '../../lib/processor-load.ts';
import { openDispatcher, type Verdict } from '../../store/dispatcher.ts';
import type { QueueMessage } from '../../store/queue.ts';
import { openSqliteQueue } from '../../store/sqlite/sqlite-queue.ts';
import { enter } from '../lineage.ts';
import type { QueuedEvent } from './event.ts';
import { type Fate, fateAfter, fateBefore } from './event-fate.ts';
import type { EventQueue, EventQueueOptions } from './event-queue.ts';
import { busFacts, deadLetterAttributes, type Ended, eventRecord, eventText, recordKey } from './event-record.ts';

export type EventWorker = Pick<EventQueue, 'accept' | 'stop'> & AsyncDisposable;

/** Events that run at once, over all functions; one function alone gets half of them. */
const SLOTS = 256;
/** After the disk refused to take the record of an event. */
const TROUBLE_MS = 1_000;

/** Opens the file, and begins with what is in it. */
export async function openEventWorker(options: EventQueueOptions): Promise<EventWorker> {
  const { path, invoke, settings: settingsOf, outbox, metrics, clock, uuid, log, delays } = options;

  const work = async (message: QueueMessage, signal: AbortSignal): Promise<Verdict> => {
    const event = JSON.parse(message.state) as QueuedEvent; // SAFE: written by `accept`.
    const fate = await fateOf(event, message.body, signal);
    switch (fate.kind) {
      case 'again':
        return {
          kind: 'postponed',
          dueMs: clock.nowMs() + fate.delayMs,
          state: JSON.stringify(fate.event),
          throttled: fate.throttled,
        };
      case 'dropped':
        metrics.count('AsyncEventsDropped', labelsOf(event));
        log.warn(
          { function: event.invokedArn, requestId: event.requestId, attempts: event.attempts },
          fate.looping === true
            ? 'an event was dropped: it tells a function that goes round in a loop of its own loop'
            : 'an event was dropped: what it was to invoke has been deleted',
        );
        return { kind: 'settled' };
      case 'given-up':
        metrics.count('AsyncEventsDropped', labelsOf(event));
        log.warn(
          { function: event.invokedArn, requestId: event.requestId, condition: fate.condition },
          'an event was given up',
        );
        await tell(fate, message.body, signal);
        return { kind: 'settled' };
      case 'succeeded':
        await tell(fate, message.body, signal);
        return { kind: 'settled' };
    }
  };

  const fateOf = async (event: QueuedEvent, payload: Buffer, signal: AbortSignal): Promise<Fate> => {
    const before = fateBefore(event, settingsOf(event, event.qualifier), clock.nowMs());
    if (before !== undefined) return before;
    metrics.observe('AsyncEventAge', labelsOf(event), clock.nowMs() - event.acceptedMs);
    const running = invoke({
      account: event.account,
      region: event.region,
      name: event.name,
      qualifier: event.qualifier,
      type: 'RequestResponse',
      payload,
      requestId: event.requestId,
      traceId: event.traceId,
      clientContext: undefined,
      cognitoIdentity: undefined,
      wantsTail: false,
    });
    // A stop that waits no longer leaves the event in the queue: it runs again at the next start.
    const result = await raceAbort(running, signal);
    return fateAfter(event, result, settingsOf(event, event.qualifier), clock.nowMs(), delays);
  };

  /** Posts what destination and dead-letter queue are to get. Goes on until it is durable: the event is not run again for it. */
  const tell = async (ended: Ended, payload: Buffer, signal: AbortSignal): Promise<void> => {
    const settings = settingsOf(ended.event, ended.event.qualifier);
    if (settings === undefined) return;
    for (const posted of notices(ended, payload, settings, clock.nowMs(), uuid)) {
      for (;;) {
        try {
          await outbox.post(posted);
          break;
        } catch (error) {
          log.error({ err: error, target: posted.arn }, 'the record of an event cannot be stored now');
          await raceAbort(clock.sleep(TROUBLE_MS), signal);
        }
      }
    }
  };

  /** Events of a function with reserved concurrency wait for their turn, rather than be throttled. */
  const limitOf = (group: string): number | undefined => {
    const reserved = settingsOf(keyOfGroup(group), undefined)?.reserved;
    // With none at all, events are not run but given up, all of them at once.
    return reserved === 0 ? undefined : reserved;
  };

  await using opened = new AsyncDisposableStack();
  const queue = opened.use(openSqliteQueue(path, log));
  const dispatcher = opened.use(
    await openDispatcher({ queue, clock, log, slots: SLOTS, work, limitOf, isBusy: processorLoad(clock) }),
  );
  const owned = opened.move();
  return {
    async accept({ account, region, name, qualifier, requestId, traceId, payload, once }, invokedArn) {
      const acceptedMs = clock.nowMs();
      const where = { account, region, name };
      const event: QueuedEvent = {
        ...where,
        qualifier,
        invokedArn,
        requestId,
        traceId,
        acceptedMs,
        attempts: 0,
        deferrals: 0,
      };
      const group = groupOf(where);
      await queue.put({ group, dueMs: acceptedMs, state: JSON.stringify(event), body: payload, once });
      metrics.count('AsyncEventsReceived', labelsOf(where));
      dispatcher.wake(group, acceptedMs);
    },
    stop: dispatcher.stop,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What is to be posted about an event that has come to its end. */
function notices(ended: Ended, payload: Buffer, settings: EventSettings, nowMs: number, uuid: () => string): Posted[] {
  const { event } = ended;
  const from = {
    kind: 'role',
    roleArn: settings.roleArn,
    sourceArn: functionArn(event, undefined),
    sourceAccount: event.account,
  } as const;
  // Whoever gets it goes on with the chain, in which this function has had its turn.
  const traceHeader = enter(event.traceId, from.sourceArn).traceId;
  const destination = ended.kind === 'succeeded' ? settings.onSuccess : settings.onFailure;
  const posted: Posted[] = [];
  if (destination !== undefined) {
    const message: Message = {
      body: eventRecord(ended, payload, nowMs),
      traceHeader,
      event: busFacts(destination, ended),
      objectKey: destination.includes(':s3:') ? recordKey(event, nowMs, uuid()) : undefined,
    };
    posted.push({ arn: destination, message, from, purpose: 'destination' });
  }
  if (ended.kind === 'given-up' && settings.deadLetterArn !== undefined) {
    const message: Message = {
      body: Buffer.from(eventText(payload)),
      attributes: deadLetterAttributes(ended),
      traceHeader,
    };
    posted.push({ arn: settings.deadLetterArn, message, from, purpose: 'dead-letter' });
  }
  return posted;
}

const groupOf = ({ account, region, name }: FunctionKey): string => `${account}/${region}/${name}`;

function keyOfGroup(group: string): FunctionKey {
  const [account = '', region = '', name = ''] = group.split('/');
  return { account, region, name };
}

const labelsOf = ({ account, region, name }: FunctionKey): MetricLabels => ({ account, region, function: name });
