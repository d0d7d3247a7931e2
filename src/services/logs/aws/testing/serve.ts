import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Clock } from '../../../../lib/clock.ts';
import { createEngine } from '../../../../wire/engine.ts';
import { noting } from '../../../../wire/testing/seen-answers.ts';
import type { MetricPoint, RecordMetrics } from '../../log-metrics.ts';
import { openLogs, type Scope } from '../../logs.ts';
import { HERE, recordingLog, temporaryDirectory } from '../../testing/fixture.ts';
import { testFunctions } from '../../testing/functions.ts';
import { logsService } from '../logs-service.ts';

const require = createRequire(import.meta.url);
export const sdk = require('@aws-sdk/client-cloudwatch-logs') as typeof import('@aws-sdk/client-cloudwatch-logs');

export const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };

/** CloudWatch Logs alone behind the real wire, on a free port, with the official client in front of it. */
export async function serveLogs(t: TestContext, clock: Clock, functions = testFunctions()) {
  const { log, texts: said } = recordingLog();
  const { core, sink } = openLogs({ dataDir: temporaryDirectory(t), clock, log });
  const stopping = new AbortController();
  const { delivery } = functions;
  const recorded: { scope: Scope; point: MetricPoint }[] = [];
  const record: RecordMetrics = async (scope, points) => {
    recorded.push(...points.map((point) => ({ scope, point })));
  };
  const following = core.follow({ deliver: delivery.deliver, record });
  const { assertDeliverable } = delivery;
  const engine = createEngine({
    services: [logsService(core, { assertDeliverable, logGroupOf: functions.logGroupOf })],
    // Whose request it is, is not what these tests are about: every signature is that of the account's root.
    authenticate: () => ({
      principal: {
        accessKeyId: CREDENTIALS.accessKeyId,
        account: HERE.account,
        arn: `arn:aws:iam::${HERE.account}:root`,
        userId: HERE.account,
        kind: 'root',
      },
      region: HERE.region,
      service: 'logs',
    }),
    clock,
    log,
    newRequestId: randomUUID,
    stopping: stopping.signal,
  });
  const server = createServer(engine.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new sdk.CloudWatchLogsClient(
    noting({ endpoint, region: HERE.region, credentials: CREDENTIALS, maxAttempts: 1 }),
  );
  t.after(async () => {
    client.destroy();
    stopping.abort();
    server.close();
    server.closeAllConnections();
    await following[Symbol.asyncDispose]();
    await core.stopQueries();
    core.close();
  });
  return { core, sink, client, endpoint, said, recorded };
}
