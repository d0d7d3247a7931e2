import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { SecretBox } from '../identity/index.ts';
import { raceAbort } from '../lib/abort.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Records } from '../store/records.ts';
import { preparationOf, runnableNow, settlePrepared, unsettled } from './activation.ts';
import { background } from './background.ts';
import { type Entry, openCatalogue } from './catalogue.ts';
import { CONCURRENT_EXECUTIONS_MAX, provision, provisionable, reserve, withoutProvisioned } from './concurrency.ts';
import { createFunction } from './create-function.ts';
import { assertDeletable, deleteVersion } from './delete-version.ts';
import {
  type Architecture,
  type Change,
  type FunctionKey,
  functionArn,
  type Head,
  LATEST,
  type Now,
  type Policy,
  type Provisioned,
  type Settings,
  type Statement,
  type Version,
} from './function.ts';
import type { AttachedLayer } from './layers/layer.ts';
import { type Layers, openLayers } from './layers/layers.ts';
import { isSettled, type Outcome } from './life-cycle.ts';
import { openCodeStore, type StoredCode } from './package/code-store.ts';
import { openLayerStacks } from './package/layer-stacks.ts';
import { PACKAGE_LIMITS, type PackageLimits, type PackageRefusal } from './package/limits.ts';
import { addPermission, assertPolicyOwner, policyOf, removePermission } from './permissions.ts';
import type { Provisioner } from './provisioner.ts';
import { type Provisioning, provisioning } from './provisioning.ts';
import { publishVersion } from './publish-version.ts';
import { Refused } from './refusal.ts';
import type { Runnable } from './runnable.ts';
import { serial } from './serial.ts';
import type { SettingsPatch } from './settings.ts';
import { tag, untag } from './tags.ts';
import { layerDigests, runnableId, toRunnable } from './to-runnable.ts';
import { assertUpdatable, updateCode, updateSettings } from './update-function.ts';

export const TOTAL_CODE_BYTES_MAX = 80_530_636_800; // AWS: 75 GiB for an account in a region (lambda-facts 4.1).

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
  /** Whether Lambda may take on the role. */
  readonly assumable: (roleArn: string) => boolean;
  /** This machine's: that of a function which names none. */
  readonly architecture: Architecture;
  /** The version of the interpreter that this runtime would use now; undefined if there is none. */
  readonly runtimeVersion: (runtime: string) => string | undefined;
  /** Concurrent executions of an account in a region; by default AWS's. */
  readonly concurrencyMax?: number | undefined;
  readonly limits?: PackageLimits & { readonly totalCodeBytesMax: number };
}

export interface CreateRequest {
  readonly zip: Uint8Array;
  readonly settings: Settings;
  /** undefined: the machine's. */
  readonly architecture: Architecture | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly publish: boolean;
}

export interface CodeRequest {
  readonly zip: Uint8Array;
  readonly architecture: Architecture | undefined;
  readonly publish: boolean;
  readonly dryRun: boolean;
  readonly revisionId: string | undefined;
}

export interface PublishRequest {
  readonly description: string | undefined;
  /** In base64. */
  readonly codeSha256: string | undefined;
  readonly revisionId: string | undefined;
}

