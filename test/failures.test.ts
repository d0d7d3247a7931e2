// What a function can do wrong, as its caller sees it: AWS's answer each time, nothing left behind, and the next
// invocation works.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deploy, invoke } from './deploy.ts';
import { descendants } from './host.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, readyPython, serve, type TestServer, until } from './server.ts';

/** One function that misbehaves as it is told. It counts its invocations, so that a new environment shows. */
const NODE = `
let count = 0;
const fs = require('fs'), cp = require('child_process');
const hold = [];
exports.handler = async (event, context) => {
  count += 1;
  switch (event.do) {
    case 'count': return count;
    case 'sleep': return new Promise((done) => setTimeout(done, event.ms));
    case 'spin': for (;;) {}
    case 'exit': process.exit(event.code);
    case 'kill': process.kill(process.pid, event.signal); return new Promise(() => {});
    case 'memory': for (;;) hold.push(Buffer.alloc(10e6, 1));
    case 'child-memory': return cp.spawnSync('/usr/bin/tail', ['/dev/zero']).signal;
    case 'fork-bomb': { let n = 0; for (; n < 5000; n++) { const c = cp.spawn('/bin/sleep', ['1000']); if (!c.pid) break; c.on('error', () => {}); } return n; }
    case 'fill-tmp': { try { for (let n = 0; ; n++) fs.writeFileSync('/tmp/' + n, Buffer.alloc(50e6)); } catch (error) { return error.code; } }
    case 'tmp': return fs.readdirSync('/tmp').length;
    case 'answer': return 'x'.repeat(event.bytes - 2);
    case 'length': return event.text.length;
    case 'undefined': return undefined;
    case 'circular': { const a = {}; a.a = a; return a; }
    case 'bigint': return 1n;
    case 'throw': { const error = new RangeError('out of it'); throw error; }
    case 'throw-text': throw 'just text';
    case 'reject-later': Promise.reject(new Error('nobody waits')); return new Promise((done) => setTimeout(done, 500));
    case 'throw-later': setTimeout(() => { throw new Error('later') }, 1); return new Promise((done) => setTimeout(done, 500));
    case 'close-channel': fs.closeSync(3); return new Promise(() => {});
    case 'garbage-channel': fs.writeSync(3, Buffer.alloc(100000, 0xff)); return 'said';
    default: return event;
  }
};`;

const PYTHON = `
import os, sys, time
count = 0
def handler(event, context):
    global count
    count += 1
    do = event['do']
    if do == 'count': return count
    if do == 'sleep': time.sleep(event['s'])
    if do == 'exit': sys.exit(event['code'])
    if do == 'abort': os.abort()
    if do == 'memory':
        hold = []
        while True: hold.append(b'1' * 10_000_000)
    if do == 'raise': raise ValueError('not this')
    if do == 'object': return object()
    if do == 'answer': return 'x' * (event['bytes'] - 2)
    return event
`;

const BASH = `#!/bin/bash
# Answers each event by what it asks for; bash reaches the Runtime API through /dev/tcp.
api=\${AWS_LAMBDA_RUNTIME_API}
host=\${api%:*} port=\${api##*:}
call() { # method path body [header]
  exec 9<>"/dev/tcp/$host/$port"
  printf '%s %s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n%sContent-Length: %d\\r\\n\\r\\n%s' "$1" "/2018-06-01/runtime/$2" "$4" "\${#3}" "$3" >&9
  answer=$(cat <&9); exec 9>&-
}
while true; do
  call GET invocation/next ''
  id=$(printf '%s' "$answer" | tr -d '\\r' | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  event=$(printf '%s' "$answer" | tr -d '\\r' | sed '1,/^$/d')
  case $event in
    *exit*) exit 3 ;;
    *sleep*) sleep 100 ;;
    *error*) call POST "invocation/$id/error" '{"errorType":"Function.Mine","errorMessage":"as asked"}' $'Lambda-Runtime-Function-Error-Type: Function.Mine\\r\\n' ;;
    *text*) call POST "invocation/$id/response" 'plain text, no JSON' ;;
    *) call POST "invocation/$id/response" "$event" ;;
  esac
done
`;

