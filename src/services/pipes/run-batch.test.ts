// One execution of a pipe: what its enrichment and target get, and which messages count as done.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../delivery/message.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { raceAbort } from '../../lib/abort.ts';
import { manualClock } from '../../lib/testing/manual-clock.ts';
import type { PipeSettings, PipeTarget } from './pipe.ts';
import type { BatchOutcome, FunctionAnswer } from './ports.ts';
import { runBatch } from './run-batch.ts';

const KEY = { account: '123456789012', region: 'eu-west-1', name: 'orders' };
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:out';
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:work';
const ENRICH = 'arn:aws:lambda:eu-west-1:123456789012:function:enrich';
const NOON = Date.UTC(2026, 10, 21, 12);

test('a function gets a list, even of one, and says which messages it could not do', async () => {
  const { outcome, calls } = await ran({ target: { kind: 'function', arn: FUNCTION } }, ['{"n":1}']);
  assert.equal(calls.length, 1);
  const [record] = JSON.parse(calls[0]?.payload ?? '');
  assert.deepEqual([record.messageId, record.body], ['m1', '{"n":1}']);
  assert.deepEqual([calls[0]?.arn, calls[0]?.traceHeader], [FUNCTION, 'Root=1']);
  assert.deepEqual(outcome, { kind: 'answered', payload: Buffer.from('{}'), undone: new Set(), problem: undefined });
});

test('a template is applied to each record, whose body is JSON if it can be', async () => {
  const template =
    '{"body": <$.body>, "n": "<$.body.n>", "at": <aws.pipes.event.ingestion-time>, "by": <aws.pipes.pipe-arn>, "whole": <aws.pipes.event.json>}';
  const { calls } = await ran({ target: { kind: 'function', arn: FUNCTION, template } }, ['{"n":1}', 'text']);
  const [first, second] = JSON.parse(calls[0]?.payload ?? '');
  const [at, by] = ['2026-11-21T12:00:00.000Z', 'arn:aws:pipes:eu-west-1:123456789012:pipe/orders'];
  assert.deepEqual({ ...first, whole: first.whole.body }, { body: { n: 1 }, n: '1', at, by, whole: { n: 1 } });
  assert.deepEqual(second, { body: 'text', n: '', at, by, whole: '' });
});

test('what a template makes of the body alone is text, and a function gets it as a JSON string', async () => {
  const bodies = ['{"key": "value"}', 'plain', '7'];
  const toFunction = await ran({ target: { kind: 'function', arn: FUNCTION, template: '<$.body>' } }, bodies);
  assert.deepEqual(JSON.parse(toFunction.calls[0]?.payload ?? ''), ['{key:value}', 'plain', 7]);
  const toQueue = await ran({ target: { kind: 'queue', arn: QUEUE, template: '<$.body>' } }, bodies);
  assert.deepEqual(sorted(toQueue.delivered), ['7', 'plain', '{key:value}']);
});

test('a queue gets one message for each record, with what paths find for its group and id', async () => {
  const target: PipeTarget = {
    ...{ kind: 'queue', arn: QUEUE, template: '{"id": <$.messageId>}' },
    ...{ groupId: '$.body.customer', deduplicationId: '<$.messageId>' },
  };
  const { outcome, messages } = await ran({ target }, ['{"customer":"ada"}', '{"customer":7}', 'text']);
  const told = messages.map(({ body, groupId, deduplicationId }) => [body.toString(), groupId, deduplicationId]);
  assert.deepEqual(told, [
    ['{"id": "m1"}', 'ada', 'm1'],
    ['{"id": "m2"}', '7', 'm2'],
    ['{"id": "m3"}', undefined, 'm3'],
  ]);
  assert.deepEqual(outcome, { kind: 'done', undone: new Set() });
});

test('a bus gets events that say where they come from, unless the pipe says something else', async () => {
  const arn = 'arn:aws:events:eu-west-1:123456789012:event-bus/default';
  const plain = await ran({ target: { kind: 'bus', arn } }, ['{"n":1}']);
  assert.deepEqual(plain.messages[0]?.event, {
    ...{ source: 'Pipe orders', detailType: 'Event from aws:sqs', resources: [], timeMs: undefined },
  });
  const own: PipeTarget = {
    ...{ kind: 'bus', arn, source: 'shop', detailType: '$.body.kind', resources: ['a', '$.body.none'] },
    time: '$.body.at',
  };
  const told = await ran({ target: own }, ['{"kind":"Order","at":"2026-01-01T00:00:00Z"}']);
  assert.deepEqual(told.messages[0]?.event, {
    ...{ source: 'shop', detailType: 'Order', resources: ['a'], timeMs: Date.UTC(2026, 0, 1) },
  });
});