/** The place of functions: an account and a region. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** The control plane. Every method throws `Refused` for what AWS has an answer to, and other errors for outages. */
export interface Functions extends AsyncDisposable {
  /** Answers the version made: `$LATEST`, or 1 if it was published at once. */
  create(key: FunctionKey, request: CreateRequest, signal: AbortSignal): Promise<Version>;
  updateCode(key: FunctionKey, request: CodeRequest, signal: AbortSignal): Promise<Version>;
  updateSettings(key: FunctionKey, patch: SettingsPatch, revisionId: string | undefined): Promise<Version>;
  publish(key: FunctionKey, request: PublishRequest): Promise<Version>;
  /** The whole function, or one version if there is a qualifier. */
  delete(key: FunctionKey, qualifier: string | undefined): Promise<void>;
  get(key: FunctionKey): Entry | undefined;
  /** The function that must be there. */
  find(key: FunctionKey): Entry;
  /** The version that must be there; without a qualifier, `$LATEST`. */
  findVersion(key: FunctionKey, qualifier: string | undefined): Version;
  /** By name. */
  list(where: Place): Entry[];
  /** Of all accounts and regions. */
  all(): Iterable<Entry>;
  usage(where: Place): { functions: number; codeBytes: number };
  /** Concurrent executions: all of an account's in a region, and those that no function has for itself. */
  concurrency(where: Place): { max: number; unreserved: number };
  /** What single functions of this account and region have for themselves. */
  claimed(where: Place): number;
  /** Sets the function's reserved concurrency; undefined: shares what the account has left. */
  reserve(key: FunctionKey, reserved: number | undefined): Promise<void>;
  /** Sets the provisioned concurrency of a published version. The answer shows what there is of it at the beginning. */
  provision(key: FunctionKey, qualifier: string, requested: number): Promise<ProvisionedStatus>;
  unprovision(key: FunctionKey, qualifier: string): Promise<void>;
  /** The provisioned concurrency of one published version, which must have some. */
  provisioned(key: FunctionKey, qualifier: string): ProvisionedStatus;
  /** Of all published versions that have some, by number. */
  listProvisioned(key: FunctionKey): ProvisionedStatus[];
  /** Asks for all that is provisioned, now and at each change. Once, when the data plane can ask for code. */
  keepProvisioned(provisioner: Provisioner): void;
  tag(key: FunctionKey, tags: Readonly<Record<string, string>>): Promise<void>;
  untag(key: FunctionKey, keys: readonly string[]): Promise<void>;
  policy(key: FunctionKey, qualifier: string | undefined): Policy;
  addPermission(
    key: FunctionKey,
    qualifier: string | undefined,
    statement: Statement,
    revisionId: string | undefined,
  ): Promise<void>;
  removePermission(
    key: FunctionKey,
    qualifier: string | undefined,
    id: string,
    revisionId: string | undefined,
  ): Promise<void>;
  /** A stored zip, byte for byte: what Code.Location leads to. */
  openCode(digest: string): Promise<{ bytes: number; content: Readable } | undefined>;
  codeDir(digest: string): Promise<string>;
  layersDir(layerDigests: readonly string[]): Promise<string | undefined>;
  retain(codeDigest: string, layerDigests: readonly string[]): Disposable;
  readonly layers: Layers;
  onRetired(listener: (runnableId: string) => void): void;
  /** Resolves when every function that was being prepared is active or has failed. For tests, and for a quiet stop. */
  idle(): Promise<void>;
  /** Tries again, in the background, what has failed for want of a runtime which has been installed since. To be called now and then. */
  lookForRuntimes(): void;
}

/** What was asked for, and how far that is. */
export interface ProvisionedStatus extends Provisioned {
  readonly version: string;
  readonly allocated: number;
  readonly available: number;
  /** In AWS's words, if the environments cannot be had. */
  readonly failure: string | undefined;
}

