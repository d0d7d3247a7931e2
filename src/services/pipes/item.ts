import { parsedJson } from '../../lib/json-flaw.ts';
import type { SourceBatch, SourceRecord } from './ports.ts';

/** What a pipe carries: a record of its source, or what the enrichment has made of some. */
export interface Item {
  /** As it goes on where no template makes something else of it. */
  readonly json: string;
  /** As templates and paths look into it. */
  readonly view: unknown;
  /** Whether `json` is the whole of it, with nothing in it that is JSON within a text and is none. */
  readonly isJson: boolean;
  /** The message that it came from; undefined: nobody knows. */
  readonly id: string | undefined;
  /** Of a FIFO queue. */
  readonly group: string | undefined;
}

/** A body that is JSON is looked into ("Implicit body data parsing", EventBridge Pipes user guide). */
export function sourceItem({ id, group, json }: SourceRecord): Item {
  const record = JSON.parse(json) as { body: string }; // SAFE: who reads a source makes records of it.
  const body = lookedInto(record.body);
  const view = body === undefined ? record : { ...record, body: body.value };
  return { json, view, isJson: body !== undefined, id, group };
}

/**
 * What the enrichment answers: each element of a list, or the answer itself. Empty for an empty answer, with which the target is
 * not invoked: `""`, `{}`, `[]` ("Filtering events using enrichment", EventBridge Pipes user guide).
 */
export function enrichedItems(payload: Buffer, batch: SourceBatch): Item[] {
  const text = payload.toString();
  if (text.trim() === '') return [];
  const json = parsedJson(text);
  if (json === undefined) {
    return [{ json: JSON.stringify(text), view: text, isJson: false, id: undefined, group: undefined }];
  }
  const { value } = json;
  if (value === '' || value === null || (isObject(value) && Object.keys(value).length === 0)) return [];
  const groups = new Map(batch.records.map(({ id, group }) => [id, group]));
  return (Array.isArray(value) ? value : [value]).map((one: unknown): Item => {
    const named = isObject(one) ? one.messageId : undefined;
    const id = typeof named === 'string' && groups.has(named) ? named : undefined;
    const group = id === undefined ? undefined : groups.get(id);
    return { json: JSON.stringify(one), view: one, isJson: true, id, group };
  });
}

/** As filters do: a text that only begins like JSON stays a text. */
function lookedInto(body: string): { readonly value: unknown } | undefined {
  return /^\s*[{[]/.test(body) ? parsedJson(body) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
