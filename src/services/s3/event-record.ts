import { hash } from 'node:crypto';
import type { ObjectChange } from './change.ts';

/** The event of one change as S3 tells it ("Event message structure", S3 user guide; lambda-facts 18.3). */
export function eventMessage(change: ObjectChange, configurationId: string): Buffer {
  const { kind, atMs, bucket, key, bytes, etag, versionId, sequencer, actor } = change;
  const isTagging = kind.startsWith('ObjectTagging:');
  const record = {
    eventVersion: isTagging ? '2.3' : '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: new Date(atMs).toISOString(),
    eventName: kind,
    userIdentity: { principalId: actor.principalId },
    requestParameters: { sourceIPAddress: actor.sourceIp },
    // As the headers of the answer had it.
    responseElements: { 'x-amz-request-id': actor.requestId, 'x-amz-id-2': actor.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: customerOf(bucket.account) },
        arn: `arn:aws:s3:::${bucket.name}`,
      },
      object: {
        key: encodedKey(key),
        ...(bytes !== undefined && !isTagging && { size: bytes }),
        ...(etag !== undefined && { eTag: etag }),
        ...(versionId !== undefined && { versionId }),
        ...(!isTagging && { sequencer }),
      },
    },
  };
  return Buffer.from(JSON.stringify({ Records: [record] }));
}

/** What queues and topics get when they are first told of. */
export function testMessage(bucket: string, { nowMs, requestId }: { nowMs: number; requestId: string }): Buffer {
  return Buffer.from(
    JSON.stringify({
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: new Date(nowMs).toISOString(),
      Bucket: bucket,
      RequestId: requestId,
      HostId: requestId,
    }),
  );
}

/** As forms encode, but with slashes as they are: a consumer decodes a plus sign to a space. */
export function encodedKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** S3 names owners by a customer id, which is not the account. */
function customerOf(account: string): string {
  return `A${hash('sha256', `customer id of ${account}`, 'hex').slice(0, 13).toUpperCase()}`;
}
