// What functions have logged, through the official client of CloudWatch Logs.
import { createRequire } from 'node:module';
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
  const logs = createRequire(import.meta.url)(
    '@aws-sdk/client-cloudwatch-logs',
  ) as typeof import('@aws-sdk/client-cloudwatch-logs');
  const reader = new logs.CloudWatchLogsClient({
    endpoint: server.env.AWS_ENDPOINT_URL ?? '',
    region: server.env.AWS_REGION ?? '',
    credentials: {
      accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
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
