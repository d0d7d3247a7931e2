// The poller on a clock that is moved by hand, against a queue in memory: what takes minutes at a real one.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import type { InvokeResult } from '../../invoke/frontend.ts';
import { raceAbort } from '../../lib/abort.ts';
import { countedMetrics } from '../../lib/metrics.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import type { Mapping, Settings } from '../mapping.ts';
import { functionConsumer } from './function-consumer.ts';
import { QueuePoller } from './queue-poller.ts';
import { NoSuchQueue, type QueueMessage, type SourceQueues } from './source-queues.ts';

const THROTTLED: InvokeResult = {
  kind: 'refused',
  refusal: { kind: 'throttled', reason: 'ConcurrentInvocationLimitExceeded' },
};

test('five batches run at once, then 300 more a minute as long as messages wait, and never more than 1,000', async (t) => {
  const { queue, poller, advance } = await polled(t, { messages: 5_000, invoke: forever });
  assert.equal(poller.running, 5);
  await advance(200);
  assert.equal(poller.running, 6);
  await advance(59_800);
  assert.equal(poller.running, 305);
  await advance(180_000);
  assert.equal(poller.running, 1_000);
  assert.equal(queue.deleted.length, 0);
});

test('when the queue was empty it begins again with five', async (t) => {
  const runs: (() => void)[] = [];
  const invoke = () =>
    new Promise<InvokeResult>((resolve) => {
      runs.push(() => resolve(ran('{}')));
    });
  const { queue, poller, advance } = await polled(t, { messages: 40, invoke });
  await advance(60_000);
  assert.equal(poller.running, 40);
  for (const end of runs) end();
  await advance(20_000);
  assert.equal(queue.deleted.length, 40);
  queue.put(40);
  await advance(0);
  assert.equal(poller.running, 5);
});

test('a maximum concurrency is never passed', async (t) => {
  const { poller, advance } = await polled(t, { messages: 500, invoke: forever, settings: { concurrencyMax: 7 } });
  await advance(600_000);
  assert.equal(poller.running, 7);
});

test('provisioned pollers begin with ten batches each', async (t) => {
  const pollers = { min: 3, max: 4 };
  const { poller, advance } = await polled(t, { messages: 500, invoke: forever, settings: { pollers } });
  assert.equal(poller.running, 30);
  await advance(600_000);
  assert.equal(poller.running, 40);
});

test('an empty queue is asked once in twenty seconds', async (t) => {
  const { queue, advance } = await polled(t, { messages: 0, invoke: forever });
  await advance(3_600_000);
  assert.ok(queue.receives >= 180 && queue.receives <= 181, String(queue.receives));
});

test('what is throttled is tried again, ever more slowly, and given up when others may see it again', async (t) => {
  let tries = 0;
  const { queue, poller, advance } = await polled(t, {
    messages: 1,
    invoke: async () => {
      tries += 1;
      return THROTTLED;
    },
  });
  assert.equal(poller.problem, 'Function call throttled');
  await advance(1_000);
  await advance(2_000);
  assert.equal(tries, 3); // At once, after one second, and two later.
  await advance(300_000);
  assert.ok(tries <= 7, String(tries));
  assert.equal(poller.running, 0);
  assert.deepEqual([queue.deleted, queue.released], [[], []]);
});

test('throttles bring it down to one batch at a time, and what passes then is deleted', async (t) => {
  let isThrottled = true;
  let most = 0;
  let running = 0;
  const { queue, poller, advance } = await polled(t, {
    messages: 12,
    invoke: async () => {
      running += 1;
      most = Math.max(most, running);
      await setImmediate();
      running -= 1;
      return isThrottled ? THROTTLED : ran('{}');
    },
  });
  await advance(5_000);
  assert.ok(most <= 5, String(most));
  assert.equal(poller.running, 5);
  isThrottled = false;
  await advance(20_000);
  assert.equal(queue.deleted.length, 12);
  assert.equal(poller.problem, undefined);
});

test('when it is switched off, what only waits to be tried again is shown to others at once', async (t) => {
  const { queue, poller } = await polled(t, { messages: 3, invoke: async () => THROTTLED });
  assert.equal(queue.released.length, 0);
  await poller.pause();
  await poller.idle();
  assert.equal(queue.released.length, 3);
  assert.equal(poller.problem, undefined);
});

