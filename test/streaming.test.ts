// Answers that come piece by piece, through the whole server. The machine's memory must not grow with an answer, and a
// caller must see the first piece while the function still writes. LAMBENT_SOAK=full streams the whole 200 MB that AWS takes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { checkout } from '../scripts/server-process.ts';
import { pythonWithBoto3 } from './boto3.ts';
import { deploy, invoke } from './deploy.ts';
import { logged } from './logs.ts';
import { cleanUpOf, type LambdaClient, lambdaClient, lambdaSdk, serve, type TestServer, text } from './server.ts';

const MB = 1024 * 1024;
const LONG_MB = process.env.LAMBENT_SOAK === 'full' ? 200 : 20;

const STREAMER = `
import { createHash } from 'node:crypto';
const drained = (stream, told) => new Promise((resolve) => {
  const stuck = setTimeout(() => console.log('stuck at', told), 300);
  stream.once('drain', () => { clearTimeout(stuck); resolve(); });
});
let count = 0;
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  count += 1;
  switch (event.do) {
    case 'long': {
      const hash = createHash('sha256');
      for (let i = 0; i < event.mb; i += 1) {
        const block = Buffer.alloc(${MB}, String(i));
        hash.update(block);
        if (!stream.write(block)) await drained(stream, i + ' of ' + event.mb);
      }
      console.log('sha256 ' + hash.digest('hex'));
      return stream.end();
    }
    case 'type': stream.setContentType('text/event-stream'); return stream.end('data: 1');
    case 'http': {
      const out = awslambda.HttpResponseStream.from(stream, { statusCode: 418, headers: { 'x-a': 'b' } });
      out.write('teapot');
      return out.end();
    }
    case 'early': throw new RangeError('before the first byte');
    case 'middle': stream.write('so far'); throw new TypeError('in the middle');
    case 'exit': stream.write('so far'); return setTimeout(() => process.exit(3), 50);
    case 'hang': stream.write('so far'); return;
    case 'count': return stream.end(String(count));
  }
});`;

/** bash alone: it speaks HTTP through /dev/tcp. */
const BOOTSTRAP = `#!/bin/bash
api=/dev/tcp/\${AWS_LAMBDA_RUNTIME_API/://}
base=/2018-06-01/runtime/invocation
while :; do
  exec 9<>"$api"
  printf 'GET %s/next HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' "$base" >&9
  next=$(cat <&9)
  id=$(grep -i '^lambda-runtime-aws-request-id:' <<<"$next" | tr -d '\\r' | cut -d' ' -f2)
  exec 9<>"$api"
  {
    printf 'POST %s/%s/response HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\nContent-Type: text/x-told\\r\\n' "$base" "$id"
    printf 'Lambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n'
    printf 'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\\r\\n\\r\\n4\\r\\none \\r\\n'
    if grep -q cut <<<"$next"; then
      exec 9>&- >&-
      sleep 60
    elif grep -q fail <<<"$next"; then
      body=$(printf '{"errorType":"Runtime.Told","errorMessage":"told in a trailer"}' | base64 -w0)
      printf '0\\r\\nLambda-Runtime-Function-Error-Type: Runtime.Told\\r\\nLambda-Runtime-Function-Error-Body: %s\\r\\n\\r\\n' "$body"
    else
      printf '3\\r\\ntwo\\r\\n0\\r\\n\\r\\n'
    fi
  } >&9
  cat <&9 >/dev/null
done
`;

interface Seen {
  readonly status: number | undefined;
  readonly version: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  readonly complete: { ErrorCode?: string; ErrorDetails?: string; LogResult?: string } | undefined;
}

