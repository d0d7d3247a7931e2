import { AwsError } from '../../../wire/aws-error.ts';
import type { S3 } from '../s3.ts';
import { bucketOf, notImplemented, ownerOf } from './asked.ts';
import type { Answering } from './client.ts';

/** AWS's answer about lists of access for buckets whose owner owns everything in them, as all new ones. */
const ACL_NOT_SUPPORTED = 'The bucket does not allow ACLs';
/** Lists that say what holds anyway. */
const OWNERS_ACLS = new Set(['private', 'bucket-owner-full-control']);

/**
 * What holds of every bucket here, told to clients that look before they change something, as Terraform does. Nothing else can be
 * put, which is told too.
 */
export function bucketFacts(
  s3: () => S3,
): Answering<
  | 'GetBucketAcl'
  | 'PutBucketAcl'
  | 'GetObjectAcl'
  | 'PutObjectAcl'
  | 'GetBucketOwnershipControls'
  | 'PutBucketOwnershipControls'
  | 'GetBucketRequestPayment'
  | 'GetBucketAccelerateConfiguration'
  | 'GetBucketLogging'
> {
  const ownersList = (account: string) => ({
    Owner: ownerOf(account),
    Grants: [{ Grantee: { ...ownerOf(account), Type: 'CanonicalUser' as const }, Permission: 'FULL_CONTROL' as const }],
  });
  const assertOwners = (acl: string | undefined) => {
    if (acl !== undefined && OWNERS_ACLS.has(acl)) return;
    throw new AwsError('AccessControlListNotSupported', ACL_NOT_SUPPORTED, { status: 400 });
  };

  return {
    GetBucketAcl: (input, context) => ownersList(bucketOf(s3(), input, context).account),
    PutBucketAcl: (input, context) => {
      bucketOf(s3(), input, context);
      assertOwners(input.ACL);
      return {};
    },
    GetObjectAcl: (input, context) => {
      const bucket = bucketOf(s3(), input, context);
      s3().objects.read(bucket, input.Key ?? '', input.VersionId);
      return ownersList(bucket.account);
    },
    PutObjectAcl: (input, context) => {
      const bucket = bucketOf(s3(), input, context);
      s3().objects.read(bucket, input.Key ?? '', input.VersionId);
      assertOwners(input.ACL);
      return {};
    },
    GetBucketOwnershipControls: (input, context) => {
      bucketOf(s3(), input, context);
      return { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } };
    },
    PutBucketOwnershipControls: (input, context) => {
      bucketOf(s3(), input, context);
      const [{ ObjectOwnership: ownership } = {}] = input.OwnershipControls?.Rules ?? [];
      if (ownership !== 'BucketOwnerEnforced') throw notImplemented(`ownership ${ownership}`);
      return {};
    },
    GetBucketRequestPayment: (input, context) => {
      bucketOf(s3(), input, context);
      return { Payer: 'BucketOwner' };
    },
    GetBucketAccelerateConfiguration: (input, context) => {
      bucketOf(s3(), input, context);
      return {};
    },
    GetBucketLogging: (input, context) => {
      bucketOf(s3(), input, context);
      return {};
    },
  };
}
