import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Sandbox, Sandboxes } from '../sandbox.ts';
import { supervised } from '../supervisor.ts';
import { keepFromChildren } from '../system/inherited-descriptors.ts';
import { withWorkingDirectory } from '../with-working-directory.ts';
import { ProcessSandbox } from './process-sandbox.ts';
import { startReaper } from './reaper.ts';
import { TemporaryDirectory } from './temporary-directory.ts';
import { translation } from './translation.ts';

/** Behind the first process's own. */
const SUPERVISOR = { control: 5, side: 6 };

/**
 * Sandboxes that are none: processes of this server's own user, for hosts without Linux namespaces. They see the host's
 * files and network, and nothing is limited. Freezing and killing reach the first process's group; a process that
 * has left it is out of reach.
 */
export function openProcessSandboxes({ log, clock }: { log: Logger; clock: Clock }): Sandboxes {
  keepFromChildren();
  const reaper = startReaper({ log, clock });
  const alive = new Set<Sandbox>();
  let isClosed = false;
  let numbered = 0;
  return {
    kind: 'process',
    can: {
      ...{ isolate: false, limitMemory: false, limitCpu: false, limitPids: false, limitTmp: false },
      freeze: false,
    },
    tmp: (bytes) => new TemporaryDirectory(bytes, reaper),
    start: async (spec, signal) => {
      signal.throwIfAborted();
      if (isClosed) throw new Error('no sandbox is started any more: the server stops');
      numbered += 1;
      const atHost = translation(spec.mounts);
      const child = spawn(
        '/bin/sh',
        // One pipe for both, so that the order of lines is theirs.
        [
          '-c',
          spec.supervised ? `exec 2>&1; ${supervised(SUPERVISOR)}; exit $?` : 'unset PWD OLDPWD; exec "$@" 2>&1',
          'sh',
          ...withWorkingDirectory(spec).map(atHost),
        ],
        {
          cwd: '/',
          detached: true, // A process group of its own, to be killed as one.
          env: mapValues(spec.env, (value) => value.split(':').map(atHost).join(':')),
          stdio: ['ignore', 'pipe', 'ignore', 'pipe', 'pipe', ...(spec.supervised ? (['pipe', 'pipe'] as const) : [])],
        },
      );
      try {
        await once(child, 'spawn');
      } catch (error) {
        throw new Error(`cannot start ${spec.command[0]}`, { cause: error });
      }
      const group = child.pid;
      if (group === undefined) throw new Error('a process that was started has no number');
      reaper.began('group', String(group));
      const sandbox = new ProcessSandbox(child, {
        id: String(numbered),
        ...{ atHost, clock, log, isSupervised: spec.supervised },
        onFreed: (freed) => {
          reaper.ended('group', String(group));
          alive.delete(freed);
        },
      });
      alive.add(sandbox);
      if (signal.aborted || isClosed) {
        await sandbox[Symbol.asyncDispose]();
        signal.throwIfAborted();
        throw new Error('no sandbox is started any more: the server stops');
      }
      return sandbox;
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      await Promise.all([...alive].map((sandbox) => sandbox[Symbol.asyncDispose]()));
      await reaper[Symbol.asyncDispose]();
    },
  };
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