describe('a function that goes wrong', () => {
  let server: TestServer;
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });

  before(async () => {
    server = await serve(cleanUp);
    client = lambdaClient(cleanUp, server);
    const python = await readyPython();
    await Promise.all([
      deploy(client, { name: 'node', runtime: 'nodejs24.x', files: { 'index.js': NODE } }),
      deploy(client, {
        name: 'node-3s',
        runtime: 'nodejs24.x',
        files: { 'index.js': NODE },
        timeoutS: 3,
        memoryMb: 1024,
      }),
      deploy(client, {
        name: 'node-big',
        runtime: 'nodejs24.x',
        files: { 'index.js': NODE },
        timeoutS: 60,
        memoryMb: 2048,
      }),
      deploy(client, { name: 'python', runtime: python, files: { 'index.py': PYTHON }, timeoutS: 60 }),
      deploy(client, { name: 'python-5s', runtime: python, files: { 'index.py': PYTHON }, timeoutS: 5 }),
      deploy(client, { name: 'bash', runtime: 'provided.al2023', files: { bootstrap: BASH }, timeoutS: 5 }),
    ]);
  });

  test('sleeping past its time', () =>
    fails(
      'node-3s',
      { do: 'sleep', ms: 60_000 },
      'Sandbox.Timedout',
      /^RequestId: [\da-f-]{36} Error: Task timed out after 3\.00 seconds$/,
    ));
  test('spinning past its time', () =>
    fails('node-3s', { do: 'spin' }, 'Sandbox.Timedout', /Task timed out after 3\.00 seconds$/));
  test('sleeping past its time (Python)', () =>
    fails('python-5s', { do: 'sleep', s: 60 }, 'Sandbox.Timedout', /Task timed out after 5\.00 seconds$/));
  test('sleeping past its time (custom runtime)', () =>
    fails('bash', 'sleep', 'Sandbox.Timedout', /Task timed out after 5\.00 seconds$/));
  test('process.exit(0)', () =>
    fails('node', { do: 'exit', code: 0 }, 'Runtime.ExitError', /Error: Runtime exited without providing a reason$/));
  test('process.exit(7)', () =>
    fails('node', { do: 'exit', code: 7 }, 'Runtime.ExitError', /Error: Runtime exited with error: exit status 7$/));
  test('exit 3 (custom runtime)', () =>
    fails('bash', 'exit', 'Runtime.ExitError', /Error: Runtime exited with error: exit status 3$/));
  test('sys.exit(5)', () =>
    fails('python', { do: 'exit', code: 5 }, 'Runtime.ExitError', /Error: Runtime exited with error: exit status 5$/));
  test('a segmentation fault', () =>
    fails(
      'node',
      { do: 'kill', signal: 'SIGSEGV' },
      'Runtime.ExitError',
      /Error: Runtime exited with error: signal: segmentation fault$/,
    ));
  test('an abort', () =>
    fails('python', { do: 'abort' }, 'Runtime.ExitError', /Error: Runtime exited with error: signal: aborted$/));
  test('taking all the memory', async () => {
    const log = await failsOnce(
      'node',
      { do: 'memory' },
      'Runtime.OutOfMemory',
      /Error: Runtime exited with error: signal: killed$/,
    );
    assert.match(log, /Memory Size: 128 MB\tMax Memory Used: 128 MB/);
    await works('node');
  });
  test('taking all the memory (Python)', () =>
    fails('python', { do: 'memory' }, 'Runtime.OutOfMemory', /signal: killed$/));
  test('closing its channel to the platform', () => fails('node', { do: 'close-channel' }, undefined, /./));
  test('throwing', () => fails('node', { do: 'throw' }, 'RangeError', /^out of it$/));
  test('throwing what is no error', () => fails('node', { do: 'throw-text' }, 'string', /^just text$/));
  test('rejecting where nobody waits', () =>
    fails('node', { do: 'reject-later' }, 'Runtime.UnhandledPromiseRejection', /nobody waits/));
  test('throwing in a timer', () => fails('node', { do: 'throw-later' }, 'Error', /^later$/));
  test('raising', () => fails('python', { do: 'raise' }, 'ValueError', /^not this$/));
  test('reporting an error (custom runtime)', () => fails('bash', 'error', 'Function.Mine', /^as asked$/));
  test('answering what is no JSON', () =>
    fails('node', { do: 'circular' }, 'Runtime.JSONStringifyError', /^Unable to stringify response body$/));
  test('answering a BigInt', () =>
    fails('node', { do: 'bigint' }, 'Runtime.JSONStringifyError', /^Unable to stringify response body$/));
  test('answering an object (Python)', () =>
    fails('python', { do: 'object' }, 'Runtime.MarshalError', /^Unable to marshal response/));
  test('answering a byte more than is allowed', () =>
    fails(
      'node',
      { do: 'answer', bytes: 6_291_557 },
      'Function.ResponseSizeTooLarge',
      /^Response payload size exceeded maximum allowed payload size \(6291556 bytes\)\.$/,
    ));
  test('answering a byte more than is allowed (Python)', () =>
    fails('python', { do: 'answer', bytes: 6_291_557 }, 'Function.ResponseSizeTooLarge', /6291556 bytes/));

  test('a child over the memory limit dies alone', async () => {
    const answer = await invoke(client, 'node', { do: 'child-memory' });
    assert.ok(answer.error === undefined || JSON.parse(answer.text).errorType === 'Runtime.OutOfMemory', answer.text);
    await works('node');
  });
  test('what exits after a child has gone over the memory limit has not run out of memory', async () => {
    await invoke(client, 'node', { do: 'child-memory' });
    await fails('node', { do: 'exit', code: 7 }, 'Runtime.ExitError', /Runtime exited with error: exit status 7$/);
  });
  test('a fork bomb hits its limit', async () => {
    const answer = await invoke(client, 'node-big', { do: 'fork-bomb' });
    assert.ok(answer.error !== undefined || Number(answer.text) < 1_100, answer.text);
    await works('node-big');
  });
  test('a full /tmp is told as such', async () => {
    const answer = await invoke(client, 'node-big', { do: 'fill-tmp' });
    assert.equal(answer.text, '"ENOSPC"', answer.log);
  });
  test('an answer of exactly the limit arrives', async () => {
    const answer = await invoke(client, 'node', { do: 'answer', bytes: 6_291_556 });
    assert.deepEqual([answer.error, answer.text.length], [undefined, 6_291_556]);
  });
  test('an event of exactly the limit arrives, a byte more is refused', async () => {
    const event = (bytes: number) => {
      const rest = JSON.stringify({ do: 'length', text: '' }).length;
      return Buffer.from(JSON.stringify({ do: 'length', text: 'x'.repeat(bytes - rest) }));
    };
    assert.match((await invoke(client, 'node', event(6_291_456))).text, /^62914\d\d$/);
    await assert.rejects(invoke(client, 'node', event(6_291_457)), {
      name: 'RequestTooLargeException',
      message: '6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)',
    });
  });
  test('nothing answered is null, and a custom runtime may answer any text', async () => {
    assert.equal((await invoke(client, 'node', { do: 'undefined' })).text, 'null');
    assert.equal((await invoke(client, 'bash', 'text')).text, 'plain text, no JSON');
  });
  test('garbage on the channel harms the function alone', async () => {
    await fails('node', { do: 'garbage-channel' }, 'Runtime.ExitError', /Error: Runtime exited /);
    await works('node-3s');
  });

  test('a function that cannot be loaded says why, and says it again', async () => {
    await deploy(client, { name: 'no-module', runtime: 'nodejs24.x', files: { 'index.js': "require('left-pad')" } });
    await deploy(client, { name: 'no-handler', runtime: 'nodejs24.x', files: { 'index.js': 'exports.other = 1' } });
    await deploy(client, { name: 'no-bootstrap', runtime: 'provided.al2023', files: { readme: 'x' } });
    await deploy(client, { name: 'exits', runtime: 'nodejs24.x', files: { 'index.js': 'process.exit(1)' } });
    for (let time = 0; time < 2; time += 1) {
      await failsOnce('no-module', {}, 'Runtime.ImportModuleError', /^Error: Cannot find module 'left-pad'/);
      await failsOnce('no-handler', {}, 'Runtime.HandlerNotFound', /^index\.handler is undefined or not exported$/);
      await failsOnce(
        'no-bootstrap',
        {},
        'Runtime.InvalidEntrypoint',
        /Couldn't find valid bootstrap\(s\): \[\/var\/task\/bootstrap \/opt\/bootstrap\]$/,
      );
      await failsOnce('exits', {}, 'Runtime.ExitError', /exit status 1$/);
    }
  });

  test('after all that, no process is left but those of environments that live', async () => {
    // Each environment is a launcher and what it runs; the failed ones are gone. What ended inside a frozen one is reaped
    // when it runs again, so only the server's own children count as forgotten.
    const { pid } = server.process;
    await until('nothing is left', () => {
      const left = descendants(pid);
      return left.length < 60 && !left.some((one) => one.isZombie && one.parent === pid);
    });
  });

  /** The invocation fails as told, and the next one works. */
  async function fails(name: string, event: unknown, errorType: string | undefined, message: RegExp): Promise<void> {
    await failsOnce(name, event, errorType, message);
    await works(name);
  }

  async function failsOnce(
    name: string,
    event: unknown,
    errorType: string | undefined,
    message: RegExp,
  ): Promise<string> {
    const answer = await invoke(client, name, event);
    assert.equal(answer.status, 200);
    assert.equal(answer.error, 'Unhandled', answer.text);
    const payload = JSON.parse(answer.text) as { errorType: string; errorMessage: string };
    if (errorType !== undefined) assert.equal(payload.errorType, errorType, answer.text);
    assert.match(payload.errorMessage, message);
    assert.match(answer.log, /^START RequestId: /m);
    assert.match(answer.log, /^END RequestId: .*\nREPORT RequestId: /m);
    return answer.log;
  }

  async function works(name: string): Promise<void> {
    const answer = await invoke(client, name, { do: 'echo', say: 'ä' });
    assert.equal(answer.error, undefined, answer.text);
    assert.deepEqual(JSON.parse(answer.text), { do: 'echo', say: 'ä' });
  }
});
