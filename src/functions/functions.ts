import type { X509Certificate } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Assumable, SecretBox } from '../identity/index.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Records } from '../store/records.ts';
import { type Aliases, aliases } from './aliases.ts';
import { type Annotations, annotations } from './annotations.ts';
import { type Capacity, capacity } from './capacity.ts';
import { type Entry, openCatalogue } from './catalogue.ts';
import { type CodeSigningConfigs, openCodeSigningConfigs } from './code-signing/code-signing-configs.ts';
import { signatureVerifier } from './code-signing/signature.ts';
import { CONCURRENT_EXECUTIONS_MAX } from './concurrency.ts';
import { type Controls, controls } from './controls.ts';
import { type Deployments, deployments } from './deployments.ts';
import { editing } from './editing.ts';
import { type EventInvokeConfigs, eventInvokeConfigs } from './event-invoke-configs.ts';
import { type Architecture, type FunctionKey, functionArn, type Place, type Version } from './function.ts';
import { type FunctionUrls, functionUrls } from './function-urls.ts';
import { openIdleness, type Use } from './idleness/idleness.ts';
import type { Layers } from './layers/layers.ts';
import type { Outcome } from './life-cycle.ts';
import { PACKAGE_LIMITS, type PackageLimits } from './package/limits.ts';
import type { StagedZip } from './package/staged-zip.ts';
import { openPackages, type Packages } from './packages.ts';
import { preparations } from './preparations.ts';
import { versionAt } from './qualifier.ts';
import { Refused } from './refusal.ts';
import type { Runnable } from './runnable.ts';
import { layerDigests } from './to-runnable.ts';

export const TOTAL_CODE_BYTES_MAX = 80_530_636_800; // AWS: 75 GiB for an account in a region (lambda-facts 4.1).

/** Of packages, and of all that an account has in a region. */
export interface CodeLimits extends PackageLimits {
  readonly totalCodeBytesMax: number;
}

export interface FunctionsOptions {
  readonly records: Records;
  /** Encrypts the variables of functions before they are stored. */
  readonly secrets: SecretBox;
  /** Only packages are in here: what no function and no layer refers to is deleted. */
  readonly blobs: Blobs;
  /** Directory for unpacked code, made if missing; its content is ours alone. */
  readonly codeRoot: string;
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly log: Logger;
  /** Makes sure that this can run here, before it becomes active. */
  readonly prepare: (runnable: Runnable, signal: AbortSignal) => Promise<Outcome>;
  /** Whether Lambda may take on the role for functions of the account. */
  readonly assumable: Assumable;
  /** This machine's: that of a function which names none. */
  readonly architecture: Architecture;
  /** The version of the interpreter that this runtime would use now; undefined if there is none. */
  readonly runtimeVersion: (runtime: string) => string | undefined;
  /** Concurrent executions of an account in a region; by default AWS's. */
  readonly concurrencyMax?: number | undefined;
  /** Certificates of the authorities whose signatures of code are believed; by default nobody's. */
  readonly signingRoots?: readonly X509Certificate[] | undefined;
  /** A version that has not been used for so long becomes inactive; by default none does. */
  readonly inactiveAfterMs?: number | undefined;
  readonly limits?: CodeLimits;
}

/** The control plane. Every method throws `Refused` for what AWS has an answer to, and other errors for outages. */
export interface Functions
  extends Deployments,
    Aliases,
    Capacity,
    Annotations,
    Controls,
    EventInvokeConfigs,
    FunctionUrls,
    AsyncDisposable {
  get(key: FunctionKey): Entry | undefined;
  /** The function that must be there. */
  find(key: FunctionKey): Entry;
  /** The version that must be there, by its number or an alias; without a qualifier, `$LATEST`. */
  findVersion(key: FunctionKey, qualifier: string | undefined): Version;
  /** By name. */
  list(where: Place): Entry[];
  /** Of all accounts and regions. */
  all(): Iterable<Entry>;
  usage(where: Place): { functions: number; codeBytes: number };
  readonly limits: CodeLimits;
  /** Writes a zip to a file, where it stays until it is disposed. `bytes`: as many as will come. Throws `Refused`. */
  stageCode(
    content: Readable,
    bytes: number,
    signal: AbortSignal,
  ): Promise<{ readonly zip: StagedZip } & AsyncDisposable>;
  /** A stored zip, byte for byte: what Code.Location leads to. */
  openCode(digest: string): Promise<{ bytes: number; content: Readable } | undefined>;
  codeDir(digest: string): Promise<string>;
  layersDir(layerDigests: readonly string[]): Promise<string | undefined>;
  retain(codeDigest: string, layerDigests: readonly string[]): Disposable;
  readonly layers: Layers;
  readonly codeSigning: CodeSigningConfigs;
  onRetired(listener: (runnableId: string) => void): void;
  /** To be marked whenever a version of this function (its `uid`) is used. */
  useOf(uid: string, version: string): Use;
  /** Brings back an inactive version, in the background. */
  restore(key: FunctionKey, uid: string, version: string): void;
  /** Resolves when every function that was being prepared is active or has failed. For tests, and for a quiet stop. */
  idle(): Promise<void>;
  /** Tries again, in the background, what has failed for want of a runtime which has been installed since. To be called now and then. */
  lookForRuntimes(): void;
}