test('a message goes once to a queue that remembers it; what an enrichment makes of it has no name', async () => {
  const target: PipeTarget = { kind: 'queue', arn: QUEUE };
  const plain = await ran({ target }, ['a', 'b']);
  const pipe = 'arn:aws:pipes:eu-west-1:123456789012:pipe/orders';
  assert.deepEqual(plain.messages.map(({ once }) => once).sort(), [`${pipe} m1`, `${pipe} m2`]);
  const answer = '[{"messageId":"m1"},{"messageId":"m1"}]';
  const made = await ran({ target, enrichment: { arn: ENRICH } }, ['a'], { answer });
  assert.deepEqual(
    made.messages.map(({ once }) => once),
    [undefined, undefined],
  );
});

test('what the enrichment answers goes on in the place of the records', async () => {
  const enrichment = { arn: ENRICH, template: '{"n": <$.body.n>}' };
  const target: PipeTarget = { kind: 'queue', arn: QUEUE };
  const cases: [string, string[]][] = [
    ['[{"a":1},{"a":2},{"a":3}]', ['{"a":1}', '{"a":2}', '{"a":3}']],
    ['{"a":1}', ['{"a":1}']],
    ['[{}]', ['{}']],
    ['"text"', ['"text"']],
    ['no JSON', ['"no JSON"']],
    ['[]', []],
    ['{}', []],
    ['""', []],
    ['', []],
    ['null', []],
  ];
  for (const [answer, expected] of cases) {
    const { outcome, calls, delivered } = await ran({ target, enrichment }, ['{"n":1}', '{"n":2}'], { answer });
    assert.deepEqual([calls[0]?.arn, calls[0]?.payload], [ENRICH, '[{"n": 1},{"n": 2}]']);
    assert.deepEqual(sorted(delivered), expected, answer);
    assert.deepEqual(outcome, { kind: 'done', undone: new Set() }, answer);
  }
  const many = JSON.stringify(Array.from({ length: 11 }, () => 1));
  const { outcome, delivered } = await ran({ target, enrichment }, ['1'], { answer: many });
  assert.equal(undoneOf(outcome), 'all', 'the target takes ten at once');
  assert.deepEqual(delivered, []);
});

test('an enrichment that fails fails the batch, one that is throttled has it tried again', async () => {
  const settings = { target: { kind: 'queue', arn: QUEUE }, enrichment: { arn: ENRICH } } as const;
  const failing: FunctionAnswer = { kind: 'failed', problem: 'it failed' };
  const broken = await ran(settings, ['1'], { call: failing });
  assert.deepEqual([broken.outcome, broken.delivered], [{ kind: 'done', undone: 'all', problem: 'it failed' }, []]);
  const busy = await ran(settings, ['1'], { call: { kind: 'unavailable', problem: 'busy' } });
  assert.deepEqual(busy.outcome, { kind: 'not-yet', problem: 'busy' });
});

test('only the messages that the target did not take stay in the queue', async () => {
  const target: PipeTarget = { kind: 'queue', arn: QUEUE };
  const refuse = (body: string) => body.includes('"bad"');
  const { outcome, delivered } = await ran({ target }, ['good', 'bad', 'fine'], { refuse });
  assert.equal(delivered.length, 2);
  assert.deepEqual(outcome, { kind: 'done', undone: new Set(['m2']), problem: 'refused' });

  // What was made of a message is known by its id; without it nobody knows which one to keep.
  const enrichment = { arn: ENRICH };
  const answer = '[{"messageId":"m1"},{"messageId":"m2","x":"bad"}]';
  const named = await ran({ target, enrichment }, ['a', 'b'], { refuse, answer });
  assert.deepEqual(undoneOf(named.outcome), new Set(['m2']));
  const nameless = await ran({ target, enrichment }, ['a', 'b'], { refuse, answer: '[1,"bad"]' });
  assert.equal(undoneOf(nameless.outcome), 'all');
});

test('a target that cannot be reached is tried again only while it has nothing of the batch', async () => {
  const target: PipeTarget = { kind: 'queue', arn: QUEUE };
  const gone = new Undeliverable('unavailable', 'it is away');
  const all = await ran({ target }, ['a', 'b'], { refuse: () => true, error: gone });
  assert.deepEqual(all.outcome, { kind: 'not-yet', problem: 'it is away' });
  const some = await ran({ target }, ['a', 'b'], { refuse: (body) => body.includes('"a"'), error: gone });
  assert.deepEqual(undoneOf(some.outcome), new Set(['m1']));
});

test('in a FIFO queue nothing passes a message of its group that failed', async () => {
  const target: PipeTarget = { kind: 'queue', arn: QUEUE, template: '<$.body>' };
  const refuse = (body: string) => body === 'a2';
  const groups = ['a', 'b', 'a', 'b', 'a'];
  const { outcome, delivered } = await ran({ target }, ['a1', 'b1', 'a2', 'b2', 'a3'], { refuse, groups });
  assert.deepEqual(delivered, ['a1', 'b1', 'b2']);
  assert.deepEqual(undoneOf(outcome), new Set(['m3', 'm5']));
});

