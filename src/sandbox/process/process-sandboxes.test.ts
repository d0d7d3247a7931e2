import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { processesWith } from '../testing/holdings.ts';
import { eventually } from '../testing/inside.ts';
import { sandboxesContract } from '../testing/sandboxes-contract.ts';
import { openProcessSandboxes } from './process-sandboxes.ts';

sandboxesContract('process', async () => openProcessSandboxes({ log: openLog('fatal'), clock: systemClock }));

test('a server that is killed leaves no process, not even a frozen one, and no directory', async (t) => {
  const temporary = mkdtempSync(join(tmpdir(), 'lambent test '));
  t.after(() => rmSync(temporary, { recursive: true }));
  const script = `sleep 920.${process.pid}s`;
  const doomed = fileURLToPath(import.meta.resolve('../testing/doomed-server.ts'));
  const server = spawn(process.execPath, [doomed, script, 'process'], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  const sleepers = () => processesWith(script.slice(6));
  await eventually(() => sleepers().length >= 6, 'the functions run');
  assert.equal(readdirSync(temporary).length, 3);

  server.kill('SIGKILL');
  await once(server, 'exit');
  await eventually(() => sleepers().length === 0, 'its functions are dead');
  await eventually(() => readdirSync(temporary).length === 0, 'their directories are gone');
});
