import { type ConditionContext, judgePolicy, principalContext } from '../../../identity/index.ts';
import type { Asking, Principal } from '../../../wire/service.ts';
import type { Bucket } from '../bucket.ts';
import { judgeBucketPolicy, policyStatements } from '../bucket-policy.ts';
import type { S3 } from '../s3.ts';

/** Whether a caller of another account may do `action` (`s3:GetObject`) to a bucket or an object: the bucket's policy decides. */
export function isBucketSharedWith(s3: () => S3, caller: Principal, action: string, arn: string): boolean {
  const bucket = bucketOfArn(s3, arn);
  if (bucket === undefined) return false;
  const request = { caller, action, resource: arn, context: principalContext(caller) };
  return judgeBucketPolicy(s3().store.buckets, bucket, request) === 'allowed';
}

/** What the root of a bucket's account may always do, or a mistake would lock everybody out. */
const NEVER_DENIED = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

/** Whether the bucket's policy forbids it, also to those of the bucket's own account. */
export function isDeniedByBucket(s3: () => S3, by: Asking, action: string, arn: string): boolean {
  const { principal } = by;
  const bucket = bucketOfArn(s3, arn);
  if (bucket === undefined || principal.kind === 'relaxed') return false;
  if (principal.kind === 'root' && principal.account === bucket.account && NEVER_DENIED.has(action)) return false;
  const request = { caller: principal, action, resource: arn, context: requestContextOf(by) };
  return judgeBucketPolicy(s3().store.buckets, bucket, request) === 'denied';
}

/**
 * Whether the bucket's policy lets anybody in, or a session of a role of its own account, whose own policies need not say so then
 * (Policy evaluation for requests within a single account, IAM user guide).
 */
export function isGrantedByBucket(s3: () => S3, by: Asking, action: string, arn: string): boolean {
  const { principal } = by;
  if (principal.kind !== 'assumed-role' && principal.kind !== 'anonymous') return false;
  const bucket = bucketOfArn(s3, arn);
  if (bucket !== undefined && principal.kind === 'anonymous') {
    const request = { caller: principal, action, resource: arn, context: requestContextOf(by) };
    return judgeBucketPolicy(s3().store.buckets, bucket, request) === 'allowed';
  }
  if (bucket?.account !== principal.account) return false;
  // A policy that names the account leaves it to the account's own policies.
  const caller = { account: NOBODYS, arn: principal.arn };
  const request = { caller, action, resource: arn, context: requestContextOf(by) };
  return judgePolicy(policyStatements(s3().store.buckets, bucket.id), request) === 'allowed';
}

const NOBODYS = 'nobody';

function requestContextOf({ principal, headers, sourceIp }: Asking): ConditionContext {
  const context: Record<string, string> = { ...principalContext(principal), 'aws:sourceip': sourceIp };
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-amz-') && typeof value === 'string') context[`s3:${name}`] = value;
  }
  return context;
}

function bucketOfArn(s3: () => S3, arn: string): Bucket | undefined {
  const [, name] = /^arn:aws:s3:::([^/]+)/.exec(arn) ?? [];
  return name === undefined ? undefined : s3().store.buckets.find(name);
}
