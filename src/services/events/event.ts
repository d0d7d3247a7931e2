import type { Scope } from './bus.ts';

/** An event on a bus, in the form that everybody gets it ("Event structure", EventBridge User Guide). */
export interface BusEvent {
  readonly id: string;
  /** All of it, as JSON. The detail stands in it as it came, so that its numbers are what they were. */
  readonly text: string;
  /** The same, parsed. */
  readonly value: EventValue;
  readonly traceHeader?: string | undefined;
}

export interface EventValue {
  readonly version: string;
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  readonly 'replay-name'?: string | undefined;
}

export interface NewEvent extends Scope {
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly timeMs: number;
  readonly resources: readonly string[];
  /** A JSON object. */
  readonly detail: string;
  readonly traceHeader?: string | undefined;
}

/** undefined if the detail is no JSON object. */
export function newEvent(draft: NewEvent): BusEvent | undefined {
  const { id, source, detailType, account, region, timeMs, resources, traceHeader } = draft;
  const detail = parsed(draft.detail);
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return undefined;
  const head = {
    version: '0',
    id,
    'detail-type': detailType,
    source,
    account,
    time: eventTime(timeMs),
    region,
    resources,
  };
  const text = `${JSON.stringify(head).slice(0, -1)},"detail":${compact(draft.detail)}}`;
  return { id, text, value: { ...head, detail }, traceHeader };
}

/** An event that was on a bus before. undefined if this is none. */
export function readEvent(text: string, traceHeader?: string): BusEvent | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') return undefined;
  // SAFE: who hands it on has it from `newEvent`.
  return { id: value.id, text, value: value as EventValue, traceHeader };
}

/** The event as a replay tells it once more. */
export function replayed({ id, text, value, traceHeader }: BusEvent, replay: string): BusEvent {
  const told = `${text.slice(0, -1)},"replay-name":${JSON.stringify(replay)}}`;
  return { id, text: told, value: { ...value, 'replay-name': replay }, traceHeader };
}

/** As AWS writes the time of an event: with seconds, in UTC. */
export function eventTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Without the white space between its tokens; numbers and duplicate names stay as they were written. */
function compact(json: string): string {
  if (!/[ \t\r\n]/.test(json)) return json;
  return json.replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/gs, '$1');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The caller says what it is then.
  }
}
