import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/lib/clock.ts';

/** Something that runs the echo handler behind HTTP. */
export interface Peer {
  readonly name: string;
  /** What a caller of it gets, and does not get. */
  readonly is: string;
  /** Brings what it needs into the user's cache directory. Quick when it is there. Rejects when it cannot be had. */
  install(): Promise<void>;
  /** A process of its own, which ends with `cleanUp`. */
  start(cleanUp: AsyncDisposableStack): Promise<Running>;
}

export interface Running {
  readonly pid: number;
  readonly port: number;
  /** From the start of the process until its port accepts a connection. */
  readonly readyMs: number;
  /** Deploys the echo function, where that is not done by starting. */
  deploy?(): Promise<void>;
  /** The bytes that give this event to the echo function. */
  request(event: string): Promise<Buffer>;
}

const READY_MS_MAX = 60_000;
const END_MS_MAX = 5_000;

/** Starts a program and waits until `port` accepts a connection. Rejects with what it said when it ends before that. */
export async function startProcess(
  cleanUp: AsyncDisposableStack,
  command: readonly [string, ...string[]],
  options: SpawnOptions & { port: number },
): Promise<{ pid: number; readyMs: number }> {
  const startMs = performance.now();
  const [program, ...args] = command;
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  cleanUp.defer(() => end(child, ended));
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
  }
  while (!(await accepts(options.port))) {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} has ended: ${said}`);
    if (performance.now() - startMs > READY_MS_MAX) throw new Error(`${command.join(' ')} does not listen: ${said}`);
    await sleep(2);
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} has no process id`);
  return { pid, readyMs: performance.now() - startMs };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  using _patience = systemClock.after(END_MS_MAX, () => child.kill('SIGKILL'));
  await ended;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const answer = (does: boolean) => {
      socket.destroy();
      resolve(does);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** A port that nobody listened on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** A POST of JSON without a signature. */
export function post(path: string, event: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(event)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${event}`);
}
