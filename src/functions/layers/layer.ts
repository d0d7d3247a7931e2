import type { Architecture, Permission } from '../function.ts';
import type { StoredCode } from '../package/code-store.ts';

/** A layer's name is unique within an account and region. */
export interface LayerKey {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** Never changed, but for who may use it. Deleting it leaves the functions that use it as they are. */
export interface LayerVersion {
  readonly key: LayerKey;
  readonly version: number;
  readonly code: StoredCode;
  readonly description: string;
  readonly createdMs: number;
  /** The next three only tell; undefined: never given, which answers show differently from none. */
  readonly runtimes: readonly string[] | undefined;
  readonly architectures: readonly Architecture[] | undefined;
  readonly license: string | undefined;
  /** Who else may use it. */
  readonly policy: LayerPolicy | undefined;
}

export interface LayerPolicy {
  readonly revisionId: string;
  /** In the order in which they were added; at least one. */
  readonly statements: readonly Grant[];
}

/** Who a layer version is shared with. */
export interface Grant extends Permission {
  /** 12 digits, or `*`. */
  readonly account: string;
  /** Only for accounts of this organization. */
  readonly organization: string | undefined;
}

/** A layer as a function refers to it: enough to run it when the layer version itself has been deleted. */
export interface AttachedLayer {
  /** Of the version. */
  readonly arn: string;
  readonly code: StoredCode;
}

export function layerArn({ account, region, name }: LayerKey): string {
  return `arn:aws:lambda:${region}:${account}:layer:${name}`;
}

export function layerVersionArn({ key, version }: { key: LayerKey; version: number }): string {
  return `${layerArn(key)}:${version}`;
}

/** The parts of a layer version's ARN; undefined for one that is not made like those here. */
export function readLayerVersionArn(arn: string): { key: LayerKey; version: number } | undefined {
  const [, , , region = '', account = '', kind, name = '', version = ''] = arn.split(':');
  if (kind !== 'layer' || version === '') return undefined;
  return { key: { account, region, name }, version: Number(version) };
}
