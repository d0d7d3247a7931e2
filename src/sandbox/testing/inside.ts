import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Sandbox, SandboxExit, Sandboxes, SandboxSpec } from '../sandbox.ts';

// Helpers of the tests: start something in a sandbox, and talk to it.

const MIB = 1024 * 1024;
export const NEVER = new AbortController().signal;
const AGENT_DIR = fileURLToPath(new URL('.', import.meta.url));
const MODULES_DIR = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A small sandbox that runs a shell script, unless told otherwise. */
export function spec(script: string, changes: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    limits: { memoryBytes: 256 * MIB, cpus: undefined },
    pidsMax: 64,
    command: ['/bin/sh', '-c', script],
    env: { PATH: '/usr/bin:/bin' },
    mounts: [],
    supervised: false,
    ...changes,
  };
}

/** Runs a shell script to its end. */
export async function run(
  sandboxes: Sandboxes,
  script: string,
  changes: Partial<SandboxSpec> = {},
): Promise<SandboxExit & { output: string }> {
  await using sandbox = await sandboxes.start(spec(script, changes), NEVER);
  const output = await text(sandbox.output);
  return { ...(await sandbox.exited), output };
}

/** A sandbox with Node in it that runs JavaScript when told to. */
export async function startAgent(sandboxes: Sandboxes, changes: Partial<SandboxSpec> = {}): Promise<Agent> {
  const mounts = [
    { source: process.execPath, target: '/var/lang/bin/node' },
    { source: AGENT_DIR, target: '/var/agent' },
    { source: MODULES_DIR, target: '/var/modules/node_modules' },
  ];
  const command = ['/var/lang/bin/node', '/var/agent/agent.cjs'];
  return new Agent(await sandboxes.start(spec('', { command, mounts, ...changes }), NEVER));
}

export class Agent implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly #answers: AsyncIterator<string>;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.#answers = createInterface({ input: sandbox.channel })[Symbol.asyncIterator]();
    sandbox.output.resume();
  }

  /** What the code returns, or throws, as JSON can hold it. `undefined`: it has ended before it answered. */
  async run(code: string): Promise<{ value?: unknown; error?: string } | undefined> {
    this.sandbox.channel.write(`${JSON.stringify(code)}\n`);
    const { value, done } = await this.#answers.next();
    return done ? undefined : (JSON.parse(value) as { value?: unknown; error?: string });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.sandbox[Symbol.asyncDispose]();
  }
}

/** The next `count` bytes of a stream. */
export async function take(stream: Readable, count: number): Promise<Buffer> {
  stream.setMaxListeners(0);
  const chunks: Buffer[] = [];
  let missing = count;
  while (missing > 0) {
    const chunk = stream.read(Math.min(missing, Math.max(1, stream.readableLength))) as Buffer | null;
    if (chunk !== null) {
      chunks.push(chunk);
      missing -= chunk.length;
    } else if (stream.readableEnded || stream.destroyed) {
      throw new Error(`the stream ended ${missing} bytes early`);
    } else {
      await new Promise((resolve) => stream.once('readable', resolve).once('close', resolve));
    }
  }
  return Buffer.concat(chunks);
}

/** Waits until something holds, for two minutes at most. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const signal = AbortSignal.timeout(120_000);
  while (!(await holds())) {
    if (signal.aborted) throw new Error(`still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
