import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { raceAbort } from '../../lib/abort.ts';
import type { SandboxPaths } from '../../sandbox/sandbox.ts';
import type { Runtime, RuntimeLaunch } from '../runtime.ts';

/** The files of a function, by path; gone when disposed. */
export function taskDirectory(files: Readonly<Record<string, string>>): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'lambent-task-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Where things are for a process that runs in no sandbox: at the mounts' sources. */
export function hostPaths(launch: RuntimeLaunch, task: string): SandboxPaths {
  const mounted = (target: string) => {
    const mount = launch.mounts.find((one) => target === one.target || target.startsWith(`${one.target}/`));
    return mount === undefined ? target : mount.source + target.slice(mount.target.length);
  };
  return { task, opt: '/nowhere/opt', tmp: tmpdir(), mounted };
}

export interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

export interface LogRecord {
  readonly type: number;
  readonly timestampMs: number;
  readonly message: string;
}

export interface InvokeHead {
  readonly requestId?: string;
  readonly deadlineMs?: number;
  readonly invokedArn?: string;
  readonly traceId?: string;
  readonly clientContext?: string;
  readonly cognitoIdentity?: string;
}

const WAIT_MS_MAX = 120_000;

/** A guest as the platform starts it, driven over its real descriptors. */
export interface GuestProcess extends AsyncDisposable {
  readonly pid: number;
  /** All that has come on descriptor 4, and on 1 and 2, so far. */
  readonly records: LogRecord[];
  output(): string;
  /** The next frame from the guest; rejects when the guest ends instead. */
  frame(): Promise<Frame>;
  init(options: { handler: string; env?: Readonly<Record<string, string>>; snapStart?: boolean }): Promise<Frame>;
  /** Runs the hooks that follow a snapshot's restoring. */
  restore(): Promise<Frame>;
  invoke(event: string, head?: InvokeHead): Promise<Frame>;
  /** Takes no more frames, as the platform does while a caller takes no more; and goes on. */
  pause(): void;
  resume(): void;
  /** Waits for a record that holds this text. */
  logged(text: string): Promise<LogRecord>;
  /** Waits until the output holds this text. */
  printed(text: string): Promise<void>;
  /** How the guest ended; rejects when it does not. */
  ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  closeChannel(): void;
}

export async function startGuest(runtime: Runtime, task: string, memoryMb = 128): Promise<GuestProcess> {
  const launch = runtime.launch(memoryMb);
  const paths = hostPaths(launch, task);
  const [program = '', ...args] = launch.command.map(paths.mounted);
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: runtime.variables(paths),
  });
  const guest = driveGuest(child, runtime, paths);
  const ready = await guest.frame();
  if (ready.type !== 16) throw new Error(`expected READY, got ${ready.type}`);
  return guest;
}

/** A function whose code is text: its files by path. The handler is `app.handler` unless it is said. */
export interface TextFunction {
  readonly files: Readonly<Record<string, string>>;
  readonly handler?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Loads a function, hands over its guest, the answer to INIT and the code's directory, and ends all that. */
export async function withFunction(
  runtime: Runtime,
  { files, handler = 'app.handler', env = {} }: TextFunction,
  then: (guest: GuestProcess, init: Frame, task: string) => Promise<void>,
): Promise<void> {
  using task = taskDirectory(files);
  await using guest = await startGuest(runtime, task.path);
  await then(guest, await guest.init({ handler, env }), task.path);
}

function driveGuest(child: ChildProcess, runtime: Runtime, paths: SandboxPaths): GuestProcess {
  const [, stdout, stderr, channel, recordPipe] = child.stdio as [null, Readable, Readable, Duplex, Readable];
  const frames: Frame[] = [];
  const records: LogRecord[] = [];
  let output = '';
  const changed = new EventTarget();
  const change = () => changed.dispatchEvent(new Event('change'));

  channel.on(
    'data',
    cutter(
      5,
      (head) => head.readUInt32LE(0),
      (head, payload) => {
        frames.push({ type: head[4] ?? 0, payload });
        change();
      },
    ),
  );
  recordPipe.on(
    'data',
    cutter(
      16,
      (head) => head.readUInt32BE(4),
      (head, payload) => {
        const timestampMs = Number(head.readBigUInt64BE(8)) / 1000;
        records.push({ type: head.readUInt32BE(0), timestampMs, message: payload.toString() });
        change();
      },
    ),
  );
  for (const stream of [stdout, stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      change();
    });
  }
  channel.on('error', () => {}); // SAFE: the guest has gone, which `exited` tells.
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  let gone = false;
  exited.then(() => {
    gone = true;
    change();
  });

