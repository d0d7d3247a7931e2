import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JSON_DEPTH_MAX, jsonFlaw, parsedJson } from './json-flaw.ts';
import { generator } from './testing/random.ts';

const SEED = Number(process.env.SEED ?? 1);

const flawOf = (text: string) => jsonFlaw(Buffer.from(text));

test('what JSON.parse takes is JSON, and nothing else, over texts that are nearly JSON', () => {
  const random = generator(SEED);
  const below = (count: number) => Math.floor(random() * count);
  const seen = { json: 0, other: 0 };
  for (let round = 0; round < 20_000; round += 1) {
    const text = round % 2 === 0 ? pieces(below) : damaged(JSON.stringify(value(below, 0), null, below(3)), below);
    const expected = isJson(text);
    assert.equal(flawOf(text) === undefined, expected, `seed ${SEED}: ${JSON.stringify(text)}`);
    seen[expected ? 'json' : 'other'] += 1;
  }
  assert.ok(seen.json > 1_000 && seen.other > 1_000, JSON.stringify(seen));
});

test('a nest may have as many levels as it may, of both kinds, and not one more', () => {
  const nest = (depth: number) => `${'['.repeat(depth - 1)}{"a":1}${']'.repeat(depth - 1)}`;
  assert.equal(flawOf(nest(JSON_DEPTH_MAX)), undefined);
  assert.equal(flawOf(nest(JSON_DEPTH_MAX + 1)), 'too-deep');
  // One behind the other is no nest.
  assert.equal(flawOf(`[${'[],{"a":{}},'.repeat(JSON_DEPTH_MAX)}1]`), undefined);
});

test('what is too deep, or no JSON, means nothing', () => {
  assert.deepEqual(parsedJson('null'), { value: null });
  assert.equal(parsedJson('{"a":1'), undefined);
  assert.equal(parsedJson('['.repeat(JSON_DEPTH_MAX + 1) + ']'.repeat(JSON_DEPTH_MAX + 1)), undefined);
});

const PIECES = [
  ...['{', '}', '[', ']', ',', ':', '"a"', '"', '\\', '\\u00', '"\\u00e9"', '"\\n"', '"\\x"', '"\\u00g0"', '\x01', 'é'],
  ...[
    '1',
    '-',
    '0',
    '-0',
    '01',
    '.5',
    '1.',
    'e3',
    '1e',
    'E+5',
    '1E-5',
    'true',
    'nul',
    'null',
    'false',
    ' ',
    '\n',
    '\t',
  ],
];

function pieces(below: (count: number) => number): string {
  return Array.from({ length: 1 + below(7) }, () => PIECES[below(PIECES.length)]).join('');
}

function value(below: (count: number) => number, depth: number): unknown {
  const kind = below(depth > 3 ? 4 : 6);
  if (kind === 4) return Array.from({ length: below(4) }, () => value(below, depth + 1));
  if (kind === 5) {
    return Object.fromEntries(Array.from({ length: below(4) }, (_, at) => [`k"\\${at}`, value(below, depth + 1)]));
  }
  return [null, below(2) === 1, below(1_000) / 7 - 50, `x\n"é${below(9)}`][kind];
}

/** Every other text has a piece put in somewhere, perhaps in the place of a character. */
function damaged(text: string, below: (count: number) => number): string {
  if (below(2) === 0) return text;
  const at = below(text.length + 1);
  return `${text.slice(0, at)}${PIECES[below(PIECES.length)]}${text.slice(at + below(2))}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
