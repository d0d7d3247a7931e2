import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { defaultRuntimesDir, openRuntimes } from '../../runtimes/open-runtimes.ts';
import { openSandboxes } from '../../sandbox/open-sandboxes.ts';
import type { Sandboxes } from '../../sandbox/sandbox.ts';
import { type EnvironmentSettings, Environments } from '../environments.ts';
import type { EnvironmentSpec, Invocation, Outcome } from '../spec.ts';

/** A function that exists: its files on disk, and what it is run with. */
export interface TestFunction {
  readonly runtime: string;
  readonly handler: string;
  /** By path; each may be executed. */
  readonly files: Readonly<Record<string, string | Buffer>>;
  readonly timeoutMs?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface TestEnvironments extends AsyncDisposable {
  readonly environments: Environments;
  readonly log: Logger;
  /** Makes a function, and answers what its environments are made for. */
  deploy(made: TestFunction): EnvironmentSpec;
  invoke(spec: EnvironmentSpec, event: unknown, more?: Partial<Invocation>): Promise<Outcome>;
  /** Resolves when the last invocation's REPORT is written: a runtime over HTTP is free when it asks for the next one. */
  isFree(spec: EnvironmentSpec): Promise<void>;
  /** All that functions of this name have logged, in order. */
  logged(spec: EnvironmentSpec): string[];
  /** How much code is being kept for environments. */
  retained(): number;
  /** Where the function's files are. */
  codePath(spec: EnvironmentSpec): string;
  /** The newest runtime of a family that this machine has. */
  newest(family: string): string;
}

/** Real environments, sandboxes (plain processes) and runtimes; the functions, and their logs, are the test's own. */
export async function testEnvironments(
  options: Partial<EnvironmentSettings> & {
    clock?: Clock;
    /** Where this machine's interpreters are known; else where a user's are. */
    runtimesDir?: string | undefined;
    /** Stands between the environments and the real sandboxes. */
    through?: (sandboxes: Sandboxes) => Sandboxes;
    codeDir?: (digest: string) => Promise<string>;
  } = {},
): Promise<TestEnvironments> {
  const { clock = systemClock, poolSize = 0, keepAliveMs = 60_000 } = options;
  const log = pino({ level: 'silent' });
  await using opened = new AsyncDisposableStack();
  const root = mkdtempSync(join(tmpdir(), 'lambent-environments-'));
  opened.defer(() => rmSync(root, { recursive: true, force: true }));
  const sandboxes = opened.use(await openSandboxes({ kind: 'process', log, clock }));
  const runtimes = await openRuntimes({ dir: options.runtimesDir ?? defaultRuntimesDir(), log });
  const lines = new Map<string, string[]>();
  let retained = 0;
  const environments = opened.use(
    new Environments({
      ...{ runtimes, clock, log, settings: { poolSize, keepAliveMs } },
      sandboxes: options.through?.(sandboxes) ?? sandboxes,
      logs: {
        open: ({ group }) => ({
          write: (message) => lines.set(group, [...(lines.get(group) ?? []), message]),
          close: () => {},
        }),
      },
      platform: createServer(),
      codeDir: options.codeDir ?? ((digest) => Promise.resolve(join(root, digest))),
      layersDir: () => Promise.resolve(undefined),
      retainCode: () => {
        retained += 1;
        return {
          [Symbol.dispose]: () => {
            retained -= 1;
          },
        };
      },
      credentials: () => ({ accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'token' }),
      runtimeVersionArn: (region, runtime) => `arn:aws:lambda:${region}::runtime:${runtime}`,
    }),
  );

  let deployed = 0;
  const owned = opened.move();
  return {
    environments,
    log,
    deploy: ({ runtime, handler, files, timeoutMs = 20_000, variables = {} }) => {
      deployed += 1;
      const name = `function-${deployed}`;
      for (const [path, content] of Object.entries(files)) {
        const file = join(root, name, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
        chmodSync(file, 0o755);
      }
      return {
        ...{ id: name, name, runtime, handler, timeoutMs, variables, codeDigest: name, layerDigests: [] },
        ...{ snapStart: false, tracing: 'PassThrough' },
        ...{ account: '000000000000', region: 'us-east-1', version: '$LATEST', roleArn: 'arn:aws:iam::0:role/r' },
        ...{ memoryMb: 128, ephemeralMb: 512, logGroup: `/aws/lambda/${name}`, customLogGroup: false },
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      };
    },
    invoke: async (spec, event, more = {}) => {
      const outcome = await environments.invoke(spec, {
        ...{ requestId: randomUUID(), event: Buffer.from(JSON.stringify(event)), invokedArn: spec.functionArn },
        ...{ traceId: 'Root=1-0-0', wantsTail: false, ...more },
      });
      // The environment is free, and its log complete, a turn of the event loop after the answer: before any client's next.
      await setImmediate();
      return outcome;
    },
    isFree: async (spec) => {
      const count = (word: string) => (lines.get(spec.logGroup) ?? []).filter((line) => line.startsWith(word)).length;
      while (count('REPORT') < count('START')) await setImmediate();
    },
    logged: (spec) => lines.get(spec.logGroup) ?? [],
    retained: () => retained,
    codePath: ({ codeDigest }) => join(root, codeDigest),
    newest: (family) => {
      const minor = (name: string) => Number(/\d+$/.exec(name.replace(/\.x$/, ''))?.[0]);
      const ready = runtimes.list().filter(({ kind, name }) => kind === 'ready' && name.startsWith(family));
      const newest = ready.toSorted((a, b) => minor(b.name) - minor(a.name))[0];
      if (newest === undefined) throw new Error(`this machine has no ${family}`);
      return newest.name;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