test('a function that is not waited for has done what it has accepted', async () => {
  const target: PipeTarget = {
    kind: 'function',
    arn: FUNCTION,
    invocation: 'handed-over',
    template: '{"n": <$.body>}',
  };
  const { outcome, calls, delivered } = await ran({ target }, ['1', '2']);
  assert.deepEqual([calls.length, delivered], [0, ['[{"n": "1"},{"n": "2"}]']]);
  assert.deepEqual(outcome, { kind: 'done', undone: new Set(), problem: undefined });
  const refused = await ran({ target }, ['1'], { refuse: () => true });
  assert.deepEqual(undoneOf(refused.outcome), new Set(['m1']));
});

test('an execution that takes longer than five minutes has failed', async () => {
  const target: PipeTarget = { kind: 'function', arn: FUNCTION };
  const { outcome } = await ran({ target }, ['a'], { lastsMs: 300_000 });
  assert.deepEqual(outcome, {
    ...{ kind: 'done', undone: 'all', problem: 'The execution of the pipe took longer than five minutes.' },
  });
  // One that may still answer is waited for.
  const waiting = ran({ target }, ['a'], { lastsMs: 299_999 });
  await assert.rejects(raceAbort(waiting, AbortSignal.timeout(50)), { name: 'TimeoutError' });
});

test('a message of which the template makes no JSON fails alone', async () => {
  const template = '{"n": 1<$.body.digit>}';
  const bodies = ['{"digit":5}', 'text'];
  const { outcome, calls } = await ran({ target: { kind: 'function', arn: FUNCTION, template } }, bodies);
  assert.equal(calls[0]?.payload, '[{"n": 15}]');
  assert.deepEqual(outcome.kind === 'answered' && outcome.undone, new Set(['m2']));
  const toQueue = await ran({ target: { kind: 'queue', arn: QUEUE, template } }, bodies);
  assert.deepEqual([toQueue.delivered, undoneOf(toQueue.outcome)], [['{"n": 15}'], new Set(['m2'])]);
  const none = await ran({ target: { kind: 'function', arn: FUNCTION, template } }, ['text']);
  assert.deepEqual([undoneOf(none.outcome), none.calls], ['all', []]);
});

interface Options {
  /** Of every function. */
  readonly answer?: string;
  readonly call?: FunctionAnswer;
  /** How long no function has answered yet. */
  readonly lastsMs?: number;
  readonly refuse?: (body: string) => boolean;
  readonly error?: Error;
  /** Of the messages; with them the queue is a FIFO queue. */
  readonly groups?: readonly string[];
}

async function ran(
  settings: Pick<PipeSettings, 'target' | 'enrichment'>,
  bodies: readonly string[],
  options: Options = {},
) {
  const clock = manualClock(NOON);
  const calls: { arn: string; payload: string; traceHeader: string }[] = [];
  const messages: Message[] = [];
  const {
    answer = '{}',
    call = { kind: 'answer', payload: Buffer.from(answer) },
    groups,
    refuse = () => false,
  } = options;
  const source = { arn: 'arn:aws:sqs:eu-west-1:123456789012:in', batchSize: 10, batchWindowMs: 0, filters: [] };
  const outcome = await runBatch({
    pipe: { key: KEY, settings: { ...settings, source, roleArn: 'arn:aws:iam::123456789012:role/pipe' } },
    batch: {
      records: bodies.map((body, at) => {
        const id = `m${at + 1}`;
        return { id, group: groups?.[at], json: JSON.stringify({ messageId: id, body }) };
      }),
      isOrdered: groups !== undefined,
      traceHeader: 'Root=1',
    },
    signal: new AbortController().signal,
    clock,
    async call({ arn, payload, traceHeader, from }) {
      assert.equal(from.kind === 'role' && from.roleArn, 'arn:aws:iam::123456789012:role/pipe');
      calls.push({ arn, payload: payload.toString(), traceHeader });
      clock.advance(options.lastsMs ?? 0);
      return options.lastsMs === undefined ? call : await new Promise<never>(() => {});
    },
    async deliver(_, message) {
      if (refuse(message.body.toString())) throw options.error ?? new Undeliverable('refused', 'refused');
      messages.push(message);
    },
  });
  return { outcome, calls, messages, delivered: messages.map(({ body }) => body.toString()) };
}

const sorted = (texts: readonly string[]) => [...texts].sort();
const undoneOf = (outcome: BatchOutcome) => (outcome.kind === 'done' ? outcome.undone : undefined);
