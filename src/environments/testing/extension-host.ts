import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { systemClock } from '../../lib/clock.ts';
import { Extensions } from '../extensions/extensions.ts';
import { extensionsRoute } from '../extensions/extensions-route.ts';
import { type EnvironmentLog, type EnvironmentLogOptions, openEnvironmentLog } from '../logs/environment-log.ts';

export interface TestLogOptions extends Partial<Omit<EnvironmentLogOptions, 'spec'>> {
  readonly spec?: Partial<EnvironmentLogOptions['spec']>;
}

/** The log of an environment that there is not, and what it writes. */
export function testLog({ spec, ...more }: TestLogOptions = {}): { log: EnvironmentLog; lines: string[] } {
  const lines: string[] = [];
  const log = openEnvironmentLog({
    spec: {
      ...{ name: 'hello', runtime: 'nodejs24.x', version: '$LATEST', memoryMb: 128, timeoutMs: 1_000 },
      functionArn: 'arn:hello',
      tracing: 'PassThrough',
      ...spec,
    },
    initializationType: 'on-demand',
    runtimeVersion: '24.21.0',
    runtimeVersionArn: 'arn',
    logStream: { write: (line) => lines.push(line), close: () => {} },
    logStreamName: 'stream',
    clock: systemClock,
    connect: () => assert.fail('nobody has subscribed'),
    ...more,
  });
  return { log, lines };
}

export interface ExtensionHost extends AsyncDisposable {
  readonly log: EnvironmentLog;
  /** What has been logged. */
  readonly lines: string[];
  readonly extensions: Extensions;
  /** `host:port` of the Extensions, Telemetry and Logs APIs. */
  readonly address: string;
}

/** The extensions of one environment, whose sandbox is this machine, behind a real server. */
export async function extensionHost(options: TestLogOptions = {}): Promise<ExtensionHost> {
  const { log, lines } = testLog({ connect: (port) => connect(port, '127.0.0.1'), ...options });
  const extensions = new Extensions({ log, clock: systemClock, identifier: randomUUID });
  const version = options.spec?.version ?? '$LATEST';
  const spec = { account: '123456789012', name: 'hello', version, handler: 'index.handler' };
  const route = extensionsRoute({ extensions, log, spec });
  const server = createServer((request, response) => {
    if (!route(request, response)) response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...{ log, lines, extensions },
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      extensions.close();
      log.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
