import { parsedJson } from '../lib/json-flaw.ts';

/** What is put in the place of a name. `raw`: JSON text; else a value, undefined if there is none. */
export type Filling = { readonly raw: string } | { readonly value: unknown };

/** As much as any target takes: a name that stands there a thousand times must not become a gigabyte. */
const FILLED_LENGTH_MAX = 1024 * 1024;

export interface TemplateRules {
  /** What stands for values; its first group is the name. */
  readonly names: RegExp;
  /** Whether it is text; else it is JSON. */
  readonly isText: boolean;
  /** Within quotes of JSON, objects and lists lose theirs (`bare`), or what comes of them is no JSON (`whole`). */
  readonly objectsInQuotes: 'bare' | 'whole';
}

/**
 * Fills a template of EventBridge, in which names in angle brackets stand for values. In JSON a name that stands by itself
 * becomes a value, and one within quotes a part of that text; in text objects and lists lose their quotes. undefined: what
 * was made of JSON is none, or longer than a megabyte. Rules: "Input transformation" of EventBridge's and of EventBridge Pipes' user guide; what they
 * leave open follows answers of AWS that public suites have recorded.
 */
export function filledTemplate(
  template: string,
  { names, isText, objectsInQuotes }: TemplateRules,
  fillingOf: (name: string) => Filling,
): string | undefined {
  let isQuoted = false;
  let isEscaped = false;
  let from = 0;
  let result = '';
  for (const match of template.matchAll(names)) {
    const between = template.slice(from, match.index);
    for (const char of between) {
      if (isEscaped) isEscaped = false;
      else if (char === '\\') isEscaped = true;
      else if (char === '"') isQuoted = !isQuoted;
    }
    const place = isQuoted ? 'quoted' : isText ? 'text' : 'value';
    result += between + written(fillingOf(match[1] ?? ''), place, isText || objectsInQuotes === 'bare');
    if (result.length > FILLED_LENGTH_MAX) return undefined;
    from = match.index + match[0].length;
  }
  result += template.slice(from);
  if (result.length > FILLED_LENGTH_MAX) return undefined;
  return isText || parsedJson(result) !== undefined ? result : undefined;
}

function written(filling: Filling, place: 'text' | 'quoted' | 'value', isBare: boolean): string {
  const value = 'value' in filling ? filling.value : undefined;
  const json = 'raw' in filling ? filling.raw : JSON.stringify(value);
  if (place === 'value') return json ?? '""';
  if (json === undefined) return '';
  // Within quotes a text stays escaped; outside of them it is as it was.
  if (typeof value === 'string') return place === 'quoted' ? json.slice(1, -1) : value;
  return isBare ? json.replace(/(\\[^"])|\\?"/g, '$1') : json;
}
