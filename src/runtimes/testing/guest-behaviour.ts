// What every guest does, whatever its language; each function is written in that.
import assert from 'node:assert/strict';
import type { Runtime } from '../runtime.ts';
import { type InvokeHead, type TextFunction, withFunction } from './guest-process.ts';

/** `echo` answers its event. */
export async function passesSixMegabytes(runtime: Runtime, echo: TextFunction): Promise<void> {
  await withFunction(runtime, echo, async (guest) => {
    const event = JSON.stringify('x'.repeat(6 * 1024 * 1024 - 2));
    assert.ok((await guest.invoke(event)).payload.equals(Buffer.from(event)));
    assert.equal((await guest.invoke('"still alive"')).payload.toString(), '"still alive"');
  });
}

/** `shown` answers a list whose last entry is the trace id that its environment has; the others stay as they are. */
export async function followsTraceIds(
  runtime: Runtime,
  shown: TextFunction,
  others: (task: string) => readonly unknown[],
): Promise<void> {
  await withFunction(runtime, shown, async (guest, _init, task) => {
    const run = async (head: InvokeHead) => JSON.parse((await guest.invoke('{}', head)).payload.toString());
    assert.deepEqual(await run({ traceId: 'Root=1-a' }), [...others(task), 'Root=1-a']);
    assert.deepEqual(await run({ traceId: 'Root=1-b' }), [...others(task), 'Root=1-b']);
    assert.deepEqual(await run({}), [...others(task), null]);
  });
}

/** `busy` leaves something running that would hold its process. */
export async function endsWithItsChannel(runtime: Runtime, busy: TextFunction): Promise<void> {
  await withFunction(runtime, busy, async (guest) => {
    await guest.invoke('{}');
    guest.closeChannel();
    assert.deepEqual(await guest.ended(), { code: 0, signal: null });
  });
}
