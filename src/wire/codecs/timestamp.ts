import type { TimestampFormat } from '../schema.ts';
import { Malformed } from './malformed.ts';

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(\.\d+)? GMT$/;
const EPOCH_SECONDS = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Throws `Malformed` when the text is not a time of that format. */
export function parseTimestamp(text: string, format: TimestampFormat): Date {
  switch (format) {
    case 'date-time':
      return dated(DATE_TIME.test(text) ? Date.parse(text) : Number.NaN, text);
    case 'http-date':
      return dated(HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN, text);
    case 'epoch-seconds':
      return timestampOfSeconds(EPOCH_SECONDS.test(text) ? Number(text) : Number.NaN);
  }
}

export function timestampOfSeconds(seconds: number): Date {
  return dated(Math.round(seconds * 1_000), seconds);
}

/** `fraction`: S3 writes milliseconds even when they are zero; query services leave them out. */
export function formatTimestamp(time: Date, format: TimestampFormat, fraction: 'always' | 'when-set'): string {
  switch (format) {
    case 'date-time':
      return fraction === 'always' ? time.toISOString() : time.toISOString().replace('.000Z', 'Z');
    case 'http-date':
      return time.toUTCString();
    case 'epoch-seconds':
      return String(secondsOf(time));
  }
}

export function secondsOf(time: Date): number {
  return time.getTime() / 1_000;
}

function dated(ms: number, source: string | number): Date {
  const time = new Date(ms);
  if (Number.isNaN(time.getTime())) throw new Malformed(`Invalid timestamp: ${source}`);
  return time;
}
