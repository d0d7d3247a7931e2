import type { Message } from '../../delivery/message.ts';
import type { ChangeKind, ObjectChange } from './change.ts';

interface Told {
  readonly detailType: string;
  readonly reason?: string;
  readonly deletionType?: string;
}

const TOLD: Readonly<Record<ChangeKind, Told>> = {
  'ObjectCreated:Put': { detailType: 'Object Created', reason: 'PutObject' },
  'ObjectCreated:Post': { detailType: 'Object Created', reason: 'POST Object' },
  'ObjectCreated:Copy': { detailType: 'Object Created', reason: 'CopyObject' },
  'ObjectCreated:CompleteMultipartUpload': { detailType: 'Object Created', reason: 'CompleteMultipartUpload' },
  'ObjectRemoved:Delete': {
    detailType: 'Object Deleted',
    reason: 'DeleteObject',
    deletionType: 'Permanently Deleted',
  },
  'ObjectRemoved:DeleteMarkerCreated': {
    detailType: 'Object Deleted',
    reason: 'DeleteObject',
    deletionType: 'Delete Marker Created',
  },
  'ObjectTagging:Put': { detailType: 'Object Tags Added' },
  'ObjectTagging:Delete': { detailType: 'Object Tags Deleted' },
};

/** What an event bus is told of a change ("EventBridge event message structure", S3 user guide). */
export function busMessage(change: ObjectChange): Message {
  const { kind, atMs, bucket, key, bytes, etag, versionId, sequencer, actor } = change;
  const { detailType, reason, deletionType } = TOLD[kind];
  const isTagging = kind.startsWith('ObjectTagging:');
  const detail = {
    version: '0',
    bucket: { name: bucket.name },
    object: {
      // As it is, unlike in notifications.
      key,
      ...(bytes !== undefined && !isTagging && { size: bytes }),
      ...(etag !== undefined && { etag }),
      ...(versionId !== undefined && { 'version-id': versionId }),
      ...(!isTagging && { sequencer }),
    },
    'request-id': actor.requestId,
    requester: actor.account ?? actor.principalId,
    'source-ip-address': actor.sourceIp,
    ...(reason !== undefined && { reason }),
    ...(deletionType !== undefined && { 'deletion-type': deletionType }),
  };
  return {
    body: Buffer.from(JSON.stringify(detail)),
    traceHeader: actor.traceHeader,
    event: { source: 'aws.s3', detailType, resources: [`arn:aws:s3:::${bucket.name}`], timeMs: atMs },
  };
}
