import type { Target } from '../../delivery/target.ts';
import { Undeliverable } from '../../delivery/undeliverable.ts';
import { policyStatements } from './bucket-policy.ts';
import { S3Refused } from './refusal.ts';
import type { S3 } from './s3.ts';

/** Buckets as destinations of asynchronous invocations: what is delivered becomes an object. */
export function bucketTarget(s3: () => S3, newRequestId: () => string): Target {
  return {
    action: 's3:PutObject',
    find({ resource }) {
      const { buckets } = s3().store;
      const bucket = buckets.find(resource);
      return bucket && { account: bucket.account, policy: policyStatements(buckets, bucket.id) };
    },
    async deliver(
      { text, resource },
      { body, objectKey, contentType = 'application/json', traceHeader },
      from,
      signal,
    ) {
      const { store, objects } = s3();
      const bucket = store.buckets.find(resource);
      if (bucket === undefined) throw new Undeliverable('no-such-target', `${text} does not exist`);
      if (objectKey === undefined) throw new Undeliverable('refused', `nothing was said of a key in ${text}`);
      try {
        await objects.put(bucket, objectKey, once(body), {
          attributes: { contentType, metadata: {} },
          tags: {},
          conditions: {},
          actor: { principalId: from.sourceAccount, sourceIp: '127.0.0.1', requestId: newRequestId(), traceHeader },
          changeKind: 'ObjectCreated:Put',
          signal,
        });
      } catch (error) {
        if (!(error instanceof S3Refused)) throw error;
        const kind = error.refusal.kind === 'no-such-bucket' ? 'no-such-target' : 'refused';
        throw new Undeliverable(kind, `${text} does not take ${objectKey}`, { cause: error });
      }
    },
  };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}
