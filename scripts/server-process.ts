// Starts `bin/lambent serve` as anybody would, for the demo, the tests and the bench: all three see it from outside.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const checkout = resolve(import.meta.dirname, '..');
export const lambent = join(checkout, 'bin/lambent');

/** Far more than it takes, also on a machine that has much else to do. */
const READY_MS_MAX = 120_000;
const STOP_MS_MAX = 120_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The server's own: `bin/lambent` ends in an exec. */
  readonly pid: number;
  /** From the start of the process to the line that says it is ready. */
  readonly readyMs: number;
  readonly exited: Promise<Ended>;
  /** What the server has printed until it was ready. */
  readonly printed: string;
  /** What the server has logged so far; empty when `log` is `inherit`. */
  logged(): string;
  /** SIGTERM, and waits for the end. Throws when the server does not end in two minutes, and kills it. Idempotent. */
  stop(): Promise<Ended>;
  /** SIGKILL, and waits for the end. Idempotent. */
  kill(): Promise<Ended>;
}

/** The server has ended before it was ready: `ended.code` is its exit code, `logged` what it said. */
export class ServerDidNotStart extends Error {
  readonly ended: Ended;
  readonly logged: string;
  constructor(ended: Ended, logged: string) {
    super(`the server ended before it was ready (${ended.code ?? ended.signal}): ${logged}`);
    this.ended = ended;
    this.logged = logged;
  }
}

export interface ServerOptions {
  /** Arguments of `serve`. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** `inherit`: standard error is ours. */
  readonly log?: 'inherit' | 'capture';
  /** In a process group of its own, so that Ctrl-C reaches only the caller, who then stops the server once. */
  readonly apart?: boolean;
}

/** Resolves when the server says that it is ready. Throws `ServerDidNotStart`. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const startedMs = performance.now();
  const child = spawn(lambent, ['serve', ...(options.args ?? [])], {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', options.log === 'inherit' ? 'inherit' : 'pipe'],
    detached: options.apart ?? false,
  });
  let logged = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    logged += text;
  });
  // "close" comes after the last output, so that an error message is complete.
  const exited = new Promise<Ended>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done({ code, signal }));
  });
  let output = '';
  const ready = new Promise<string>((done) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /^Lambent is ready at (http:\/\/\S+)$/m.exec(output)?.[1];
      if (url !== undefined) done(url);
    });
  });
  const late = new AbortController();
  const first = await Promise.race([
    ready,
    exited,
    sleep(READY_MS_MAX, 'late' as const, { signal: late.signal }),
  ]).finally(() => late.abort());
  if (first === 'late') {
    child.kill('SIGKILL');
    throw new ServerDidNotStart(await exited, `not ready after ${READY_MS_MAX} ms: ${logged}${output}`);
  }
  if (typeof first !== 'string') throw new ServerDidNotStart(first, logged + output);
  const readyMs = performance.now() - startedMs;
  const pid = child.pid;
  if (pid === undefined) throw new Error('the server has no process id');

  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const patience = new AbortController();
    const ended = await Promise.race([exited, sleep(STOP_MS_MAX, undefined, { signal: patience.signal })]).finally(() =>
      patience.abort(),
    );
    if (ended !== undefined) return ended;
    child.kill('SIGKILL');
    await exited;
    throw new Error(`the server did not end within ${STOP_MS_MAX} ms of ${signal}: ${logged}`);
  };
  return {
    url: first,
    port: Number(new URL(first).port),
    pid,
    readyMs,
    exited,
    printed: output,
    logged: () => logged,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
    },
  };
}

/** Our environment without any setting of AWS's clients. */
export function withoutAwsSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')));
}

/** What `lambent env` exports, as a shell understands it. */
export async function exportsOf(args: readonly string[]): Promise<Record<string, string>> {
  const script = 'exports=$("$0" env "$@") && eval "$exports" && exec env -0';
  const { stdout } = await promisify(execFile)('sh', ['-c', script, lambent, ...args], { env: withoutAwsSettings() });
  return Object.fromEntries(
    stdout
      .split('\0')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
      .filter(([name]) => name.startsWith('AWS_')),
  );
}

/** Runs another command of `bin/lambent` to its end. */
export async function runLambent(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(lambent, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, stdout, stderr };
}
