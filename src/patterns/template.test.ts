import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJsonPath, valueAt } from './json-path.ts';
import { filledTemplate } from './template.ts';

const EVENT = {
  text: 'he said "hi"\n',
  number: 4.5,
  nothing: null,
  object: { a: 'b', quoted: 'x"y\\' },
  list: [{ n: 1 }, { n: 2, deep: [{ m: 'x' }] }],
  'a.b': { "it's": true },
};

test('a template is filled as EventBridge fills it', () => {
  const cases: [string, string | undefined][] = [
    // JSON: a name by itself is a value, whatever its type; what is not there is an empty text.
    ['{"a": <$.text>}', String.raw`{"a": "he said \"hi\"\n"}`],
    ['{"a": <$.number>, "b": <$.nothing>, "c": <$.none>}', '{"a": 4.5, "b": null, "c": ""}'],
    ['[<$.object>]', String.raw`[{"a":"b","quoted":"x\"y\\"}]`],
    // Within quotes it is a part of that text; objects lose their quotes there.
    ['{"a": "so <$.text>, <$.number> <$.none>."}', String.raw`{"a": "so he said \"hi\"\n, 4.5 ."}`],
    ['{"a": "<$.object>"}', String.raw`{"a": "{a:b,quoted:xy\\}"}`],
    [String.raw`{"a": "\"<$.number>\"", "b": <$.number>}`, String.raw`{"a": "\"4.5\"", "b": 4.5}`],
    // What becomes no JSON is told.
    ['{"a": <$.text> }}', undefined],
    ['{"a": <$.text> "b": 1}', undefined],
    // Any other template is text.
    ['<$.text>', 'he said "hi"\n'],
    ['<$.object.a>', 'b'],
    ['Hello <$.object>, <b> & <$.none>.', 'Hello {a:b,quoted:xy\\\\}, <b> & .'],
    ['"Hello, <$.text>"', String.raw`"Hello, he said \"hi\"\n"`],
    ['plain', 'plain'],
  ];
  for (const [template, expected] of cases) {
    const rules = { names: /<(\$[^<>]*)>/g, isText: !/^[{[]/.test(template), objectsInQuotes: 'bare' } as const;
    const filled = filledTemplate(template, rules, (name) => ({ value: valueAt(EVENT, readJsonPath(name) ?? []) }));
    assert.equal(filled, expected, template);
  }
});

test('where objects keep their quotes within quotes, what comes of them is no JSON', () => {
  const rules = { names: /<(\w+)>/g, isText: false, objectsInQuotes: 'whole' } as const;
  assert.equal(
    filledTemplate('{"a": "<x>"}', rules, () => ({ value: { b: 'c' } })),
    undefined,
  );
  assert.equal(
    filledTemplate('{"a": "<x>"}', rules, () => ({ value: 7 })),
    '{"a": "7"}',
  );
  assert.equal(
    filledTemplate('{"a": <x>}', rules, () => ({ raw: '{"n": 1.0}' })),
    '{"a": {"n": 1.0}}',
  );
});

test('a name that stands there a thousand times becomes no gigabyte', () => {
  const rules = { names: /<(\w+)>/g, isText: true, objectsInQuotes: 'whole' } as const;
  const value = 'x'.repeat(256 * 1024);
  const repeated = (times: number) => filledTemplate('<a>'.repeat(times), rules, () => ({ value }));
  assert.equal(repeated(4)?.length, 1024 * 1024);
  assert.equal(repeated(5), undefined);
  assert.equal(repeated(2_700), undefined);
});

test('a path leads through members, places and everything at once', () => {
  const cases: [string, unknown][] = [
    ['$', EVENT],
    ['$.list[1].n', 2],
    ['$.list[2].n', undefined],
    ['$.list[*].n', [1, 2]],
    ['$.list.*.n', [1, 2]],
    ['$.list[*].deep[*].m', ['x']],
    ["$['a.b']['it\\'s']", true],
    ['$["a.b"]', EVENT['a.b']],
    ['$.toString', undefined],
    ['$.text.length', undefined],
  ];
  for (const [path, expected] of cases) {
    const steps = readJsonPath(path);
    assert.ok(steps, path);
    assert.deepEqual(valueAt(EVENT, steps), expected, path);
  }
  for (const path of ['', 'text', '$text', '$.', '$..a', '$.a[', '$.a[b]', '$.a b', "$['a"]) {
    assert.equal(readJsonPath(path), undefined, path);
  }
});