test('when it is switched off, what was gathered for a batch is shown to others at once', async (t) => {
  const settings = { batchSize: 20, batchWindowMs: 60_000 };
  const { queue, poller, advance } = await polled(t, { messages: 3, settings, invoke: async () => ran('{}') });
  await advance(30_000);
  await poller.pause();
  assert.deepEqual([queue.released.length, queue.deleted.length, poller.running], [3, 0, 0]);
});

test('a change of settings goes on with what was gathered, by the new ones', async (t) => {
  const sizes: number[] = [];
  const settings = { batchSize: 20, batchWindowMs: 60_000 };
  const { queue, run, advance } = await polled(t, {
    ...{ messages: 3, settings },
    invoke: async (payload) => {
      sizes.push(JSON.parse(payload.toString()).Records.length);
      return ran('{}');
    },
  });
  run({ batchSize: 2 });
  await advance(0);
  queue.put(3);
  await advance(20_000);
  assert.deepEqual(sizes, [2, 1]);
  assert.deepEqual([queue.released.length, queue.deleted.length], [3, 3]);
});

test('what failed is left to the queue', async (t) => {
  const failed: InvokeResult = { ...ran('{"errorMessage":"no"}'), outcome: { ...OUTCOME, kind: 'function-error' } };
  const { queue, poller, advance } = await polled(t, { messages: 2, invoke: async () => failed });
  await advance(60_000);
  assert.deepEqual([queue.deleted, queue.released], [[], []]);
  assert.equal(poller.problem, 'Function call failed');
});

for (const { name, kind, deleted } of [
  { name: 'orders', kind: 'a queue', deleted: ['1', '3', '4', '5'] },
  { name: 'orders.fifo', kind: 'a queue in order', deleted: ['1', '4', '5'] },
]) {
  test(`of ${kind}, what has failed by the answer stays${kind === 'a queue' ? '' : ', with all behind it in its group'}`, async (t) => {
    const { queue, advance } = await polled(t, {
      messages: 0,
      source: `arn:aws:sqs:eu-west-1:123456789012:${name}`,
      settings: { batchSize: 5, batchWindowMs: 1_000, partialFailures: true },
      invoke: async () => ran('{"batchItemFailures":[{"itemIdentifier":"2"}]}'),
    });
    for (const group of ['a', 'a', 'a', 'b', 'b']) queue.put(1, undefined, { group });
    await advance(2_000);
    assert.deepEqual([queue.deleted, queue.released], [deleted, []]);
  });
}

test('what no filter lets through is deleted, and nobody is told', async (t) => {
  const bodies: string[] = [];
  const { queue, advance } = await polled(t, {
    messages: 0,
    settings: { filters: ['{"body":["a"]}', '{"body":{"n":[2]}}'] },
    invoke: async (payload) => {
      const { Records }: { Records: { body: string }[] } = JSON.parse(payload.toString());
      bodies.push(...Records.map(({ body }) => body));
      return ran('{}');
    },
  });
  const deep = '['.repeat(100_000);
  for (const body of ['a', 'b', '{"n":2}', '{"n":3}', deep]) queue.put(1, undefined, { body });
  await advance(2_000);
  assert.deepEqual(bodies, ['a', '{"n":2}']);
  assert.deepEqual(queue.deleted.toSorted(), ['1', '2', '3', '4', '5']);
});

test('failures bring it down to few batches at a time', async (t) => {
  let running = 0;
  const atOnce: number[] = [];
  const failed: InvokeResult = { ...ran('{"errorMessage":"no"}'), outcome: { ...OUTCOME, kind: 'function-error' } };
  const { queue, advance } = await polled(t, {
    messages: 0,
    invoke: async () => {
      running += 1;
      atOnce.push(running);
      await setImmediate();
      running -= 1;
      return failed;
    },
  });
  queue.put(40);
  await advance(10_000);
  assert.equal(atOnce.length, 40);
  assert.equal(Math.max(...atOnce), 5);
  // As long as messages wait there is one place more every fifth of a second.
  assert.ok(Math.max(...atOnce.slice(-10)) <= 2, String(atOnce));
});

