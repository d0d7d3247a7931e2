import type { Readable } from 'node:stream';

/** What other rooms do with objects in process: function code, destinations. An account acts with its root's rights. */
export interface Objects {
  /** Resolves once the object is on the disk. Rejects with `S3Refused`. */
  put(
    account: string,
    where: { readonly bucket: string; readonly key: string },
    body: AsyncIterable<Uint8Array>,
    options: { readonly contentType?: string; readonly signal: AbortSignal },
  ): Promise<{ readonly etag: string; readonly versionId: string | undefined }>;
  /** Whoever takes `content` reads it to its end or destroys it. Throws `S3Refused`. */
  get(account: string, where: ObjectPlace): Promise<{ readonly head: ObjectHead; readonly content: Readable }>;
  /** Throws `S3Refused`. */
  head(account: string, where: ObjectPlace): Promise<ObjectHead>;
}

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
  /** Undefined: the latest. */
  readonly versionId?: string | undefined;
}

export interface ObjectHead {
  readonly bytes: number;
  readonly etag: string;
  readonly versionId: string | undefined;
  readonly modifiedMs: number;
  readonly contentType: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}
