import assert from 'node:assert/strict';

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

/** Waits for what comes without time passing; fails after 10,000 turns. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 500; look += 1) {
    if (await isSo()) return;
    await turns();
  }
  assert.fail('it did not happen');
}
