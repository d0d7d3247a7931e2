import { spawn } from 'node:child_process';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';

/**
 * Outlives a server that is killed, and then kills what it left: a frozen process does not see that its channel has
 * ended, and would stay for ever.
 */
export interface Reaper extends AsyncDisposable {
  /** A process group, by its number, or a directory, by its path, is there from now on. */
  began(kind: Kind, name: string): void;
  ended(kind: Kind, name: string): void;
}
type Kind = 'group' | 'directory';

/** Reads what lives from its input, which ends with the server, however that ends. Its arguments are the list. */
const SCRIPT = `
trap '' HUP INT TERM
while read -r change thing; do
  case $change in
    began) set -- "$@" "$thing" ;;
    ended) for each do shift; [ "$each" = "$thing" ] || set -- "$@" "$each"; done ;;
  esac
done
for each do case $each in group*) kill -s KILL -- "-\${each#group }" 2>/dev/null ;; esac; done
for each do case $each in directory*) rm -rf -- "\${each#directory }" ;; esac; done
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
  const tell = (change: string, kind: Kind, name: string): void => {
    if (child.stdin.writable) child.stdin.write(`${change} ${kind} ${name}\n`);
  };
  return {
    began: (kind, name) => tell('began', kind, name),
    ended: (kind, name) => tell('ended', kind, name),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      using _timer = clock.after(END_MS_MAX, resolve);
      await exited;
    },
  };
}