test('what was done and could not be deleted is deleted a moment later', async (t) => {
  let failures = 2;
  const { queue, advance } = await polled(t, {
    messages: 1,
    invoke: async () => ran('{}'),
    onDelete: () => {
      failures -= 1;
      if (failures >= 0) throw new Error('the disk is full');
    },
  });
  assert.equal(queue.deleted.length, 0);
  await advance(1_000);
  await advance(2_000);
  assert.equal(queue.deleted.length, 1);
});

test('a queue that has gone is asked for less and less often, until it is back', async (t) => {
  const { queue, poller, advance } = await polled(t, { messages: 0, invoke: async () => ran('{}'), isGone: true });
  assert.equal(poller.problem, 'The specified queue does not exist.');
  await advance(60_000);
  assert.ok(queue.receives <= 10, String(queue.receives));
  queue.isGone = false;
  queue.put(1);
  await advance(10_000);
  assert.equal(queue.deleted.length, 1);
  await advance(20_000);
  assert.equal(poller.problem, undefined);
});

test('a message that comes twice while its batch is gathered is in it once, by its newest handle', async (t) => {
  const events: { Records: { messageId: string; receiptHandle: string }[] }[] = [];
  const { queue, advance } = await polled(t, {
    messages: 1,
    settings: { batchSize: 20, batchWindowMs: 60_000 },
    invoke: async (payload) => {
      events.push(JSON.parse(payload.toString()));
      return ran('{}');
    },
  });
  await advance(30_000);
  queue.put(1, 'again');
  await advance(30_000);
  assert.deepEqual(
    events.map(({ Records }) => Records.map(({ messageId, receiptHandle }) => [messageId, receiptHandle])),
    [[['1', 'again']]],
  );
  assert.deepEqual(queue.deleted, ['again']);
});

test('a mapping that asks for it has its events counted', async (t) => {
  const failed: InvokeResult = { ...ran('{}'), outcome: { ...OUTCOME, kind: 'function-error' } };
  const invoke = async (payload: Buffer) => (payload.toString().includes('"messageId":"2"') ? failed : ran('{}'));
  const filters = ['{"body":["x"]}'];
  const { queue, advance, metrics } = await polled(t, {
    ...{ messages: 3, invoke },
    settings: { filters, metrics: ['EventCount'] },
  });
  queue.put(2, undefined, { body: 'y' });
  await advance(1_000);
  const counts = [...metrics.text(PLACE.account).matchAll(/^lambent_(\w+)_total\{.*\} (\d+)$/gm)];
  assert.deepEqual(Object.fromEntries(counts.map(([, name, count]) => [name, Number(count)])), {
    polled_event_count: 5,
    filtered_out_event_count: 2,
    invoked_event_count: 3,
    failed_invoke_event_count: 1,
    deleted_event_count: 2,
  });
});

test('messages that go round in a loop share no batch with others, and are left to the queue when they are refused', async (t) => {
  const trace = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
  const batches: string[][] = [];
  const traces: string[] = [];
  const { queue, poller, advance } = await polled(t, {
    messages: 1,
    settings: { batchSize: 10, batchWindowMs: 1_000 },
    invoke: async (payload, traceId) => {
      const { Records }: { Records: { messageId: string }[] } = JSON.parse(payload.toString());
      batches.push(Records.map(({ messageId }) => messageId));
      traces.push(traceId);
      return traceId.includes(':16') ? LOOPING : ran('{}');
    },
  });
  for (const count of [15, 16, 16, 3]) queue.put(1, undefined, { trace: `${trace};Lineage=0123abcd:${count}` });
  await advance(4_000);
  assert.deepEqual(batches, [['1', '2'], ['3', '4'], ['5']]);
  const lineages = traces.map((traceId) => traceId.split(';Lineage=')[1]);
  assert.deepEqual(lineages, ['0123abcd:15', '0123abcd:16', '0123abcd:3']);
  // Only what is one message's alone goes on in its trace.
  assert.deepEqual(
    traces.map((traceId) => traceId.startsWith(trace)),
    [false, false, true],
  );
  assert.deepEqual([queue.deleted, queue.released], [['1', '2', '5'], []]);
  assert.equal(poller.running, 0);
});

