import { hash } from 'node:crypto';
import { AwsError } from '../../../wire/aws-error.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { traceHeader } from '../../../wire/trace-header.ts';
import type { Bucket } from '../bucket.ts';
import type { Actor } from '../change.ts';
import { refused } from '../refusal.ts';
import type { S3 } from '../s3.ts';

/** Members that every operation on a bucket has. */
export interface AsksOfBucket {
  readonly Bucket: string | undefined;
  readonly Key?: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

/** The bucket that a request means. Throws when it is not there, or not for this caller. */
export function bucketOf({ buckets }: S3, input: AsksOfBucket, context: RequestContext): Bucket {
  const { Bucket: name = '', Key: key, ExpectedBucketOwner: owner } = input;
  const arn = key === undefined ? `arn:aws:s3:::${name}` : `arn:aws:s3:::${name}/${key}`;
  const bucket = buckets.reach(name, { account: context.account, isLetIn: () => context.mayReach(arn) });
  if (owner !== undefined && owner !== bucket.account) throw refused({ kind: 'not-your-bucket', bucket: name });
  return bucket;
}

export function actorOf({
  principal,
  sourceIp,
  requestId,
  headers,
}: Pick<RequestContext, 'principal' | 'sourceIp' | 'requestId' | 'headers'>): Actor {
  const principalId = principal.kind === 'assumed-role' ? `AWS:${principal.userId}` : principal.userId;
  return { principalId, account: principal.account, sourceIp, requestId, traceHeader: traceHeader(headers) };
}

/** The canonical user: 64 hex digits that stand for an account. */
export function ownerOf(account: string): { ID: string } {
  return { ID: hash('sha256', `canonical user of ${account}`, 'hex') };
}

export function argumentError(name: string, value: unknown, message: string): AwsError {
  return new AwsError('InvalidArgument', message, {
    status: 400,
    members: { ArgumentName: name, ArgumentValue: value },
  });
}

/** For what S3 has and we do not, in S3's own words and with what was asked for. */
export function notImplemented(what: string): AwsError {
  return new AwsError(
    'NotImplemented',
    `A header you provided implies functionality that is not implemented: ${what}`,
    {
      status: 501,
    },
  );
}

/** Where a bucket has never had versions, answers name none. */
export function shownVersionId({ versioning }: Bucket, versionId: string): string | undefined {
  return versioning === 'off' ? undefined : versionId;
}
