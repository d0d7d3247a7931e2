import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { openIdentity } from '../../../../identity/index.ts';
import { type Clock, systemClock } from '../../../../lib/clock.ts';
import { createEngine } from '../../../../wire/engine.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import { lazyS3 } from '../../s3.ts';
import { s3Service } from '../s3-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');

export type S3Client = import('@aws-sdk/client-s3').S3Client;

/** Logs what only an operator sees, so that a test can tell whether something failed behind the scenes. */
export function recordingLog() {
  const lines: string[] = [];
  return { lines, log: pino({ base: undefined, level: 'warn' }, { write: (line: string) => lines.push(line) }) };
}

export function temporaryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'lambent-s3-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** S3 alone behind the real wire, with signatures that are checked, and the official client in front of it. */
export async function serveS3(
  t: TestContext,
  options: { clock?: Clock; dataDir?: string; region?: string; onChange?: () => void } = {},
) {
  const { clock = systemClock, region = 'us-east-1', dataDir = temporaryDirectory(t) } = options;
  const { log, lines } = recordingLog();
  const identity = await openIdentity({ dataDir, mode: 'enforced', clock, log });
  const s3 = lazyS3({ dataDir, clock, log, randomBytes, onChange: options.onChange ?? (() => {}) });
  const stopping = new AbortController();
  const engine = createEngine({
    services: [s3Service(s3.open)],
    authenticate: identity.authenticate,
    clock,
    log,
    newRequestId: randomUUID,
    stopping: stopping.signal,
  });
  const server = createServer(engine.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const { accessKeyId, secretAccessKey } = identity.rootKey;
  const credentials = { accessKeyId, secretAccessKey };
  const clients: S3Client[] = [];
  const clientWith = (more: ConstructorParameters<typeof sdk.S3Client>[0]) => {
    const client = new sdk.S3Client(
      noting({ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true, ...more }),
    );
    clients.push(client);
    return client;
  };
  const close = async () => {
    for (const client of clients) client.destroy();
    stopping.abort();
    server.close();
    server.closeAllConnections();
    await s3[Symbol.asyncDispose]();
  };
  let isClosed = false;
  const closeOnce = async () => {
    if (!isClosed) await close();
    isClosed = true;
  };
  t.after(closeOnce);
  return {
    s3,
    client: clientWith({}),
    clientWith,
    endpoint,
    port,
    dataDir,
    credentials,
    lines,
    close: closeOnce,
    identity,
  };
}

export type Served = Awaited<ReturnType<typeof serveS3>>;

/** A bucket of that name, and everything that asks of it. */
export async function withBucket(t: TestContext, Bucket = 'pictures', versioning?: 'Enabled' | 'Suspended') {
  const served = await serveS3(t);
  await served.client.send(new sdk.CreateBucketCommand({ Bucket }));
  if (versioning !== undefined) {
    await served.client.send(
      new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: versioning } }),
    );
  }
  return { ...served, Bucket };
}

/** A refusal by its code and status, for `assert.rejects`. */
export function refusal(name: string, status: number) {
  return (error: unknown): true => {
    const seen = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if (seen.name === name && seen.$metadata?.httpStatusCode === status) return true;
    throw error;
  };
}
