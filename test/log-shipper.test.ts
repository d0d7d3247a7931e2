// The example extension as a process of its own, against the platform's Extensions and Telemetry APIs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkout } from '../scripts/server-process.ts';
import { extensionHost } from '../src/environments/testing/extension-host.ts';
import { systemClock } from '../src/lib/clock.ts';
import { cleanUpOf, temporaryDirectory } from './server.ts';

test('the log shipper ships what an environment tells before it asks for the next event, and ends when told to', async (t) => {
  const cleanUp = cleanUpOf(t);
  const directory = await temporaryDirectory(cleanUp);
  const target = join(directory, 'shipped.ndjson');
  // As in a layer: without this repository's package.json above it.
  const script = join(directory, 'log-shipper');
  await copyFile(join(checkout, 'examples/log-shipper/extensions/log-shipper'), script);
  const host = cleanUp.use(await extensionHost());
  const { log, extensions } = host;

  log.initStart('init');
  extensions.expectExternal(['log-shipper']);
  const shipper = spawn(process.execPath, [script], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      AWS_LAMBDA_RUNTIME_API: host.address,
      LOG_SHIPPER_FILE: target,
    },
  });
  cleanUp.defer(() => void shipper.kill('SIGKILL'));
  shipper.once('exit', (code, signal) =>
    extensions.ended('log-shipper', {
      code: code ?? undefined,
      signal: signal ?? undefined,
      killedForMemory: false,
    }),
  );
  await extensions.registered(t.signal);
  extensions.closeRegistration();
  await extensions.ready(t.signal);
  log.closeSubscriptions();

  const requestId = randomUUID();
  log.start(requestId, '');
  const deadlineMs = systemClock.nowMs() + 60_000;
  const over = extensions.invoke({ requestId, deadlineMs, invokedArn: 'arn', traceId: '' }, t.signal);
  log.functionLine('a line of the function\n', systemClock.nowMs());
  log.runtimeDone({
    ...{ requestId, traceId: '', status: { kind: 'success' } },
    ...{ durationMs: 1, producedBytes: 2, spans: [] },
  });
  await over;
  const shipped = (await readFile(target, 'utf8')).trimEnd().split('\n');
  assert.deepEqual(
    shipped.map((line) => JSON.parse(line).type),
    ['platform.initStart', 'platform.telemetrySubscription', 'platform.start', 'function', 'platform.runtimeDone'],
  );
  assert.equal(JSON.parse(shipped[3] ?? '').record, 'a line of the function\n');

  await extensions.shutdown('spindown', systemClock.nowMs() + 60_000, t.signal);
  assert.equal(shipper.exitCode, 0);
});
