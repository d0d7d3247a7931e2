import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchScript } from '../../runtimes/launch-script.ts';
import { hostPaths, taskDirectory } from '../../runtimes/testing/guest-process.ts';
import { installedRuntimes } from '../../runtimes/testing/ready-runtimes.ts';
import { framesGuest } from './frames-guest.ts';
import type { Guest, GuestOwner, GuestStart } from './guest.ts';

const LAUNCHER = fileURLToPath(new URL('../../../guest/launch/launch.sh', import.meta.url));
/** Plays a guest that initialises only with `snapStart`, and answers RESTORE: none of ours in Node does. */
const RESTORING = `
const { Socket } = require('node:net');
const channel = new Socket({ fd: 3 });
const send = (type, text) => { const head = Buffer.alloc(5); head.writeUInt32LE(text.length); head[4] = type; channel.write(head); channel.write(text); };
let got = Buffer.alloc(0);
channel.on('data', (bytes) => {
  got = Buffer.concat([got, bytes]);
  while (got.length >= 5 && got.length >= 5 + got.readUInt32LE(0)) {
    const [type, text] = [got[4], got.subarray(5, 5 + got.readUInt32LE(0)).toString()];
    got = got.subarray(5 + text.length);
    if (type === 1) send(JSON.parse(text).snapStart === true ? 17 : 18, '');
    if (type === 3) process.argv[1] === 'fails' ? send(26, '{"errorType":"Runtime.AfterRestoreError"}') : send(25, '');
  }
});
send(16, '');`;

const [runtime] = await installedRuntimes(['nodejs24.x']);

describe('a guest of ours', () => {
  test('is launched by the script of its init, and streams to its owner', async () => {
    assert.ok(runtime);
    const code = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      stream.setContentType('text/plain');
      stream.end('x'.repeat(event.bytes));
    })`;
    using task = taskDirectory({ 'index.js': code });
    const launch = runtime.launch(128);
    const paths = hostPaths(launch, task.path);
    const [program = '', ...args] = launch.command.map(paths.mounted);
    await using child = spawned('/bin/sh', [LAUNCHER]);
    const seen = watched(framesGuest(child.channel, 'launcher'));
    // The sandbox waits, not the runtime in it.
    await seen.guest.up;
    const env = { MARK: 'from the script', ...runtime.variables(paths) };
    const script = launchScript({ env, cwd: task.path, program, args, keepChannel: true });
    seen.guest.wake();
    seen.guest.init(startOf({ paths, handler: 'index.handler', launchScript: script }));
    assert.deepEqual(await seen.next(), ['init', 'done']);

    const invoke = (event: unknown) =>
      seen.guest.invoke(
        {
          requestId: '7c1e0b6e-0000-4000-8000-000000000001',
          event: Buffer.from(JSON.stringify(event)),
          invokedArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f',
          traceId: 'Root=1-a',
          wantsTail: false,
        },
        Date.now() + 10_000,
      );
    invoke({ bytes: 3 });
    assert.deepEqual(await seen.next(), ['start', 'text/plain']);
    assert.deepEqual(await seen.next(), ['piece', 3]);
    assert.deepEqual(await seen.next(), ['end', undefined]);
    assert.deepEqual(await seen.next(), ['ready']);
    invoke({ bytes: 0 });
    assert.deepEqual(
      [await seen.next(), await seen.next()],
      [
        ['start', 'text/plain'],
        ['end', undefined],
      ],
    );
    assert.deepEqual(await seen.next(), ['ready']);
  });

  test('is not read while it is paused', async () => {
    const frames = `const head = (length) => { const bytes = Buffer.alloc(5); bytes.writeUInt32LE(length); bytes[4] = 23; return bytes; };
      const { Socket } = require('node:net'); const channel = new Socket({ fd: 3 });
      channel.write(Buffer.concat([head(64 << 20), Buffer.alloc(64 << 20)]));`;
    await using child = spawned(process.execPath, ['-e', frames]);
    const guest = framesGuest(child.channel, 'guest');
    let bytes = 0;
    let turns = 0;
    const arrived = Promise.withResolvers<void>();
    guest.own(
      owner({
        onStreamPiece: (piece) => {
          bytes += piece.length;
          // Each piece stops the next one: none comes unless the guest is resumed.
          guest.pause();
          turns += 1;
          setImmediate(() => guest.resume());
          if (bytes === 64 << 20) arrived.resolve();
        },
      }),
    );
    await arrived.promise;
    assert.ok(turns >= 64, `${turns} pieces of 64 MiB were at most 1 MiB each`);
    assert.equal(child.channel.isPaused(), true);
  });

  for (const [how, expected] of [
    ['works', ['restored', undefined]],
    ['fails', ['restored', '{"errorType":"Runtime.AfterRestoreError"}']],
  ] as const) {
    test(`is told of a snapshot's restoring, which ${how}`, async () => {
      await using child = spawned(process.execPath, ['-e', RESTORING, how]);
      const seen = watched(framesGuest(child.channel, 'guest'));
      await seen.guest.up;
      seen.guest.init(startOf({ paths: hostPaths({ command: [], env: {}, mounts: [] }, '/'), snapStart: true }));
      assert.deepEqual(await seen.next(), ['init', 'done']);
      seen.guest.restore();
      assert.deepEqual(await seen.next(), expected);
    });
  }
});

function startOf(parts: Partial<GuestStart> & Pick<GuestStart, 'paths'>): GuestStart {
  return {
    handler: '',
    variables: {},
    codeDir: '/nowhere',
    optDir: undefined,
    launchScript: undefined,
    snapStart: false,
    ...parts,
  };
}

function spawned(program: string, args: readonly string[]): { channel: Socket } & AsyncDisposable {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'ignore'] });
  const channel = child.stdio[3] as Socket; // SAFE: Node makes two-way sockets of extra pipes.
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    channel,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      channel.destroy();
      await exited;
    },
  };
}

function owner(listeners: Partial<GuestOwner>): GuestOwner {
  const unexpected = () => assert.fail('not expected');
  return {
    onInit: unexpected,
    onRestored: unexpected,
    onStreamStart: unexpected,
    onStreamPiece: unexpected,
    onStreamEnd: unexpected,
    onAnswer: unexpected,
    onReady: unexpected,
    onLost: () => {},
    ...listeners,
  };
}

/** What a guest tells, one after the other. */
function watched(guest: Guest): { guest: Guest; next(): Promise<unknown[]> } {
  const told: unknown[][] = [];
  let wake: (() => void) | undefined;
  const tell = (...what: unknown[]) => {
    told.push(what);
    wake?.();
  };
  guest.own(
    owner({
      onInit: ({ kind }) => tell('init', kind),
      onRestored: (error) => tell('restored', error?.toString()),
      onStreamStart: (contentType) => tell('start', contentType),
      onStreamPiece: (piece) => tell('piece', piece.length),
      onStreamEnd: (error) => tell('end', error),
      onReady: () => tell('ready'),
    }),
  );
  return {
    guest,
    next: async () => {
      for (;;) {
        const first = told.shift();
        if (first !== undefined) return first;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
