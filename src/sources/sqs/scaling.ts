import type { Settings } from '../mapping.ts';

// How many batches of a queue are worked on at once, decided from what was seen. Sources: "Configuring scaling behavior for
// SQS event source mappings" and "Backoff strategy for failed invocations" of Lambda's guide.

export interface ScaleRule {
  /** With which number it begins, and to which it comes back. */
  readonly initial: number;
  readonly max: number;
  /** While messages are waiting and every place is taken. */
  readonly perMinute: number;
}

export interface Scale {
  /** Whole batches count. */
  readonly batches: number;
  /** Until when growth has been counted, or is not to be. */
  readonly atMs: number;
}

/** AWS: five batches at first, up to 300 more a minute, 1,000 at most. */
const ON_DEMAND: ScaleRule = { initial: 5, max: 1_000, perMinute: 300 };
/** AWS: an event poller of provisioned mode handles up to ten invocations at a time, and they grow by 1,000 a minute. */
const PER_POLLER = 10;
const PROVISIONED_PER_MINUTE = 1_000;
const BACK_OFF_MS = 10_000;

export function scaleRule({ concurrencyMax, pollers }: Pick<Settings, 'concurrencyMax' | 'pollers'>): ScaleRule {
  if (pollers !== undefined) {
    return { initial: pollers.min * PER_POLLER, max: pollers.max * PER_POLLER, perMinute: PROVISIONED_PER_MINUTE };
  }
  const max = Math.min(concurrencyMax ?? ON_DEMAND.max, ON_DEMAND.max);
  return { ...ON_DEMAND, initial: Math.min(ON_DEMAND.initial, max), max };
}

export const firstScale = ({ initial }: ScaleRule, nowMs: number): Scale => ({ batches: initial, atMs: nowMs });

/** After a change of the settings: what has been reached stays, within the new bounds. */
export const rescaled = ({ batches, atMs }: Scale, { initial, max }: ScaleRule): Scale => ({
  batches: Math.min(Math.max(batches, initial), max),
  atMs,
});

/** From `atMs` until now every place was taken, and more was waiting. */
export function grown({ batches, atMs }: Scale, { max, perMinute }: ScaleRule, nowMs: number): Scale {
  if (nowMs <= atMs) return { batches, atMs };
  return { batches: Math.min(max, batches + ((nowMs - atMs) * perMinute) / 60_000), atMs: nowMs };
}

/** There were free places: no growth is saved up meanwhile. */
export const rested = ({ batches, atMs }: Scale, nowMs: number): Scale => ({ batches, atMs: Math.max(atMs, nowMs) });

/** The queue was found empty: back to the first number, as batches that run come to their ends. */
export function shrunk(scale: Scale, { initial }: ScaleRule, { running, nowMs }: { running: number; nowMs: number }) {
  return rested({ ...scale, batches: Math.min(scale.batches, Math.max(initial, running)) }, nowMs);
}

/**
 * A batch failed or was throttled. AWS backs off gradually, and does not say how: here by a tenth, at least one, down to one
 * batch at a time. After a throttle nothing grows for ten seconds; a poison message must not hold up its whole queue.
 */
export function backedOff({ batches, atMs }: Scale, why: 'failed' | 'throttled', nowMs: number): Scale {
  const fewer = Math.max(1, Math.min(batches - 1, batches * 0.9));
  return { batches: fewer, atMs: Math.max(atMs, why === 'throttled' ? nowMs + BACK_OFF_MS : nowMs) };
}

/** How long until there is one more place if nothing changes; undefined: for ever. */
export function nextPlaceMs(
  { batches, atMs }: Scale,
  { max, perMinute }: ScaleRule,
  nowMs: number,
): number | undefined {
  if (batches >= max) return undefined;
  return Math.max(0, atMs - nowMs) + ((Math.floor(batches) + 1 - batches) * 60_000) / perMinute;
}
