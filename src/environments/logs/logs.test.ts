import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failurePayload } from '../failure.ts';
import { recordReader } from './log-records.ts';
import { logTail } from './log-tail.ts';
import { outputLines } from './output-lines.ts';

test('output is cut into one event a line, carriage returns stay, the rest comes with the flush', () => {
  const seen: string[] = [];
  const lines = outputLines((line) => seen.push(line));
  for (const byte of Buffer.from('ä\nb\r\nc')) lines.push(Buffer.from([byte]));
  lines.flush();
  assert.deepEqual(seen, ['ä\n', 'b\r\n', 'c']);
});

test('a record keeps its newlines, and comes out whole however the pipe is cut', () => {
  const bytes = Buffer.concat([record('one\ntwo\n', 5n), record('é', 7_000n)]);
  for (const step of [1, 2, 15, 17, bytes.length]) {
    const seen: unknown[] = [];
    const push = recordReader((message, timestampMs) => seen.push([message, timestampMs]));
    for (let at = 0; at < bytes.length; at += step) push(bytes.subarray(at, at + step));
    assert.deepEqual(seen, [
      ['one\ntwo\n', 0],
      ['é', 7],
    ]);
  }
});

test('bytes that are no record end the reading of records, and nothing else', () => {
  const seen: string[] = [];
  const push = recordReader((message) => seen.push(message));
  push(record('good', 1n));
  push(Buffer.from('this is no record at all, it is text'));
  push(record('late', 1n));
  assert.deepEqual(seen, ['good']);
});

test('the tail is the last 4 KB, to the byte', () => {
  const tail = logTail();
  for (let count = 0; count < 3_000; count += 1) tail.add(`line ${count}\n`);
  assert.equal(tail.bytes().length, 4_096);
  assert.ok(tail.bytes().toString().endsWith('line 2998\nline 2999\n'));
  const short = logTail();
  short.add('ü');
  assert.equal(short.bytes().toString(), 'ü');
});

test('each way to end without an answer has its payload', () => {
  const exit = (code: number | undefined, signal: NodeJS.Signals | undefined, killedForMemory = false) =>
    failurePayload({ kind: 'exit', exit: { code, signal, killedForMemory } }, 'id');
  assert.deepEqual(exit(0, undefined), {
    errorType: 'Runtime.ExitError',
    errorMessage: 'RequestId: id Error: Runtime exited without providing a reason',
  });
  assert.equal(exit(127, undefined).errorMessage, 'RequestId: id Error: Runtime exited with error: exit status 127');
  assert.equal(
    exit(undefined, 'SIGSEGV').errorMessage,
    'RequestId: id Error: Runtime exited with error: signal: segmentation fault',
  );
  assert.equal(exit(undefined, 'SIGKILL', true).errorType, 'Runtime.OutOfMemory');
  assert.equal(
    failurePayload({ kind: 'timeout', timeoutMs: 1000 }, 'id').errorMessage,
    'RequestId: id Error: Task timed out after 1.00 seconds',
  );
});

function record(text: string, timestampUs: bigint): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(0xa55a0003, 0);
  head.writeUInt32BE(bytes.length, 4);
  head.writeBigUInt64BE(timestampUs, 8);
  return Buffer.concat([head, bytes]);
}