describe('InvokeWithResponseStream', () => {
  let server: TestServer;
  let client: LambdaClient;
  const cleanUp = cleanUpOf({ after });
  const sdk = lambdaSdk();

  before(async () => {
    server = await serve(cleanUp);
    client = lambdaClient(cleanUp, server, { maxAttempts: 1 });
    await deploy(client, {
      name: 'streamer',
      runtime: 'nodejs24.x',
      files: { 'index.mjs': STREAMER },
      memoryMb: 256,
      timeoutS: 60,
    });
    await deploy(client, {
      name: 'plain',
      runtime: 'nodejs24.x',
      files: {
        'index.mjs': 'export const handler = async (event) => { if (event.fail) throw new Error("no"); return event; }',
      },
    });
  });

  /** Begins an invocation; its headers are there, its events are to be read. */
  async function begin(name: string, event: unknown, signal?: AbortSignal) {
    const command = new sdk.InvokeWithResponseStreamCommand({
      FunctionName: name,
      Payload: Buffer.from(JSON.stringify(event)),
      LogType: 'Tail',
    });
    const headers: Record<string, string> = {};
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        Object.assign(headers, (result.response as { headers: Record<string, string> }).headers);
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'seeHeaders' },
    );
    const answer = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
    assert.ok(answer.EventStream);
    return { answer, headers, events: answer.EventStream[Symbol.asyncIterator]() };
  }

  async function stream(name: string, event: unknown): Promise<Seen> {
    const { answer, headers, events } = await begin(name, event);
    const parts: Uint8Array[] = [];
    let complete: Seen['complete'];
    for (let next = await events.next(); !next.done; next = await events.next()) {
      assert.equal(complete, undefined, 'nothing follows the end');
      parts.push(next.value.PayloadChunk?.Payload ?? new Uint8Array());
      complete = next.value.InvokeComplete;
    }
    return {
      status: answer.StatusCode,
      version: answer.ExecutedVersion,
      contentType: headers['x-amzn-remapped-content-type'],
      body: Buffer.concat(parts),
      complete,
    };
  }

  const logOf = ({ complete }: Seen) => Buffer.from(complete?.LogResult ?? '', 'base64').toString();
  const detailsOf = ({ complete }: Seen) => JSON.parse(complete?.ErrorDetails ?? '{}');

  test('the example tells its text word by word', async () => {
    await deploy(client, {
      name: 'streaming',
      runtime: 'nodejs24.x',
      files: { 'index.mjs': await readFile(join(checkout, 'examples/streaming/index.mjs')) },
      timeoutS: 30,
    });
    const { events, headers, answer } = await begin('streaming', { text: 'one two three', pauseMs: 20 });
    const pieces: string[] = [];
    for (let next = await events.next(); !next.done; next = await events.next()) {
      if (next.value.PayloadChunk) pieces.push(text(next.value.PayloadChunk.Payload));
      else assert.equal(next.value.InvokeComplete?.ErrorCode, undefined);
    }
    assert.equal(pieces.length, 4, JSON.stringify(pieces));
    assert.deepEqual(pieces, ['one ', 'two ', 'three', `\n(${answer.$metadata.requestId})\n`]);
    assert.equal(headers['content-type'], 'application/vnd.amazon.eventstream');
    assert.equal(headers['x-amzn-remapped-content-type'], 'text/plain; charset=utf-8');
    assert.match(headers['x-amzn-trace-id'] ?? '', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0/);

    const whole = await invoke(client, 'streaming', { text: 'one two three', pauseMs: 0 });
    assert.equal(whole.error, undefined);
    assert.match(whole.text, /^one two three\n\([0-9a-f-]{36}\)\n$/);
    assert.match(whole.log, /telling 13 characters/);
  });

  test('a long answer arrives whole', async () => {
    const seen = await stream('streamer', { do: 'long', mb: LONG_MB });
    assert.equal(seen.body.length, LONG_MB * MB);
    assert.equal(logOf(seen).match(/sha256 ([0-9a-f]{64})/)?.[1], createHash('sha256').update(seen.body).digest('hex'));
    assert.match(logOf(seen), /\nREPORT RequestId: /);
    assert.deepEqual([seen.status, seen.version, seen.complete?.ErrorCode], [200, '$LATEST', undefined]);
  });

  test('a caller who reads slowly sees the first piece at once, and stops the function, not the server', async () => {
    const { events } = await begin('streamer', { do: 'long', mb: 60 });
    const first = await events.next();
    assert.ok(!first.done && first.value.PayloadChunk);
    // Nobody reads on: what the function has written until it stands still is all that lies on the way.
    const line = await logged(server, 'streamer', ' of 60');
    const stuckAt = Number(/stuck at (\d+) of 60/.exec(line)?.[1]);
    assert.ok(stuckAt < 30, line);
    let bytes = first.value.PayloadChunk.Payload?.length ?? 0;
    let complete: Seen['complete'];
    for (let next = await events.next(); !next.done; next = await events.next()) {
      bytes += next.value.PayloadChunk?.Payload?.length ?? 0;
      complete = next.value.InvokeComplete;
    }
    assert.deepEqual([bytes, complete?.ErrorCode], [60 * MB, undefined]);
  });

  test('a caller who leaves does not stop the function', async () => {
    const leaving = new AbortController();
    const { events, answer } = await begin('streamer', { do: 'long', mb: 40 }, leaving.signal);
    assert.equal((await events.next()).done, false);
    leaving.abort();
    await logged(server, 'streamer', `END RequestId: ${answer.$metadata.requestId}`);
    assert.equal((await stream('plain', 1)).complete?.ErrorCode, undefined);
  });

  test('a content type, and an HTTP response with its head', async () => {
    const typed = await stream('streamer', { do: 'type' });
    assert.deepEqual([typed.contentType, typed.body.toString()], ['text/event-stream', 'data: 1']);
    const http = await stream('streamer', { do: 'http' });
    assert.equal(http.contentType, 'application/vnd.awslambda.http-integration-response');
    assert.equal(http.body.toString(), `{"statusCode":418,"headers":{"x-a":"b"}}${'\0'.repeat(8)}teapot`);
  });

  test('an error before the first byte', async () => {
    const seen = await stream('streamer', { do: 'early' });
    assert.deepEqual([seen.status, seen.body.length, seen.complete?.ErrorCode], [200, 0, 'Unhandled']);
    assert.deepEqual(
      [detailsOf(seen).errorType, detailsOf(seen).errorMessage],
      ['RangeError', 'before the first byte'],
    );
  });

  test('an error in the middle', async () => {
    const seen = await stream('streamer', { do: 'middle' });
    assert.deepEqual([seen.body.toString(), seen.complete?.ErrorCode], ['so far', 'Unhandled']);
    assert.deepEqual([detailsOf(seen).errorType, detailsOf(seen).errorMessage], ['TypeError', 'in the middle']);
    assert.match(logOf(seen), /\tERROR\tInvoke Error \t\{"errorType":"TypeError"/);
    // The environment is as good as before.
    assert.ok(Number((await stream('streamer', { do: 'count' })).body.toString()) > 1);
    const whole = await invoke(client, 'streamer', { do: 'middle' });
    assert.deepEqual([whole.error, JSON.parse(whole.text).errorType], ['Unhandled', 'TypeError']);
  });

  test('a runtime that ends in the middle', async () => {
    const seen = await stream('streamer', { do: 'exit' });
    assert.deepEqual(
      [seen.body.toString(), seen.complete?.ErrorCode, seen.complete?.ErrorDetails],
      ['so far', 'Runtime.TruncatedResponse', undefined],
    );
  });

  test('a stream that nobody ends lasts until the time is up', async () => {
    await deploy(client, {
      name: 'hanging',
      runtime: 'nodejs24.x',
      files: { 'index.mjs': STREAMER },
      timeoutS: 3,
    });
    const seen = await stream('hanging', { do: 'hang' });
    assert.deepEqual([seen.body.toString(), seen.complete?.ErrorCode], ['so far', 'Unhandled']);
    assert.match(detailsOf(seen).errorMessage, /Task timed out after 3\.00 seconds$/);
  });

  test('a function that does not stream answers in one piece', async () => {
    const seen = await stream('plain', { a: 1 });
    assert.deepEqual([seen.body.toString(), seen.contentType], ['{"a":1}', 'application/json']);
    assert.equal((await stream('plain', { fail: true })).complete?.ErrorCode, 'Unhandled');
  });

  test('a custom runtime streams through the Runtime API', async () => {
    await deploy(client, { name: 'custom', runtime: 'provided.al2023', files: { bootstrap: BOOTSTRAP } });
    const seen = await stream('custom', {});
    assert.deepEqual([seen.body.toString(), seen.contentType], ['one two', 'text/x-told']);
    assert.equal(seen.complete?.ErrorCode, undefined);
    const failed = await stream('custom', { fail: true });
    assert.deepEqual([failed.body.toString(), failed.complete?.ErrorCode], ['one ', 'Unhandled']);
    assert.equal(detailsOf(failed).errorMessage, 'told in a trailer');
  });

  test('a custom runtime whose connection breaks in the middle has failed at once, and is replaced', async () => {
    await deploy(client, {
      name: 'severed',
      runtime: 'provided.al2023',
      files: { bootstrap: BOOTSTRAP },
      timeoutS: 30,
    });
    const seen = await stream('severed', { cut: true });
    assert.deepEqual(
      [seen.body.toString(), seen.complete?.ErrorCode, seen.complete?.ErrorDetails],
      ['one ', 'Runtime.TruncatedResponse', undefined],
    );
    assert.match(logOf(seen), /\tStatus: error\tError Type: Runtime\.TruncatedResponse\n/);
    assert.equal((await stream('severed', {})).body.toString(), 'one two');
    const whole = await invoke(client, 'severed', { cut: true });
    assert.deepEqual([whole.error, JSON.parse(whole.text).errorType], ['Unhandled', 'Runtime.TruncatedResponse']);
  });

  test('a function that streams answers Invoke in one piece, up to the limit of Invoke', async () => {
    const whole = await invoke(client, 'streamer', { do: 'http' });
    assert.equal(whole.text, `{"statusCode":418,"headers":{"x-a":"b"}}${'\0'.repeat(8)}teapot`);
    const long = await invoke(client, 'streamer', { do: 'long', mb: 7 });
    assert.deepEqual([long.error, JSON.parse(long.text).errorType], ['Unhandled', 'Function.ResponseSizeTooLarge']);
  });

  test('refusals are ordinary errors', async () => {
    const refused = (input: Partial<import('@aws-sdk/client-lambda').InvokeWithResponseStreamCommandInput>) =>
      client.send(new sdk.InvokeWithResponseStreamCommand({ FunctionName: 'plain', ...input }));
    await assert.rejects(refused({ FunctionName: 'missing' }), { name: 'ResourceNotFoundException' });
    await assert.rejects(refused({ Payload: Buffer.from('{') }), { name: 'InvalidRequestContentException' });
    await assert.rejects(refused({ Payload: Buffer.alloc(6 * MB + 1, '1') }), { name: 'RequestTooLargeException' });
    const Event = 'Event' as 'DryRun'; // SAFE: the server is to refuse what the client's types do.
    await assert.rejects(refused({ InvocationType: Event }), {
      name: 'ValidationException',
      message:
        "1 validation error detected: Value 'Event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, DryRun]",
    });
    assert.equal((await refused({ InvocationType: 'DryRun' })).$metadata.httpStatusCode, 204);
  });

  test('Invoke tells the trace it belongs to', async () => {
    const command = new sdk.InvokeCommand({ FunctionName: 'plain', Payload: '1' });
    let traceId: string | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        traceId = (result.response as { headers: Record<string, string> }).headers['x-amzn-trace-id'];
        return result;
      },
      { step: 'deserialize', priority: 'low', name: 'seeHeaders' },
    );
    await client.send(command);
    assert.match(traceId ?? '', /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0/);
  });

  test('boto3 reads the same', async (t) => {
    const env = { ...process.env, ...server.env, AWS_DEFAULT_REGION: server.env.AWS_REGION };
    const script = join(import.meta.dirname, 'boto3-stream.py');
    const run = (event: unknown) =>
      pythonWithBoto3(env).then((python) =>
        promisify(execFile)(python, [script, 'streamer', JSON.stringify(event)], { env }),
      );
    const seen = JSON.parse((await run({ do: 'middle' })).stdout);
    if (seen === null) return t.diagnostic('left out: the boto3 here is older than response streams (1.26.107)');
    assert.deepEqual([seen.version, seen.text, seen.complete.ErrorCode], ['$LATEST', 'so far', 'Unhandled']);
    assert.equal(JSON.parse(seen.complete.ErrorDetails).errorType, 'TypeError');
    assert.deepEqual(JSON.parse((await run({ do: 'type' })).stdout).complete, {});
  });
});
