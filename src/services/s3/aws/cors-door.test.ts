import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../lib/clock.ts';
import { lazyS3 } from '../s3.ts';
import { corsDoor } from './cors-door.ts';
import { recordingLog, temporaryDirectory } from './testing/serve-s3.ts';

test('a browser is told an error, and the next one too, when the store of buckets cannot be opened', async (t) => {
  const dataDir = temporaryDirectory(t);
  // No database at all.
  mkdirSync(join(dataDir, 's3/s3.db'), { recursive: true });
  const s3 = lazyS3({ dataDir, clock: systemClock, log: recordingLog().log, randomBytes, onChange() {} });
  t.after(() => s3[Symbol.asyncDispose]());
  const writeError = (response: ServerResponse, error: unknown) => response.writeHead(500).end(String(error));
  const door = corsDoor({ s3, writeError });
  const server = createServer((request, response) => door(request, response) || response.end('left to others'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // SAFE: it listens on a host and a port.
  const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/photos/k`, { headers });
  for (const _ of [1, 2]) {
    const answer = await ask({ origin: 'https://app.example.com' });
    assert.equal(answer.status, 500);
    assert.match(await answer.text(), /unable to open database file/);
  }
  assert.equal(await (await ask({})).text(), 'left to others');
  const authorization = 'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/lambda/aws4_request';
  assert.equal(await (await ask({ origin: 'https://app.example.com', authorization })).text(), 'left to others');
});
