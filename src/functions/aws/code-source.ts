import type { FunctionCode } from '@aws-sdk/client-lambda';
import { AwsError } from '../../wire/aws-error.ts';
import { invalid } from './refusal-to-aws.ts';
import { notSupportedYet } from './unsupported.ts';

type Source = Pick<FunctionCode, 'S3Bucket' | 'S3Key' | 'S3ObjectVersion' | 'ImageUri' | 'SourceKMSKeyArn'> & {
  ZipFile?: Uint8Array | undefined;
};

/** The zip within the request; throws AwsError for every other source, and for none. */
export function zipOf(source: Source): Uint8Array {
  const { ZipFile, S3Bucket, S3Key, ImageUri, SourceKMSKeyArn } = source;
  if (SourceKMSKeyArn) throw notSupportedYet('SourceKMSKeyArn');
  if (ZipFile !== undefined) {
    if (S3Bucket !== undefined || S3Key !== undefined || ImageUri !== undefined) {
      throw invalid('Please do not provide other FunctionCode parameters when providing a ZipFile.');
    }
    return ZipFile;
  }
  // AWS's own words for a bucket that is not there, which is true of every bucket until Lambent has some.
  if (S3Bucket !== undefined || S3Key !== undefined) {
    throw invalid(
      'Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist. Lambent has no buckets yet: send the code as ZipFile.',
    );
  }
  if (ImageUri !== undefined) throw notSupportedYet('ImageUri');
  throw new AwsError('InvalidParameterValueException', 'Please provide a source for function code.');
}
