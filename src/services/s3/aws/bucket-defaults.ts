import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { S3 } from '../s3.ts';
import { type AsksOfBucket, bucketOf, notImplemented } from './asked.ts';
import type { Answering } from './client.ts';

/** "All buckets have a default encryption configuration that uses SSE-S3" (GetBucketEncryption, S3 API reference). */
const DEFAULT_ENCRYPTION = 'AES256' as const;

/**
 * What a bucket answers about things that cannot be set here: what AWS answers where they are not set. Terraform and others read
 * all of it before they change something, and take away what is not there.
 */
export function bucketDefaults(
  s3: () => S3,
): Answering<
  | 'DeleteBucketEncryption'
  | 'DeleteBucketLifecycle'
  | 'DeleteBucketReplication'
  | 'DeleteBucketWebsite'
  | 'GetBucketEncryption'
  | 'GetBucketLifecycleConfiguration'
  | 'GetBucketReplication'
  | 'GetBucketWebsite'
  | 'GetObjectLockConfiguration'
  | 'ListBucketAnalyticsConfigurations'
  | 'ListBucketIntelligentTieringConfigurations'
  | 'ListBucketInventoryConfigurations'
  | 'ListBucketMetricsConfigurations'
  | 'PutBucketEncryption'
> {
  /** There is no such setting; but is there such a bucket, and may the caller ask? */
  const without =
    (code: string, text: string) =>
    (input: AsksOfBucket, context: RequestContext): never => {
      const { name } = bucketOf(s3(), input, context);
      throw new AwsError(code, text, { status: 404, members: { BucketName: name } });
    };
  const nothing = (input: AsksOfBucket, context: RequestContext): object => {
    bucketOf(s3(), input, context);
    return {};
  };
  const emptyList = (input: AsksOfBucket, context: RequestContext): { IsTruncated: false } => {
    bucketOf(s3(), input, context);
    return { IsTruncated: false };
  };

  return {
    GetBucketLifecycleConfiguration: without(
      'NoSuchLifecycleConfiguration',
      'The lifecycle configuration does not exist',
    ),
    DeleteBucketLifecycle: nothing,
    GetBucketWebsite: without(
      'NoSuchWebsiteConfiguration',
      'The specified bucket does not have a website configuration',
    ),
    DeleteBucketWebsite: nothing,
    GetBucketReplication: without(
      'ReplicationConfigurationNotFoundError',
      'The replication configuration was not found',
    ),
    DeleteBucketReplication: nothing,
    GetObjectLockConfiguration: without(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    ),

    GetBucketEncryption(input, context) {
      bucketOf(s3(), input, context);
      const rule = {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: DEFAULT_ENCRYPTION },
        BucketKeyEnabled: false,
      };
      return { ServerSideEncryptionConfiguration: { Rules: [rule] } };
    },
    PutBucketEncryption(input, context) {
      const { Rules: rules = [] } = input.ServerSideEncryptionConfiguration ?? {};
      bucketOf(s3(), input, context);
      for (const { ApplyServerSideEncryptionByDefault: byDefault } of rules) {
        const { SSEAlgorithm: algorithm = DEFAULT_ENCRYPTION } = byDefault ?? {};
        if (algorithm !== DEFAULT_ENCRYPTION) throw notImplemented(`encryption ${algorithm}`);
      }
      return {};
    },
    DeleteBucketEncryption: nothing,

    ListBucketAnalyticsConfigurations: emptyList,
    ListBucketIntelligentTieringConfigurations: emptyList,
    ListBucketInventoryConfigurations: emptyList,
    ListBucketMetricsConfigurations: emptyList,
  };
}
