// Templates are Handlebars' language as far as SES takes it (developer guide, Advanced email personalization): values,
// conditions, loops. What is filled in is not escaped, there as here: "Amazon SES doesn't escape HTML content when rendering".

import { own } from '../../lib/own.ts';
import { SesRefused } from './refusal.ts';

export interface Template {
  readonly createdMs: number;
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}

/** AWS: size of a template. */
export const TEMPLATE_BYTES_MAX = 512_000;
const LEVELS_MAX = 32;
/** Loops within loops could make any letter out of a short template, or none in any time. */
const RENDERED_CHARACTERS_MAX = 10 * 1024 * 1024;
const STEPS_MAX = 500_000;

export type TemplateData = Readonly<Record<string, unknown>>;

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly path: string }
  | {
      readonly kind: 'block';
      readonly block: Block;
      readonly path: string;
      readonly main: Part[];
      readonly otherwise: Part[];
    };

const BLOCKS = ['if', 'unless', 'each', 'with'] as const;
type Block = (typeof BLOCKS)[number];

const TAG = /\{\{\{([^{}]*)\}\}\}|\{\{!--[\s\S]*?--\}\}|\{\{([^{}]*)\}\}/g;

/** The text with what the data say. Throws `SesRefused`: `bad-template`, `attribute-missing`. */
export function rendered(template: string, data: TemplateData): string {
  const out: string[] = [];
  let characters = 0;
  let steps = 0;
  const write = (text: string) => {
    characters += text.length;
    steps += 1;
    if (characters > RENDERED_CHARACTERS_MAX || steps > STEPS_MAX) {
      throw new SesRefused({ kind: 'bad-data', flaw: 'The rendered letter is too long.' });
    }
    out.push(text);
  };
  render(parse(template), [{ value: data, extra: {} }], write);
  return out.join('');
}

/** The parts of a letter out of a template. Throws `SesRefused`. */
export function renderedTemplate({ subject = '', text, html }: Omit<Template, 'createdMs'>, data: TemplateData) {
  return {
    subject: rendered(subject, data),
    text: text === undefined ? undefined : rendered(text, data),
    html: html === undefined ? undefined : rendered(html, data),
  };
}

/** The object in a template's data. Throws `SesRefused`. */
export function templateData(json: string | undefined): TemplateData {
  let data: unknown;
  try {
    data = JSON.parse(json ?? '{}');
  } catch {
    data = undefined; // Told below, as whatever is no object.
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new SesRefused({ kind: 'bad-data', flaw: 'Template data is not valid JSON object.' });
  }
  return data as TemplateData; // SAFE: any object can be read so.
}

/** Throws `SesRefused` for a text that is no template. */
export function assertTemplate({ subject = '', text = '', html = '' }: Omit<Template, 'createdMs'>): void {
  for (const part of [subject, text, html]) parse(part);
}

interface Open {
  readonly block: Block;
  readonly path: string;
  readonly main: Part[];
  readonly otherwise: Part[];
  isElse: boolean;
}

function parse(template: string): Part[] {
  const root: Part[] = [];
  const open: Open[] = [];
  const add = (part: Part) => {
    const inner = open.at(-1);
    if (inner === undefined) root.push(part);
    else (inner.isElse ? inner.otherwise : inner.main).push(part);
  };
  let at = 0;
  for (const match of template.matchAll(TAG)) {
    if (match.index > at) add({ kind: 'text', text: template.slice(at, match.index) });
    at = match.index + match[0].length;
    const tag = (match[1] ?? match[2] ?? '!').trim();
    if (tag.startsWith('!')) continue;
    const [, block, path = ''] = /^#\s*(\w+)\s*(.*)$/s.exec(tag) ?? [];
    if (block !== undefined) {
      const known = BLOCKS.find((one) => one === block);
      if (known === undefined || open.length >= LEVELS_MAX) throw bad(`{{#${block}}} is not supported`);
      open.push({ block: known, path: pathOf(path), main: [], otherwise: [], isElse: false });
    } else if (tag === 'else' || tag === '^') {
      const inner = open.at(-1);
      if (inner === undefined || inner.isElse) throw bad('{{else}} stands in no block');
      inner.isElse = true;
    } else if (tag.startsWith('/')) {
      const inner = open.pop();
      if (inner === undefined || inner.block !== tag.slice(1).trim()) throw bad(`{{${tag}}} ends nothing`);
      const { block, path, main, otherwise } = inner;
      add({ kind: 'block', block, path, main, otherwise });
    } else {
      add({ kind: 'value', path: pathOf(tag.replace(/^&/, '')) });
    }
  }
  const unended = open.at(-1);
  if (unended !== undefined) throw bad(`{{#${unended.block}}} has no end`);
  if (at < template.length) root.push({ kind: 'text', text: template.slice(at) });
  return root;
}

function pathOf(text: string): string {
  const path = text.trim();
  if (!/^(?:(?:\.\.\/)*(?:this|\.|@?[\p{L}\p{N}_$-]+)(?:[./][\p{L}\p{N}_$-]+)*)$/u.test(path))
    throw bad(`{{${path}}} is not supported`);
  return path;
}

const bad = (flaw: string) => new SesRefused({ kind: 'bad-template', flaw });

/** What names mean: those of the innermost block last. */
interface Level {
  readonly value: unknown;
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly extra: Readonly<Record<string, unknown>>;
}

function render(parts: readonly Part[], levels: readonly Level[], write: (text: string) => void): void {
  for (const part of parts) {
    if (part.kind === 'text') write(part.text);
    else if (part.kind === 'value') {
      const value = lookUp(part.path, levels);
      if (value === undefined) throw new SesRefused({ kind: 'attribute-missing', attribute: part.path });
      write(shown(value));
    } else renderBlock(part, levels, write);
  }
}

function renderBlock(part: Extract<Part, { kind: 'block' }>, levels: readonly Level[], write: (text: string) => void) {
  const value = lookUp(part.path, levels);
  // It counts as a step, also where nothing is written.
  write('');
  const within = (inner: unknown, extra: Level['extra'] = {}) =>
    render(part.main, [...levels, { value: inner, extra }], write);
  switch (part.block) {
    case 'if':
      return render(isTrue(value) ? part.main : part.otherwise, levels, write);
    case 'unless':
      return render(isTrue(value) ? part.otherwise : part.main, levels, write);
    case 'with':
      return isTrue(value) ? within(value) : render(part.otherwise, levels, write);
    case 'each': {
      if (!isTrue(value)) return render(part.otherwise, levels, write);
      const entries = Object.entries(Object(value));
      for (const [at, [key, inner]] of entries.entries()) {
        write('');
        within(inner, {
          '@index': at,
          '@key': key,
          '@first': at === 0,
          '@last': at === entries.length - 1,
        });
      }
    }
  }
}

function lookUp(path: string, levels: readonly Level[]): unknown {
  let depth = levels.length - 1;
  let rest = path;
  while (rest.startsWith('../')) {
    rest = rest.slice(3);
    depth -= 1;
  }
  const level = levels[Math.max(depth, 0)];
  if (rest.startsWith('@')) return level?.extra[rest];
  let value = level?.value;
  for (const name of rest.split(/[./]/)) {
    if (name === 'this' || name === '') continue;
    value = typeof value === 'object' && value !== null ? own(value as Record<string, unknown>, name) : undefined;
  }
  return value;
}

/** As Handlebars has it: an empty list is false, too. */
function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function shown(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
