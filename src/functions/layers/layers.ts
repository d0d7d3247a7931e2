import type { Clock } from '../../lib/clock.ts';
import { serial } from '../../lib/serial.ts';
import { everyRecord, type Records } from '../../store/records.ts';
import type { Architecture, Now } from '../function.ts';
import type { CodeStore, StoredCode } from '../package/code-store.ts';
import type { Zip } from '../package/staged-zip.ts';
import { Refused } from '../refusal.ts';
import { type Attacher, assertUsable, attachLayers } from './attach-layers.ts';
import { type AttachedLayer, type Grant, type LayerKey, type LayerVersion, layerVersionArn } from './layer.ts';
import { grantLayer, revokeLayer } from './layer-permissions.ts';

export interface NewLayerVersion {
  readonly zip: Zip;
  readonly description: string;
  readonly runtimes: readonly string[] | undefined;
  readonly architectures: readonly Architecture[] | undefined;
  readonly license: string | undefined;
}

/** Layers and their versions. Every method throws `Refused` for what AWS has an answer to, and other errors for outages. */
export interface Layers {
  publish(key: LayerKey, request: NewLayerVersion, signal: AbortSignal): Promise<LayerVersion>;
  /** The version that must be there, and be this caller's or shared with its account. */
  findFor(key: LayerKey, version: number, by: Attacher): LayerVersion;
  /** The same for those who ask about its permissions: the refusal is another one. */
  findToShare(key: LayerKey, version: number): LayerVersion;
  /** Newest first; none for a layer that never was. */
  versions(key: LayerKey): LayerVersion[];
  /** The versions of each layer that has any, newest first; by name. */
  list(where: { account: string; region: string }): LayerVersion[][];
  /** A version that is not there is a success. */
  delete(key: LayerKey, version: number): Promise<void>;
  /** The layers that a function is to have; they stay stored until disposed. */
  attach(arns: readonly string[], by: Attacher): { readonly layers: AttachedLayer[] } & Disposable;
  grant(key: LayerKey, version: number, grant: Grant, revisionId: string | undefined): Promise<LayerVersion>;
  revoke(key: LayerKey, version: number, statementId: string, revisionId: string | undefined): Promise<void>;
  /** What all versions' zips take of the account's code storage: the same content twice counts twice. */
  codeBytes(where: { account: string; region: string }): number;
}

export interface LayersOptions {
  readonly records: Records;
  readonly code: CodeStore;
  readonly clock: Clock;
  readonly uuid: () => string;
  /** Stores a zip if the account has room for it. Throws `Refused`. */
  readonly store: (key: LayerKey, zip: Zip, signal: AbortSignal) => Promise<{ code: StoredCode } & Disposable>;
}

/** A layer's record: numbers are never given twice, not even after the versions were deleted. */
interface Layer {
  readonly key: LayerKey;
  readonly lastVersion: number;
}

interface Stored {
  readonly layer: LayerVersion;
  readonly revision: number;
  readonly held: Disposable;
}

const LAYERS = 'layer/';
/** Keys of the records of layer versions: behind it come account, region, name and number. */
export const LAYER_VERSIONS = 'layerv/';
const keyText = ({ account, region, name }: LayerKey) => `${account}/${region}/${name}`;

/**
 * Loads all layers and holds their packages. A layer is one record with its last number, and one record per version;
 * the number is taken first, so that a crash in between leaves a gap at most, never a number that is given again.
 */
