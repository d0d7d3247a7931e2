import { streamOf } from './content.ts';
import type { ObjectVersion } from './object.ts';
import type { ObjectHead, ObjectPlace, Objects } from './objects-port.ts';
import type { S3 } from './s3.ts';
import { NULL_VERSION } from './version-id.ts';

/** The port of other rooms. `s3` opens the store, at the first use. */
export function inProcessObjects(s3: () => S3, newRequestId: () => string): Objects {
  const reach = (account: string, bucket: string) => s3().buckets.reach(bucket, { account, isLetIn: () => false });
  const read = (account: string, { bucket, key, versionId }: ObjectPlace) =>
    s3().objects.read(reach(account, bucket), key, versionId);

  return {
    async put(account, { bucket, key }, body, { contentType, signal }) {
      const version = await s3().objects.put(reach(account, bucket), key, body, {
        attributes: { ...(contentType !== undefined && { contentType }), metadata: {} },
        tags: {},
        conditions: {},
        actor: { principalId: account, sourceIp: '127.0.0.1', requestId: newRequestId() },
        changeKind: 'ObjectCreated:Put',
        signal,
      });
      const { etag, versionId } = headOf(version);
      return { etag, versionId };
    },
    get: async (account, place) => {
      const version = read(account, place);
      return { head: headOf(version), content: streamOf(s3().objects.content(version, undefined)) };
    },
    head: async (account, place) => headOf(read(account, place)),
  };
}

function headOf({ bytes, etag, versionId, modifiedMs, attributes }: ObjectVersion): ObjectHead {
  return {
    bytes,
    etag,
    versionId: versionId === NULL_VERSION ? undefined : versionId,
    modifiedMs,
    contentType: attributes.contentType,
    metadata: attributes.metadata,
  };
}
