import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SesRefused } from './refusal.ts';
import { rendered, templateData } from './template.ts';

test('a value is filled in, with dots into objects, and is not escaped', () => {
  check('Dear {{name}}', { name: 'Ada & Co' }, 'Dear Ada & Co');
  check('{{order.id}}/{{{ order.id }}}', { order: { id: 7 } }, '7/7');
});
test('a part stands only where its condition holds, or else the other one', () => {
  const template = '{{#if paid}}thanks{{else}}please pay{{/if}}{{#unless paid}}!{{/unless}}';
  check(template, { paid: true }, 'thanks');
  check(template, {}, 'please pay!');
  check('{{#if items}}some{{else}}none{{/if}}', { items: [] }, 'none');
});
test('a part is repeated for each element of a list, with its own names and those around it', () => {
  const template =
    '{{#each items}}{{@index}}:{{name}} for {{../who}}{{#unless @last}}, {{/unless}}{{else}}nothing{{/each}}';
  check(template, { who: 'Ada', items: [{ name: 'pen' }, { name: 'ink' }] }, '0:pen for Ada, 1:ink for Ada');
  check(template, { who: 'Ada', items: [] }, 'nothing');
  check('{{#each list}}<{{this}}>{{/each}}', { list: ['a', 'b'] }, '<a><b>');
  check('{{#with a}}{{b}}{{/with}}', { a: { b: 'c' } }, 'c');
});
test('a comment is left out', () => check('a{{! not this }}{{!-- nor {{this}} --}}b', {}, 'ab'));
test('an attribute that the data do not have is named', () =>
  refused('{{name}}', {}, { kind: 'attribute-missing', attribute: 'name' }));
test('what every object inherits is no attribute', () =>
  refused('{{constructor}}', {}, { kind: 'attribute-missing', attribute: 'constructor' }));
test('blocks that do not end, or end what did not begin, are no template', () => {
  for (const template of [
    '{{#if a}}',
    '{{/if}}',
    '{{else}}',
    '{{#if a}}{{/each}}',
    '{{#loop a}}{{/loop}}',
    '{{a b}}',
  ]) {
    assert.throws(() => rendered(template, {}), SesRefused, template);
  }
});
test('a short template cannot become a letter without end', () => {
  const list = Array.from({ length: 100 }, () => 'x');
  const nested = (inner: string) =>
    ['list', '../list', '../../list', '../../../list'].reduceRight(
      (body, path) => `{{#each ${path}}}${body}{{/each}}`,
      inner,
    );
  assert.throws(() => rendered(nested('text'), { list }), SesRefused);
  assert.throws(() => rendered(nested(''), { list }), SesRefused);
});
test('data must be an object in JSON', () => {
  assert.deepEqual(templateData('{"a":1}'), { a: 1 });
  for (const json of ['', 'x', '[]', 'null', '1']) assert.throws(() => templateData(json), SesRefused, json);
});

function check(template: string, data: Record<string, unknown>, expected: string) {
  assert.equal(rendered(template, data), expected);
}

function refused(template: string, data: Record<string, unknown>, refusal: object) {
  assert.throws(
    () => rendered(template, data),
    (error) => error instanceof SesRefused && assert.deepEqual(error.refusal, refusal) === undefined,
  );
}