/** Loads all functions, sweeps what a crash left over, and goes on with what was under way. */
export async function openFunctions(options: FunctionsOptions): Promise<Functions> {
  const { log, clock, uuid } = options;
  const limits = options.limits ?? { ...PACKAGE_LIMITS, totalCodeBytesMax: TOTAL_CODE_BYTES_MAX };
  const listeners: ((runnableId: string) => void)[] = [];
  const onRemovalError = (error: unknown) =>
    log.warn({ err: error }, 'a package that nobody needs could not be removed');
  const concurrencyMax = options.concurrencyMax ?? CONCURRENT_EXECUTIONS_MAX;
  let dataPlane: { provisioner: Provisioner; provisioning: Provisioning } | undefined;
  const code = await openCodeStore({
    blobs: options.blobs,
    root: options.codeRoot,
    limits,
    onError: onRemovalError,
  });
  const stacks = await openLayerStacks({ code, root: join(options.codeRoot, 'layers'), onError: onRemovalError });
  const retain = (codeDigest: string, digests: readonly string[]): Disposable => {
    const held = new DisposableStack();
    held.use(code.hold(codeDigest));
    held.use(stacks.hold(digests));
    return held;
  };
  const layers = await openLayers({
    records: options.records,
    code,
    clock,
    uuid,
    store: (key, zip, signal) => storeCode(key, zip, 1, signal),
  });
  const catalogue = await openCatalogue({
    records: options.records,
    secrets: options.secrets,
    hold: (definition) => retain(definition.code.digest, layerDigests(definition)),
    onRetired: (id) => {
      for (const listener of listeners) listener(id);
    },
    onStored: (key, entry) => dataPlane?.provisioning.follow(key, entry),
    log,
  });
  await stacks.sweep();
  await code.sweep();

  const oneAtATime = serial();
  const work = background((error) => log.error({ err: error }, 'preparing a function failed'));
  const now = (): Now => ({ nowMs: clock.nowMs(), uuid });
  const runtimeVersion = (runtime: string) => options.runtimeVersion(runtime) ?? '';

  const find = (key: FunctionKey): Entry => {
    const entry = catalogue.get(key);
    if (entry === undefined) throw new Refused({ kind: 'no-such-function', arn: functionArn(key) });
    return entry;
  };

  /** What is being prepared. */
  const preparing = new Set<string>();

  /** Prepares a version, with those that are prepared together with it, and stores how that ended, unless the function has gone meanwhile. */
  const activate = (key: FunctionKey, uid: string, version: Version): void => {
    const preparation = preparationOf(version);
    const mark = `${uid} ${preparation}`;
    preparing.add(mark);
    work.run(async (signal) => {
      using _ = { [Symbol.dispose]: () => preparing.delete(mark) };
      const outcome = await prepareDefinition(key, version, signal);
      for (let delayMs = 1_000; ; delayMs = Math.min(delayMs * 2, 30_000)) {
        try {
          await oneAtATime(keyText(key), async () => {
            const entry = catalogue.get(key);
            if (entry?.head.uid !== uid) return;
            const change = settlePrepared(entry, preparation, outcome, now());
            if (change !== undefined) await catalogue.commit(change);
          });
          return;
        } catch (error) {
          // The disk may be full. It stays under way until it can be stored, or until the next start.
          log.error({ err: error, function: key }, 'the state of a function could not be stored');
          await clock.sleep(delayMs, signal);
        }
      }
    });
  };

  const prepareDefinition = async (key: FunctionKey, version: Version, signal: AbortSignal): Promise<Outcome> => {
    try {
      const digests = layerDigests(version.definition);
      using _ = retain(version.definition.code.digest, digests);
      await code.directory(version.definition.code.digest);
      await stacks.directory(digests);
      const runnable = toRunnable(key, version.version, version.definition);
      // SAFE: an adapter that goes on after the abort has nothing of ours in hand.
      return await raceAbort(options.prepare(runnable, signal), signal);
    } catch (error) {
      signal.throwIfAborted();
      log.error({ err: error, function: key }, 'a function could not be prepared');
      return { ok: false, reasonCode: 'InternalError', reason: `Lambent could not prepare the function: ${error}` };
    }
  };

  /** Versions that are not prepared together with `$LATEST`. */
  const activatePublished = ({ head, versions }: Change): void => {
    for (const version of versions) {
      if (!isSettled(version) && preparationOf(version) !== preparationOf(head.latest)) {
        activate(head.key, head.uid, version);
      }
    }
  };

  const commitAndActivate = async (change: Change): Promise<Entry> => {
    const entry = await catalogue.commit(change);
    activate(change.head.key, change.head.uid, change.head.latest);
    activatePublished(change);
    return entry;
  };

  const storeCode = async (
    where: Place,
    zip: Uint8Array,
    copies: number,
    signal: AbortSignal,
  ): Promise<{ code: StoredCode } & Disposable> => {
    const added = accepted(await code.add(zip, signal));
    const { held } = added;
    if (usage(where).codeBytes + added.code.bytes * copies > limits.totalCodeBytesMax) {
      held[Symbol.dispose]();
      throw new Refused({ kind: 'code-storage-full' });
    }
    return { code: added.code, [Symbol.dispose]: () => held[Symbol.dispose]() };
  };

  /** Each published version, and each layer version, counts its code once more, as on AWS (lambda-facts 4.3). */
  const usage = (where: Place): { functions: number; codeBytes: number } => {
    let codeBytes = layers.codeBytes(where);
    const entries = catalogue.list(where);
    for (const { head, versions } of entries) {
      for (const version of [head.latest, ...versions.values()]) codeBytes += version.definition.code.bytes;
    }
    return { functions: entries.length, codeBytes };
  };

  /** Throws `Refused` if the code and its layers are too large together. */
  const assertFits = async (codeDigest: string, attached: readonly AttachedLayer[]): Promise<void> => {
    if (attached.length === 0) return; // The code alone was measured when it was unpacked.
    const bytesMax = limits.unzippedBytesMax;
    let bytes = 0;
    for (const layer of attached) bytes += await code.unzippedBytes(layer.code.digest);
    if (bytes > bytesMax) throw new Refused({ kind: 'layers-too-large', bytesMax });
    bytes += await code.unzippedBytes(codeDigest);
    if (bytes > bytesMax) throw new Refused({ kind: 'code-and-layers-too-large', bytes, bytesMax });
  };

  const assertAssumable = (roleArn: string): void => {
    if (!options.assumable(roleArn)) throw new Refused({ kind: 'role-not-assumable' });
  };

  /** Changes the head alone. */
  const changeHead = (key: FunctionKey, decide: (head: Head) => Head): Promise<void> =>
    oneAtATime(keyText(key), async () => {
      await catalogue.commit({ head: decide(find(key).head), versions: [] });
    });

  const unreserved = (where: Place): number => concurrencyMax - catalogue.claimed(where);

  /** One change at a time of what an account's functions have for themselves: they share one sum. */
  const accountAtATime = <T>(key: FunctionKey, change: () => Promise<T>): Promise<T> =>
    oneAtATime(`${key.account}/${key.region}`, () => oneAtATime(keyText(key), change));

  const provisionedState = ({ version, definition }: Version) =>
    dataPlane?.provisioner.provisioned(runnableId(version, definition)) ?? {
      allocated: 0,
      available: 0,
      failure: undefined,
    };

  const provisionedStatus = (key: FunctionKey, version: Version): ProvisionedStatus | undefined => {
    const config = find(key).head.provisioned?.[version.version];
    if (config === undefined) return undefined;
    return { ...config, ...provisionedState(version), version: version.version };
  };

  for (const entry of catalogue.all()) {
    for (const version of unsettled(entry)) activate(entry.head.key, entry.head.uid, version);
  }

  return {
    create: (key, request, signal) =>
      oneAtATime(keyText(key), async () => {
        if (catalogue.get(key) !== undefined) throw new Refused({ kind: 'function-exists', name: key.name });
        assertAssumable(request.settings.roleArn);
        const { settings, architecture, tags, publish } = request;
        using stored = await storeCode(key, request.zip, publish ? 2 : 1, signal);
        await assertFits(stored.code.digest, settings.layers);
        const change = createFunction(
          key,
          {
            settings,
            architecture: architecture ?? options.architecture,
            tags,
            publish,
            code: stored.code,
            runtimeVersion: runtimeVersion(settings.runtime),
          },
          now(),
        );
        await commitAndActivate(change);
        return change.versions[0] ?? change.head.latest;
      }),
    updateCode: (key, request, signal) =>
      oneAtATime(keyText(key), async () => {
        const { head } = find(key);
        const { zip, architecture, publish, dryRun, revisionId } = request;
        assertUpdatable(head, revisionId);
        const { latest } = head;
        if (dryRun) {
          const checked = accepted(await code.check(zip, signal));
          const wouldBe = {
            ...latest.definition,
            code: checked,
            architecture: architecture ?? latest.definition.architecture,
          };
          return { ...latest, definition: wouldBe };
        }
        using stored = await storeCode(key, zip, publish ? 2 : 1, signal);
        await assertFits(stored.code.digest, latest.definition.settings.layers);
        const runtime = runtimeVersion(latest.definition.settings.runtime);
        const change = updateCode(head, { code: stored.code, architecture, runtimeVersion: runtime, publish }, now());
        await commitAndActivate(change);
        return change.versions[0] ?? change.head.latest;
      }),
    updateSettings: (key, patch, revisionId) =>
      oneAtATime(keyText(key), async () => {
        const { head } = find(key);
        assertUpdatable(head, revisionId);
        if (patch.roleArn !== undefined) assertAssumable(patch.roleArn);
        await assertFits(head.latest.definition.code.digest, patch.layers ?? []);
        const change = updateSettings(head, patch, runtimeVersion, now());
        await commitAndActivate(change);
        return change.head.latest;
      }),
    publish: (key, { description, codeSha256, revisionId }) =>
      oneAtATime(keyText(key), async () => {
        const entry = find(key);
        const { head } = entry;
        const current = Buffer.from(head.latest.definition.code.digest, 'hex').toString('base64');
        const expectedCode = codeSha256 === undefined ? undefined : { given: codeSha256, current };
        const { number, change } = publishVersion(head, { description, expectedCode, revisionId }, now());
        const added = change === undefined ? 0 : head.latest.definition.code.bytes;
        if (usage(key).codeBytes + added > limits.totalCodeBytesMax) {
          throw new Refused({ kind: 'code-storage-full' });
        }
        const { versions } = change === undefined ? entry : await catalogue.commit(change);
        if (change !== undefined) activatePublished(change);
        return versionOf(versions, key, String(number));
      }),
    delete: (key, qualifier) =>
      oneAtATime(keyText(key), async () => {
        if (qualifier === undefined) {
          find(key);
          await catalogue.remove(key);
          return;
        }
        assertDeletable(qualifier);
        const { head } = find(key);
        const without = deleteVersion(head, qualifier);
        if (without !== undefined) await catalogue.commit({ head: without, versions: [] });
        else if (qualifier.includes('$')) throw new Refused({ kind: 'no-such-function', arn: functionArn(key) });
      }),
    get: catalogue.get,
    find,
    findVersion(key, qualifier) {
      const entry = catalogue.get(key);
      if (entry === undefined) throw new Refused({ kind: 'no-such-function', arn: functionArn(key, qualifier) });
      if (qualifier === undefined || qualifier === LATEST) return entry.head.latest;
      return versionOf(entry.versions, key, qualifier);
    },
    list: catalogue.list,
    all: catalogue.all,
    usage,
    concurrency: (where) => ({ max: concurrencyMax, unreserved: unreserved(where) }),
    claimed: catalogue.claimed,
    reserve: (key, reserved) =>
      accountAtATime(key, async () => {
        const { head } = find(key);
        const changed =
          reserved === undefined ? { ...head, reserved: undefined } : reserve(head, reserved, unreserved(key));
        await catalogue.commit({ head: changed, versions: [] });
      }),
    provision: (key, qualifier, requested) =>
      accountAtATime(key, async () => {
        const version = provisionable(catalogue.get(key), key, qualifier);
        const { head } = find(key);
        const changed = provision(head, version, { requested, unreserved: unreserved(key) }, now());
        const state = provisionedState(version);
        await catalogue.commit({ head: changed.head, versions: [changed.version] });
        return { requested, modifiedMs: changed.modifiedMs, version: version.version, ...state };
      }),
    unprovision: (key, qualifier) =>
      accountAtATime(key, async () => {
        const version = provisionable(catalogue.get(key), key, qualifier);
        const { head } = find(key);
        const without = withoutProvisioned(head, version.version);
        if (without !== head) await catalogue.commit({ head: without, versions: [] });
      }),
    provisioned(key, qualifier) {
      const entry = catalogue.get(key);
      const status = provisionedStatus(key, provisionable(entry, key, qualifier));
      if (status === undefined) throw new Refused({ kind: 'nothing-provisioned' });
      return status;
    },
    listProvisioned(key) {
      const { versions } = find(key);
      return [...versions.values()].flatMap((version) => provisionedStatus(key, version) ?? []);
    },
    keepProvisioned(provisioner) {
      dataPlane = { provisioner, provisioning: provisioning(provisioner) };
      for (const entry of catalogue.all()) dataPlane.provisioning.follow(entry.head.key, entry);
    },
    tag: (key, tags) => changeHead(key, (head) => tag(head, tags, now())),
    untag: (key, keys) => changeHead(key, (head) => untag(head, keys, now())),
    policy(key, qualifier) {
      const entry = catalogue.get(key);
      if (entry === undefined) throw new Refused({ kind: 'nothing-to-show' });
      return policyOf(entry.head, qualifier);
    },
    addPermission: (key, qualifier, statement, given) =>
      oneAtATime(keyText(key), async () => {
        const { head, versions } = find(key);
        assertPolicyOwner(head, qualifier);
        const owner = (qualifier === undefined ? head.latest : versionOf(versions, key, qualifier)).revisionId;
        await catalogue.commit({
          head: addPermission(head, qualifier, statement, { given, owner }, now()),
          versions: [],
        });
      }),
    removePermission: (key, qualifier, id, revisionId) =>
      oneAtATime(keyText(key), async () => {
        const entry = catalogue.get(key);
        if (entry === undefined) {
          throw new Refused({ kind: 'no-policy-of-missing-function', arn: functionArn(key, qualifier) });
        }
        assertPolicyOwner(entry.head, qualifier);
        const head = removePermission(entry.head, qualifier, id, revisionId, now());
        await catalogue.commit({ head, versions: [] });
      }),
    openCode: code.open,
    codeDir: code.directory,
    layersDir: stacks.directory,
    retain,
    layers,
    onRetired: (listener) => {
      listeners.push(listener);
    },
    lookForRuntimes() {
      const isThere = (runtime: string) => options.runtimeVersion(runtime) !== undefined;
      for (const entry of catalogue.all()) {
        const { key, uid } = entry.head;
        for (const version of runnableNow(entry, isThere)) {
          if (!preparing.has(`${uid} ${preparationOf(version)}`)) activate(key, uid, version);
        }
      }
    },
    async idle() {
      await work.idle();
      await stacks.idle();
      await code.idle();
    },
    async [Symbol.asyncDispose]() {
      await work[Symbol.asyncDispose]();
      await stacks[Symbol.asyncDispose]();
      await code[Symbol.asyncDispose]();
    },
  };
}

const keyText = ({ account, region, name }: FunctionKey) => `${account}/${region}/${name}`;

function accepted<T extends object>(answer: T | PackageRefusal): T {
  if ('kind' in answer) throw new Refused(answer);
  return answer;
}

function versionOf(versions: ReadonlyMap<string, Version>, key: FunctionKey, number: string): Version {
  const version = versions.get(number);
  if (version === undefined) throw new Refused({ kind: 'no-such-function', arn: functionArn(key, number) });
  return version;
}
