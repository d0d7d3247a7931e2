import { AwsError } from '../../../wire/aws-error.ts';
import type { Bucket } from '../bucket.ts';
import type { S3 } from '../s3.ts';
import { argumentError, bucketOf, notImplemented, ownerOf } from './asked.ts';
import { tagsOf } from './attributes.ts';
import type { S3Operation } from './client.ts';

/** Its buckets have no location constraint, and its owners may create theirs again. */
const OLDEST_REGION = 'us-east-1';
const LIST_BUCKETS_MAX = 10_000;
const ANY_REGION = /^[a-z]{2}(?:-[a-z]+)+-\d+$/;

export function createBucket(s3: () => S3): S3Operation<'CreateBucket'> {
  return async (input, { account, region }) => {
    const { Bucket: name = '', CreateBucketConfiguration: configuration, ACL, ObjectOwnership } = input;
    if (ACL !== undefined && ACL !== 'private') throw notImplemented('x-amz-acl');
    if (input.ObjectLockEnabledForBucket) throw notImplemented('x-amz-bucket-object-lock-enabled');
    if (ObjectOwnership !== undefined && ObjectOwnership !== 'BucketOwnerEnforced') {
      throw notImplemented('x-amz-object-ownership');
    }
    if (configuration?.Location !== undefined || configuration?.Bucket !== undefined) {
      throw notImplemented('directory buckets');
    }
    const where = regionOf(configuration?.LocationConstraint, region);
    const tags = configuration?.Tags === undefined ? undefined : tagsOf(configuration.Tags, 'bucket');
    await s3().buckets.create(name, { account, region: where, tags }, where === OLDEST_REGION);
    return { Location: region === OLDEST_REGION ? `/${name}` : `http://${name}.s3.amazonaws.com/` };
  };
}

/** A bucket lies where it is asked for; only the oldest region takes requests for all of them. */
function regionOf(constraint: string | undefined, region: string): string {
  const illegal = (what: string) =>
    new AwsError(
      'IllegalLocationConstraintException',
      `The ${what} location constraint is incompatible for the region specific endpoint this request was sent to.`,
      { status: 400 },
    );
  if (constraint === undefined) {
    if (region !== OLDEST_REGION) throw illegal('unspecified');
    return region;
  }
  const asked = constraint === 'EU' ? 'eu-west-1' : constraint;
  if (asked === OLDEST_REGION || !ANY_REGION.test(asked)) {
    throw new AwsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      status: 400,
      members: { LocationConstraint: constraint },
    });
  }
  if (region !== OLDEST_REGION && asked !== region) throw illegal(constraint);
  return asked;
}

export function deleteBucket(s3: () => S3): S3Operation<'DeleteBucket'> {
  return async (input, context) => {
    await s3().buckets.remove(bucketOf(s3(), input, context));
    return {};
  };
}

export function headBucket(s3: () => S3): S3Operation<'HeadBucket'> {
  return (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    return { BucketRegion: bucket.region, BucketArn: `arn:aws:s3:::${bucket.name}`, AccessPointAlias: false };
  };
}

export function getBucketLocation(s3: () => S3): S3Operation<'GetBucketLocation'> {
  return (input, context) => {
    const { region } = bucketOf(s3(), input, context);
    // SAFE: the type lists the regions of its day; a location is any text to clients.
    return region === OLDEST_REGION ? {} : { LocationConstraint: region as 'eu-west-1' };
  };
}

export function listBuckets(s3: () => S3): S3Operation<'ListBuckets'> {
  return ({ Prefix: prefix = '', BucketRegion: region, ContinuationToken: token, MaxBuckets: max }, { account }) => {
    if (max !== undefined && (max < 1 || max > LIST_BUCKETS_MAX)) {
      throw argumentError('max-buckets', max, 'Argument max-buckets must be an integer between 1 and 10000');
    }
    const countMax = max ?? LIST_BUCKETS_MAX;
    const after = token === undefined ? '' : nameOfToken(token);
    const found = s3().buckets.list({ account, prefix, after, region, countMax: countMax + 1 });
    const shown = found.slice(0, countMax);
    const last = found.length > countMax ? shown.at(-1) : undefined;
    return {
      Buckets: shown.map((bucket) => listed(bucket, max !== undefined || region !== undefined)),
      Owner: ownerOf(account),
      ...(prefix !== '' && { Prefix: prefix }),
      ...(last !== undefined && { ContinuationToken: Buffer.from(last.name).toString('base64url') }),
    };
  };
}

/** As on AWS, only a list that is asked for in pages or by region tells the regions. */
function listed({ name, region, createdMs }: Bucket, withRegion: boolean) {
  return { Name: name, CreationDate: new Date(createdMs), ...(withRegion && { BucketRegion: region }) };
}

function nameOfToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (Buffer.from(name).toString('base64url') !== token) {
    throw argumentError('continuation-token', token, 'The continuation token provided is incorrect');
  }
  return name;
}

export function getBucketVersioning(s3: () => S3): S3Operation<'GetBucketVersioning'> {
  return (input, context) => {
    const { versioning } = bucketOf(s3(), input, context);
    if (versioning === 'off') return {};
    return { Status: versioning === 'enabled' ? 'Enabled' : 'Suspended' };
  };
}

export function putBucketVersioning(s3: () => S3): S3Operation<'PutBucketVersioning'> {
  return async (input, context) => {
    const bucket = bucketOf(s3(), input, context);
    const { Status: status, MFADelete: mfa } = input.VersioningConfiguration ?? {};
    if (mfa === 'Enabled') throw notImplemented('MfaDelete');
    if (status !== 'Enabled' && status !== 'Suspended') {
      const text = 'The Versioning element must be specified';
      throw new AwsError('IllegalVersioningConfigurationException', text, { status: 400 });
    }
    await s3().buckets.setVersioning(bucket, status === 'Enabled' ? 'enabled' : 'suspended');
    return {};
  };
}