/** Loads all functions, sweeps what a crash left over, and goes on with what was under way. */
export async function openFunctions(options: FunctionsOptions): Promise<Functions> {
  const { records, secrets, blobs, log, clock, uuid, prepare, assumable, architecture } = options;
  const onRetired: ((runnableId: string) => void)[] = [];
  const onStored: ((key: FunctionKey, entry: Entry | undefined) => void)[] = [];

  const limits = options.limits ?? { ...PACKAGE_LIMITS, totalCodeBytesMax: TOTAL_CODE_BYTES_MAX };
  const packages: Packages = await openPackages({
    records,
    blobs,
    root: options.codeRoot,
    clock,
    uuid,
    log,
    limits,
    verifySignature: signatureVerifier({
      roots: options.signingRoots ?? [],
      limits,
      nowMs: () => clock.nowMs(),
      onUnreadable: (error) => log.info({ err: error }, 'the signature of a package cannot be read'),
    }),
    functionBytes: (where) => catalogue.codeBytes(where),
  });
  const catalogue = await openCatalogue({
    records,
    secrets,
    hold: (definition) => packages.retain(definition.code.digest, layerDigests(definition)),
    holdPacked: (definition) => packages.retainPacked(definition.code.digest, layerDigests(definition)),
    onRetired: (id) => {
      for (const listener of onRetired) listener(id);
    },
    onStored: (key, entry) => {
      for (const listener of onStored) listener(key, entry);
    },
    log,
  });
  await packages.sweep();
  const codeSigning = await openCodeSigningConfigs({
    records,
    clock,
    uuid,
    isUsed: (place, arn) => catalogue.list(place).some(({ head }) => head.codeSigningConfig === arn),
  });

  const edit = editing(catalogue, clock, uuid);
  const preparing = preparations({ editing: edit, packages, prepare, clock, log });
  const { onStored: followProvisioned, ...capacities } = capacity(
    edit,
    options.concurrencyMax ?? CONCURRENT_EXECUTIONS_MAX,
  );
  const { onStored: followUrls, ...urls } = functionUrls(edit);
  onStored.push(followProvisioned, followUrls);
  for (const entry of catalogue.all()) preparing.resume(entry);
  const idleness = await openIdleness({ editing: edit, records, clock, log, afterMs: options.inactiveAfterMs });

  return {
    ...deployments({
      editing: edit,
      packages,
      preparations: preparing,
      codeSigning,
      assumable,
      architecture,
      runtimeVersion: (runtime) => options.runtimeVersion(runtime) ?? '',
    }),
    ...aliases(edit),
    ...capacities,
    ...annotations(edit),
    ...eventInvokeConfigs(edit),
    ...urls,
    ...controls(edit, codeSigning, options.runtimeVersion),
    get: catalogue.get,
    find: edit.find,
    findVersion(key, qualifier) {
      const entry = catalogue.get(key);
      if (entry === undefined) throw new Refused({ kind: 'no-such-function', arn: functionArn(key, qualifier) });
      return versionAt(entry, qualifier);
    },
    limits,
    list: catalogue.list,
    all: catalogue.all,
    usage: (where) => ({ functions: catalogue.list(where).length, codeBytes: packages.codeBytes(where) }),
    stageCode: packages.stage,
    openCode: packages.openCode,
    codeDir: packages.codeDir,
    layersDir: packages.layersDir,
    retain: packages.retain,
    layers: packages.layers,
    codeSigning,
    onRetired: (listener) => {
      onRetired.push(listener);
    },
    lookForRuntimes() {
      for (const entry of catalogue.all()) {
        preparing.retry(entry, (runtime) => options.runtimeVersion(runtime) !== undefined);
      }
    },
    useOf: idleness.useOf,
    restore: preparing.restore,
    async idle() {
      await idleness.idle();
      await preparing.idle();
      await packages.idle();
    },
    async [Symbol.asyncDispose]() {
      await idleness[Symbol.asyncDispose]();
      await preparing[Symbol.asyncDispose]();
      await packages[Symbol.asyncDispose]();
    },
  };
}
