import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientContext } from './client-context.ts';

const encoded = (text: string) => Buffer.from(text).toString('base64');

test('a JSON object in base64 is handed on as its text, and none as none', () => {
  assert.equal(clientContext(encoded('{"custom":{"é":1}}')), '{"custom":{"é":1}}');
  assert.equal(clientContext(undefined), undefined);
});

test('anything else is refused, and so is more than AWS takes', () => {
  for (const header of ['!!', encoded('[1]'), encoded('{"a":'), encoded('text')]) refused(header);
  const ofLength = (characters: number) => encoded(`{"a":"${'x'.repeat((characters / 4) * 3 - 8)}"}`);
  assert.equal(ofLength(3_580).length, 3_580);
  assert.ok(clientContext(ofLength(3_580)));
  refused(ofLength(3_584));
});

function refused(header: string) {
  assert.throws(() => clientContext(header), { code: 'InvalidRequestContentException' });
}
