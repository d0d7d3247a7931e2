import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../lib/clock.ts';
import { openLog } from '../../lib/log.ts';
import { openSandboxes } from '../open-sandboxes.ts';
import { groupsOf, mountPoints, processesWith, runDirectoriesOf } from '../testing/holdings.ts';
import { eventually, run } from '../testing/inside.ts';
import { sandboxesContract } from '../testing/sandboxes-contract.ts';

const open = () => openSandboxes({ kind: 'bubblewrap', log: openLog('fatal'), clock: systemClock });

sandboxesContract('bubblewrap', open);

test('its sandboxes together leave memory to the server and the rest of the host', async () => {
  await using sandboxes = await open();
  if (!sandboxes.can.limitMemory) return;
  const bounds = groupsOf(process.pid)
    .flatMap((dir) => [`${dir}/memory.limit_in_bytes`, `${dir}/memory.max`])
    .filter((path) => existsSync(path))
    .map((path) => Number(readFileSync(path, 'utf8')));
  assert.equal(bounds.length, 1);
  const [boundBytes = 0] = bounds;
  assert.ok(boundBytes > 0 && boundBytes <= totalmem() * 0.9, `${boundBytes}`);
});

test('when a server is killed its sandboxes die, frozen ones too, and the next server removes what it left', async () => {
  const script = `sleep 500.${process.pid}s`;
  const server = spawn(process.execPath, [fileURLToPath(import.meta.resolve('../testing/doomed-server.ts')), script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid = -1 } = server;
  await once(server.stdout, 'data');
  const sleepers = () => processesWith(script.slice(6));
  await eventually(() => sleepers().length >= 6, 'the sandboxes run');

  server.kill('SIGKILL');
  await once(server, 'exit');
  await using next = await open();
  // Their deaths are under way when the next server comes; it has waited for those that were frozen.
  await eventually(() => sleepers().length === 0, 'its sandboxes are dead');
  const left = () => [...groupsOf(pid), ...mountPoints(`lambent-${pid}-`), ...runDirectoriesOf(pid)];
  await eventually(() => left().length === 0, 'nothing of it is left').catch(() => assert.deepEqual(left(), []));
  assert.equal((await run(next, 'exit 0')).code, 0);
});
