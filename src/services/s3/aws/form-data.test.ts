import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundaryOf } from './form-boundary.ts';
import { FIELDS_BYTES_MAX, type Form, FormTooLong, MalformedForm, readForm } from './form-data.ts';

const field = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (content: string) =>
  `--b\r\nContent-Disposition: form-data; name="file"; filename="a %22b%22.txt"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`;

test('fields and file are read, however the bytes are cut', async () => {
  const form = `${field('Key', 'k/name')}${field('empty', '')}${file('\r\n-b\r\n--c--')}--b--\r\n`;
  for (const size of [1, 2, 3, 7, 1_000]) {
    const { fields, file } = await read(form, size);
    assert.deepEqual(
      [...fields],
      [
        ['key', 'k/name'],
        ['empty', ''],
      ],
    );
    assert.deepEqual([file?.name, await textOf(file?.content)], ['a "b".txt', '\r\n-b\r\n--c--']);
  }
});

test('a form without a file has none', async () => {
  assert.equal((await read(`${field('key', 'k')}--b--\r\n`)).file, undefined);
});

test('what is cut off, or has a part without a name, is no form', async () => {
  await assert.rejects(read(''), MalformedForm);
  await assert.rejects(read(field('key', 'k')), MalformedForm);
  await assert.rejects(read('--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--'), MalformedForm);
  const { file: cut } = await read(file('abc').slice(0, -2));
  await assert.rejects(textOf(cut?.content), MalformedForm);
});

test('fields take 20 KB at most', async () => {
  const { fields } = await read(`${field('k', 'v'.repeat(FIELDS_BYTES_MAX - 1))}--b--`);
  assert.equal(fields.get('k')?.length, FIELDS_BYTES_MAX - 1);
  await assert.rejects(read(`${field('k', 'v'.repeat(FIELDS_BYTES_MAX))}--b--`), FormTooLong);
  await assert.rejects(read(`--b\r\n${'h'.repeat(5_000)}`), FormTooLong);
});

test('a boundary is named by the content type', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
  assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b"'), 'a b');
  for (const type of [undefined, 'text/plain; boundary=abc', 'multipart/form-data']) {
    assert.equal(boundaryOf(type), undefined);
  }
});

function read(text: string, size = 1_000): Promise<Form> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return readForm(pieces(), 'b');
}

async function textOf(content: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  return Buffer.concat(await Array.fromAsync(content ?? [])).toString();
}
