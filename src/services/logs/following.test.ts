// What waits for filters, over crashes and deletions.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import { until } from '../../lib/testing/turns.ts';
import { openLogs } from './logs.ts';
import { GROUP, HERE, recordingLog, STREAM, temporaryDirectory } from './testing/fixture.ts';
import { functionArn, testFunctions } from './testing/functions.ts';

test('whatever PutLogEvents acknowledged is delivered, in its order, after kill -9 too', async (t) => {
  const dataDir = temporaryDirectory(t);
  const script = join(import.meta.dirname, 'testing', 'follow-until-killed.ts');
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line) + 1;
    if (acknowledged >= 50) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');

  const functions = testFunctions();
  functions.put('watch');
  const { deliver } = functions.delivery;
  await using logs = openLogs({ dataDir, clock: systemClock, log: recordingLog().log });
  // Nobody has to ask for anything first.
  await using _ = logs.core.follow({ deliver, record: async () => {} });
  await until(() => functions.texts('watch').length >= acknowledged);
  const expected = Array.from({ length: acknowledged }, (_, event) => `event ${event}`);
  assert.deepEqual(functions.texts('watch').slice(0, acknowledged), expected);
});

test('a stop loses nothing, and a group that is deleted takes its filters along', async (t) => {
  const dataDir = temporaryDirectory(t);
  const functions = testFunctions();
  functions.put('watch');
  const { deliver } = functions.delivery;
  const { log } = recordingLog();
  const open = () => openLogs({ dataDir, clock: systemClock, log });
  {
    await using logs = open();
    logs.core.createGroup(HERE, { name: GROUP, class: 'STANDARD', tags: {} });
    logs.core.filters.putSubscription(logs.core.group(HERE, GROUP).id, 'all', {
      ...{ pattern: '', destinationArn: functionArn('watch'), distribution: 'ByLogStream' },
    });
    logs.sink.open({ ...HERE, group: GROUP, stream: STREAM }).write('before the stop', systemClock.nowMs());
  }
  await using logs = open();
  await using _ = logs.core.follow({ deliver, record: async () => {} });
  await until(() => functions.received.length === 1);
  assert.deepEqual(functions.texts('watch'), ['before the stop']);
  logs.core.deleteGroup(HERE, GROUP);
  logs.core.createGroup(HERE, { name: GROUP, class: 'STANDARD', tags: {} });
  assert.equal(logs.core.filters.count(logs.core.group(HERE, GROUP).id, 'subscription'), 0);
});

test('much that has waited for a filter lets other work in between', async (t) => {
  await using logs = openLogs({ dataDir: temporaryDirectory(t), clock: systemClock, log: recordingLog().log });
  const { core, sink } = logs;
  core.createGroup(HERE, { name: GROUP, class: 'STANDARD', tags: {} });
  core.filters.putMetricFilter(core.group(HERE, GROUP).id, 'all', {
    pattern: '',
    transformation: { namespace: 'n', name: 'n', value: '1', unit: undefined, defaultValue: undefined, dimensions: {} },
  });
  const stream = sink.open({ ...HERE, group: GROUP, stream: STREAM });
  const nowMs = systemClock.nowMs();
  for (let line = 0; line < 600; line += 1) stream.write(`${line} `.padEnd(10_000), nowMs);
  core.flush();
  let turns = 0;
  const turnsAt: number[] = [];
  let count = 0;
  const record = async (_: unknown, points: readonly unknown[]) => {
    turnsAt.push(turns);
    count += points.length;
  };
  const turn = () => {
    turns += 1;
    if (count < 600) setImmediate(turn);
  };
  setImmediate(turn);
  await using _ = core.follow({ deliver: async () => {}, record });
  await until(() => count === 600);
  // Six megabytes come in six pieces or more, each in a turn of its own.
  assert.ok(new Set(turnsAt).size >= 6, String(turnsAt));
});
