import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { systemClock } from '../lib/clock.ts';
import { inspectHost } from './inspect-host.ts';
import { openSandboxes } from './open-sandboxes.ts';
import { isAdministrator, OWN_MOUNTS_VARIABLE, ownMountsCommand } from './own-mounts.ts';
import { NEVER, spec } from './testing/inside.ts';

test('isolated sandboxes are chosen where they work', async () => {
  const { tools } = await inspectHost();
  assert.notEqual(tools, undefined);
  await using sandboxes = await open('auto');
  assert.equal(sandboxes.kind, 'bubblewrap');
});

test('a sandbox that cannot start says why', async () => {
  await using sandboxes = await open('bubblewrap');
  await assert.rejects(
    sandboxes.start(spec('', { mounts: [{ source: '/usr', target: '/proc/no-such' }] }), NEVER),
    /did not start \(1\): bwrap: .*no-such/,
  );
});

test('a setting with a NUL is refused: it could end one option of bwrap and begin another', async () => {
  await using sandboxes = await open('bubblewrap');
  const env = { NAME: 'value\0--bind\0/\0/' };
  await assert.rejects(sandboxes.start(spec('', { env }), NEVER), /NUL/);
  await assert.rejects(sandboxes.start(spec('', { env: { 'A=B': '' } }), NEVER), /not the name of a variable/);
});

describe('without mounts of its own', () => {
  test('isolation is refused, and what to type is said', () =>
    withoutOwnMounts(async () => {
      const command = ownMountsCommand(isAdministrator()).join(' ');
      await assert.rejects(open('bubblewrap'), (error: Error) => error.message.includes(command));
    }));

  test('functions run as plain processes, and a warning says why', () =>
    withoutOwnMounts(async () => {
      const lines: string[] = [];
      await using sandboxes = await open('auto', lines);
      assert.equal(sandboxes.kind, 'process');
      assert.match(lines.join(), /not isolated.*|.*mount namespace of its own/);
      assert.equal(sandboxes.can.isolate, false);
    }));

  test('doctor names it, and finds no tools', () =>
    withoutOwnMounts(async () => {
      const { needs, tools } = await inspectHost();
      assert.equal(tools, undefined);
      assert.deepEqual(
        needs.filter(({ isMet }) => !isMet).map(({ name }) => name),
        ['own mounts'],
      );
    }));
});

function open(kind: 'auto' | 'bubblewrap', lines: string[] = []) {
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
  return openSandboxes({ kind, log: pino(stream), clock: systemClock });
}

async function withoutOwnMounts(act: () => Promise<void>): Promise<void> {
  delete process.env[OWN_MOUNTS_VARIABLE];
  try {
    await act();
  } finally {
    process.env[OWN_MOUNTS_VARIABLE] = '1';
  }
}
