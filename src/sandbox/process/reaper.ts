import { spawn } from 'node:child_process';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';

/**
 * Outlives a server that is killed, and then kills what it left: a frozen process does not see that its channel has
 * ended, and would stay for ever.
 */
export interface Reaper extends AsyncDisposable {
  /** A process group has begun, with a directory that goes with it. */
  began(group: number, directory: string): void;
  /** Both are gone. */
  ended(group: number, directory: string): void;
}

/** Reads what lives from its input, which ends with the server, however that ends. Its arguments are the list. */
const SCRIPT = `
trap '' HUP INT TERM
while read -r change group directory; do
  case $change in
    began) set -- "$@" "$group $directory" ;;
    ended) for each do shift; [ "$each" = "$group $directory" ] || set -- "$@" "$each"; done ;;
  esac
done
for each do kill -s KILL -- "-\${each%% *}" 2>/dev/null; rm -rf -- "\${each#* }"; done
`;

const END_MS_MAX = 1_000;

export function startReaper({ log, clock }: { log: Logger; clock: Clock }): Reaper {
  const { promise: exited, resolve } = Promise.withResolvers<void>();
  // Detached: what ends the server's process group must not end it.
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'lambent-reaper'], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.once('exit', () => resolve());
  child.once('error', () => resolve());
  child.stdin.once('error', (error) => {
    log.warn({ err: error }, 'the reaper is gone: functions may be left over if this server is killed');
  });
  const tell = (change: string, group: number, directory: string): void => {
    if (child.stdin.writable) child.stdin.write(`${change} ${group} ${directory}\n`);
  };
  return {
    began: (group, directory) => tell('began', group, directory),
    ended: (group, directory) => tell('ended', group, directory),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      using _timer = clock.after(END_MS_MAX, resolve);
      await exited;
    },
  };
}