export async function openLayers({ records, code, clock, uuid, store }: LayersOptions): Promise<Layers> {
  const numbers = new Map<string, { last: number; revision: number }>();
  const all = new Map<string, Map<number, Stored>>();
  const oneAtATime = serial();
  const now = (): Now => ({ nowMs: clock.nowMs(), uuid });

  for await (const { value, revision } of everyRecord(records, LAYERS)) {
    const { key, lastVersion }: Layer = JSON.parse(value);
    numbers.set(keyText(key), { last: lastVersion, revision });
  }
  const put = (layer: LayerVersion, revision: number): void => {
    const versions = all.get(keyText(layer.key)) ?? new Map<number, Stored>();
    const before = versions.get(layer.version);
    all.set(keyText(layer.key), versions.set(layer.version, { layer, revision, held: code.hold(layer.code.digest) }));
    before?.held[Symbol.dispose]();
  };
  for await (const { value, revision } of everyRecord(records, LAYER_VERSIONS)) put(JSON.parse(value), revision);

  const get = (key: LayerKey, version: number) => all.get(keyText(key))?.get(version);
  const versionKey = (key: LayerKey, version: number) => `${LAYER_VERSIONS}${keyText(key)}/${version}`;

  const findFor: Layers['findFor'] = (key, version, by) => {
    assertNumber(version);
    const layer = get(key, version)?.layer;
    assertUsable(layer, { key, version }, by);
    if (layer === undefined) throw new Refused({ kind: 'nothing-to-show' });
    return layer;
  };

  const findToShare = (key: LayerKey, version: number): LayerVersion => {
    const stored = get(key, version);
    if (stored === undefined) {
      throw new Refused({ kind: 'no-layer-version-to-share', arn: layerVersionArn({ key, version }) });
    }
    return stored.layer;
  };

  /** Changes who may use a version. */
  const change = (key: LayerKey, version: number, decide: (layer: LayerVersion) => LayerVersion) =>
    oneAtATime(keyText(key), async () => {
      const layer = decide(findToShare(key, version));
      const ifRevision = get(key, version)?.revision ?? 0;
      put(layer, await records.put(versionKey(key, version), JSON.stringify(layer), { ifRevision }));
      return layer;
    });

  const newestFirst = (versions: Iterable<Stored>) =>
    [...versions].map(({ layer }) => layer).sort((one, other) => other.version - one.version);

  const list: Layers['list'] = (where) =>
    [...all.values()]
      .map((versions) => newestFirst(versions.values()))
      .filter(([first]) => first?.key.account === where.account && first.key.region === where.region)
      .sort(([one], [other]) => ((one?.key.name ?? '') < (other?.key.name ?? '') ? -1 : 1));

  return {
    publish: (key, request, signal) =>
      oneAtATime(keyText(key), async () => {
        const { zip, description, runtimes, architectures, license } = request;
        using stored = await store(key, zip, signal);
        const taken = numbers.get(keyText(key));
        const version = (taken?.last ?? 0) + 1;
        const layer: Layer = { key, lastVersion: version };
        const head = await records.put(`${LAYERS}${keyText(key)}`, JSON.stringify(layer), {
          ifRevision: taken?.revision ?? 0,
        });
        numbers.set(keyText(key), { last: version, revision: head });
        const published: LayerVersion = {
          key,
          version,
          code: stored.code,
          description,
          createdMs: clock.nowMs(),
          runtimes,
          architectures,
          license,
          policy: undefined,
        };
        put(published, await records.put(versionKey(key, version), JSON.stringify(published), { ifRevision: 0 }));
        return published;
      }),
    findFor,
    findToShare,
    versions: (key) => newestFirst(all.get(keyText(key))?.values() ?? []),
    list,
    delete: (key, version) =>
      oneAtATime(keyText(key), async () => {
        assertNumber(version);
        const stored = get(key, version);
        if (stored === undefined) return;
        await records.delete(versionKey(key, version), { ifRevision: stored.revision });
        all.get(keyText(key))?.delete(version);
        stored.held[Symbol.dispose]();
      }),
    attach(arns, by) {
      const layers = attachLayers(arns, by, (key, version) => get(key, version)?.layer);
      const held = new DisposableStack();
      for (const layer of layers) held.use(code.hold(layer.code.digest));
      return { layers, [Symbol.dispose]: () => held.dispose() };
    },
    grant: (key, version, grant, revisionId) =>
      change(key, version, (layer) => grantLayer(layer, grant, revisionId, now())),
    async revoke(key, version, statementId, revisionId) {
      await change(key, version, (layer) => revokeLayer(layer, statementId, revisionId, now()));
    },
    codeBytes({ account, region }) {
      let bytes = 0;
      for (const versions of all.values()) {
        for (const { layer } of versions.values()) {
          if (layer.key.account === account && layer.key.region === region) bytes += layer.code.bytes;
        }
      }
      return bytes;
    },
  };
}

function assertNumber(version: number): void {
  if (version < 1) throw new Refused({ kind: 'layer-version-below-one' });
}
