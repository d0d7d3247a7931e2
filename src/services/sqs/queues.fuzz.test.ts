// Random histories of a queue, held against a model that is a list and a few sentences. The model knows of each message
// when it is visible, and of a FIFO queue's groups that they are locked while one of theirs is in flight; so it can say
// after every step exactly which messages a receive may answer, and how many there must be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generator } from '../../lib/testing/random.ts';
import type { ReceivedMessage } from './message.ts';
import { SqsRefused } from './refusal.ts';
import { FIFO, openForTest, QUEUE } from './testing/fixture.ts';

const STEPS = 400;
const SEEDS = [1, 2, 3, 4];
const RETENTION_MS = 600_000;
const DEDUPLICATION_MS = 300_000;

interface Modelled {
  readonly id: string;
  readonly group: string;
  readonly sentMs: number;
  visibleAtMs: number;
  receiveCount: number;
  handle: string | undefined;
}

for (const seed of SEEDS) {
  for (const place of [QUEUE, FIFO]) {
    test(`${place.name}: a random history is that of the model (seed ${seed})`, async (t) => {
      const { queues, clock } = openForTest(t);
      const fifo = place === FIFO;
      await queues.create(place, { fifo, retentionMs: RETENTION_MS, deduplicatesContent: fifo });
      const random = generator(seed);
      const upTo = (max: number) => Math.floor(random() * (max + 1));
      const model: Modelled[] = [];
      const taken = new Map<string, { id: string; sentMs: number }>();
      const handles: string[] = [];

      const isInFlight = (one: Modelled) => one.handle !== undefined && one.visibleAtMs > clock.nowMs();
      const isLocked = (group: string) => fifo && model.some((one) => one.group === group && isInFlight(one));
      /** What a receive may answer, in the order within each group. */
      const ready = () => {
        if (!fifo) return model.filter((one) => one.visibleAtMs <= clock.nowMs());
        return [...new Set(model.map(({ group }) => group))].flatMap((group) => {
          if (isLocked(group)) return [];
          const ofGroup = model.filter((one) => one.group === group);
          const hidden = ofGroup.findIndex((one) => one.visibleAtMs > clock.nowMs());
          return hidden < 0 ? ofGroup : ofGroup.slice(0, hidden);
        });
      };
      const held = (handle: string) => model.find((one) => one.handle === handle);

      const steps = {
        send: async () => {
          const group = `g${upTo(3)}`;
          const body = `${upTo(60)}`;
          const delayMs = fifo || random() < 0.7 ? undefined : upTo(20) * 1_000;
          const message = { body, senderId: 'x', group: fifo ? group : undefined, delayMs };
          const [sent] = await queues.send(place, [message]);
          assert.ok(sent !== undefined && !(sent instanceof SqsRefused));
          const before = taken.get(body);
          if (fifo && before !== undefined && clock.nowMs() < before.sentMs + DEDUPLICATION_MS) {
            assert.equal(sent.id, before.id, 'a duplicate is answered with the first one');
            return;
          }
          const sentMs = clock.nowMs();
          taken.set(body, { id: sent.id, sentMs });
          const visibleAtMs = sentMs + (delayMs ?? 0);
          model.push({ id: sent.id, group, sentMs, visibleAtMs, receiveCount: 0, handle: undefined });
        },
        receive: async () => {
          const countMax = 1 + upTo(9);
          const visibilityMs = upTo(30) * 1_000;
          const may = ready();
          const ask = { countMax, visibilityMs };
          const received = await queues.receive(place, ask, new AbortController().signal);
          assert.equal(received.length, Math.min(countMax, may.length), 'as many as there are');
          if (fifo) assertOrder(received, may);
          for (const message of received) {
            const one = may.find(({ id }) => id === message.id);
            assert.ok(one, 'only what may be received');
            one.receiveCount += 1;
            one.visibleAtMs = clock.nowMs() + visibilityMs;
            one.handle = message.receiptHandle;
            assert.equal(message.receiveCount, one.receiveCount);
            handles.push(message.receiptHandle);
          }
          assert.equal(new Set(received.map(({ id }) => id)).size, received.length, 'none twice in one answer');
        },
        delete: async () => {
          const handle = handles[upTo(handles.length - 1)];
          if (handle === undefined) return;
          const one = held(handle);
          const isOver = one === undefined || one.visibleAtMs <= clock.nowMs();
          const [refused] = await queues.deleteMessages(place, [handle]);
          // Whoever deletes what has gone succeeds; whoever deletes too late from a FIFO queue does not.
          if (one !== undefined) assert.equal(refused?.refusal.kind, fifo && isOver ? 'handle-expired' : undefined);
          if (one !== undefined && refused === undefined) model.splice(model.indexOf(one), 1);
        },
        change: async () => {
          const handle = handles[upTo(handles.length - 1)];
          if (handle === undefined) return;
          const visibilityMs = upTo(40) * 1_000;
          const one = held(handle);
          const isOver = one === undefined || one.visibleAtMs <= clock.nowMs();
          const [refused] = await queues.changeVisibility(place, [{ handle, visibilityMs }]);
          const expected = one === undefined ? 'not-there' : fifo && isOver ? 'handle-expired' : undefined;
          assert.equal(refused?.refusal.kind, expected);
          if (one !== undefined && refused === undefined) one.visibleAtMs = clock.nowMs() + visibilityMs;
        },
        wait: async () => {
          clock.advance(upTo(15) * 1_000);
          const young = model.filter(({ sentMs }) => sentMs >= clock.nowMs() - RETENTION_MS);
          model.splice(0, model.length, ...young);
        },
      };
      const choices = [steps.send, steps.send, steps.receive, steps.delete, steps.delete, steps.change, steps.wait];
      for (let step = 0; step < STEPS; step += 1) {
        await choices[upTo(choices.length - 1)]?.();
        const hidden = model.filter((one) => one.visibleAtMs > clock.nowMs());
        const inFlight = hidden.filter(isInFlight).length;
        assert.deepEqual(
          queues.counts(place),
          { visible: model.length - hidden.length, inFlight, delayed: hidden.length - inFlight },
          `after step ${step}`,
        );
      }
      // In the end everything that was not deleted comes out, in its order.
      clock.advance(60_000);
      const left = model.filter(({ sentMs }) => sentMs >= clock.nowMs() - RETENTION_MS).map(({ id }) => id);
      const ask = { countMax: 1_000, visibilityMs: 60_000 };
      const last = await queues.receive(place, ask, new AbortController().signal);
      assert.deepEqual(last.map(({ id }) => id).sort(), left.sort());
    });
  }
}

/** Of each group the first ones, in their order. */
function assertOrder(received: readonly ReceivedMessage[], may: readonly Modelled[]): void {
  for (const group of new Set(received.map((message) => message.group))) {
    const got = received.filter((message) => message.group === group).map(({ id }) => id);
    const first = may.filter((one) => one.group === group).map(({ id }) => id);
    assert.deepEqual(got, first.slice(0, got.length), `the order of group ${group}`);
  }
}
