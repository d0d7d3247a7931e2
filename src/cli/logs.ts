import { FIRST_ACCOUNT, readAccountKey } from '../identity/index.ts';
import { systemClock } from '../lib/clock.ts';
import { REGION } from './env.ts';
import { logsTail } from './logs-tail.ts';

/** Prints what a function logged; with `--follow`, until it is stopped. */
export async function tail(
  functionName: string,
  options: { follow: boolean; since: string; filterPattern?: string; account?: string; dataDir: string; port: number },
): Promise<void> {
  // What was typed wrong is told before anything is asked for.
  const sinceMs = durationMs(options.since);
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  await logsTail({
    // As any AWS client does: what the environment says comes first.
    endpoint: process.env.AWS_ENDPOINT_URL ?? `http://127.0.0.1:${options.port}`,
    region: process.env.AWS_REGION ?? REGION,
    credentials: credentials(options),
    functionName,
    sinceMs,
    follow: options.follow,
    ...(options.filterPattern === undefined ? {} : { filterPattern: options.filterPattern }),
    write: (text) => process.stdout.write(text),
    notify: (text) => process.stderr.write(`${text}\n`),
    signal: stopped.signal,
    clock: systemClock,
  });
}

/** An account that was asked for comes before what the environment says, and that before the first account. */
function credentials({ dataDir, account }: { dataDir: string; account?: string }) {
  if (account !== undefined) return readAccountKey(dataDir, account);
  return environmentCredentials() ?? readAccountKey(dataDir, FIRST_ACCOUNT);
}

function environmentCredentials() {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(text: string): number {
  const parts = /^(\d{1,9})([smhd])$/.exec(text);
  const unitMs = UNIT_MS[parts?.[2] ?? ''];
  if (unitMs === undefined) throw new Error(`--since ${text} is no duration: type for example 30s, 10m, 2h or 1d`);
  return Number(parts?.[1]) * unitMs;
}
