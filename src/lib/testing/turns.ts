import assert from 'node:assert/strict';
import { systemClock } from '../clock.ts';

/** Some turns of the event loop, in which whatever could happen without time passing has happened. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass, after and before all that can happen without it. */
export async function pass(clock: { advance(ms: number): void }, ms: number): Promise<void> {
  await turns();
  clock.advance(ms);
  await turns();
}

/** Waits for what comes without the test's clock moving on; fails after a minute, which a disk or a busy machine may take part of. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = systemClock.monotonicMs() + 60_000; !(await isSo()); await turns()) {
    assert.ok(systemClock.monotonicMs() < endMs, `it did not happen: ${isSo}`);
  }
}
