import { createRequire } from 'node:module';
import { lateHandlers } from '../../../wire/late-handlers.ts';
import { defineService, type Handlers, type ServiceDefinition } from '../../../wire/service.ts';
import type { S3 } from '../s3.ts';
import type { Client } from './client.ts';
import { s3Resources } from './resources.ts';
import type { S3Part } from './s3-parts.ts';

const require = createRequire(import.meta.url);

/** A list of 10,000 parts with their checksums has 3 MB; the bodies of objects are not read whole. */
const BODY_BYTES_MAX = 8 * 1024 ** 2;

const OWN_OPERATIONS = [
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateBucket',
  'CreateMultipartUpload',
  'DeleteBucket',
  'DeleteBucketEncryption',
  'DeleteBucketLifecycle',
  'DeleteBucketReplication',
  'DeleteBucketWebsite',
  'DeleteObject',
  'DeleteObjectTagging',
  'DeleteObjects',
  'GetBucketAccelerateConfiguration',
  'GetBucketAcl',
  'GetBucketEncryption',
  'GetBucketLifecycleConfiguration',
  'GetBucketLocation',
  'GetBucketLogging',
  'GetBucketOwnershipControls',
  'GetBucketReplication',
  'GetBucketRequestPayment',
  'GetBucketVersioning',
  'GetBucketWebsite',
  'GetObject',
  'GetObjectAcl',
  'GetObjectAttributes',
  'GetObjectLockConfiguration',
  'GetObjectTagging',
  'HeadBucket',
  'HeadObject',
  'ListBucketAnalyticsConfigurations',
  'ListBucketIntelligentTieringConfigurations',
  'ListBucketInventoryConfigurations',
  'ListBucketMetricsConfigurations',
  'ListBuckets',
  'ListMultipartUploads',
  'ListObjectVersions',
  'ListObjects',
  'ListObjectsV2',
  'ListParts',
  'PutBucketAcl',
  'PutBucketEncryption',
  'PutBucketOwnershipControls',
  'PutBucketVersioning',
  'PutObject',
  'PutObjectAcl',
  'PutObjectTagging',
  'UploadPart',
  'UploadPartCopy',
] as const satisfies readonly (keyof Handlers<Client>)[];

export type OwnOperation = (typeof OWN_OPERATIONS)[number];

/**
 * S3 as a service of the wire; `parts`: operations that others answer. Neither is `s3` called, which opens the store, nor is
 * the code of its own operations loaded before the first request: that took 60 ms of the server's start.
 */
export function s3Service(s3: () => S3, parts: readonly S3Part[] = []): ServiceDefinition {
  const operations = [...OWN_OPERATIONS, ...parts.flatMap((part) => part.operations)];
  return defineService<Client>({
    name: 's3',
    signingName: 's3',
    protocols: ['restXml'],
    dialect: 's3',
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    bodyBytesMax: BODY_BYTES_MAX,
    resources: s3Resources,
    load: () => require('@aws-sdk/client-s3') as Client,
    handlers: lateHandlers<Client>(operations, () =>
      handlers().s3Handlers(
        s3,
        parts.map((part) => part.load()),
      ),
    ),
  });
}

const handlers = () => require('./s3-handlers.ts') as typeof import('./s3-handlers.ts');
