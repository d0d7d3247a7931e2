import type { ConditionContext } from '../../../identity/index.ts';
import type { Principal, RequestContext } from '../../../wire/service.ts';
import type { Bucket } from '../bucket.ts';
import { judgeBucketPolicy } from '../bucket-policy.ts';
import type { S3 } from '../s3.ts';

/** Whether a caller of another account may do `action` (`s3:GetObject`) to a bucket or an object: the bucket's policy decides. */
export function isBucketSharedWith(s3: () => S3, caller: Principal, action: string, arn: string): boolean {
  const bucket = bucketOfArn(s3, arn);
  if (bucket === undefined) return false;
  const request = { caller, action, resource: arn, context: contextOf(caller) };
  return judgeBucketPolicy(s3().store.buckets, bucket, request) === 'allowed';
}

/** What the root of a bucket's account may always do, or a mistake would lock everybody out. */
const NEVER_DENIED = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

/** Whether the bucket's policy forbids it, also to those of the bucket's own account. */
export function isDeniedByBucket(
  s3: () => S3,
  { principal, headers, sourceIp }: Pick<RequestContext, 'principal' | 'headers' | 'sourceIp'>,
  action: string,
  arn: string,
): boolean {
  const bucket = bucketOfArn(s3, arn);
  if (bucket === undefined) return false;
  if (principal.kind === 'root' && principal.account === bucket.account && NEVER_DENIED.has(action)) return false;
  const context: Record<string, string> = { ...contextOf(principal), 'aws:sourceip': sourceIp };
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-') && typeof value === 'string') context[`s3:${name}`] = value;
  }
  const request = { caller: principal, action, resource: arn, context };
  return judgeBucketPolicy(s3().store.buckets, bucket, request) === 'denied';
}

function bucketOfArn(s3: () => S3, arn: string): Bucket | undefined {
  const [, name] = /^arn:aws:s3:::([^/]+)/.exec(arn) ?? [];
  return name === undefined ? undefined : s3().store.buckets.find(name);
}

/** What policies ask about; connections of this machine count as safe, as they do for deliveries. */
function contextOf({ arn, account, userId }: Principal): ConditionContext {
  return {
    'aws:securetransport': 'true',
    'aws:principalarn': arn,
    'aws:principalaccount': account,
    'aws:userid': userId,
    'aws:principalisawsservice': 'false',
  };
}
