import { openLog } from '../lib/log.ts';
import { defaultRuntimesDir, openRuntimes } from '../runtimes/open-runtimes.ts';
import { inspectHost } from '../sandbox/inspect-host.ts';
import { table } from './table.ts';

/** Tells what this host can do for functions, what is missing, and the command that gets it. */
export async function doctor(): Promise<void> {
  const { needs, tools } = await inspectHost();
  const runtimes = (await openRuntimes({ dir: defaultRuntimesDir(), log: openLog('warn') })).list();
  const ready = runtimes.filter((status) => status.kind === 'ready').map((status) => status.name);
  const missing = needs.filter((need) => !need.isMet && need.command !== undefined);
  process.stdout.write(
    table(needs.map(({ name, isMet, detail }) => [isMet ? 'ok' : 'missing', name, detail])) +
      (tools === undefined
        ? '\nFunctions would run as plain processes here, not isolated from each other: run only code that you trust.\n'
        : '\nFunctions are isolated from each other and from this host by bubblewrap.\n') +
      missing.map(({ name, command }) => `To get ${name}, type: ${command}\n`).join('') +
      `\nRuntimes that are ready: ${ready.join(', ')}. More: lambent runtime list\n`,
  );
}