  const until = async <T>(what: string, look: () => T | undefined): Promise<T> => {
    const signal = AbortSignal.timeout(WAIT_MS_MAX);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const state = `got output ${JSON.stringify(output.slice(-2000))}, records ${JSON.stringify(records.slice(-5))}`;
      if (gone) throw new Error(`the guest has ended while waiting for ${what}; ${state}`);
      await raceAbort(
        new Promise((resolve) => changed.addEventListener('change', resolve, { once: true })),
        signal,
      ).catch(() => Promise.reject(new Error(`no ${what} in time; ${state}`)));
    }
  };
  const send = (type: number, payload: Buffer) => {
    const head = Buffer.alloc(5);
    head.writeUInt32LE(payload.length, 0);
    head[4] = type;
    channel.write(Buffer.concat([head, payload]));
  };
  const frame = () => until('frame', () => frames.shift());

  return {
    pid: child.pid ?? 0,
    records,
    output: () => output,
    frame,
    init: ({ handler, env = {}, snapStart }) => {
      const variables = { ...runtime.variables(paths), ...FUNCTION_VARIABLES, ...env };
      send(4, Buffer.alloc(0)); // WAKE
      send(1, Buffer.from(JSON.stringify({ env: variables, handler, taskRoot: paths.task, snapStart })));
      return frame();
    },
    restore: () => {
      send(3, Buffer.alloc(0));
      return frame();
    },
    invoke: (event, head = {}) => {
      const headBytes = Buffer.from(JSON.stringify({ ...DEFAULT_HEAD, deadlineMs: Date.now() + 3000, ...head }));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(headBytes.length, 0);
      send(2, Buffer.concat([length, headBytes, Buffer.from(event)]));
      return frame();
    },
    pause: () => void channel.pause(),
    resume: () => void channel.resume(),
    logged: (text) => until(`record with ${text}`, () => records.find(({ message }) => message.includes(text))),
    printed: (text) => until(`output with ${text}`, () => (output.includes(text) ? true : undefined)).then(() => {}),
    ended: () => raceAbort(exited, AbortSignal.timeout(WAIT_MS_MAX)),
    closeChannel: () => channel.destroy(),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const DEFAULT_HEAD = {
  requestId: '7c1e0b6e-0000-4000-8000-000000000001',
  invokedArn: 'arn:aws:lambda:eu-west-1:000000000000:function:f',
};

const FUNCTION_VARIABLES = {
  AWS_LAMBDA_FUNCTION_NAME: 'f',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/f',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123',
};

/** Cuts a stream of pieces that each begin with a head of fixed length. */
function cutter(
  headBytes: number,
  lengthOf: (head: Buffer) => number,
  onPiece: (head: Buffer, payload: Buffer) => void,
): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let bytes = 0;
  let wanted = headBytes;
  return (chunk) => {
    parts.push(chunk);
    bytes += chunk.length;
    while (bytes >= wanted) {
      const whole = Buffer.concat(parts, bytes);
      const end = headBytes + lengthOf(whole);
      if (bytes < end) {
        wanted = end;
        parts = [whole];
        return;
      }
      onPiece(whole.subarray(0, headBytes), whole.subarray(headBytes, end));
      parts = [whole.subarray(end)];
      bytes -= end;
      wanted = headBytes;
    }
  };
}
