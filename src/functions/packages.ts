import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Blobs } from '../store/blobs.ts';
import type { Records } from '../store/records.ts';
import type { VerifySignature } from './code-signing/signature.ts';
import type { Place } from './function.ts';
import type { AttachedLayer } from './layers/layer.ts';
import { type Layers, openLayers } from './layers/layers.ts';
import { openCodeStore, type StoredCode } from './package/code-store.ts';
import { openLayerStacks } from './package/layer-stacks.ts';
import type { PackageLimits, PackageRefusal } from './package/limits.ts';
import type { StagedZip, Zip } from './package/staged-zip.ts';
import { Refused } from './refusal.ts';

/** What functions are made of, code and layers: stored once, unpacked once, and within the limits of an account. */
export interface Packages extends AsyncDisposable {
  readonly layers: Layers;
  /** Stores a zip that the account has so often then; it stays at least until disposed. Throws `Refused`. */
  store(
    where: Place,
    zip: Zip,
    count: { readonly copies: number; readonly replacedBytes: number },
    signal: AbortSignal,
  ): Promise<{ code: StoredCode } & Disposable>;
  /** What would be stored. Throws `Refused`. */
  check(zip: Zip, signal: AbortSignal): Promise<StoredCode>;
  /** Writes a zip to a file, where it stays until it is disposed. `bytes`: as many as will come. Throws `Refused`. */
  stage(content: Readable, bytes: number, signal: AbortSignal): Promise<{ readonly zip: StagedZip } & AsyncDisposable>;
  /** Keeps room for so many more bytes of an account's code, until disposed; fewer need none. Throws `Refused` if there is none. */
  reserve(where: Place, bytes: number): Disposable;
  /** Throws `Refused` if the code and its layers are too large together. */
  assertFit(codeDigest: string, attached: readonly AttachedLayer[]): Promise<void>;
  /** What functions and layers take of the account's code storage. */
  codeBytes(where: Place): number;
  /** A stored zip, byte for byte: what Code.Location leads to. */
  openCode(digest: string): Promise<{ bytes: number; content: Readable } | undefined>;
  codeDir(digest: string): Promise<string>;
  layersDir(layerDigests: readonly string[]): Promise<string | undefined>;
  retain(codeDigest: string, layerDigests: readonly string[]): Disposable;
  /** Keeps the zips alone, not what is made of them. */
  retainPacked(codeDigest: string, layerDigests: readonly string[]): Disposable;
  /** Removes what nobody refers to: what a crash left over. */
  sweep(): Promise<void>;
  /** Resolves when the removals that have begun are done. */
  idle(): Promise<void>;
}

export interface PackagesOptions {
  readonly records: Records;
  readonly blobs: Blobs;
  readonly root: string;
  readonly clock: Clock;
  readonly uuid: () => string;
  readonly log: Logger;
  readonly limits: PackageLimits & { readonly totalCodeBytesMax: number };
  readonly verifySignature: VerifySignature;
  /** What the account's functions take of its code storage. */
  readonly functionBytes: (where: Place) => number;
}

export async function openPackages(options: PackagesOptions): Promise<Packages> {
  const { records, blobs, root, clock, uuid, log, limits, verifySignature, functionBytes } = options;
  const onError = (error: unknown) => log.warn({ err: error }, 'a package that nobody needs could not be removed');
  const code = await openCodeStore({ blobs, root, limits, onError });
  const stacks = await openLayerStacks({ code, root: join(root, 'layers'), onError });

  const codeBytes = (where: Place) => layers.codeBytes(where) + functionBytes(where);
  // What is on its way into an account's storage and not counted there yet, or several at once would use the same room.
  const reservedBytes = new Map<string, number>();
  const reserve: Packages['reserve'] = (where, bytes) => {
    const place = `${where.account}/${where.region}`;
    const reserved = reservedBytes.get(place) ?? 0;
    if (bytes <= 0) return { [Symbol.dispose]: () => {} };
    if (codeBytes(where) + reserved + bytes > limits.totalCodeBytesMax)
      throw new Refused({ kind: 'code-storage-full' });
    reservedBytes.set(place, reserved + bytes);
    return {
      [Symbol.dispose]: () => {
        const left = (reservedBytes.get(place) ?? 0) - bytes;
        if (left === 0) reservedBytes.delete(place);
        else reservedBytes.set(place, left);
      },
    };
  };
  const withSignature = async (stored: StoredCode, zip: Zip, signal: AbortSignal): Promise<StoredCode> => {
    const signature = await verifySignature(zip, signal);
    return signature === undefined ? stored : { ...stored, signature };
  };
  const store: Packages['store'] = async (where, zip, { copies, replacedBytes }, signal) => {
    const { code: stored, held: kept } = accepted(await code.add(zip, signal));
    using undo = new DisposableStack();
    undo.use(kept);
    undo.use(reserve(where, stored.bytes * copies - replacedBytes));
    const verified = await withSignature(stored, zip, signal);
    const held = undo.move();
    return { code: verified, [Symbol.dispose]: () => held.dispose() };
  };
  const layers = await openLayers({
    records,
    code,
    clock,
    uuid,
    store: (key, zip, signal) => store(key, zip, { copies: 1, replacedBytes: 0 }, signal),
  });

  return {
    layers,
    store,
    check: async (zip, signal) => withSignature(accepted(await code.check(zip, signal)), zip, signal),
    stage: async (content, bytes, signal) => accepted(await code.stage(content, bytes, signal)),
    reserve,
    async assertFit(codeDigest, attached) {
      if (attached.length === 0) return; // The code alone was measured when it was unpacked.
      const bytesMax = limits.unzippedBytesMax;
      let bytes = 0;
      for (const layer of attached) bytes += await code.unzippedBytes(layer.code.digest);
      if (bytes > bytesMax) throw new Refused({ kind: 'layers-too-large', bytesMax });
      bytes += await code.unzippedBytes(codeDigest);
      if (bytes > bytesMax) throw new Refused({ kind: 'code-and-layers-too-large', bytes, bytesMax });
    },
    codeBytes,
    openCode: code.open,
    codeDir: code.directory,
    layersDir: stacks.directory,
    retain(codeDigest, layerDigests) {
      const held = new DisposableStack();
      held.use(code.hold(codeDigest));
      held.use(stacks.hold(layerDigests));
      return held;
    },
    retainPacked(codeDigest, layerDigests) {
      const held = new DisposableStack();
      for (const digest of [codeDigest, ...layerDigests]) held.use(code.holdPacked(digest));
      return held;
    },
    async sweep() {
      await stacks.sweep();
      await code.sweep();
    },
    async idle() {
      await stacks.idle();
      await code.idle();
    },
    async [Symbol.asyncDispose]() {
      await stacks[Symbol.asyncDispose]();
      await code[Symbol.asyncDispose]();
    },
  };
}

function accepted<T extends object>(answer: T | PackageRefusal): T {
  if ('kind' in answer) throw new Refused(answer);
  return answer;
}
