import { parsedJson } from '../../lib/json-flaw.ts';
import { readJsonPath, valueAt } from '../../patterns/json-path.ts';
import { type Filling, filledTemplate } from '../../patterns/template.ts';
import type { Item } from './item.ts';
import { type Pipe, pipeArn } from './pipe.ts';

// "Input transformation", EventBridge Pipes user guide.

const NAMES =
  /<(\$[^<>]*|aws\.pipes\.(?:pipe-arn|pipe-name|source-arn|enrichment-arn|target-arn|event\.ingestion-time|event\.json|event))>/g;

/** Templates that hand on all of it. */
const WHOLE = /^\s*<aws\.pipes\.event(?:\.json)?>\s*$/;

/** What the template makes of one item, as text; undefined: no JSON, although the template is, or too long. */
export function transformed(
  item: Item,
  template: string | undefined,
  { key, settings }: Pick<Pipe, 'key' | 'settings'>,
  nowMs: number,
): string | undefined {
  if (template === undefined || WHOLE.test(template)) return item.json;
  // "Free text, a JSON path to the event payload, or a JSON object".
  const rules = { names: NAMES, isText: !/^\s*[{[]/.test(template), objectsInQuotes: 'bare' } as const;
  return filledTemplate(template, rules, (name): Filling => {
    switch (name) {
      case 'aws.pipes.pipe-arn':
        return { value: pipeArn(key) };
      case 'aws.pipes.pipe-name':
        return { value: key.name };
      case 'aws.pipes.source-arn':
        return { value: settings.source.arn };
      case 'aws.pipes.enrichment-arn':
        return { value: settings.enrichment?.arn };
      case 'aws.pipes.target-arn':
        return { value: settings.target.arn };
      case 'aws.pipes.event.ingestion-time':
        return { value: new Date(nowMs).toISOString() };
      case 'aws.pipes.event':
        return { raw: item.json };
      case 'aws.pipes.event.json':
        return item.isJson ? { value: item.view } : { value: undefined };
      default:
        return { value: found(item, name) };
    }
  });
}

export const NO_JSON = 'The input template made of a message what is no JSON, or longer than a megabyte.';

/** The event of a function, which takes nothing but JSON: any other text becomes a JSON string. */
export function listOf(texts: readonly string[]): Buffer {
  const json = texts.map((text) => (parsedJson(text) === undefined ? JSON.stringify(text) : text));
  return Buffer.from(`[${json.join(',')}]`);
}

/**
 * A parameter of a target: where it is a path, alone or in angle brackets, what stands there ("Dynamic path parameters").
 * undefined if nothing does.
 */
export function dynamic(text: string | undefined, item: Item): string | undefined {
  const path = /^<?(\$[.[][^<>]*)>?$/.exec(text ?? '')?.[1];
  if (path === undefined) return text;
  const value = found(item, path);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function found(item: Item, path: string): unknown {
  const steps = readJsonPath(path);
  return steps === undefined ? undefined : valueAt(item.view, steps);
}
