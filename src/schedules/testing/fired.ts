/** What `fire-until-killed.ts` fires, and when. */
export const EPOCH_MS = Date.parse('2026-01-01T00:00:00Z');
/** Schedules of every minute. */
export const STEADY = 100;
/** Single times, spread over so many minutes. */
export const SINGLE = 300;
const MINUTES = 15;

export const FIRES_TABLE =
  'CREATE TABLE fires (key TEXT NOT NULL, scheduled_ms INTEGER NOT NULL, at_ms INTEGER NOT NULL)';

export const singleTime = (at: number): string =>
  new Date(EPOCH_MS + Math.ceil(((at + 1) / SINGLE) * MINUTES * 60) * 1_000).toISOString().slice(0, 19);
