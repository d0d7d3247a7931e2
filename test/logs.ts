// What functions have logged, through the official client of CloudWatch Logs.
import { createRequire } from 'node:module';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { TestServer } from './server.ts';

/** Waits for a line of the function's log that holds this text. */
export async function logged(server: TestServer, name: string, what: string): Promise<string> {
  for (let turn = 0; turn < 2_400; turn += 1) {
    const [line] = await logLines(server, name, what);
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never logged: ${what}`);
}

/** The lines of the function's log that hold this text; none of a function that has not logged anything yet. */
export async function logLines(server: TestServer, name: string, what: string): Promise<string[]> {
  const logs = logsSdk();
  const reader = logsClient(server);
  try {
    const filter = { logGroupName: `/aws/lambda/${name}`, filterPattern: `"${what}"` };
    const { events } = await reader.send(new logs.FilterLogEventsCommand(filter));
    return (events ?? []).map(({ message }) => message ?? '');
  } catch (error) {
    if (error instanceof logs.ResourceNotFoundException) return [];
    throw error;
  } finally {
    reader.destroy();
  }
}

/** The official client, set up with the exports alone. Whoever makes it destroys it. */
export function logsClient({ env }: { readonly env: NodeJS.ProcessEnv }): CloudWatchLogsClient {
  return new (logsSdk().CloudWatchLogsClient)({
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  });
}

export function logsSdk(): typeof import('@aws-sdk/client-cloudwatch-logs') {
  return createRequire(import.meta.url)('@aws-sdk/client-cloudwatch-logs');
}
