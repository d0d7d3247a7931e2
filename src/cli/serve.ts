import { systemClock } from '../lib/clock.ts';
import { openLog } from '../lib/log.ts';
import { startServer } from '../server/server.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly auth: 'enforced' | 'relaxed';
  readonly checkRoles: boolean;
  readonly signingRoots?: string | undefined;
  readonly serviceEndpoint: { readonly sqs?: string };
  readonly smtpRelay?: string | undefined;
  readonly smtpPort?: number | undefined;
  readonly mailDomain: readonly { readonly domain: string; readonly account: string }[];
  readonly sandbox: 'auto' | 'bubblewrap' | 'process';
  readonly pool: number;
  readonly keepAlive: number;
  readonly accountConcurrency: number;
  /** In GiB. */
  readonly codeStorage: number;
  /** In GiB. */
  readonly logStorage: number;
  /** In days; 0: never. */
  readonly inactiveAfter: number;
  /** In seconds. */
  readonly eventRetry: number;
  readonly logLevel: string;
}

/** How long running invocations may take after SIGTERM; a second signal ends the wait. */
const DRAIN_MS_MAX = 30_000;
const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;

/** Runs the server until SIGTERM or SIGINT. Prints on standard output where letters are taken, if they are, and then one line once it can serve. */
export async function serve(options: ServeOptions): Promise<void> {
  const log = openLog(options.logLevel);
  const stopped = Promise.withResolvers<void>();
  const hurry = new AbortController();
  const onSignal = () => {
    stopped.resolve();
    // The first signal drains, the second one ends that.
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => hurry.abort());
  };
  process.once('SIGTERM', onSignal);
  process.once('SIGINT', onSignal);

  await using server = await startServer(
    {
      ...options,
      serviceEndpoints: options.serviceEndpoint,
      mailDomains: options.mailDomain,
      poolSize: options.pool,
      keepAliveMs: options.keepAlive * 1_000,
      codeStorageBytes: Math.round(options.codeStorage * GIB),
      logStorageBytes: Math.round(options.logStorage * GIB),
      eventRetryMs: options.eventRetry * 1_000,
      inactiveAfterMs: options.inactiveAfter === 0 ? undefined : options.inactiveAfter * DAY_MS,
    },
    { clock: systemClock, log },
  );
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  if (server.smtpPort !== undefined) process.stdout.write(`Letters are taken at smtp://${host}:${server.smtpPort}\n`);
  process.stdout.write(`Lambent is ready at http://${host}:${server.port}\n`);

  await stopped.promise;
  log.info('stopping: running invocations are finished first');
  await server.drain(AbortSignal.any([hurry.signal, AbortSignal.timeout(DRAIN_MS_MAX)]));
}
