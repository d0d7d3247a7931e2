import { randomBytes, randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { Environments } from '../environments/environments.ts';
import type { LogSink } from '../environments/logs/log-sink.ts';
import { functionDirectory } from '../functions/directory.ts';
import { type Functions, openFunctions } from '../functions/functions.ts';
import { PACKAGE_LIMITS } from '../functions/package/limits.ts';
import type { FunctionDirectory } from '../functions/runnable.ts';
import { runtimeVersionArn } from '../functions/runtime-version-arn.ts';
import {
  type Authorizer,
  assumableRoles,
  functionSessionName,
  type Identity,
  openAuthorizer,
  openIdentity,
  openSecretBox,
} from '../identity/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { defaultRuntimesDir, openRuntimes } from '../runtimes/open-runtimes.ts';
import { openSandboxes } from '../sandbox/open-sandboxes.ts';
import type { Sandboxes } from '../sandbox/sandbox.ts';
import { type Iam, openIam } from '../services/iam/iam.ts';
import { openLogs } from '../services/logs/logs.ts';
import { type DataDirectory, openDataDirectory } from '../store/data-directory.ts';
import type { ServerConfig } from './config.ts';
import { machineArchitecture, prepare } from './prepare.ts';
import { signingRootsIn } from './signing-roots.ts';

/** Credentials of an environment; it is replaced long before they expire. */
const CREDENTIALS_MS = 12 * 3_600_000;
/** `lambent runtime add` and `lambent account remove` are other processes: what they did is noticed after so long. */
const COMMANDS_LOOK_MS = 2_000;

/** What runs functions: who they belong to, what they are, and where they run. */
export interface Core {
  readonly data: DataDirectory;
  readonly identity: Identity;
  readonly iam: Iam;
  readonly authorizer: Authorizer;
  readonly roleExistence: 'checked' | 'unchecked';
  readonly logs: ReturnType<typeof openLogs>;
  readonly functions: Functions;
  readonly directory: FunctionDirectory;
  readonly environments: Environments;
}

interface CorePorts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Who is reached from inside sandboxes. */
  readonly platform: Server;
  /** Answers what functions write to, on its way to the logs. */
  readonly throughLogs: (sink: LogSink) => LogSink;
  /** Is given what has been opened. */
  readonly opened: AsyncDisposableStack;
}

/** Opens the control plane and what its functions run in. */
export async function openCore(
  config: ServerConfig,
  { clock, log, platform, throughLogs, opened }: CorePorts,
): Promise<Core> {
  const data = opened.use(await openDataDirectory(config.dataDir));
  const identity = await openIdentity({ dataDir: config.dataDir, mode: config.auth, clock, log });
  const secrets = await openSecretBox(config.dataDir);
  const iam = await openIam({ records: data.records, clock, randomBytes });
  const authorizer = openAuthorizer({ findRole: iam.knownRole, clock });
  const roleExistence = config.checkRoles ? 'checked' : 'unchecked';
  const runtimes = await openRuntimes({ dir: defaultRuntimesDir(), log, clock });
  const sandboxes = opened.use(await openSandboxes({ kind: config.sandbox, log, clock }));
  tellWhatIsNotLimited(sandboxes, log);
  const logs = opened.use(openLogs({ dataDir: config.dataDir, clock, log, storedBytesMax: config.logStorageBytes }));

  // The data plane asks the control plane for code, the control plane prepares sandboxes: tied here, by name.
  const environments: Environments = opened.use(
    new Environments({
      sandboxes,
      runtimes,
      logs: throughLogs(logs.sink),
      clock,
      log,
      platform,
      codeDir: (digest) => directory.codeDir(digest),
      layersDir: (digests) => directory.layersDir(digests),
      retainCode: (digest, layers) => directory.retain(digest, layers),
      credentials: ({ roleArn, name, account }) =>
        identity.issueRoleSession({
          roleArn,
          sessionName: functionSessionName(name),
          durationMs: CREDENTIALS_MS,
          account,
          roleId: iam.roleOfArn(roleArn)?.id,
        }),
      runtimeVersionArn: (region, runtime) => runtimeVersionArn(region, runtime, runtimes.get(runtime).version),
      settings: { poolSize: config.poolSize, keepAliveMs: config.keepAliveMs },
    }),
  );
  const functions: Functions = opened.use(
    await openFunctions({
      records: data.records,
      secrets,
      blobs: data.blobs,
      codeRoot: join(config.dataDir, 'code'),
      clock,
      uuid: randomUUID,
      log,
      prepare: prepare({ runtimes, environments, architecture: machineArchitecture() }),
      concurrencyMax: config.accountConcurrency,
      limits: { ...PACKAGE_LIMITS, totalCodeBytesMax: config.codeStorageBytes },
      inactiveAfterMs: config.inactiveAfterMs,
      signingRoots: config.signingRoots === undefined ? undefined : signingRootsIn(config.signingRoots),
      assumable: assumableRoles(
        { existence: roleExistence, accounts: config.auth === 'relaxed' ? 'any' : 'own' },
        (arn) => iam.roleOfArn(arn)?.trustPolicy,
      ),
      architecture: machineArchitecture(),
      runtimeVersion: (runtime) =>
        runtimes.status(runtime)?.kind === 'ready' ? runtimes.get(runtime).version : undefined,
    }),
  );
  const directory: FunctionDirectory = functionDirectory(functions, Math.random);
  directory.onRetired((id) => environments.retire(id));
  functions.keepProvisioned(environments);
  opened.use(every(COMMANDS_LOOK_MS, clock, log, () => functions.lookForRuntimes()));
  opened.use(every(COMMANDS_LOOK_MS, clock, log, () => identity.lookForAccounts()));
  return { data, identity, iam, authorizer, roleExistence, logs, functions, directory, environments };
}

/** Acts again and again until it is disposed. What fails is tried again like the rest. */
function every(ms: number, clock: Clock, log: Logger, act: () => void): Disposable {
  let timer: Disposable;
  const later = () => {
    timer = clock.after(ms, () => {
      try {
        act();
      } catch (error) {
        log.error({ err: error }, 'what is done now and then has failed');
      }
      later();
    });
  };
  later();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** An operator who believes in limits that this host cannot hold would be surprised at the worst moment. */
function tellWhatIsNotLimited({ can }: Sandboxes, log: Logger): void {
  const missing = [
    can.limitMemory ? [] : ['memory'],
    can.limitCpu ? [] : ['processor time'],
    can.limitPids ? [] : ['number of processes'],
    can.freeze ? [] : ['standing still when idle'],
  ].flat();
  if (missing.length > 0) log.warn(`this host cannot hold functions to their limits of: ${missing.join(', ')}`);
}