const LOOPING: InvokeResult = { kind: 'refused', refusal: { kind: 'recursive', rounds: 17 } };
const OUTCOME = {
  kind: 'answer' as const,
  payload: Buffer.from('{}'),
  version: '$LATEST',
  durationMs: 1,
  billedMs: 1,
  initMs: undefined,
  maxMemoryMb: 1,
  tail: undefined,
};
const ran = (text: string) => ({ kind: 'ran' as const, outcome: { ...OUTCOME, payload: Buffer.from(text) } });
const forever = () => new Promise<InvokeResult>(() => {});

interface Options {
  readonly messages: number;
  readonly invoke: (payload: Buffer, traceId: string) => Promise<InvokeResult>;
  readonly settings?: Partial<Settings>;
  readonly onDelete?: () => void;
  readonly isGone?: boolean;
  readonly source?: string;
}

interface Put {
  readonly body?: string;
  readonly trace?: string;
  readonly group?: string;
}

/** A poller of one message a batch, which has done all that it can do at the first instant. */
async function polled(
  t: TestContext,
  { messages, invoke, settings, onDelete = () => {}, isGone = false, source = SOURCE }: Options,
) {
  const manual = manualClock(0);
  const sleep = (ms: number, signal = new AbortController().signal) => raceAbort(manual.sleep(ms), signal);
  const clock = { ...manual, sleep };
  const waiting: QueueMessage[] = [];
  let onPut: () => void = () => {};
  let last = 0;
  const queue = {
    deleted: [] as string[],
    released: [] as string[],
    receives: 0,
    isGone,
    put(count: number, receiptHandle?: string, { body = 'x', trace, group }: Put = {}) {
      for (let at = 0; at < count; at += 1) {
        if (receiptHandle === undefined) last += 1;
        const system = {
          ...(trace !== undefined && { AWSTraceHeader: trace }),
          ...(group !== undefined && { MessageGroupId: group }),
        };
        waiting.push({ ...MESSAGE, id: String(last), receiptHandle: receiptHandle ?? String(last), body, system });
      }
      onPut();
    },
  };
  const queues: SourceQueues = {
    find: async () => ({ visibilityMs: 30_000 }),
    async receive(_, { countMax, waitMs }, signal) {
      queue.receives += 1;
      if (queue.isGone) throw new NoSuchQueue('it is not there');
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          clock.after(waitMs, resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
          onPut = resolve;
        });
      }
      return waiting.splice(0, countMax);
    },
    async delete(_, done) {
      onDelete();
      queue.deleted.push(...done.map(({ receiptHandle }) => receiptHandle));
    },
    async release(_, given) {
      queue.released.push(...given.map(({ receiptHandle }) => receiptHandle));
    },
  };
  const metrics = countedMetrics();
  const log = pino({ level: 'silent' });
  const poller = new QueuePoller({ queues, clock, log });
  t.after(() => poller[Symbol.asyncDispose]());
  /** Moves the clock in steps of a fifth of a second at most, and lets everything happen that is due. */
  const advance = async (ms: number) => {
    await settled();
    for (let left = ms; left > 0; left -= 200) {
      manual.advance(Math.min(200, left));
      await settled();
    }
  };
  queue.put(messages);
  const run = (changed?: Partial<Settings>) => {
    const mapping: Mapping = {
      ...MAPPING,
      source: { kind: 'sqs', arn: source },
      settings: { ...MAPPING.settings, ...changed },
    };
    poller.run(
      functionConsumer(mapping, {
        ...{ metrics, clock, log },
        invoke: ({ payload, traceId }) => invoke(payload, traceId),
        hindrance: () => undefined,
        uuid: () => crypto.randomUUID(),
      }),
    );
  };
  run(settings);
  await advance(0);
  return { queue, poller, run, advance, metrics };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await setImmediate();
}

const MESSAGE: QueueMessage = {
  id: '',
  receiptHandle: '',
  body: 'x',
  bodyMd5: '',
  system: {},
  attributes: {},
  attributesMd5: undefined,
};

const PLACE = { account: '123456789012', region: 'eu-west-1' };
const SOURCE = 'arn:aws:sqs:eu-west-1:123456789012:orders';
const MAPPING: Mapping = {
  place: PLACE,
  id: '00000000-0000-4000-8000-000000000000',
  source: { kind: 'sqs', arn: SOURCE },
  target: { key: { ...PLACE, name: 'hello' } },
  settings: { batchSize: 1, batchWindowMs: 0, partialFailures: false },
  state: 'enabled',
  enabled: true,
  modifiedMs: 0,
  tags: {},
};
