import { StorageFull } from '../../../store/outage.ts';
import { inAwsWords } from '../../../wire/in-aws-words.ts';
import type { Handlers } from '../../../wire/service.ts';
import type { S3 } from '../s3.ts';
import { bucketDefaults } from './bucket-defaults.ts';
import { bucketFacts } from './bucket-facts.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
  putBucketVersioning,
} from './bucket-operations.ts';
import type { Answering, Client } from './client.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, deleteObjects } from './delete-object.ts';
import { getObject, headObject } from './get-object.ts';
import { getObjectAttributes } from './get-object-attributes.ts';
import { listObjects, listObjectsV2, listObjectVersions } from './list-objects.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import { putObject } from './put-object.ts';
import { errorToAws } from './refusal-to-aws.ts';
import type { OwnOperation } from './s3-service.ts';

/** Answers of all operations; `parts`: those of others. */
export function s3Handlers(s3: () => S3, parts: readonly Handlers<Client>[]): Handlers<Client> {
  return inWords(s3, Object.assign({}, ownHandlers(s3), ...parts));
}

function ownHandlers(s3: () => S3): Answering<OwnOperation> {
  return {
    ...bucketFacts(s3),
    ...bucketDefaults(s3),
    CreateBucket: createBucket(s3),
    DeleteBucket: deleteBucket(s3),
    HeadBucket: headBucket(s3),
    ListBuckets: listBuckets(s3),
    GetBucketLocation: getBucketLocation(s3),
    GetBucketVersioning: getBucketVersioning(s3),
    PutBucketVersioning: putBucketVersioning(s3),
    PutObject: putObject(s3),
    GetObject: getObject(s3),
    HeadObject: headObject(s3),
    DeleteObject: deleteObject(s3),
    DeleteObjects: deleteObjects(s3),
    ListObjects: listObjects(s3),
    ListObjectsV2: listObjectsV2(s3),
    ListObjectVersions: listObjectVersions(s3),
    CopyObject: copyObject(s3),
    GetObjectAttributes: getObjectAttributes(s3),
    GetObjectTagging: getObjectTagging(s3),
    PutObjectTagging: putObjectTagging(s3),
    DeleteObjectTagging: deleteObjectTagging(s3),
    CreateMultipartUpload: createMultipartUpload(s3),
    UploadPart: uploadPart(s3),
    UploadPartCopy: uploadPartCopy(s3),
    CompleteMultipartUpload: completeMultipartUpload(s3),
    AbortMultipartUpload: abortMultipartUpload(s3),
    ListParts: listParts(s3),
    ListMultipartUploads: listMultipartUploads(s3),
  };
}

function inWords(s3: () => S3, handlers: Handlers<Client>): Handlers<Client> {
  return inAwsWords(handlers, (error) => {
    if (error instanceof StorageFull) s3().store.log.error({ err: error }, 'an object cannot be stored');
    return errorToAws(error);
  });
}
