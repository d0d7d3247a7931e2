import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flawOfAddress, identitiesOf } from './address.ts';
import { bodyStart, headerOf, headersOf, withHeaders } from './headers.ts';
import { isOwned } from './identity.ts';

const letter = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'));

test('headers end at the empty line, are unfolded, and may be UTF-8', () => {
  const headers = headersOf(letter('Subject: one\n two\nX-Name: Grüße\nno header\n\nBody: not one\n'));
  assert.deepEqual(headers, [
    { name: 'Subject', value: 'one two' },
    { name: 'X-Name', value: 'Grüße' },
  ]);
  assert.equal(headerOf(headers, 'SUBJECT'), 'one two');
});
test('a letter of lines with a bare end, and one without a body, are read', () => {
  assert.equal(bodyStart(Buffer.from('A: b\n\nbody')), 6);
  assert.equal(bodyStart(Buffer.from('A: b\r\n')), 6);
  assert.equal(bodyStart(Buffer.from('\r\nbody')), 2);
  assert.equal(bodyStart(Buffer.alloc(0)), 0);
  assert.deepEqual(headersOf(Buffer.from('A: b')), [{ name: 'A', value: 'b' }]);
});
test('headers are added before the others, and taken away with their folded lines; each other byte stays', () => {
  const before = [{ name: 'X-New', value: '1' }];
  const changed = withHeaders(letter('Bcc: a@b,\n c@d\nSubject: s\xe9\n\nBcc: body\n'), { before, without: ['bcc'] });
  assert.equal(changed.toString(), letter('X-New: 1\nSubject: s\xe9\n\nBcc: body\n').toString());
  const bytes = Buffer.concat([letter('A: b\n\n'), Buffer.from([0, 255, 10, 13])]);
  assert.ok(withHeaders(bytes, { without: ['x'] }).equals(bytes));
});
test('an address is sent from by its own identity, without its label, its domain’s, or one above it', () => {
  assert.deepEqual(identitiesOf('Ada+x@News.Example.com'), [
    'Ada+x@news.example.com',
    'Ada@news.example.com',
    'news.example.com',
    'example.com',
    'com',
  ]);
});
test('what is no address is told why', () => {
  assert.equal(flawOfAddress('ada@example.com'), undefined);
  assert.equal(flawOfAddress(`${'a'.repeat(308)}@example.com`), undefined);
  assert.equal(flawOfAddress(`${'a'.repeat(309)}@example.com`), 'Illegal address');
  for (const text of [
    '',
    'ada',
    'ada@',
    '@example.com',
    'a b@example.com',
    'ada@ex ample.com',
    'a,b@example.com',
    'a@.com',
  ]) {
    assert.notEqual(flawOfAddress(text), undefined, text);
  }
});
test('the nearest domain that the operator has named says whose one below it is', () => {
  const owners = [
    { domain: 'example.com', account: 'a' },
    { domain: 'news.example.com', account: 'b' },
  ];
  assert.ok(isOwned(owners, 'a', 'ada@Example.com'));
  assert.ok(isOwned(owners, 'b', 'deep.news.example.com'));
  assert.ok(!isOwned(owners, 'a', 'deep.news.example.com'));
  assert.ok(!isOwned(owners, 'a', 'myexample.com'));
  assert.ok(!isOwned([], 'a', 'example.com'));
  assert.ok(isOwned('anybody', 'a', 'example.com'));
});
