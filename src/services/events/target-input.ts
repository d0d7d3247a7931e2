import { readJsonPath, valueAt } from '../../patterns/json-path.ts';
import { type Filling, filledTemplate } from '../../patterns/template.ts';
import { type BusEvent, eventTime } from './event.ts';
import { type RuleKey, ruleArn, type TargetInput } from './rule.ts';

// "Input transformation", EventBridge User Guide; what the guide leaves open follows answers of AWS that public client
// suites have recorded.

/** What is known beside the event when a target gets it. */
export interface InputContext {
  readonly rule: RuleKey;
  readonly ingestedMs: number;
}

/** Names that a template has without a path. */
const RESERVED = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event.json',
  'aws.events.event',
];

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/g;

/** Why this is no input; undefined: it is one. */
export type InputFlaw =
  | { readonly kind: 'no-json' }
  | { readonly kind: 'no-path' }
  | { readonly kind: 'unknown-placeholder'; readonly name: string };

export function flawOfInput(input: TargetInput): InputFlaw | undefined {
  switch (input.kind) {
    case 'constant':
      return isJson(input.json) ? undefined : { kind: 'no-json' };
    case 'path':
      return readJsonPath(input.path) === undefined ? { kind: 'no-path' } : undefined;
    case 'template': {
      if (Object.values(input.paths).some((path) => readJsonPath(path) === undefined)) return { kind: 'no-path' };
      for (const [, name = ''] of input.template.matchAll(PLACEHOLDER)) {
        if (!RESERVED.includes(name) && !Object.hasOwn(input.paths, name)) return { kind: 'unknown-placeholder', name };
      }
      return undefined;
    }
  }
}

/** What the target gets; undefined: nothing, since what was made of its template is no JSON or too long, which AWS drops without a word. */
export function inputFor(event: BusEvent, input: TargetInput | undefined, context: InputContext): string | undefined {
  switch (input?.kind) {
    case undefined:
      return event.text;
    case 'constant':
      return input.json;
    case 'path':
      return JSON.stringify(valueAt(event.value, readJsonPath(input.path) ?? []) ?? null);
    case 'template':
      return filled(input.template, (name) => placeholder(name, input.paths, event, context));
  }
}

function placeholder(
  name: string,
  paths: Readonly<Record<string, string>>,
  { text, value }: BusEvent,
  { rule, ingestedMs }: InputContext,
): Filling {
  const path = Object.hasOwn(paths, name) ? paths[name] : undefined;
  if (path !== undefined) return { value: valueAt(value, readJsonPath(path) ?? []) };
  switch (name) {
    case 'aws.events.rule-arn':
      return { value: ruleArn(rule) };
    case 'aws.events.rule-name':
      return { value: rule.rule };
    case 'aws.events.event.ingestion-time':
      return { value: eventTime(ingestedMs) };
    case 'aws.events.event.json':
      return { raw: text };
    default: {
      // Recorded: the event without its detail, with names of its own and the time at which it came.
      const { id, account, source, region, resources, version } = value;
      const time = eventTime(ingestedMs);
      return { value: { id, account, detailType: value['detail-type'], time, source, region, resources, version } };
    }
  }
}

/** A template that begins with a quote is text; any other is JSON. */
function filled(template: string, fillingOf: (name: string) => Filling): string | undefined {
  const isText = template.trimStart().startsWith('"');
  return filledTemplate(template, { names: PLACEHOLDER, isText, objectsInQuotes: 'whole' }, fillingOf);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // Which is the answer.
  }
}
