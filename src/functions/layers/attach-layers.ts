import { Refused } from '../refusal.ts';
import {
  type AttachedLayer,
  type LayerKey,
  type LayerVersion,
  layerArn,
  layerVersionArn,
  readLayerVersionArn,
} from './layer.ts';
import { mayUse } from './layer-permissions.ts';

const LAYERS_MAX = 5; // AWS: of one function (lambda-facts 4.2).

/** Who attaches layers, and to a function where. */
export interface Attacher {
  readonly account: string;
  readonly region: string;
  /** As the refusal names the caller. */
  readonly arn: string;
}

/** Throws `Refused` for another account's layer version that is not shared with the caller's; `found` is undefined if there is none. */
export function assertUsable(
  found: LayerVersion | undefined,
  named: { readonly key: LayerKey; readonly version: number },
  by: Attacher,
): void {
  if (named.key.account === by.account) return;
  // Whether it exists is not told to those who may not use it.
  if (found === undefined || !mayUse(found, by.account)) {
    throw new Refused({ kind: 'layer-denied', arn: layerVersionArn(named), caller: by.arn });
  }
}

/** The layers that these ARNs name, in the same order. Throws `Refused` for what a function cannot have (lambda-facts 14). */
export function attachLayers(
  arns: readonly string[],
  by: Attacher,
  find: (key: LayerKey, version: number) => LayerVersion | undefined,
): AttachedLayer[] {
  if (arns.length > LAYERS_MAX) throw new Refused({ kind: 'too-many-layers', layersMax: LAYERS_MAX });
  const seen = new Map<string, string>();
  return arns.map((arn) => {
    const named = readLayerVersionArn(arn);
    const found = named === undefined ? undefined : find(named.key, named.version);
    if (named !== undefined) assertUsable(found, named, by);
    if (named !== undefined && named.key.region !== by.region) {
      throw new Refused({ kind: 'layer-elsewhere', region: by.region });
    }
    if (named === undefined || found === undefined) throw new Refused({ kind: 'no-such-layer-version', arn });
    const layer = layerArn(named.key);
    const other = seen.get(layer);
    if (other !== undefined) throw new Refused({ kind: 'same-layer-twice', arns: [other, arn] });
    seen.set(layer, arn);
    // As it is written here, not as it came: `:01` is version 1, too.
    return { arn: layerVersionArn(found), code: found.code };
  });
}
