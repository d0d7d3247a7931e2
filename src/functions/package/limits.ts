/** Bounds of a deployment package. The first two are AWS's (lambda-facts 4.1). */
export interface PackageLimits {
  /** Of a zip that comes within the request. */
  readonly zippedBytesMax: number;
  readonly unzippedBytesMax: number;
  /** Files, directories and links. Ours: each costs an inode, which a small zip could exhaust. */
  readonly entriesMax: number;
}

export const PACKAGE_LIMITS: PackageLimits = {
  zippedBytesMax: 52_428_800,
  unzippedBytesMax: 262_144_000,
  entriesMax: 200_000,
};

/** Why a package is not taken. `detail` is for our log: AWS has one text for all that cannot be unzipped. */
export type PackageRefusal =
  | { kind: 'empty-zip' }
  | { kind: 'zip-too-large'; bytesMax: number }
  | { kind: 'unzipped-too-large'; bytesMax: number }
  | { kind: 'unreadable-zip'; detail: string };
