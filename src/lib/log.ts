import { destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Our own log: JSON lines on standard error, so that standard output holds only what a command promises to print. */
export function openLog(level: string = 'info'): Logger {
  return pino(
    { level, base: undefined, redact: ['secretAccessKey', 'sessionToken', '*.secretAccessKey'] },
    destination({ dest: 2, sync: true }),
  );
}
