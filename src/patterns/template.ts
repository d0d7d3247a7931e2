import { parsedJson } from '../lib/json-flaw.ts';

/** What is put in the place of a name. `raw`: JSON text; else a value, undefined if there is none. */
export type Filling = { readonly raw: string } | { readonly value: unknown };

/**
 * Fills a template of EventBridge: text in which `<name>` stands for a value. One that begins with a brace or bracket is JSON,
 * in which a name that stands by itself becomes a value, and one within quotes a part of that text; any other is text, in
 * which objects and lists lose their quotes. undefined: what was made of JSON is none. Rules: "Input transformation" of
 * EventBridge's and of EventBridge Pipes' user guide; what they leave open follows answers of AWS that public suites have
 * recorded.
 */
export function filledTemplate(
  template: string,
  names: RegExp,
  fillingOf: (name: string) => Filling,
): string | undefined {
  const isText = !/^\s*[{[]/.test(template);
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
    result += between + written(fillingOf(match[1] ?? ''), isText, isQuoted);
    from = match.index + match[0].length;
  }
  result += template.slice(from);
  return isText || parsedJson(result) !== undefined ? result : undefined;
}

function written(filling: Filling, isText: boolean, isQuoted: boolean): string {
  const value = 'value' in filling ? filling.value : undefined;
  const json = 'raw' in filling ? filling.raw : JSON.stringify(value);
  if (!isText && !isQuoted) return json ?? '""';
  if (json === undefined) return '';
  // Within quotes a text stays escaped; outside of them it is as it was.
  if (typeof value === 'string') return isQuoted ? json.slice(1, -1) : value;
  return json.replace(/(\\[^"])|\\?"/g, '$1');
}
