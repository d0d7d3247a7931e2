import { raceAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type HostInspection, inspectHost } from './inspect-host.ts';
import { openProcessSandboxes } from './process/process-sandboxes.ts';
import type { Sandboxes, SandboxSpec } from './sandbox.ts';

const NOT_ISOLATED = 'functions are not isolated from each other or from this host: run only code that you trust';

export const SANDBOX_KINDS = ['auto', 'bubblewrap', 'process'] as const;

/**
 * Opens one way to make sandboxes. `auto`: isolated ones where a first one really starts, else plain processes with a
 * warning that says why. `bubblewrap`: throws where that does not work. Takes some 50 ms, for the first sandbox.
 */
export async function openSandboxes(options: {
  kind: (typeof SANDBOX_KINDS)[number];
  log: Logger;
  clock: Clock;
}): Promise<Sandboxes> {
  const { kind, log, clock } = options;
  if (kind === 'process') {
    log.warn(NOT_ISOLATED);
    return openProcessSandboxes({ log, clock });
  }
  try {
    return await openIsolated(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (kind === 'bubblewrap') throw error;
    log.warn({ reason }, NOT_ISOLATED);
    return openProcessSandboxes({ log, clock });
  }
}

async function openIsolated({ log, clock }: { log: Logger; clock: Clock }): Promise<Sandboxes> {
  const inspection = await inspectHost();
  if (inspection.tools === undefined) throw new Error(`sandboxes cannot be isolated here: ${missing(inspection)}`);
  const { openBubblewrapSandboxes } = await import('./bubblewrap/bubblewrap-sandboxes.ts');
  const sandboxes = await openBubblewrapSandboxes({ tools: inspection.tools, log, clock });
  try {
    await tryOne(sandboxes);
    return sandboxes;
  } catch (error) {
    await sandboxes[Symbol.asyncDispose]();
    throw error;
  }
}

function missing({ needs }: HostInspection): string {
  return needs
    .filter(({ isMet }) => !isMet)
    .map(({ detail, command }) => (command === undefined ? detail : `${detail} (type: ${command})`))
    .join('; ');
}

const TRIAL: SandboxSpec = {
  limits: { memoryBytes: 64 * 1024 * 1024, cpus: undefined },
  pidsMax: 64,
  command: ['/bin/sh', '-c', 'exit 7'],
  env: {},
  mounts: [],
  supervised: false,
};

/** Kernels and security modules forbid namespaces in so many ways that only a sandbox tells. */
async function tryOne(sandboxes: Sandboxes): Promise<void> {
  const limit = AbortSignal.timeout(15_000);
  await using sandbox = await sandboxes.start(TRIAL, limit);
  const { code, signal } = await raceAbort(sandbox.exited, limit);
  if (code !== 7) throw new Error(`a first sandbox failed (${signal ?? code})`);
}
