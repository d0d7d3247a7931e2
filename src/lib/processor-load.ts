import { cpus } from 'node:os';
import type { Clock } from './clock.ts';

/** Shorter spans say nothing, longer ones nothing of now. */
const SPAN_MS_MIN = 200;
const SPAN_MS_MAX = 2_000;
/** Of all processors' time. */
const BUSY_SHARE = 0.85;

/**
 * Whether the machine's processors are busy, as seen between this call and the one before it. True until there were two
 * calls close enough to each other: who asks again and again soon knows.
 */
export function processorLoad(clock: Pick<Clock, 'monotonicMs'>, times = processorTimes): () => boolean {
  let last: { readonly atMs: number; readonly times: Times } | undefined;
  let isBusy = true;
  return () => {
    const atMs = clock.monotonicMs();
    if (last !== undefined && atMs - last.atMs < SPAN_MS_MIN) return isBusy;
    const now = times();
    const { idle = 0, all = 0 } = last?.times ?? {};
    const isKnown = last !== undefined && atMs - last.atMs <= SPAN_MS_MAX && now.all > all;
    isBusy = !isKnown || 1 - (now.idle - idle) / (now.all - all) > BUSY_SHARE;
    last = { atMs, times: now };
    return isBusy;
  };
}

interface Times {
  readonly idle: number;
  readonly all: number;
}

function processorTimes(): Times {
  const each = cpus().map(({ times }) => ({
    idle: times.idle,
    all: times.user + times.nice + times.sys + times.irq + times.idle,
  }));
  return { idle: sum(each.map(({ idle }) => idle)), all: sum(each.map(({ all }) => all)) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
